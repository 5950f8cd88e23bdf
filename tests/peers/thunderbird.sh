# shellcheck shell=bash
# shellcheck disable=SC2154 # what `run` has
# A chapter of `run`, which sources this.

# attendee ENGINE: a Thunderbird takes part, see attendee.py.
attendee() {
    chapter "Thunderbird as an attendee on $1"
    settings "$1" "attendee_$1"
    start "$WORK"
    REIHUM=$reihum python "$PEERS/attendee.py" || die 'the story of the attendee'
    judge mails "$REIHUM_MAIL_FOLDER"
    judge replies "$WORK/replies"
    stop
}
