#!/usr/bin/env bash
# Says what a failed job is about, in six to twelve lines that end with acceptance criteria:
#
#     ci-triage.sh job.log [PROJECT] > triage.md
#
# The model sees the end of the log, the last five commits and the first 4 KB of the project's notes. Whatever goes wrong,
# also an answer that does not have the form, prints the plain template instead, says why on stderr, and ends with another
# status than 0: let the CI step fail softly (examples/ci shows how).
log=${1:-} project=${2:-.} answered=''
template() {
  local name
  name=$(printf '%s' "${log##*/}" | tr '[:cntrl:]' ' ')
  cat <<EOF
## Failed job: ${name:-unknown}

- Symptom: see the end of the log.
- Suspect: the last commits, newest first.
- Reproduce: run the failed step on a clean checkout.

Acceptance criteria:
- [ ] The failed step passes on a clean checkout.
- [ ] A test fails without the fix.
EOF
}
# Every way out comes by here.
end() {
  local status=$?
  trap - EXIT
  [ -z "${work:-}" ] || rm -rf "$work"
  case $status in 0 | 1 | 6[4-9] | 7[0-8] | 1[3-9]?) ;; *) status=74 ;; esac
  if [ -z "$answered" ]; then
    echo "ci-triage.sh: the plain template instead" >&2
    template || status=74
    [ "$status" -ne 0 ] || status=1
  fi
  exit "$status"
}
trap end EXIT
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh" || exit 66
need jq hg-route hg-complete hg-strip
make_work
trap end EXIT
settings HYPERGUILD_RECORD
{ [ -n "$log" ] && tail -c 12000 <"$log" >"$work/log" && [ -s "$work/log" ]; } || die 66 "no log to read"

: >"$work/commits"
if command -v git >/dev/null; then
  git -C "$project" log -5 --no-color --format='%h %an %ad %s' --date=short --stat >"$work/commits" ||
    say "no commits to look at in $project"
fi
: >"$work/notes"
for notes in NOTES.md CONTRIBUTING.md README.md; do
  if [ -r "$project/$notes" ]; then head -c 4096 <"$project/$notes" >"$work/notes" || :; break; fi
done
# shellcheck disable=SC2016  # the backquotes belong to the prompt
jq -nc --rawfile log "$work/log" --rawfile commits "$work/commits" --rawfile notes "$work/notes" \
  --argjson extra "$extra" '
  {skill: "triage",
   system: "You triage failed CI jobs. Answer in Markdown with six to twelve lines: a heading, then what failed, the most likely cause with the commit if one fits, how to reproduce it, what to change. The last lines are a line `Acceptance criteria:` and two to four items `- [ ]` that can be checked. Only what the log and the commits show; say what is missing.",
   user: "## Log, its end\n\n\($log)\n\n## Last five commits\n\n\($commits)\n\n## Notes of the project\n\n\($notes)"} + $extra' \
  >"$work/record"
ask "$work/record" "$work/answer" --deadline "${CI_TRIAGE_SECONDS:-90}"
jq -se '.[0].text | [split("\n")[] | select(test("\\S"))] as $lines
  | ($lines | length) >= 6 and ($lines | length) <= 12
  and ($lines | map(test("acceptance criteria"; "i")) | any) and ($lines | last | test("^\\s*[-*]"))' \
  "$work/answer" >/dev/null || die 1 "the answer does not have the form"
answered=yes
jq -r .text "$work/answer"
