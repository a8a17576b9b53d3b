#!/bin/sh
# Gives each record one label of a list, by a cheap model:
#
#     classify.sh bug,feature,question [DEFAULT] < records.ndjson
#
# The first label is the default unless you name one. Sets "label", and "label_by": "model", or "default" when the model
# failed or answered something that is not exactly one of the labels. A record is never lost over it.
# CLASSIFY_MODEL is the model (default: HYPERGUILD_LOCAL_MODEL); HYPERGUILD_RECORD as everywhere.
set -eu
for program in jq hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "classify.sh: $program is not on PATH" >&2; exit 69; }
done
[ $# -ge 1 ] || { echo "classify.sh: usage: classify.sh LABEL,LABEL... [DEFAULT]" >&2; exit 64; }
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'
model=${CLASSIFY_MODEL:-${HYPERGUILD_LOCAL_MODEL:-qwen35}}

jq -c --arg labels "$1" --arg model "$model" --argjson extra "$HYPERGUILD_RECORD" '
  {skill: "classify", $model, temperature: 0, max_tokens: 12,
   system: "Answer with exactly one of these labels and nothing else: \($labels | gsub(","; ", ")).",
   user: "\(.user // .text // .title // "")"[:8000], original: .} + $extra' |
  { hg-complete || [ $? -eq 1 ] || [ $? -eq 69 ]; } | hg-strip --think |
  jq -c --arg labels "$1" --arg default "${2:-${1%%,*}}" '
    ($labels | split(",")) as $allowed
    | ((.text // "") | ascii_downcase | gsub("[^\\p{L}\\p{N}_-]+"; " ") | ltrimstr(" ") | rtrimstr(" ")) as $said
    | ([$allowed[] | select(ascii_downcase == $said)] | first) as $found
    | .original + (if $found then {"label": $found, label_by: "model"} else {"label": $default, label_by: "default"} end)'
