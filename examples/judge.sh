#!/usr/bin/env bash
# Generate, judge, escalate: what the judge rejects goes to the next model of the chain, with the judge's feedback.
#
#     judge.sh [ROUNDS] < tasks.ndjson > answers.ndjson      (2 rounds after the first unless you say otherwise)
#
# JUDGE_MODEL is the judge (default: what hg-route chooses for the skill "judge"). A judge that says neither ACCEPT nor
# REJECT gives no verdict, and the answer goes on without one. HYPERGUILD_RECORD and JUDGE_RECORD may hold members for
# every record, such as {"max_tokens": 400}. Answers come in the order of the tasks; exit status 1 when one has an error.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
for program in jq hg-route hg-complete hg-strip hg-log; do
  command -v "$program" >/dev/null || { echo "judge.sh: $program is not on PATH" >&2; exit 69; }
done
rounds=${1:-2}
[[ $rounds =~ ^[0-9]+$ ]] || { echo "judge.sh: '$rounds' is not a number of rounds" >&2; exit 64; }
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'
[ -n "${JUDGE_RECORD:-}" ] || JUDGE_RECORD='{}'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Failed records are data and stay in the stream; only a stage that could not work at all (64 and up) ends the script.
run() { "$@" || { status=$?; [ "$status" -eq 1 ] || exit "$status"; }; }

# Answers become the judge's tasks, each with the answer itself inside, and come back with a verdict.
judge() {
  jq -c --rawfile system "$here/skills/judge.md" --arg model "${JUDGE_MODEL:-}" --argjson extra "$JUDGE_RECORD" '
    {skill: "judge", $system, user: "## Task\n\n\(.user // (.messages | tojson))\n\n## Answer\n\n\(.text)", answer: .}
    + (if $model == "" then {} else {$model} end) + $extra' |
    run hg-route | run hg-complete | run hg-strip |
    jq -c '((.text // "") | capture("^[\\s*#>]*(?<word>ACCEPT|REJECT)\\b[*:. ]*(?<feedback>[^\n]*)") // null) as $said
      | .answer + (if $said == null then {}
          else {verdict: {accept: ($said.word == "ACCEPT"), feedback: $said.feedback}} end)'
}

jq -c --argjson extra "$HYPERGUILD_RECORD" '. + $extra + {place: input_line_number}' >"$work/tasks"
[ -s "$work/tasks" ] || exit 0
run hg-route <"$work/tasks" | run hg-complete | run hg-strip >"$work/open"
: >"$work/done"
for ((round = 0; ; round++)); do
  jq -c 'select(.error != null)' "$work/open" >>"$work/done"
  jq -c 'select(.error == null)' "$work/open" | judge >"$work/judged"
  if [ "$round" -eq "$rounds" ]; then
    cat "$work/judged" >>"$work/done"
    break
  fi
  jq -c 'select(.verdict.accept != false)' "$work/judged" >>"$work/done"
  jq -c 'select(.verdict.accept == false)' "$work/judged" >"$work/rejected"
  [ -s "$work/rejected" ] || break
  run hg-log <"$work/rejected" >/dev/null
  # A chain with no next model is an error record here; the rejected answer is better than none, and says so itself.
  run hg-route --escalate <"$work/rejected" 2>/dev/null >"$work/escalated"
  jq -nc --slurpfile before "$work/rejected" --slurpfile after "$work/escalated" '
    range($before | length) as $n | select($after[$n].error != null) | $before[$n]' >>"$work/done"
  jq -c 'select(.error == null) | del(.verdict)' "$work/escalated" | run hg-complete | run hg-strip >"$work/open"
  [ -s "$work/open" ] || break
done
jq -sc 'sort_by(.place) | .[] | del(.place)' "$work/done" | run hg-log | tee "$work/out"
! jq -e 'select(.error != null)' "$work/out" >/dev/null
