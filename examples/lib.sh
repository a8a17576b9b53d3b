#!/usr/bin/env bash
# What the scripts here share. It is sourced, not run:
#
#     here=$(dirname "$(realpath "$0")")
#     # shellcheck source=examples/lib.sh
#     . "$here/lib.sh"
#
# All scripts are bash, for two things that sh lacks: PIPESTATUS, so that no stage fails unseen, and read -d '', so that
# a file name may hold anything. Their exit statuses are those of the programs: 0 all done, 1 something has no answer,
# 64 and above as in README.md. No script ends with 0 when it could not do all it was given, and each record that goes in
# comes out once, whatever fails on the way.
set -euo pipefail
script=$(basename "$0")

# For jq: `failed` is what the programs take for a failed record; `thoughtful` makes an error of an answer that was nothing
# but thinking; `record` (with -R) makes a record of a line, and an error record of what is not one.
# shellcheck disable=SC2034,SC2016  # the scripts use it; $by and $line are jq's
jq_records='
  def failed: .error | . != null and . != false and . != 0 and . != "" and . != {};
  def thoughtful($by): if failed or (.warnings | type != "array" or (index("reasoning_only") | not)) then . else
    .error = {stage: $by, kind: "empty_answer", message: "the model thought, and did not come to an answer"} end;
  def record($by): . as $line | (try fromjson catch null) | if type == "object" then . else
    {error: {stage: $by, kind: "bad_input", line: input_line_number, message: "not a JSON object"},
     raw: ($line | rtrimstr("\r"))} end;'

# For jq, what a model as judge is asked, and what it said: `question` makes the task of a record with an answer (with
# --rawfile system, --arg model and --argjson extra); `judgement` reads {"word","feedback"} off the answer, or null.
# shellcheck disable=SC2034,SC2016
jq_question='
  def question: {skill: "judge", $system,
      user: "## Task\n\n\(.user // (.messages // .body.messages | tojson))\n\n## Answer\n\n\(.text)"}
    + (if $model == "" then {} else {$model} end) + $extra;'
# shellcheck disable=SC2034
jq_judgement='
  def judgement: (if failed then "" else .text // "" end)
    | capture("^[\\s*#>]*(?<word>ACCEPT|REJECT)\\b[*:. ]*(?<feedback>[^\n]*)") // null;'

say() { printf '%s: %s\n' "$script" "$*" >&2; }
die() { # STATUS MESSAGE
  local status=$1
  shift
  say "$*"
  exit "$status"
}

# need PROGRAM...: ends the script when one is missing.
need() {
  local program
  for program; do
    command -v "$program" >/dev/null || die 69 "$program is not on PATH"
  done
}

# need_input: a terminal on stdin would be waited for in silence.
need_input() { [ ! -t 0 ] || die 64 "nothing on stdin (see the head of $0)"; }

# make_work: a folder for temporary files in $work, gone when the script ends.
make_work() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/$script.XXXXXX") || die 74 "no room for temporary files"
  trap leave EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}
leave() {
  local status=$?
  trap - EXIT
  rm -rf "$work"
  # set -e ends with the status of the tool that failed, such as jq's 2 when a disk is full. A reader that has gone away
  # (141) is not an error.
  case $status in
    141) status=0 ;;
    0 | 1 | 6[4-9] | 7[0-8] | 1[3-9]?) ;;
    *) status=74 ;;
  esac
  exit "$status"
}

# settings NAME: the members that the variable NAME adds to each record, in $extra. Returns 78 when it is no JSON object.
settings() {
  local value=${!1:-}
  extra='{}'
  [[ $value =~ [^[:space:]] ]] || return 0
  if ! printf '%s' "$value" | jq -se 'length == 1 and (.[0] | type == "object")' >/dev/null 2>&1; then
    say "$1 is not a JSON object"
    return 78
  fi
  # shellcheck disable=SC2034  # the scripts use it
  extra=$value
}

# settle STATUS...: returns the most serious of a pipeline's statuses, "${PIPESTATUS[@]}".
settle() {
  local status worst=0
  for status; do
    case $status in
      0 | 141) continue ;;
      1 | 6[4-9] | 7[0-8] | 1[3-9]?) ;;
      *) status=63 ;; # a tool that is not ours: it could not read or write
    esac
    [ "$status" -le "$worst" ] || worst=$status
  done
  [ "$worst" -ne 63 ] || worst=74
  return "$worst"
}

