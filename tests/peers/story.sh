#!/usr/bin/env bash
# The whole story, told by curl to a running service: a cooperation of five cities plans its meetings in turn, collects
# topics, invites, is answered, moves a meeting, holds it, and goes on with the next host.
#
# Wants BASE (the service's address), OPERATOR (an operator's token), MAILS (where the mail server files messages),
# CLOCK (the file that moves the service's clock), WORK (a folder of its own) and PEERS (this folder).
# shellcheck disable=SC2016 # jq has variables of its own
set -euo pipefail
# shellcheck source=tests/peers/lib.sh
source "$PEERS/lib.sh"

chapter() { echo "--- $1"; }

# For things that have an id of their own: make NAME PATH JSON leaves the id in the variable NAME.
make() {
    expect 201 POST "$2" "$3"
    printf -v "$1" '%s' "$(get .id)"
}

# The newest mail to somebody, without its line breaks; and its calendar, with the lines unfolded.
text_to() { mail show text "to=$1" | tr --squeeze-repeats '[:space:]' ' '; }
calendar_to() { mail show calendar "to=$1" | sed 's/\r$//' | sed -z 's/\n //g'; }

in_days() { date --utc --date "$1 days" +%F; }

german() {
    local months=(Januar Februar März April Mai Juni Juli August September Oktober November Dezember)
    date --utc --date "$1" "+%-d. ${months[$((10#$(date --utc --date "$1" +%m) - 1))]} %Y"
}

chapter 'A cooperation of five cities'
TOKEN='' expect 401 POST /cooperations '{"name":"5 für OWL"}'
it 'without a token the answer is a problem document' '.status == 401 and has("type") and has("title")'
TOKEN=$OPERATOR
expect 201 POST /cooperations '{"name":"5 für OWL","slug":"5-fuer-owl","language":"de","time_zone":"Europe/Berlin"}'
it 'the operator makes a cooperation' '.slug == "5-fuer-owl"'
expect 422 POST /cooperations '{"name":"","time_zone":"Europe/Nirgends"}'
it 'all that is wrong is named at once' '[.errors[].field] | contains(["name", "time_zone"])'
COOP=/cooperations/5-fuer-owl
expect 201 POST "$COOP/tokens" '{"role":"coordinator","label":"Geschäftsstelle"}'
COORDINATOR=$(get .token)
TOKEN=$COORDINATOR

declare -A CITY PERSON
# city NAME AGS STREET POSTAL_CODE
city() {
    make "CITY[$1]" "$COOP/municipalities" "$(jq --null-input --arg name "$1" --arg ags "$2" --arg on "$(in_days -400)" \
        '{$name, $ags, joined_on: $on}')"
    expect 201 POST "$COOP/municipalities/${CITY[$1]}/venues" "$(jq --null-input --arg name "$1" --arg street "$3" \
        --arg code "$4" '{name: "Rathaus \($name)", $street, postal_code: $code, locality: $name, room: "Raum 105",
            directions: "Zugang über den Hof; bitte klingeln.", preferred: true}')"
}
city Gütersloh 05754008 'Berliner Straße 70' 33330
city Bielefeld 05711000 'Niederwall 23' 33602
city Herford 05758012 'Rathausplatz 1' 32052
city 'Bad Salzuflen' 05766008 'Rudolph-Brandes-Allee 19' 32105
city Detmold 05766020 'Marktplatz 5' 32756
expect 200 GET "$COOP/municipalities"
it 'five cities are members' '.items | length == 5'

