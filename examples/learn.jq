# The quality gate of learn.sh: retrospectives in, notes for hg-brain write out. What does not pass is dropped.
#
#     jq -c -f learn.jq < answers.ndjson
def body($name): [match("(?:^|\n)## \($name)[ \t]*\n+(?!#)(?<b>[\\s\\S]*?)(?=\n#+ |$)").captures[0].string]
  | first // "" | sub("\\s+$"; "");

# Keys, tokens and passwords, the kinds that hg-log and hg-brain check know.
def secret: test(
  "(?<![\\w-])([sr]k_(live|test)_\\w{16}|gsk_\\w{20}|(xai|pplx|nvapi)-[\\w-]{20}|r8_\\w{20}|gh[pousr]_\\w{20}|github_pat_\\w{20}|gl(pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[\\w-]{16}|(AKIA|ASIA|ABIA)[A-Z0-9]{16}|xox[a-z][-.][\\w-]{10}|xapp-[\\w-]{10}|AIza[\\w-]{30}|GOCSPX-[\\w-]{20}|ya29\\.[\\w-]{20}|(hf|npm|api_org)_[A-Za-z0-9]{20}|pypi-(AgE[\\w-]{13}|[\\w-]{50})|SG\\.[\\w.-]{40}|dckr_pat_[\\w-]{16}|dop_v1_\\w{40}|lin_api_\\w{20}|AGE-SECRET-KEY-1[A-Z0-9]{40}|eyJ[\\w-]{7,}\\.[\\w-]{8,}\\.)"
  + "|(?<![A-Za-z0-9])sk-[\\w-]*[0-9][\\w-]*|(?<![A-Za-z0-9])sk-[\\w-]{7}"
  + "|(hooks\\.slack\\.com/(services|workflows|triggers)|discord\\.com/api/webhooks)/[\\w/+-]{8}|-----BEGIN [A-Z0-9 ]*PRIVATE KEY|://[^\\s/?#\"<>:@]*:[^\\s/?#\"<>$*{\\[@][^\\s/?#\"<>]*@"
  + "|(?i)(authorization[\"' ]*[:=][\"' ]*(bearer|basic|token|digest)[ \\t]+[\\w.~+/-]{4}|secret_?(access_?)?key[\"' ]*[:=][\"' ]*[A-Za-z0-9+/]{40}|bearer [\\w.~+/-]*[0-9][\\w.~+/-]{7}|basic [A-Za-z0-9+/]{8,}=)");

select((.error | . == null or . == false or . == 0 or . == "" or . == {}) and (.text | type == "string"))
| (.text | sub("^\\s+"; "") | sub("\\s+$"; "")) as $text
| ([$text | match("^# (?<t>[^\n]{8,100})(?:\n|$)").captures[0].string] | first) as $title
| select($title != null)
# All three parts, each long enough to say something, the whole short enough to be one thing.
| select(all($text | body("Learning", "Context", "Recommendation"); length >= 30 and length <= 2000))
| select($text | test("nothing new"; "i") | not)
# A form that was repeated and not filled in, refusals, and raw output are no knowledge.
| select($text | test("at most ten words|in one to three sentences|as an ai|i cannot|i'm sorry"; "i") | not)
# Neither are keys and tokens.
| select($text | secret | not)
| {title: $title, content: ($text + "\n"), type: "learning", tags: ["retrospective"], domain: (.domain // "general")}