# note STATUS: keeps the most serious status of several steps in $noted.
noted=0
note() { [ "$1" -le "$noted" ] || noted=$1; }

# ask RECORD-FILE ANSWER-FILE [OPTION...]: one record through the pipeline, with hg-complete's options. Returns 0 when
# exactly one record with an answer came out, else says why and returns the status of the stage that failed.
ask() {
  local record=$1 answer=$2 status=0 why
  shift 2
  { hg-route <"$record" | hg-complete "$@" | hg-strip --think --unwrap >"$answer" || settle "${PIPESTATUS[@]}"; } \
    2>"$work/said" || status=$?
  # -s: jq 1.6 ends with 0 when nothing came.
  if [ "$status" -eq 0 ] && jq -se "$jq_records"'
      length == 1 and (.[0] | (failed | not) and (.text | type == "string" and test("\\S")))' "$answer" >/dev/null 2>&1
  then
    cat "$work/said" >&2
    return 0
  fi
  [ "$status" -ne 0 ] || status=1
  why=$(jq -rs "$jq_records"'if length != 1 then "" elif .[0] | failed then .[0].error | .message? // tojson
    else .[0] | thoughtful("") | .error.message? // "the answer is empty" end' "$answer" 2>/dev/null) || why=
  [ -n "$why" ] || why=$(sed -n '/./{p;q;}' "$work/said") || :
  say "no answer: ${why:-nothing came out of the pipeline}"
  return "$status"
}

# ask_all [--routed] [OPTION...]: the records on stdin through the pipeline, one out for one in, in their order. What a
# stage that ended early took along comes out as it went in, with an error. --routed: they know their model already.
# Nobody is asked when $refused says that the settings are wrong. Returns the most serious status; one use a work folder
# at a time.
refused=0
ask_all() {
  local route=hg-route status=0 asked answered
  if [ "$refused" -ne 0 ]; then
    cat || return 74
    return "$refused"
  fi
  if [ "${1:-}" = --routed ]; then
    route="cat"
    shift
  fi
  # The first tee goes on when the rest of the pipeline has ended: nothing of stdin is lost. What it says of that is no
  # news, and its status tells nothing.
  { (trap '' PIPE && tee "$work/asked" 2>/dev/null || :) | "$route" | hg-complete "$@" | hg-strip --think --unwrap |
    keep "$work/answered" | jq -c --unbuffered --arg by "$script" "$jq_records"'thoughtful($by)' ||
    settle "${PIPESTATUS[@]}"; } || status=$?
  if [ "$status" -eq 0 ] && grep -aF '"reasoning_only"' "$work/answered" |
    jq -se "$jq_records"'any(thoughtful("") | failed)' >/dev/null
  then
    say "a model thought, and did not come to an answer"
    status=1
  fi
  asked=$(grep -c '' "$work/asked") || :
  answered=$(grep -c '' "$work/answered") || :
  if [ "$answered" -lt "$asked" ]; then
    [ "$status" -gt 1 ] || status=74
    tail -n "+$((answered + 1))" "$work/asked" | jq -c --arg by "$script" "$jq_records"'
      if failed then . else .error = {stage: $by, kind: "no_answer", message: "the pipeline ended before this record"} end'
  fi
  # A line that is not a record has not been reported yet.
  grep -aF "\"kind\":\"bad_input\"" "$work/asked" | jq -r --arg by "$script" '
    select(.error.stage? == $by) | "\($by): stdin:\(.error.line): \(.error.message)"' >"$work/bad" || :
  if [ -s "$work/bad" ]; then
    cat "$work/bad" >&2
    [ "$status" -ne 0 ] || status=1
  fi
  return "$status"
}

# count FILE: how many lines it has.
count() { grep -c '' "$1" || :; }

# keep FILE: tee, which says in its status that it could not write.
keep() {
  local status=0
  tee "$1" || status=$?
  case $status in 0 | 141) return "$status" ;; *) return 74 ;; esac
}

# show FILE: prints it, and knows when that did not work.
show() {
  local status=0
  cat "$1" || status=$?
  case $status in 0 | 141) ;; *) exit 74 ;; esac
}
