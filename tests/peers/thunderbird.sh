# shellcheck shell=bash
# shellcheck disable=SC2154 # what `run` has
# A chapter of `run`, which sources this.

# unreadable SED-SCRIPT MEANS: spoils the invitation in a way that Exchange could not read.
unreadable() {
    sed "$1" "$WORK/invitation.ics" >"$WORK/spoilt/$2"
    ! cmp --silent "$WORK/invitation.ics" "$WORK/spoilt/$2" || die "nothing to spoil for: $2"
}

# all_unreadable: the rules of Exchange find what was spoilt, or they would be no rules.
all_unreadable() {
    local file log=$WORK/spoilt.log
    ! python "$PEERS/judge.py" invitation "$WORK"/spoilt/* >"$log" || die 'the judges find what is spoilt'
    for file in "$WORK"/spoilt/*; do
        awk -v about="not ok $file" '/^(not )?ok /{ about_it = $0 == about } about_it && /^    Exchange: / { found = 1 }
            END { exit !found }' "$log" || die "the rules of Exchange find ${file##*/}"
        ok "the rules of Exchange find ${file##*/}"
    done
}

# attendee ENGINE: a Thunderbird takes part, see attendee.py; then what it was sent and has sent is judged.
attendee() {
    chapter "Thunderbird as an attendee on $1"
    settings "$1" "attendee_$1"
    # No mail server is asked here whose word on the sender could be read in a header.
    export REIHUM_INBOUND_TRUST=server
    start "$WORK"
    REIHUM=$reihum python "$PEERS/attendee.py" || die 'the story of the attendee'
    stop
    unset REIHUM_INBOUND_TRUST
    judge mails "$REIHUM_MAIL_FOLDER"
    judge replies "$WORK/replies"

    judge invitation "$WORK/invitation.ics"
    mkdir "$WORK/spoilt"
    unreadable 's/^METHOD:REQUEST/METHOD:ADD/' 'a method that Outlook does not open'
    unreadable '/^METHOD/d; s/^END:VEVENT/&\r\nMETHOD:REQUEST/' 'a method behind the event'
    unreadable '/^CALSCALE/d' 'a missing CALSCALE'
    unreadable 's/^END:VEVENT/&\r\nBEGIN:VTODO\r\nUID:1@reihum.example\r\nDTSTAMP:20270101T000000Z\r\nEND:VTODO/' \
        'a second component'
    unreadable 's/BYDAY=-1SU/BYDAY=-1SU,1MO/' 'two weekdays in a zone'
    unreadable 's/BYDAY=-1SU/BYDAY=SU/' 'a weekday without a number in a zone'
    unreadable 's/BYMONTH=10;BYDAY=-1SU/BYMONTH=10;BYMONTHDAY=25/' 'a day of the month in a zone'
    unreadable 's/FREQ=YEARLY;BYMONTH=3;/FREQ=MONTHLY;BYMONTH=3;/' 'a monthly rule in a zone'
    unreadable 's/^TZOFFSETTO:+0100/&00/' 'seconds in an offset'
    unreadable 's/Europe\/Berlin/W. Europe Standard Time/' 'the Windows name of a zone'
    unreadable 's/^DTEND;TZID=Europe\/Berlin:.*/DTEND:20991231T120000Z\r/' 'two ways to say the time'
    unreadable 's/^\(DTEND;TZID=Europe\/Berlin\):.*/\1:20200101T100000\r/' 'an end before the start'
    unreadable 's/^TRANSP:OPAQUE/TRANSP:TRANSPARENT/' 'a meeting that takes no time'
    unreadable 's/^SEQUENCE:.*/&\nSEQUENCE:7\r/' 'two values of SEQUENCE'
    unreadable 's/^STATUS:CONFIRMED/STATUS:FINAL/' 'an unknown status'
    unreadable "s/^LOCATION:/&$(printf 'Flur %.0s' {1..60})/" 'a long location'
    unreadable 's/^ORGANIZER;CN="[^"]*"/ORGANIZER/' 'an organizer without a name'
    unreadable 's/:mailto:alex@/:MAILTO:alex@/' 'an address in another way of writing'
    unreadable 's/:mailto:zoe@guetersloh/:mailto:alex@guetersloh/' 'somebody who is invited twice'
    unreadable 's/;ROLE=CHAIR/;ROLE=HOST/' 'an unknown role'
    unreadable 's/;RSVP=FALSE//' 'an invitation without a word on answers'
    all_unreadable
}
