#!/bin/sh
# Runs the pipeline in blocks, on this machine or on several, with GNU parallel. Order is kept.
#
#     parallel.sh < tasks.ndjson > answers.ndjson
#     HOSTS=2/:,8/alice@gpu1,8/alice@gpu2 parallel.sh < tasks.ndjson > answers.ndjson
#
# HOSTS is what --sshlogin takes (":" is this machine). The programs have to be on PATH there, and LITELLM_BASE_URL and
# the key in the environment there: a key is not sent along, for others could read it off the command line. BLOCK (100)
# is how many records a job gets. A block whose host fails is done again elsewhere, up to three times.
set -eu
for program in parallel hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || { echo "parallel.sh: $program is not on PATH" >&2; exit 69; }
done
parallel --version 2>/dev/null | grep -q '^GNU parallel' || { echo "parallel.sh: needs GNU parallel" >&2; exit 69; }

set -- --will-cite --pipe --keep-order -N "${BLOCK:-100}" --retries 3
[ -z "${HOSTS:-}" ] || set -- "$@" --sshlogin "$HOSTS"
exec parallel "$@" 'hg-route | hg-complete | hg-strip'
