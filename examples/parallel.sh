#!/usr/bin/env bash
# Runs the pipeline in blocks, on this machine or on several, with GNU parallel. Order is kept.
#
#     parallel.sh < tasks.ndjson > answers.ndjson
#     HOSTS=2/:,8/alice@gpu1,8/alice@gpu2 parallel.sh < tasks.ndjson > answers.ndjson
#
# HOSTS is what --sshlogin takes (":" is this machine). The programs and bash have to be on PATH there, and
# LITELLM_BASE_URL and the key in the environment there: a key is not sent along, for others could read it off the command
# line. BLOCK (100) is how many records a job gets. A block whose host fails is done again elsewhere, up to three times;
# when it fails for good, the exit status is that of its stage. A record with an error is 1, as everywhere.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need parallel hg-route hg-complete hg-strip
parallel --version 2>/dev/null | grep -q '^GNU parallel' || die 69 "needs GNU parallel"
need_input
make_work

set -- --will-cite --pipe --keep-order -N "${BLOCK:-100}" --retries 3 --joblog "$work/jobs"
[ -z "${HOSTS:-}" ] || set -- "$@" --sshlogin "$HOSTS"
# A job with failed records has done its work. What they are is seen when they come by. The job's own shell expands
# the rest.
# shellcheck disable=SC2016
parallel "$@" 'bash -o pipefail -c "hg-route | hg-complete | hg-strip --think || { status=\$?; [ \$status -eq 1 ] || exit \$status; }"' |
  awk -v suspects="$work/suspects" '/"error"/ { print >suspects } { print; fflush() }' || {
  statuses=("${PIPESTATUS[@]}")
  [ "${statuses[1]}" -eq 0 ] || settle "${statuses[1]}" || note $?
  # Its own status is the number of jobs that failed. A job that was tried again stands in the log once more.
  read -r -a jobs <<<"$(awk -F '\t' 'NR > 1 { status[$1] = $7 } END { for (job in status) printf "%s ", status[job] }' \
    "$work/jobs" 2>/dev/null || :)"
  [ "${statuses[0]}" -eq 0 ] || settle "${jobs[@]:-74}" || note $?
  if [ "$noted" -eq 0 ] && [ "${statuses[0]}" -ne 0 ] && [ "${statuses[0]}" -ne 141 ]; then note 69; fi
}
if [ -s "$work/suspects" ]; then
  grep -aqE '"error":\{"stage":"hg-(route|complete|strip)"' "$work/suspects" && note 1
fi
exit "$noted"
