#!/usr/bin/env bash
# Generate, judge, escalate: what the judge rejects goes to the next model of the chain, with the judge's feedback.
#
#     judge.sh [ROUNDS] < tasks.ndjson > answers.ndjson      (2 rounds after the first unless you say otherwise)
#
# JUDGE_MODEL is the judge (default: what hg-route chooses for the skill "judge"). A judge that says neither ACCEPT nor
# REJECT gives no verdict: a message says how often, and the answer goes on without one. HYPERGUILD_RECORD and
# JUDGE_RECORD may hold members for every record, such as {"max_tokens": 400}. Answers come in the order of the tasks.
# Exit status 1 when one has an error or stays rejected, or the judge could not be asked.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-route hg-complete hg-strip hg-log
rounds=${1:-2}
[[ $rounds =~ ^[0-9]{1,3}$ ]] || die 64 "'$rounds' is not a number of rounds"
need_input
make_work
settings JUDGE_RECORD
judge_extra=$extra
settings HYPERGUILD_RECORD

# Answers become the judge's tasks, each with the answer itself inside, and come back with a verdict.
judge() { # ANSWERS-FILE VERDICTS-FILE
  jq -c --rawfile system "$here/skills/judge.md" --arg model "${JUDGE_MODEL:-}" --argjson extra "$judge_extra" \
    "$jq_records$jq_question"'question + {answer: .}' "$1" >"$work/questions"
  ask_all <"$work/questions" >"$work/said" || note $?
  jq -c "$jq_records$jq_judgement"'judgement as $said
      | .answer + (if $said == null then {}
          else {verdict: {accept: ($said.word == "ACCEPT"), feedback: $said.feedback}} end)' "$work/said" >"$2"
  local silent
  silent=$(jq -sr 'map(select(.verdict == null)) | length' "$2")
  [ "$silent" -eq 0 ] || say "the judge gave no verdict on $silent of $(count "$2") answers"
}
# The log is for the router; an answer is not lost over it.
log() { hg-log <"$1" >/dev/null || note $?; }

jq -Rc --arg by "$script" --argjson extra "$extra" "$jq_records"'
  select(test("\\S")) | record($by) | (if failed then . else . + $extra end) + {"judge.sh": input_line_number}' >"$work/tasks"
[ -s "$work/tasks" ] || exit 0
ask_all <"$work/tasks" >"$work/open" || note $?
: >"$work/done"
for ((round = 0; ; round++)); do
  jq -c "$jq_records"'select(failed)' "$work/open" >>"$work/done"
  jq -c "$jq_records"'select(failed | not)' "$work/open" >"$work/answers"
  [ -s "$work/answers" ] || break
  judge "$work/answers" "$work/judged"
  if [ "$round" -eq "$rounds" ]; then
    cat "$work/judged" >>"$work/done"
    break
  fi
  jq -c 'select(.verdict.accept != false)' "$work/judged" >>"$work/done"
  jq -c 'select(.verdict.accept == false)' "$work/judged" >"$work/rejected"
  [ -s "$work/rejected" ] || break
  log "$work/rejected"
  # A chain with no next model is an error record here; the rejected answer is better than none, and says so itself.
  status=0
  hg-route --escalate <"$work/rejected" >"$work/escalated" 2>"$work/messages" || status=$?
  if [ "$status" -gt 1 ]; then
    cat "$work/messages" >&2
    note "$status"
  fi
  jq -nc --slurpfile before "$work/rejected" --slurpfile after "$work/escalated" "$jq_records"'
    range($before | length) as $n | select($after[$n] == null or ($after[$n] | failed)) | $before[$n]' >>"$work/done"
  jq -c "$jq_records"'select(failed | not) | del(.verdict)' "$work/escalated" >"$work/again"
  [ -s "$work/again" ] || break
  ask_all --routed <"$work/again" >"$work/open" || note $?
done
jq -sc 'sort_by(.["judge.sh"]) | .[] | del(.["judge.sh"])' "$work/done" >"$work/out"
log "$work/out"
show "$work/out"
[ "$(count "$work/out")" -eq "$(count "$work/tasks")" ] || die 74 "an answer is missing"
jq -se "$jq_records"'any(failed or .verdict.accept == false) | not' "$work/out" >/dev/null || note 1
exit "$noted"