# person KEY GIVEN FAMILY LANGUAGE ROLE [CITY]: the address is KEY@….example
person() {
    make "PERSON[$1]" "$COOP/people" "$(jq --null-input --arg key "$1" --arg given "$2" --arg family "$3" \
        --arg language "$4" --arg role "$5" --arg city "${6:+${CITY[$6]}}" '{given_name: $given, family_name: $family,
            address: "\($key).example", $language, $role} + if $city == "" then {} else {municipality_id: $city} end')"
}
person anke@guetersloh Anke Amsel de delegate Gütersloh
person bodo@guetersloh Bodo Buche de delegate Gütersloh
person carla@bielefeld Carla Clematis de delegate Bielefeld
person dirk@bielefeld Dirk 'von der Distel' de delegate Bielefeld
person elif@herford Elif Eiche de delegate Herford
person frank@herford Frank Fichte en delegate Herford
person gesa@bad-salzuflen Gesa Ginster de delegate 'Bad Salzuflen'
person horst@bad-salzuflen Horst Hasel de delegate 'Bad Salzuflen'
person ines@detmold Ines 'Iris, Dr.' de delegate Detmold
person joern@detmold Jörn Jasmin de delegate Detmold
person gast@kreis Gitta Gast de guest
expect 422 POST "$COOP/people" '{"given_name":"Jörn","family_name":"Jasmin","address":"jörn@detmold.example","role":"guest"}'
it 'an address that not every mail server takes is refused' '.errors[0].field == "address"'
expect '@(409|422)' POST "$COOP/people" '{"given_name":"Anke","family_name":"Amsel","address":"ANKE@guetersloh.example","role":"guest"}'
ok 'an address is taken once, however it is written'
ASKED=10

chapter 'Another cooperation sees nothing of it'
TOKEN=$OPERATOR
expect 201 POST /cooperations '{"name":"Andere"}'
OTHER=$(get .slug)
expect 201 POST "/cooperations/$OTHER/tokens" '{"role":"coordinator","label":"andere"}'
STRANGER=$(get .token)
TOKEN=$STRANGER
expect 404 GET "$COOP"
expect 404 GET "$COOP/people"
expect 404 PATCH "$COOP/people/${PERSON[elif@herford]}" '{"given_name":"X"}'
ok 'for a token of another cooperation nothing is there'
TOKEN=$COORDINATOR

chapter 'A series, planned ahead, with hosts in turn'
make SERIES "$COOP/series" "$(jq --null-input --arg on "$(in_days 30)" '{
    title: "Digitaltreffen", rule: "FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU", starts_on: $on, start_time: "10:00",
    time_zone: "Europe/Berlin", duration_minutes: 150, horizon_months: 24, topic_deadline_days: 14,
    change_window_minutes: 0, topics_need_acceptance: true, template_agenda: [
        {title: "Begrüßung", minutes: 10, kind: "information", placement: "opening"},
        {title: "Verschiedenes", minutes: 10, kind: "discussion", placement: "closing"},
        {title: "Nächster Termin", minutes: 5, kind: "information", placement: "closing", next_meeting: true}]}')"
expect 422 POST "$COOP/series" '{"title":"x","rule":"FREQ=SECONDLY","starts_on":"2027-01-01","start_time":"10:00","duration_minutes":60}'
it 'a rule that makes too many dates is refused with a reason' 'any(.errors[]; .field == "rule" and (.message | length > 0))'
expect '20?' POST "/series/$SERIES/plan" "{\"until\":\"$(in_days 760)\"}"
expect '20?' POST "/series/$SERIES/plan" "{\"until\":\"$(in_days 760)\"}"
it 'planning again makes nothing more' '(.created | length) == 0 and .unchanged >= 11'
expect 200 GET "/series/$SERIES/meetings?limit=200"
it 'every meeting is at 10:00 in Berlin, a second Tuesday' 'all(.items[]; .start_time[:5] == "10:00" and
    (.date | strptime("%Y-%m-%d") | mktime | gmtime | .[6] == 2 and .[2] >= 8 and .[2] <= 14))'
expect 200 GET "/series/$SERIES/rotation?count=10"
it 'the next ten hosts are told' '.items | length == 10'
it 'in the first round each city hosts once, and in the second in the same order' \
    '[.items[].host.id] | (.[:5] | unique | length) == 5 and .[:5] == .[5:]'
