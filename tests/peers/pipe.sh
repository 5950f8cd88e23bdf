#!/usr/bin/env bash
# Mail that a real Postfix writes to `reihum inbound -`: `pipe.sh sqlite|postgres`. Wants a running service (BASE,
# OPERATOR, WORK, REIHUM_MAIL_FOLDER), the Postfix in $WORK/postfix and what its settings say, and PEERS (this folder).
# shellcheck disable=SC2016 # jq has variables of its own
set -euo pipefail
# shellcheck source=tests/peers/lib.sh
source "$PEERS/lib.sh"

engine=$1
root=(env)
[[ $(id -u) == 0 ]] || root=(sudo -n)

mailbox() { python "$PEERS/mailbox.py" "$@"; }

# within SECONDS MEANS COMMAND…: the command succeeds within that time.
within() {
    local end=$((SECONDS + $1)) means=$2
    shift 2
    until "$@"; do
        ((SECONDS < end)) || fail "$means"
        sleep 0.2
    done
    ok "$means"
}

logged() { "${root[@]}" grep --quiet --extended-regexp "$1" "$WORK/postfix/log"; }
queued() { [[ $("${root[@]}" find "$WORK/postfix/queue"/{incoming,active,deferred} -type f | wc -l) == "$1" ]]; }
# answers PERSON ANSWER: that is the person's answer at present.
answers() {
    expect 200 GET "/meetings/$MEETING/answers"
    jq --exit-status --arg person "$1" --arg answer "$2" \
        'any(.items[]; .person_id == $person and .answer == $answer)' <<<"$BODY" >/dev/null
}
# forwarded: a message about the meeting has been forwarded.
forwarded() {
    expect 200 GET "/meetings/$MEETING/inbound-mails?state=forwarded"
    [[ $(get '.items | length') == 1 ]]
}
# bounced TEXT: the sender of a mail has got it back with this text.
bounced() { "${root[@]}" grep --quiet --recursive --fixed-strings "$1" "$WORK/postfix/mails/new"; }

database_away() {
    case $engine in
        sqlite) "${root[@]}" chmod 000 "$WORK/reihum.db" ;;
        postgres) connections false ;;
    esac
}
database_back() {
    case $engine in
        sqlite) "${root[@]}" chmod 644 "$WORK/reihum.db" ;;
        postgres) connections true ;;
    esac
}
connections() {
    psql --quiet --no-psqlrc --command "ALTER DATABASE \"${REIHUM_DATABASE_URL##*/}\" ALLOW_CONNECTIONS $1" \
        "$TEST_DATABASE_URL"
}

TOKEN=$OPERATOR
expect 201 POST /cooperations '{"name":"5 für OWL","language":"de","time_zone":"Europe/Berlin"}'
COOP=/cooperations/$(get .slug)
expect 201 POST "$COOP/tokens" '{"role":"coordinator","label":"Geschäftsstelle"}'
TOKEN=$(get .token)
expect 201 POST "$COOP/municipalities" \
    "{\"name\":\"Herford\",\"ags\":\"05758012\",\"joined_on\":\"$(date --date '-400 days' +%F)\"}"
CITY=$(get .id)
expect 201 POST "$COOP/municipalities/$CITY/venues" '{"name":"Rathaus Herford","street":"Rathausplatz 1",
    "postal_code":"32052","locality":"Herford","preferred":true}'
expect 201 POST "$COOP/people" "$(jq --null-input --arg city "$CITY" '{given_name: "Elif", family_name: "Eiche",
    address: "elif@herford.example", language: "de", role: "delegate", municipality_id: $city}')"
ELIF=$(get .id)
expect 201 POST "$COOP/series" "$(jq --null-input --arg on "$(date --date '30 days' +%F)" '{title: "Digitaltreffen",
    rule: "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", starts_on: $on, start_time: "10:00", time_zone: "Europe/Berlin",
    duration_minutes: 150, horizon_months: 6, change_window_minutes: 0}')"
expect 200 GET "/series/$(get .id)/meetings"
MEETING=$(get '.items[0].id')
expect '20?' POST "/meetings/$MEETING/invite"

within 30 'the invitation goes out' mailbox has_invitation elif@herford.example
mailbox reply "$SMTP_STARTTLS_PORT" elif@herford.example TENTATIVE
within 20 'a reply that Postfix writes to the pipe counts' answers "$ELIF" tentative
within 10 'Postfix logs what became of it' logged 'status=sent \(delivered via reihum service \(taken in\)\)'
mailbox words "$SMTP_STARTTLS_PORT" elif@herford.example
within 20 'the token in the envelope of a message names the meeting' forwarded

database_away
mailbox reply "$SMTP_STARTTLS_PORT" elif@herford.example ACCEPTED
within 20 'Postfix defers a mail while the database is away' \
    logged 'dsn=4.3.0, status=deferred \(temporary failure. Command output: reihum: the database cannot be reached'
within 10 'and keeps it in its queue' queued 1
that 'the answer is the old one' answers "$ELIF" tentative
lacks 'Postfix learns neither host nor path of the database' \
    "$("${root[@]}" grep 'Command output' "$WORK/postfix/log")" "${REIHUM_DATABASE_URL%/*}"
database_back
within 60 'the mail is delivered when the database is back' answers "$ELIF" accepted
within 10 'and is not in the queue any more' queued 0

mailbox send "$SMTP_STARTTLS_PORT" treffen@reihum.example
within 20 'a mail to the mailbox is taken in' logged 'to=<treffen@reihum.example>.*\(taken in\)'
mailbox send "$SMTP_STARTTLS_PORT" treffen@reihum.example
within 20 'once only' logged 'delivered via reihum service \(known already\)'
mailbox send "$SMTP_STARTTLS_PORT" treffen+large@reihum.example 100000
within 20 'the sender of a mail that is too large gets it back' bounced 'at most 65536 are accepted'
within 10 'and Postfix forgets it' queued 0
