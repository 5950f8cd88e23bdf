# shellcheck shell=bash
# shellcheck disable=SC2154 # what is not set here is set by `run`, which sources this
# The chapter of the planner of hosts, against OR-Tools: `run` sources this. The planner needs nothing but itself, so it
# is compiled by itself, as fast as it is meant to run.

best_hosts() {
    chapter 'The best hosts'
    rustc --edition 2024 -O "$PEERS/optimum.rs" -o "$tools/optimum"
    python "$PEERS/optimum.py" "$tools/optimum" "$PEERS/optimum.json" || die 'the best hosts'
}
