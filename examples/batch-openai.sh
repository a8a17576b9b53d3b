#!/usr/bin/env bash
# Runs a file made for the OpenAI Batch API here and now, against whatever LITELLM_BASE_URL serves:
#
#     batch-openai.sh requests.jsonl [hg-complete's options] > results.jsonl
#
# Each line is {"custom_id","method","url","body"}; each result {"id","custom_id","response","error"}, with the answer as
# the model gave it.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
need hg-complete
[ $# -ge 1 ] || die 64 "usage: batch-openai.sh REQUESTS [OPTION...]"
{ [ -r "$1" ] && [ ! -d "$1" ]; } || die 66 "cannot read $1"
requests=$1
shift
exec hg-complete --batch-out "$@" <"$requests"
