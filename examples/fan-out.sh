#!/usr/bin/env bash
# Puts each question to five lenses at the same time and joins the answers by id:
#
#     echo '{"id":"q1","user":"Should we cache this?"}' | fan-out.sh
#
# Prints {"id","user","lenses":{"correctness":"...",...},"failed":[...]} a question; the exit status is not 0 when a lens
# failed. A lens is a file in lenses/. HYPERGUILD_RECORD as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-route hg-complete hg-strip
need_input
make_work
settings HYPERGUILD_RECORD || refused=$?
for file in "$here"/lenses/*.md; do
  jq -nc --arg name "$(basename "$file" .md)" --rawfile system "$file" '{$name, $system}'
done >"$work/lenses"

jq -Rc --slurpfile lenses "$work/lenses" --arg by "$script" --argjson extra "$extra" "$jq_records"'
  select(test("\\S")) | input_line_number as $line | record($by) | if failed then {question: ., $line} + . else
    {question: {id: (.id // $line), user}, $line, user} as $question
    | $lenses[] | $question + {skill: "lens-\(.name)", system} + $extra + {lens: .name} end' |
  ask_all -j 8 |
  jq -sc "$jq_records"'
    group_by(.line)[] | sort_by(.lens)
    | if .[0].lens == null then .[0].question else .[0].question +
      {lenses: (map(select((failed | not) and (.text | type == "string")) | {(.lens): .text}) | add // {}),
       failed: [.[] | select(failed or (.text | type != "string")) | .lens]} end' || settle "${PIPESTATUS[@]}"
