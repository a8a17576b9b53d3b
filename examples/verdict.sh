#!/usr/bin/env bash
# Runs a command and records what its exit status says about an answer; ends as the command ended.
#
#     verdict.sh --session S [--id I] COMMAND [ARGUMENT...]
#     verdict.sh --session "$CI_PIPELINE_ID" make test
#
# So a test run teaches the router: hg-route sends a skill to the local model while its answers pass. A command that was
# not found or was interrupted says nothing about the answer, and records nothing. A verdict that cannot be recorded is
# named on stderr; the test counts.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
session='' id=''
while [ $# -gt 1 ]; do
  case $1 in
    --session) session=$2; shift 2 ;;
    --id) id=$2; shift 2 ;;
    --) shift; break ;;
    *) break ;;
  esac
done
{ [ -n "$session" ] && [ $# -ne 0 ]; } || die 64 "usage: verdict.sh --session S [--id I] COMMAND [ARGUMENT...]"
need hg-log
status=0
"$@" || status=$?
case $status in
  0) verdict=pass ;;
  126 | 127) exit "$status" ;;
  *) if [ "$status" -gt 128 ]; then exit "$status"; fi; verdict=fail ;;
esac
hg-log verdict --session="$session" ${id:+"--id=$id"} "$verdict" --message="$1: exit status $status" ||
  say "the verdict could not be recorded"
exit "$status"
