#!/bin/sh
# Runs a command and records what its exit status says about an answer; ends as the command ended.
#
#     verdict.sh --session S [--id I] COMMAND [ARGUMENT...]
#     verdict.sh --session "$CI_PIPELINE_ID" make test
#
# So a test run teaches the router: hg-route sends a skill to the local model while its answers pass. A command that was
# not found or was interrupted says nothing about the answer, and records nothing.
set -eu
session='' id=''
while [ $# -gt 1 ]; do
  case $1 in
    --session) session=$2; shift 2 ;;
    --id) id=$2; shift 2 ;;
    *) break ;;
  esac
done
if [ -z "$session" ] || [ $# -eq 0 ]; then
  echo "verdict.sh: usage: verdict.sh --session S [--id I] COMMAND [ARGUMENT...]" >&2
  exit 64
fi
command -v hg-log >/dev/null || { echo "verdict.sh: hg-log is not on PATH" >&2; exit 69; }
status=0
"$@" || status=$?
case $status in
  0) verdict=pass ;;
  126 | 127) exit "$status" ;;
  *) if [ "$status" -gt 128 ]; then exit "$status"; fi; verdict=fail ;;
esac
hg-log verdict --session="$session" ${id:+"--id=$id"} "$verdict" --message="$1: exit status $status" ||
  echo "verdict.sh: the verdict could not be recorded" >&2
exit "$status"
