#!/bin/sh
# Runs a file made for the OpenAI Batch API here and now, against whatever LITELLM_BASE_URL serves:
#
#     batch-openai.sh requests.jsonl [hg-complete's options] > results.jsonl
#
# Each line is {"custom_id","method","url","body"}; each result {"id","custom_id","response","error"}.
set -eu
command -v hg-complete >/dev/null || { echo "batch-openai.sh: hg-complete is not on PATH" >&2; exit 69; }
[ $# -ge 1 ] || { echo "batch-openai.sh: usage: batch-openai.sh REQUESTS [OPTION...]" >&2; exit 64; }
[ -r "$1" ] || { echo "batch-openai.sh: cannot read $1" >&2; exit 66; }
requests=$1
shift
exec hg-complete --batch-out "$@" <"$requests"