it 'each slot has a reason, and one rule for each city that was not chosen' 'all(.items[]; (.reason | length > 0)
    and (.host.id as $host | [.rejected[].municipality | .id? // .] | length == 4 and (unique | length == 4)
        and (index($host) | not)) and all(.rejected[]; .rule | length > 0))'
FIRST=$(get '.items[0].meeting_id') SECOND=$(get '.items[1].meeting_id') THIRD=$(get '.items[2].meeting_id')
HOST=$(get '.items[0].host.id') HOST_NAME=$(get '.items[0].host.name')
HOSTS=$(get '[.items[].host.id] | join(" ")')
expect '20?' POST "/series/$SERIES/rotation/swaps" "{\"first_meeting_id\":\"$SECOND\",\"second_meeting_id\":\"$THIRD\",\"reason\":\"Umbau\"}"
expect 200 GET "/series/$SERIES/rotation?count=10"
read -ra WAS <<<"$HOSTS"
is 'a swap changes the two places and no other' "$(get '[.items[].host.id] | join(" ")')" \
    "${WAS[0]} ${WAS[2]} ${WAS[1]} ${WAS[*]:3}"

chapter 'Topics'
expect 201 POST "$COOP/tokens" "{\"role\":\"delegate\",\"person_id\":\"${PERSON[elif@herford]}\",\"label\":\"Elif\"}"
DELEGATE=$(get .token)
# topic NAME TITLE KIND MINUTES
topic() {
    make "$1" "/meetings/$FIRST/agenda/items" "$(jq --null-input --arg title "$2" --arg kind "$3" --argjson minutes "$4" \
        '{$title, $kind, $minutes, description: "Mit *Markdown*; und, Sonderzeichen \\ \"so\"", public: true}')"
}
TOKEN=$DELEGATE
topic DONE 'Online-Terminvergabe: Stand & Erfahrungen' information 30
it 'a topic of a delegate is proposed, not late' '.state == "proposed" and .late == false'
topic OPEN 'Gemeinsame Ausschreibung "Scannen", Teil 2' decision 45
topic UNWANTED 'Doppelt' discussion 15
expect 403 POST "/agenda-items/$DONE/accept"
ok 'a delegate of another city cannot accept it'
TOKEN=$COORDINATOR
expect '20?' POST "/agenda-items/$DONE/accept"
expect '20?' POST "/agenda-items/$OPEN/accept"
expect '20?' POST "/agenda-items/$UNWANTED/reject" '{"reason":"Steht schon auf der Tagesordnung."}'
expect 200 GET "/meetings/$FIRST/agenda"
it 'the agenda holds what was accepted, between the template items' '[.entries[].title] as $titles |
    $titles[0] == "Begrüßung" and ($titles | length) >= 5 and ($titles | index("Doppelt") | not)'
make BACKLOG "$COOP/series/$SERIES/topics" '{"title":"Für später","kind":"discussion","minutes":20}'
expect 200 GET "$COOP/series/$SERIES/topics"
it 'the backlog keeps a topic for later' 'any(.items[]; .id == $id)' --arg id "$BACKLOG"

