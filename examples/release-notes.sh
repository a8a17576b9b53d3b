#!/bin/sh
# Writes release notes from the commits between two points:
#
#     release-notes.sh v1.2.0..HEAD > NOTES.md
#
# Without a range: since the last tag. HYPERGUILD_RECORD may hold more members for the record.
set -eu
for program in git jq hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "release-notes.sh: $program is not on PATH" >&2; exit 69; }
done
git rev-parse --git-dir >/dev/null 2>&1 || { echo "release-notes.sh: not in a Git repository" >&2; exit 66; }
range=${1:-}
if [ -z "$range" ]; then
  tag=$(git describe --tags --abbrev=0 2>/dev/null) || { echo "release-notes.sh: no tag; say which commits: FROM..TO" >&2; exit 64; }
  range=$tag..HEAD
fi
git rev-list --quiet --end-of-options "$range" 2>/dev/null || { echo "release-notes.sh: no such range: $range" >&2; exit 64; }
[ -n "$(git rev-list --max-count=1 --end-of-options "$range")" ] || { echo "release-notes.sh: no commits in $range" >&2; exit 66; }
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'

git log --no-merges --reverse --format='- %s%n%w(0,2,2)%b' --end-of-options "$range" | head -c 60000 |
  jq -Rsc --arg range "$range" --argjson extra "$HYPERGUILD_RECORD" '{
    skill: "release-notes",
    system: "You write release notes for the users of a program, in Markdown, under the headings New, Changed and Fixed. Leave out a heading without entries, and commits that users do not notice. One line an entry: what they can do now, not how it was built. Only what the commits say.",
    user: "The commits of \($range), oldest first:\n\n\(.)"} + $extra' |
  hg-route | hg-complete | hg-strip --unwrap --out text
