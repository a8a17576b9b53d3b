#!/usr/bin/env bash
# Puts each question to five lenses at the same time and joins the answers by id:
#
#     echo '{"id":"q1","user":"Should we cache this?"}' | fan-out.sh
#
# Prints {"id","user","lenses":{"correctness":"...",...},"failed":[...]} a question. A lens is a file in lenses/.
# HYPERGUILD_RECORD as everywhere.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
for program in jq hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "fan-out.sh: $program is not on PATH" >&2; exit 69; }
done
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'
lenses=$(for file in "$here"/lenses/*.md; do
  jq -nc --arg name "$(basename "$file" .md)" --rawfile system "$file" '{$name, $system}'
done | jq -sc .)

jq -c --argjson lenses "$lenses" --argjson extra "$HYPERGUILD_RECORD" '
  input_line_number as $line | {id: (.id // $line), user, line: $line} as $question
  | $lenses[] | $question + {skill: "lens-\(.name)", lens: .name, system} + $extra' |
  hg-route | hg-complete --unordered | hg-strip |
  jq -sc 'group_by(.line)[] | sort_by(.lens)
    | {id: .[0].id, user: .[0].user,
       lenses: (map(select(.error == null) | {(.lens): .text}) | add // {}),
       failed: [.[] | select(.error != null) | .lens]}'
