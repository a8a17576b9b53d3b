#!/usr/bin/env bash
# Gives each record one label of a list, by a cheap model:
#
#     classify.sh bug,feature,question [DEFAULT] < records.ndjson
#
# The first label is the default unless you name one. Sets "label", and "label_by": "model", or "default" when the model
# failed or answered something that is not exactly one of the labels. A record is never lost over it; when the model
# failed, the exit status says so. A line that is not a record, or a record that had failed before, goes through.
# CLASSIFY_MODEL is the model (default: HYPERGUILD_LOCAL_MODEL); HYPERGUILD_RECORD as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-route hg-complete hg-strip
{ [ $# -ge 1 ] && [ $# -le 2 ] && [ -n "$1" ]; } || die 64 "usage: classify.sh LABEL,LABEL... [DEFAULT]"
need_input
make_work
settings HYPERGUILD_RECORD || refused=$?
model=${CLASSIFY_MODEL:-${HYPERGUILD_LOCAL_MODEL:-qwen35}}

jq -Rc --unbuffered --arg by "$script" --arg labels "$1" --arg model "$model" --argjson extra "$extra" "$jq_records"'
  select(test("\\S")) | record($by) | if failed then . else
    {skill: "classify", $model, temperature: 0, max_tokens: 400,
     system: "Answer with exactly one of these labels and nothing else: \($labels | gsub(","; ", ")).",
     user: (.user // .text // .title // "" | if type == "string" then . else tojson end | .[:8000])}
    + $extra + {original: .} end' |
  ask_all -j 8 |
  jq -c --unbuffered --arg labels "$1" --arg default "${2:-${1%%,*}}" "$jq_records"'
    def words: ascii_downcase | gsub("[^\\p{L}\\p{N}_-]+"; " ") | ltrimstr(" ") | rtrimstr(" ");
    if has("original") | not then . else
      (if failed then "" else .text // "" | words end) as $said
      | ([$labels | split(",")[] | select(words == $said and $said != "")] | first) as $found
      | .original + (if $found then {"label": $found, label_by: "model"} else {"label": $default, label_by: "default"} end)
    end' || settle "${PIPESTATUS[@]}"
