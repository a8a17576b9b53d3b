#!/usr/bin/env bash
# Writes release notes from the commits between two points:
#
#     release-notes.sh v1.2.0..HEAD > NOTES.md
#
# Without a range: since the last tag. HYPERGUILD_RECORD may hold more members for the record.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need git jq hg-route hg-complete hg-strip
git rev-parse --git-dir >/dev/null || die 66 "not in a Git repository"
make_work
settings HYPERGUILD_RECORD
range=${1:-}
if [ -z "$range" ]; then
  tag=$(git describe --tags --abbrev=0) || die 64 "no tag; say which commits: FROM..TO"
  range=$tag..HEAD
fi
git rev-list --max-count=1 --no-merges --end-of-options "$range" -- >"$work/first" || die 64 "no such range: $range"
[ -s "$work/first" ] || die 66 "no commits in $range"
git log --no-merges --reverse --format='- %s%n%w(0,2,2)%b' --end-of-options "$range" -- >"$work/commits" ||
  die 66 "git cannot show $range"
head -c 60000 "$work/commits" >"$work/part"
jq -nc --rawfile commits "$work/part" --arg range "$range" --argjson extra "$extra" '{
    skill: "release-notes",
    system: "You write release notes for the users of a program, in Markdown, under the headings New, Changed and Fixed. Leave out a heading without entries, and commits that users do not notice. One line an entry: what they can do now, not how it was built. Only what the commits say.",
    user: "The commits of \($range), oldest first:\n\n\($commits)"} + $extra' >"$work/record"
ask "$work/record" "$work/answer"
jq -r .text "$work/answer"
