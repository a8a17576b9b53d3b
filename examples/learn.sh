#!/usr/bin/env bash
# Looks back at the sessions of the last day and writes what they taught into the brain, for cron:
#
#     learn.sh [SINCE]        (default 24h)
#
# One retrospective a session; only what passes the gate (learn.jq) becomes a note. Silent when all went well: what was
# written is in the brain, `hg-brain list | tail`. A session that could not be looked at is named on stderr, the others
# go on, and the exit status is 1.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
for program in jq hg-log hg-brain; do
  command -v "$program" >/dev/null || { echo "learn.sh: $program is not on PATH" >&2; exit 69; }
done
since=${1:-24h}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Sessions in which somebody worked: looking back is no work.
hg-log show --since="$since" |
  jq -c 'select(.skill != "_routing" and .skill != "retrospective" and .skill != "trainer") | {session_id}' |
  sort -u >"$work/sessions"
failed=0
while IFS= read -r session; do
  if printf '%s\n' "$session" | "$here/bin/skill" retrospective --record --json >"$work/answer" 2>"$work/error"; then
    cat "$work/answer"
  else
    echo "learn.sh: $session: $(tail -n 1 "$work/error")" >&2
    failed=1
  fi
done <"$work/sessions" >"$work/answers"
jq -c -f "$here/learn.jq" "$work/answers" | hg-brain write >"$work/written"
exit "$failed"