chapter 'The invitation'
expect '20?' POST "/meetings/$FIRST/invite?dry_run=true"
mail wait 0
ok 'a dry run sends nothing'
expect '20?' POST "/meetings/$FIRST/invite"
expect 200 GET "/meetings/$FIRST"
SEQUENCE=$(get .sequence)
mail wait $ASKED method=REQUEST "sequence=$SEQUENCE"
ok "each of the $ASKED delegates gets one mail, the guest none"
expect 200 GET "/meetings/$FIRST/invitations?limit=200"
it 'every mail is shown as sent' "(about(\"person\"; \"${PERSON[elif@herford]}\") | length) > 0 and
    [.. | objects | select(has(\"attempts\")) | .state] == [range($ASKED) | \"sent\"]"
SUBJECT=$(mail show subject to=elif@herford.example)
TEXT=$(text_to elif@herford.example)
ICS=$(calendar_to elif@herford.example)
has 'the subject invites' "$SUBJECT" 'Einladung'
has 'the English one does in English' "$(mail show subject to=frank@herford.example)" 'Invitation'
has 'the text greets' "$TEXT" 'Guten Tag Elif Eiche,'
has 'the text names the host' "$TEXT" "$HOST_NAME"
has 'the text names the topic' "$TEXT" 'Gemeinsame Ausschreibung "Scannen", Teil 2'
has 'the calendar names group and host' "$ICS" "in $HOST_NAME"
has 'the calendar names the room' "$ICS" 'Raum 105'
UID_=$(sed -n 's/^UID://p' <<<"$ICS")
has 'the UID is the key of the meeting' "$UID_" "$FIRST@"

chapter 'Answers by the link of the mail, and by the API'
LINK=$(grep -oE "$BASE/answers/[A-Za-z0-9_.~-]+" <<<"$TEXT" | head -1)
OTHERS_LINK=$(mail show text to=anke@guetersloh.example | grep -oE "$BASE/answers/[A-Za-z0-9_.~-]+" | head -1)
that 'links are personal' test "$LINK" != "$OTHERS_LINK"
# how_answered KEY: what the API has of a person's answer
how_answered() {
    expect 200 GET "/meetings/$FIRST/answers?limit=200"
    jq --raw-output "$ABOUT about(\"person\"; \"${PERSON[$1]}\")[0].answer // \"none\"" <<<"$BODY"
}
BEFORE=$(how_answered elif@herford)
TOKEN='' expect 200 GET "$LINK"
has 'the link shows a page in the language of the person' "$BODY" 'lang="de"'
TOKEN='' expect 200 GET "$LINK?answer=accepted"
TOKEN='' call HEAD "$LINK?answer=accepted" '' --head
is 'following the link answers nothing' "$(how_answered elif@herford)" "$BEFORE"
TOKEN='' call POST "$LINK" '' --data-urlencode 'answer=accepted' --data-urlencode 'comment=Ich komme zu Fuß & pünktlich <b>'
that 'the form of the link is taken' test "$STATUS" -lt 400
is 'the form of the link answers' "$(how_answered elif@herford)" accepted
TOKEN='' call POST "$LINK" '' --data-urlencode 'answer=vielleicht'
that 'another answer than the three is refused' test "$STATUS" -ge 400 -a "$STATUS" -lt 500
TOKEN='' expect 404 GET "$BASE/answers/${LINK##*/}x"
TOKEN=${LINK##*/} expect 401 GET "/meetings/$FIRST"
ok 'the link is of no use for anything else'
expect '20?' PUT "/meetings/$FIRST/answers/${PERSON[carla@bielefeld]}" '{"answer":"tentative","comment":"=1+1"}'
expect '20?' PUT "/meetings/$FIRST/answers/${PERSON[ines@detmold]}" '{"answer":"declined"}'
is 'an answer by the API counts as well' "$(how_answered carla@bielefeld)" tentative
expect 200 GET "/meetings/$FIRST/attendance"
it 'attendance shows the answers' "any(about(\"person\"; \"${PERSON[elif@herford]}\")[]; .answer == \"accepted\")"
it 'and counts by city' "(about(\"municipality\"; \"${CITY[Herford]}\") | length) > 0 and has(\"quorum\")"

chapter 'A guest is added and removed'
expect '20?' POST "/meetings/$FIRST/invitations" "{\"person_id\":\"${PERSON[gast@kreis]}\"}"
mail wait 1 to=gast@kreis.example
mail wait $((ASKED + 1))
ok 'only the guest hears of it'
expect '20?' DELETE "/meetings/$FIRST/invitations/${PERSON[gast@kreis]}"
mail wait 1 to=gast@kreis.example method=CANCEL
mail wait $((ASKED + 2))
ok 'and only the guest is told when he is removed'

chapter 'The meeting moves'
expect 200 GET "/meetings/$FIRST"
SEQUENCE=$(get .sequence)
REVISION=$ETAG OLD_DATE=$(get .date) NEW_DATE=$(date --utc --date "$(get .date) +7 days" +%F)
expect 412 PATCH "/meetings/$FIRST" "{\"date\":\"$NEW_DATE\"}" --header 'If-Match: "99999"'
expect 200 PATCH "/meetings/$FIRST" "{\"date\":\"$NEW_DATE\",\"start_time\":\"13:30\"}" --header "If-Match: $REVISION"
it 'the meeting is moved' ".date == \"$NEW_DATE\" and .start_time[:5] == \"13:30\""
expect 412 PATCH "/meetings/$FIRST" '{"title":"zu spät"}' --header "If-Match: $REVISION"
ok 'who has seen an older revision is refused'
mail wait $ASKED method=REQUEST "sequence=$((SEQUENCE + 1))"
mail wait $((2 * ASKED + 2))
ok 'everyone who was invited is told once, the removed guest not'
TEXT=$(mail show text to=elif@herford.example)
has 'the update says the new date' "$TEXT" "$(german "$NEW_DATE")"
has 'and the old one' "$TEXT" "$(german "$OLD_DATE")"
has 'and the new time' "$TEXT" '13:30'
ICS=$(mail show calendar to=elif@herford.example | sed 's/\r$//' | sed -z 's/\n //g')
has 'the calendar has the new time' "$ICS" "DTSTART;TZID=Europe/Berlin:${NEW_DATE//-/}T133000"
has 'under the same UID' "$ICS" "UID:$UID_"
has 'and asks again' "$(grep -F 'mailto:elif@herford.example' <<<"$ICS")" 'PARTSTAT=NEEDS-ACTION'
expect '20?' POST "/meetings/$FIRST/invitations/${PERSON[elif@herford]}/resend"
mail wait 2 to=elif@herford.example "sequence=$((SEQUENCE + 1))"
ok 'a mail is sent again without a new SEQUENCE'

chapter 'Another meeting is invited to and cancelled'
expect '20?' POST "/meetings/$SECOND/invite"
mail wait $ASKED method=REQUEST "uid=${UID_/$FIRST/$SECOND}"
expect '20?' POST "/meetings/$SECOND/cancel" '{"reason":"Sturmwarnung; das Rathaus bleibt zu"}'
mail wait $ASKED method=CANCEL "uid=${UID_/$FIRST/$SECOND}"
has 'the cancellation says why' "$(text_to ines@detmold.example)" 'Sturmwarnung; das Rathaus bleibt zu'

chapter 'The feed'
expect 201 POST /feeds "{\"scope\":\"series\",\"series_id\":\"$SERIES\",\"label\":\"Kalender\"}"
FEED=$(get .url) FEED_ID=$(get .id)
expect 200 GET "/series/$SERIES/meetings?limit=200"
echo "$BODY" >"$WORK/meetings.json"
curl --silent --fail --output "$WORK/feed.ics" "$FEED"
curl --silent --fail --output "$WORK/again.ics" "$FEED"
cmp "$WORK/feed.ics" "$WORK/again.ics"
ok 'a feed that has not changed is the same to the byte'
curl --silent --fail --output "$WORK/object.ics" --header "Authorization: Bearer $TOKEN" "$BASE/api/v1/meetings/$FIRST/invitation.ics"
TOKEN='' expect 200 GET "$FEED"
that 'the ETag of a feed is a strong one' grep --quiet '^".*"$' <<<"$ETAG"
TOKEN='' expect 304 GET "$FEED" '' --header "If-None-Match: $ETAG"
ok 'and answers 304'
expect '20?' PUT "/meetings/$FIRST/answers/${PERSON[elif@herford]}" '{"answer":"accepted"}'
expect 201 POST /feeds "{\"scope\":\"person\",\"person_id\":\"${PERSON[elif@herford]}\"}"
it 'a person is reminded a day and an hour before' '.reminders_minutes == [1440, 60]'
curl --silent --fail --output "$WORK/personal.ics" "$(get .url)"
PERSONAL=$(sed 's/\r$//' "$WORK/personal.ics" | sed -z 's/\n //g')
has 'the calendar of a person has the answer' "$PERSONAL" 'Ihre Rückmeldung: zugesagt'
has 'and the agenda' "$PERSONAL" 'Gemeinsame Ausschreibung "Scannen"\, Teil 2'
lacks 'which other feeds have not' "$(sed 's/\r$//' "$WORK/feed.ics" | sed -z 's/\n //g')" 'Ausschreibung'
expect '20?' DELETE "/feeds/$FEED_ID"
TOKEN='' expect 404 GET "$FEED"
ok 'a revoked feed is gone'

chapter 'The meeting is held'
echo "+$((($(date --utc --date "$NEW_DATE" +%s) - $(date +%s)) / 86400 + 3))d" >"$CLOCK"
sleep 2
TOKEN='' expect '@(404|410)' POST "$LINK" '' --data-urlencode 'answer=declined'
ok 'after the meeting the link has expired'
expect '20?' PUT "/meetings/$FIRST/attendance/${PERSON[elif@herford]}" '{"presence":"on_site"}'
expect '20?' PUT "/meetings/$FIRST/attendance/${PERSON[carla@bielefeld]}" '{"presence":"remote"}'
expect '20?' PUT "/meetings/$FIRST/attendance/${PERSON[ines@detmold]}" '{"presence":"excused"}'
expect '20?' POST "/meetings/$FIRST/attendance/guests" '{"name":"=HYPERLINK(\"x\")","organisation":"Presse","presence":"on_site"}'
expect 200 GET "/meetings/$FIRST/attendance.csv"
lacks 'no cell of the table is a formula' "$(sed 's/[;,]/\n/g; s/"//g' <<<"$BODY" | grep '^[=+@-]' || true)" '='
expect 422 POST "/meetings/$FIRST/close" '{"outcomes":[]}'
ok 'closing asks for an outcome of each item'
expect '20?' POST "/meetings/$FIRST/close" "{\"outcomes\":[
    {\"item_id\":\"$DONE\",\"state\":\"discussed\",\"result\":\"Zur Kenntnis genommen.\"},
    {\"item_id\":\"$OPEN\",\"state\":\"unfinished\"}]}"
expect 200 GET "/meetings/$FIRST"
it 'the meeting is held' '.status == "held"'
expect 200 GET "/series/$SERIES/rotation/ledger"
it 'its turn is in the ledger as counted' "any(about(\"meeting\"; \"$FIRST\")[]; .counted == true or .state == \"counted\")"
expect 200 GET "/series/$SERIES/rotation/fairness"
it 'and counts for the host' "any(about(\"municipality\"; \"$HOST\")[]; .counted == 1)"
it 'and for nobody else; the cancelled turn was given back' '[.. | objects | .counted? | numbers] | add == 1'
expect 200 GET "/meetings/$THIRD/agenda"
it 'the unfinished topic stands first among those of the next meeting' '[.entries[].item | select(.carried_count? == 1)] as $carried |
    ($carried | length) == 1 and $carried[0].title == "Gemeinsame Ausschreibung \"Scannen\", Teil 2"
    and .entries[1].item.id == $carried[0].id'
it 'and says where it came from' 'any(.entries[].item; .carried_from_id? == $open)' --arg open "$OPEN"
expect 200 GET "/series/$SERIES/rotation?count=4"
it 'the next host is another' '.items[0].host.id != $host' --arg host "$HOST"
expect 409 POST "/meetings/$FIRST/close" '{"outcomes":[]}'
ok 'a meeting is closed once'
