#!/usr/bin/env bash
# Summarises a session in two to four sentences:
#
#     summarise.sh SESSION
#
# A "## Summary" section of the session's last answer wins; else the model is asked. A session of which nothing is
# logged has no summary, and nothing is printed; a model that fails is a failure. HYPERGUILD_RECORD as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-log hg-route hg-complete hg-strip
[ $# -eq 1 ] || die 64 "usage: summarise.sh SESSION"
make_work
settings HYPERGUILD_RECORD

hg-log show --session="$1" >"$work/log"
jq -rs '[.[] | .text // empty] | last // ""
  | [match("(?:^|\n)## Summary[ \t]*\n+(?!#)(?<s>[\\s\\S]*?)(?=\n#+ |$)").captures[0].string] | first // empty
  | sub("\\s+$"; "") | select(. != "")' "$work/log" >"$work/summary"
if [ ! -s "$work/summary" ]; then
  jq -sc --argjson extra "$extra" 'map(select(.skill != "_routing")) | select(length > 0) | {
      skill: "summarise",
      system: "You summarise a work session in two to four sentences of plain text: what was wanted, what came out, what is open. Only what the log says. No heading, no list.",
      user: (map("\(.skill // "task") \(.final_status // ""): \((.text // .message // "")[:1500])") | .[-30:] | join("\n\n"))}
    + $extra' "$work/log" >"$work/record"
  [ -s "$work/record" ] || exit 0
  ask "$work/record" "$work/answer"
  jq -r .text "$work/answer" >"$work/summary"
fi
show "$work/summary"
