# shellcheck shell=bash
# shellcheck disable=SC2034,SC2016 # what a call leaves is for those who source this; jq has variables of its own
# What the story needs to speak with the service: source it with BASE (its address) and TOKEN (who asks) set.
# Every `ok` line that is printed is a check that held; the first that does not hold ends the script.

# What an answer says of a thing, however deep it stands: entries with this key as `person_id`, or as `id` of `person`.
ABOUT='def about($what; $key): [.. | objects | select(.[$what + "_id"] == $key or (.[$what] | objects | .id) == $key)];'

STATUS='' BODY='' ETAG='' LOCATION=''

ok() { echo "ok $1"; }

fail() {
    echo "not ok $1" >&2
    printf '    %s\n' "status: $STATUS" "answer: ${BODY:0:2000}" >&2
    exit 1
}

# call METHOD PATH [JSON] [curl's options…]: asks, and leaves the answer in STATUS, BODY, ETAG and LOCATION.
call() {
    local method=$1 path=$2 json=${3:-} head answer
    shift $(($# < 3 ? $# : 3))
    [[ $path == http* ]] || path=$BASE/api/v1$path
    [[ -z ${TOKEN:-} ]] || set -- "$@" --header "Authorization: Bearer $TOKEN"
    [[ -z $json ]] || set -- "$@" --header 'Content-Type: application/json' --data-binary "$json"
    head=$(mktemp "$WORK/head.XXXXXX") answer=$(mktemp "$WORK/answer.XXXXXX")
    STATUS=$(curl --silent --show-error --max-time 30 --request "$method" --dump-header "$head" --output "$answer" \
        --write-out '%{http_code}' "$@" "$path")
    BODY=$(<"$answer")
    ETAG=$(sed -n 's/\r$//; s/^etag: //Ip' "$head")
    LOCATION=$(sed -n 's/\r$//; s/^location: //Ip' "$head")
    rm -f "$head" "$answer"
}

# expect STATUS METHOD PATH [JSON] [curl's options…]: as call, but a status that does not match the pattern STATUS
# ends the story.
expect() {
    local wanted=$1
    shift
    call "$@"
    # shellcheck disable=SC2053 # it is a pattern
    [[ $STATUS == $wanted ]] || fail "$1 $2 answers $wanted"
}

# it MEANS JQ-CONDITION [jq's options…]: the last answer fulfils a condition.
it() {
    local means=$1 condition=$2
    shift 2
    jq --exit-status "$@" "$ABOUT $condition" <<<"$BODY" >/dev/null || fail "$means ($condition)"
    ok "$means"
}

# get JQ-PATH [jq's options…]: a value of the last answer.
get() { jq --raw-output --exit-status "${@:2}" "$1" <<<"$BODY" || fail "the answer has $1"; }

# that MEANS COMMAND…: the command succeeds.
that() {
    "${@:2}" || fail "$1"
    ok "$1"
}

# is MEANS VALUE WANTED, has MEANS TEXT PART, lacks MEANS TEXT PART
is() {
    [[ $2 == "$3" ]] || BODY=$2 fail "$1: wanted $3"
    ok "$1"
}
has() {
    [[ $2 == *"$3"* ]] || BODY=$2 fail "$1: '$3' is missing"
    ok "$1"
}
lacks() {
    [[ $2 != *"$3"* ]] || BODY=$2 fail "$1: '$3' must not be there"
    ok "$1"
}

# mail …: see mails.py
mail() { python "$PEERS/mails.py" "$@"; }
