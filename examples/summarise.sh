#!/bin/sh
# Summarises a session in two to four sentences:
#
#     summarise.sh SESSION
#
# A "## Summary" section of the session's last answer wins; else the model is asked; when that fails, nothing is printed.
# No summary is no error: the exit status is 0. HYPERGUILD_RECORD as everywhere.
set -eu
for program in jq hg-log hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "summarise.sh: $program is not on PATH" >&2; exit 69; }
done
[ $# -eq 1 ] || { echo "summarise.sh: usage: summarise.sh SESSION" >&2; exit 64; }
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

hg-log show --session="$1" >"$work/log" || exit 0
jq -rs '[.[] | .text // empty] | last // ""
  | [match("(?:^|\n)## Summary[ \t]*\n+(?!#)(?<s>[\\s\\S]*?)(?=\n#+ |$)").captures[0].string] | first // empty
  | sub("\\s+$"; "") | select(. != "")' "$work/log" >"$work/summary"
if [ ! -s "$work/summary" ]; then
  jq -sc --argjson extra "$HYPERGUILD_RECORD" 'map(select(.skill != "_routing")) | select(length > 0) | {
      skill: "summarise",
      system: "You summarise a work session in two to four sentences of plain text: what was wanted, what came out, what is open. Only what the log says. No heading, no list.",
      user: (map("\(.skill // "task") \(.final_status // ""): \((.text // .message // "")[:1500])") | .[-30:] | join("\n\n"))}
    + $extra' "$work/log" |
    { hg-route || :; } | { hg-complete 2>/dev/null || :; } | hg-strip --unwrap |
    jq -r 'select(.error == null) | .text // empty' >"$work/summary"
fi
cat "$work/summary"
