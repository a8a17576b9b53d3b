#!/usr/bin/env bash
# Makes a task record of a one-line idea:
#
#     echo 'retry uploads that time out' | elaborate.sh >> tasks.ndjson
#
# One idea a line. Prints {"id","title","user","acceptance":[...],"skill","elaborated"}: ready for hg-route. When the
# model fails or its answer has no such sections, the idea itself is the task, "elaborated" is false, and the exit status
# is not 0. HYPERGUILD_RECORD as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-route hg-complete hg-strip
need_input
make_work
settings HYPERGUILD_RECORD || refused=$?

jq -Rc --unbuffered --argjson extra "$extra" 'select(test("\\S")) | rtrimstr("\r") | {
    skill: "elaborate",
    system: "You turn an idea into a task that someone else can do. Answer in Markdown with exactly these sections: `# ` and a title of at most ten words; `## Task`, three to six sentences that say what to do, where, and what to leave alone; `## Acceptance`, two to five items `- ` that can be checked. Do not invent names of files or functions.",
    user: .} + $extra + {idea: .}' |
  ask_all -j 8 |
  jq -c --unbuffered "$jq_records"'
    def part($name): [match("(?:^|\n)## \($name)[ \t]*\n+(?!#)(?<body>[\\s\\S]*?)(?=\n## |$)").captures[0].string] | first // "";
    (if failed then "" else .text // "" end) as $text
    | ($text | [match("(?:^|\n)# (?<t>[^\n]+)").captures[0].string] | first) as $title
    | ($text | part("Task") | sub("\\s+$"; "")) as $task
    | [$text | part("Acceptance") | split("\n")[] | select(test("^\\s*[-*] ")) | sub("^\\s*[-*] (\\[ \\] )?"; "")] as $items
    | ($title != null and $task != "" and ($items | length) > 0) as $good
    | {id: (.idea | ascii_downcase | gsub("[^a-z0-9]+"; "-") | ltrimstr("-")[:48] | rtrimstr("-")),
       title: (if $good then $title else .idea end), user: (if $good then $task else .idea end),
       acceptance: (if $good then $items else [] end), skill: "task", elaborated: $good}' |
  keep "$work/tasks" || settle "${PIPESTATUS[@]}" || note $?
plain=$(grep -c '"elaborated":false}$' "$work/tasks") || :
if [ "$plain" -ne 0 ]; then
  say "$plain of $(count "$work/tasks") not elaborated"
  note 1
fi
exit "$noted"
