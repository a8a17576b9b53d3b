#!/bin/sh
# Answers a file of records once, with a budget. Killed, or stopped by the budget? Start it again: it goes on where it
# was and pays for nothing twice.
#
#     batch.sh tasks.ndjson answers.ndjson [hg-complete's options, such as -j 16 --max-cost 5]
#
# Routing is done once and kept in answers.ndjson.routed: pass rates change while a long batch runs, and a record that
# is routed another way would be another request. Exit status 75: the budget is used up, the rest is open.
set -eu
for program in hg-route hg-complete flock; do
  command -v "$program" >/dev/null || { echo "batch.sh: $program is not on PATH" >&2; exit 69; }
done
[ $# -ge 2 ] || { echo "batch.sh: usage: batch.sh TASKS ANSWERS [OPTION...]" >&2; exit 64; }
tasks=$1 answers=$2
shift 2
[ -r "$tasks" ] || { echo "batch.sh: cannot read $tasks" >&2; exit 66; }

exec 9>>"$answers.routed"
flock -n 9 || { echo "batch.sh: another run is writing $answers" >&2; exit 75; }
if [ ! -s "$answers.routed" ] || [ -n "$(find "$tasks" -newer "$answers.routed")" ]; then
  # Records that cannot be routed are error records, and stay in the batch as such.
  hg-route <"$tasks" >"$answers.new" || [ $? -eq 1 ] || exit
  cat "$answers.new" >"$answers.routed"
  rm -f "$answers.new"
fi
touch "$answers"
# shellcheck disable=SC2094  # --resume reads what is answered before it asks
exec hg-complete --resume "$answers" "$@" <"$answers.routed" >>"$answers"
