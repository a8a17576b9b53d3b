# The quality gate of learn.sh: retrospectives in, notes for hg-brain write out. What does not pass is dropped.
#
#     jq -c -f learn.jq < answers.ndjson
def body($name): [match("(?:^|\n)## \($name)[ \t]*\n+(?!#)(?<b>[\\s\\S]*?)(?=\n#+ |$)").captures[0].string]
  | first // "" | sub("\\s+$"; "");

select(.error == null and (.text | type == "string"))
| (.text | sub("^\\s+"; "") | sub("\\s+$"; "")) as $text
| ([$text | match("^# (?<t>[^\n]{8,100})(?:\n|$)").captures[0].string] | first) as $title
| select($title != null)
# All three parts, each long enough to say something, the whole short enough to be one thing.
| select(all($text | body("Learning", "Context", "Recommendation"); length >= 30 and length <= 2000))
| select($text | test("nothing new"; "i") | not)
# A form that was repeated and not filled in, refusals, and raw output are no knowledge.
| select($text | test("at most ten words|in one to three sentences|as an ai|i cannot|i'm sorry"; "i") | not)
# Neither are keys and tokens.
| select($text | test("sk-[A-Za-z0-9_-]{8}|ghp_[A-Za-z0-9]{20}|AKIA[0-9A-Z]{16}|Bearer [A-Za-z0-9._-]{12}|-----BEGIN") | not)
| {title: $title, content: ($text + "\n"), type: "learning", tags: ["retrospective"], domain: (.domain // "general")}
