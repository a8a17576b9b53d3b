#!/usr/bin/env bash
# Answers a file of records once, with a budget. Killed, or stopped by the budget? Start it again: it goes on where it
# was and pays for nothing twice.
#
#     batch.sh tasks.ndjson answers.ndjson [hg-complete's options, such as -j 16 --max-cost 5]
#
# Routing is done once and kept in answers.ndjson.routed: pass rates change while a long batch runs, and a record that
# is routed another way would be another request. Exit status 75: the budget is used up, the rest is open. Answers stay as
# the model gave them; for people: hg-strip --think < answers.ndjson.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need hg-route hg-complete flock jq
[ $# -ge 2 ] || die 64 "usage: batch.sh TASKS ANSWERS [OPTION...]"
tasks=$1 answers=$2
shift 2
{ [ -r "$tasks" ] && [ ! -d "$tasks" ]; } || die 66 "cannot read $tasks"
# A name that begins with a dash is a file too.
case $tasks in -*) tasks=./$tasks ;; esac
case $answers in -*) answers=./$answers ;; esac

{ exec 9>>"$answers.lock"; } || die 74 "cannot write to $answers.lock"
flock -n 9 || die 75 "another run is writing $answers"
# What is routed is whole or not there: a full disk or a kill leaves only the file beside it. It is as old as the tasks
# were before they were read, so that a change in between is seen.
if [ ! -s "$answers.routed" ] || [ "$tasks" -nt "$answers.routed" ]; then
  status=0
  { touch -r "$tasks" "$answers.time" && hg-route <"$tasks" >"$answers.new"; } || status=$?
  # Records that cannot be routed are error records, and stay in the batch as such.
  if [ "$status" -le 1 ]; then
    { touch -r "$answers.time" "$answers.new" && mv "$answers.new" "$answers.routed"; } || status=74
  fi
  rm -f "$answers.new" "$answers.time"
  [ "$status" -le 1 ] || exit "$status"
fi
touch "$answers" || exit 74
unroutable=$(grep -aF '"stage":"hg-route"' "$answers.routed" | jq -n "$jq_records"'[inputs | select(failed)] | length') || :
# exec, so that a signal reaches the program that can end well.
# shellcheck disable=SC2094  # --resume reads what is answered before it asks
[ "${unroutable:-0}" != 0 ] || exec hg-complete --resume "$answers" "$@" <"$answers.routed" >>"$answers"
status=0
# shellcheck disable=SC2094
hg-complete --resume "$answers" "$@" <"$answers.routed" >>"$answers" || status=$?
say "$unroutable records of $tasks could not be routed"
[ "$status" -ne 0 ] || status=1
exit "$status"
