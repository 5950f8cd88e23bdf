#!/usr/bin/env bash
# schemathesis against a running service: made-up requests for every operation of its own document, valid and not, by a
# coordinator and by a stranger; every answer must be one that the document promises.
#
# Wants BASE, OPERATOR, WORK and PEERS as story.sh does; the database should be a fresh one.
# shellcheck disable=SC2016 # jq has variables of its own
set -euo pipefail
# shellcheck source=tests/peers/lib.sh
source "$PEERS/lib.sh"
# schemathesis keeps notes where it runs.
cd "$WORK"

SEED=20270209
# How many requests are made up for each operation, beside those that cover each of its parameters.
EXAMPLES=10

# Something to ask about: without it most requests would end at 404.
make() {
    expect 201 POST "$2" "$3"
    printf -v "$1" '%s' "$(get .id)"
}
TOKEN=$OPERATOR
make coop /cooperations '{"name":"Probe","slug":"probe"}'
expect 201 POST /cooperations/probe/tokens '{"role":"coordinator","label":"schemathesis"}'
COORDINATOR=$(get .token)
TOKEN=$COORDINATOR
today=$(date --utc +%F) later=$(date --utc --date '400 days' +%F)
for n in 1 2 3; do
    make "city$n" /cooperations/probe/municipalities "{\"name\":\"Stadt $n\",\"joined_on\":\"2020-01-01\"}"
    city=city$n
    make "venue$n" "/cooperations/probe/municipalities/${!city}/venues" \
        '{"name":"Rathaus","street":"Markt 1","postal_code":"32052","locality":"Herford"}'
    make "person$n" /cooperations/probe/people "{\"given_name\":\"Person\",\"family_name\":\"$n\",
        \"address\":\"person$n@stadt.example\",\"role\":\"delegate\",\"municipality_id\":\"${!city}\"}"
done
# shellcheck disable=SC2154 # make has set them
make blackout "/cooperations/probe/municipalities/$city1/blackouts" "{\"starts_on\":\"$today\",\"ends_on\":\"$today\"}"
make series /cooperations/probe/series "{\"title\":\"Reihe\",\"rule\":\"FREQ=MONTHLY;INTERVAL=1;BYDAY=2TU\",
    \"starts_on\":\"$today\",\"start_time\":\"10:00\",\"duration_minutes\":90}"
# shellcheck disable=SC2154
expect '20?' POST "/series/$series/plan" "{\"until\":\"$later\"}"
expect 200 GET "/series/$series/meetings"
meetings=$(get '[.items[].id] | tojson')
make item "/meetings/$(jq -r '.[1]' <<<"$meetings")/agenda/items" '{"title":"Thema","kind":"discussion","minutes":20}'
make request "/series/$series/rotation/swap-requests" "{\"meeting_id\":\"$(jq -r '.[2]' <<<"$meetings")\"}"
make poll "/series/$series/polls" "{\"title\":\"Sondertreffen\",\"deadline_date\":\"$(date --utc --date '20 days' +%F)\",
    \"candidates\":[{\"date\":\"$(date --utc --date '30 days' +%F)\"},{\"date\":\"$(date --utc --date '31 days' +%F)\"},
    {\"date\":\"$(date --utc --date '32 days' +%F)\"}]}"
candidates=$(get '[.candidates[].id] | tojson')
make calendar "/cooperations/probe/municipalities/$city2/blackout-calendars" \
    '{"name":"Rat","url":"https://kalender.stadt.example/rat.ics"}'
make feed /feeds "{\"scope\":\"series\",\"series_id\":\"$series\"}"

# What is known of each collection, by its name in an address; and in a body, by the name of the field.
# shellcheck disable=SC2154
jq --null-input --arg coop "$coop" --arg series "$series" --arg item "$item" --arg feed "$feed" \
    --arg blackout "$blackout" --argjson meetings "$meetings" \
    --argjson cities "[\"$city1\",\"$city2\",\"$city3\"]" --argjson venues "[\"$venue1\",\"$venue2\",\"$venue3\"]" \
    --arg request "$request" --arg poll "$poll" --argjson candidates "$candidates" --arg calendar "$calendar" \
    --argjson people "[\"$person1\",\"$person2\",\"$person3\"]" '{
        cooperations: ["probe", $coop], municipalities: $cities, venues: $venues, blackouts: [$blackout],
        people: $people, invitations: $people, answers: $people, attendance: $people, series: [$series],
        meetings: $meetings, overrides: $meetings, "agenda-items": [$item], feeds: [$feed],
        "swap-requests": [$request], polls: [$poll], candidates: $candidates, votes: $people,
        "blackout-calendars": [$calendar]}' >"$WORK/known.json"

curl --silent --fail --output "$WORK/openapi.json" "$BASE/api/openapi.json"

# settings: the configuration, in which most path parameters and references name something that exists.
# One worker: with two threads, Python 3.11 now and then fails to parse ("AST constructor recursion depth mismatch").
settings() {
    cat <<EOF
seed = $SEED
workers = 1
request-timeout = 20.0
continue-on-failure = true

[generation]
max-examples = $EXAMPLES
database = "none"
EOF
    jq --raw-output --slurpfile document "$WORK/openapi.json" '. as $known |
        (to_entries[] | "\n[dictionaries.\(.key)]\nvalues = \(.value | tojson)"),
        ($document[0].paths | keys[] | . as $path
            | [scan("([a-z-]+)/\\{([a-z_]+)\\}") | select($known[.[0]])] | select(length > 0)
            | "\n[[operations]]\ninclude-path = \($path | tojson)\n[operations.parameters]\n"
                + (map("\"path.\(.[1])\" = { dictionary = \(.[0] | tojson), probability = 0.7 }") | join("\n")))
    ' "$WORK/known.json"
}
settings >"$WORK/schemathesis.toml"

# ask NAME CHECKS-TO-LEAVE-OUT OPTIONS…
ask() {
    local name=$1 without=$2
    shift 2
    schemathesis --config-file "$WORK/schemathesis.toml" run "$BASE/api/openapi.json" --checks all \
        --exclude-checks "$without" --no-color "$@" || fail "schemathesis $name"
    ok "schemathesis $name"
}

# Left out for everyone:
# - positive_data_acceptance: a document can say what a date or a rule looks like, but not that a meeting must not be
#   over, that an address is still free, or that an item belongs to this meeting. Such requests are refused with 409 or
#   422, rightly so.
# The one operation left out is the one that would revoke the token it is asked with.
ask 'by a coordinator' positive_data_acceptance --exclude-operation-id revoke_token --header "Authorization: Bearer $COORDINATOR"

# Left out for a stranger, who gets 401 whatever he sends, besides:
# - negative_data_rejection, missing_required_header: what he sends is not looked at, so 401 is all there is to say.
# No tokens are made up for him: after 120 wrong ones a minute the service answers 429, which is tested elsewhere.
ask 'by a stranger' positive_data_acceptance,negative_data_rejection,missing_required_header \
    --generation-with-security-parameters false

TOKEN='' expect 200 GET "$BASE/readyz"
# shellcheck disable=SC2154
TOKEN=$COORDINATOR expect 200 GET "/cooperations/$coop"
ok 'after all of it the service is well'
