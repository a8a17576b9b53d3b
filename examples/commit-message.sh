#!/usr/bin/env bash
# Writes a commit message for what is staged:
#
#     message=$(commit-message.sh) && git commit -e -m "$message"
#
# The answer is a draft: -e lets you read it. HYPERGUILD_RECORD may hold more members for the record.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need git jq hg-route hg-complete hg-strip
# What git says itself helps most: it knows about safe.directory, for instance.
git rev-parse --git-dir >/dev/null || die 66 "not in a Git repository"
make_work
settings HYPERGUILD_RECORD
status=0
git diff --cached --quiet || status=$?
case $status in
  0) die 66 "nothing is staged (git add first)" ;;
  1) ;;
  *) die 66 "git cannot show what is staged" ;;
esac
{ git diff --cached --no-color --stat && echo && git diff --cached --no-color --no-ext-diff; } >"$work/change" ||
  die 66 "git cannot show what is staged"
head -c 60000 "$work/change" >"$work/part"
jq -nc --rawfile change "$work/part" --argjson extra "$extra" '{
    skill: "commit",
    system: "You write commit messages. The first line says in at most 72 characters what changes, in the imperative, without a full stop. Then an empty line, then why, in one to four short lines. Only what the change shows. No Markdown, no quotes.",
    user: "The staged change:\n\n\($change)"} + $extra' >"$work/record"
ask "$work/record" "$work/answer"
jq -r .text "$work/answer"
