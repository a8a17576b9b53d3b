#!/usr/bin/env bash
# Reviews what a branch changes, file by file, and prints the body of a comment:
#
#     pr-review.sh origin/main [HEAD] > comment.md
#
# Every file is a record of its own: they are asked at the same time, and the answers come in the order of the files.
# A file that got no answer is named in the comment, and the exit status says so. PR_REVIEW_JOBS (4) is how many at once;
# HYPERGUILD_RECORD as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need git jq hg-brain hg-route hg-complete hg-strip hg-log
[ $# -ge 1 ] || die 64 "usage: pr-review.sh BASE [HEAD]"
base=$1 head=${2:-HEAD}
# What git says itself helps most: it knows about safe.directory, for instance.
commit() { git rev-parse --verify --end-of-options "$1^{commit}" || die 66 "no such commit: $1"; }
base=$(commit "$base")
head=$(commit "$head")
make_work
settings HYPERGUILD_RECORD
session=review-$(git rev-parse --short=12 "$head")

range=$base...$head
git diff --name-only -z --diff-filter=d "$range" -- >"$work/paths" ||
  die 66 "git cannot compare them (a shallow clone? fetch all of the history: git fetch --unshallow)"
while IFS= read -r -d '' path; do
  git diff --no-color --no-ext-diff --function-context "$range" -- ":(top,literal)$path" >"$work/diff" ||
    die 66 "git cannot show the change of $path"
  jq -nc --arg path "$path" --arg session "$session" --rawfile diff "$work/diff" --argjson extra "$extra" \
    --rawfile protocol "$here/skills/protocol.md" --rawfile review "$here/skills/review.md" '
    {skill: "review", phase: "pull-request", session_id: $session, id: $path,
     system: ($protocol + "\n" + $review),
     user: "A change to be merged. Judge the lines that it adds and what they do to the rest.\n\n<file path=\($path | @json)>\n\($diff[:60000])\n</file>"}
    + $extra + {path: $path}'
done <"$work/paths" >"$work/tasks"
if [ ! -s "$work/tasks" ]; then
  printf '%s\n' '<!-- hyperguild review -->' "Nothing to review: no file changes."
  exit 0
fi
# A brain that does not exist, or does not work today, must not stop a review.
hg-brain context -k 3 --query-from path,user <"$work/tasks" >"$work/known" 2>/dev/null || :
[ "$(count "$work/known")" -eq "$(count "$work/tasks")" ] || cp "$work/tasks" "$work/known"
ask_all -j "${PR_REVIEW_JOBS:-4}" <"$work/known" >"$work/answers" || note $?
hg-log --full --routing <"$work/answers" >/dev/null || note $?
jq -rs --arg session "$session" "$jq_records"'
  "<!-- hyperguild review -->",
  (.[] | "### `\(.path)`\n\n" + (if failed then "Not reviewed: \(.error | .message? // tojson)" else .text end) + "\n"),
  "---\nBy \([.[].model_used | strings] | unique | if . == [] then "nobody" else join(", ") end), session `\($session)`. Advice, not a gate."' \
  "$work/answers" >"$work/comment"
show "$work/comment"
exit "$noted"
