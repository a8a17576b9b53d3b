#!/bin/sh
# Writes a commit message for what is staged:
#
#     git commit -e -m "$(commit-message.sh)"
#
# The answer is a draft: -e lets you read it. HYPERGUILD_RECORD may hold more members for the record.
set -eu
for program in git jq hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "commit-message.sh: $program is not on PATH" >&2; exit 69; }
done
git rev-parse --git-dir >/dev/null 2>&1 || { echo "commit-message.sh: not in a Git repository" >&2; exit 66; }
! git diff --cached --quiet || { echo "commit-message.sh: nothing is staged (git add first)" >&2; exit 66; }
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'

{ git diff --cached --stat; echo; git diff --cached --no-color --no-ext-diff | head -c 60000; } |
  jq -Rsc --argjson extra "$HYPERGUILD_RECORD" '{
    skill: "commit",
    system: "You write commit messages. The first line says in at most 72 characters what changes, in the imperative, without a full stop. Then an empty line, then why, in one to four short lines. Only what the change shows. No Markdown, no quotes.",
    user: "The staged change:\n\n\(.)"} + $extra' |
  hg-route | hg-complete | hg-strip --unwrap --out text
