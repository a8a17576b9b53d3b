#!/usr/bin/env bash
# Looks back at the sessions of the last day and writes what they taught into the brain, for cron:
#
#     learn.sh [SINCE]        (default 24h)
#
# One retrospective a session; only what passes the gate (learn.jq) becomes a note. Silent when all went well: what was
# written is in the brain, `hg-brain list | tail`. A session that could not be looked at, and a note that could not be
# written, is named on stderr; the others go on, and the exit status is that of the worst.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need jq hg-log hg-brain hg-route hg-complete hg-strip
since=${1:-24h}
make_work
settings HYPERGUILD_RECORD

# Sessions in which someone worked: looking back is not work.
hg-log show --since="$since" >"$work/log"
jq -c 'select(.skill != "_routing" and .skill != "retrospective" and .skill != "trainer") | {session_id}' "$work/log" |
  sort -u >"$work/sessions"
: >"$work/answers"
while IFS= read -r session; do
  status=0
  printf '%s\n' "$session" | "$here/bin/skill" retrospective --record --json >"$work/answer" 2>"$work/error" || status=$?
  if [ "$status" -eq 0 ]; then
    cat "$work/answer" >>"$work/answers"
  else
    say "$session: $(tail -n 1 "$work/error")"
    note "$status"
  fi
done <"$work/sessions"
jq -c -f "$here/learn.jq" "$work/answers" >"$work/notes"
[ -s "$work/notes" ] || exit "$noted"
status=0
hg-brain write <"$work/notes" >"$work/written" 2>"$work/error" || status=$?
if [ "$status" -ne 0 ]; then
  note "$status"
  jq -r --slurpfile notes "$work/notes" "$jq_records"'select(failed)
    | "learn.sh: not written: \(.title // "a note"): \(.error.message? // .error)"' "$work/written" >&2
  [ "$status" -eq 1 ] || cat "$work/error" >&2
  [ "$(count "$work/written")" -eq "$(count "$work/notes")" ] ||
    say "written: $(count "$work/written") of $(count "$work/notes") notes"
fi
exit "$noted"
