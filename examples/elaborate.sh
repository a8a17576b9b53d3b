#!/bin/sh
# Makes a task record of a one-line idea:
#
#     echo 'retry uploads that time out' | elaborate.sh >> tasks.ndjson
#
# One idea a line. Prints {"id","title","user","acceptance":[...],"skill","elaborated"}: ready for hg-route. When the
# model fails or its answer has no such sections, the idea itself is the task and "elaborated" is false.
# HYPERGUILD_RECORD as everywhere.
set -eu
for program in jq hg-route hg-complete hg-strip cksum; do
  command -v "$program" >/dev/null || { echo "elaborate.sh: $program is not on PATH" >&2; exit 69; }
done
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'

jq -Rc --argjson extra "$HYPERGUILD_RECORD" 'select(test("\\S")) | {
    skill: "elaborate", idea: .,
    system: "You turn an idea into a task that somebody else can do. Answer in Markdown with exactly these sections: `# ` and a title of at most ten words; `## Task`, three to six sentences that say what to do, where, and what to leave alone; `## Acceptance`, two to five items `- ` that can be checked. Do not invent names of files or functions.",
    user: .} + $extra' |
  { hg-route || [ $? -eq 1 ]; } | { hg-complete || [ $? -eq 1 ] || [ $? -eq 69 ]; } | hg-strip --unwrap |
  jq -c '
    def part($name): [match("(?:^|\n)## \($name)[ \t]*\n+(?!#)(?<body>[\\s\\S]*?)(?=\n## |$)").captures[0].string] | first // "";
    (.text // "") as $text
    | ($text | [match("(?:^|\n)# (?<t>[^\n]+)").captures[0].string] | first) as $title
    | ($text | part("Task") | sub("\\s+$"; "")) as $task
    | [$text | part("Acceptance") | split("\n")[] | select(test("^\\s*[-*] ")) | sub("^\\s*[-*] (\\[ \\] )?"; "")] as $items
    | (.error == null and $title != null and $task != "" and ($items | length) > 0) as $good
    | {id: (.idea | ascii_downcase | gsub("[^a-z0-9]+"; "-") | ltrimstr("-")[:48] | rtrimstr("-")),
       title: (if $good then $title else .idea end), user: (if $good then $task else .idea end),
       acceptance: (if $good then $items else [] end), skill: "task", elaborated: $good}'
