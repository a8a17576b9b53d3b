#!/usr/bin/env bash
# Reviews what a branch changes, file by file, and prints the body of a comment:
#
#     pr-review.sh origin/main [HEAD] > comment.md
#
# Every file is a record of its own: they are asked at the same time, and the answers come in the order of the files.
# A file that got no answer is named. PR_REVIEW_JOBS (4) is how many at once; HYPERGUILD_RECORD as everywhere.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
for program in git jq hg-brain hg-route hg-complete hg-strip hg-log; do
  command -v "$program" >/dev/null || { echo "pr-review.sh: $program is not on PATH" >&2; exit 69; }
done
[ $# -ge 1 ] || { echo "pr-review.sh: usage: pr-review.sh BASE [HEAD]" >&2; exit 64; }
base=$1 head=${2:-HEAD}
commit() {
  git rev-parse --quiet --verify --end-of-options "$1^{commit}" || { echo "pr-review.sh: no such commit: $1" >&2; exit 66; }
}
base=$(commit "$base")
head=$(commit "$head")
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'
session=review-$(git rev-parse --short=12 "$head")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

range=$base...$head
git diff --name-only -z --diff-filter=d "$range" |
  while IFS= read -r -d '' path; do
    git diff --no-color --no-ext-diff --function-context "$range" -- ":(top,literal)$path" >"$work/diff"
    jq -nc --arg path "$path" --arg session "$session" --rawfile diff "$work/diff" --argjson extra "$HYPERGUILD_RECORD" \
      --rawfile protocol "$here/skills/protocol.md" --rawfile review "$here/skills/review.md" '
      {skill: "review", phase: "pull-request", session_id: $session, id: $path, path: $path,
       system: ($protocol + "\n" + $review),
       user: "A change to be merged. Judge the lines that it adds and what they do to the rest.\n\n<file path=\($path | @json)>\n\($diff[:60000])\n</file>"}
      + $extra'
  done >"$work/tasks"
echo '<!-- hyperguild review -->'
if [ ! -s "$work/tasks" ]; then
  echo "Nothing to review: no file changes."
  exit 0
fi
# A brain that does not exist, or does not work today, must not stop a review.
status=0
hg-brain context -k 3 --query-from path,user <"$work/tasks" 2>/dev/null | hg-route | hg-complete -j "${PR_REVIEW_JOBS:-4}" | hg-strip |
  hg-log --full --routing >"$work/answers" || status=$?
[ -s "$work/answers" ] || { echo "pr-review.sh: no answers" >&2; exit "$((status > 1 ? status : 1))"; }
jq -r '"### `\(.path)`\n\n" + (if .error == null then .text else "Not reviewed: \(.error.message)" end) + "\n"' "$work/answers"
jq -rs --arg session "$session" '"---\nBy \([.[].model_used | strings] | unique | join(", ")), session `\($session)`. Advice, not a gate."' \
  "$work/answers"
# At least one file was reviewed: then it is a review.
jq -se 'any(.error == null)' "$work/answers" >/dev/null
