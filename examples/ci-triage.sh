#!/bin/sh
# Says what a failed job is about, in six to twelve lines that end with acceptance criteria:
#
#     ci-triage.sh job.log [PROJECT] > triage.md
#
# The model sees the end of the log, the last five commits and the first 4 KB of the project's notes. Whatever goes wrong,
# also an answer that does not have the form, prints the plain template instead: a pipeline is never blocked by this.
set -u
log=${1:-} project=${2:-.}
log_name=${log##*/}

template() {
  [ -z "$1" ] || echo "ci-triage.sh: $1; the plain template instead" >&2
  cat <<EOF
## Failed job: ${log_name:-unknown}

- Symptom: see the end of the log.
- Suspect: the last commits, newest first.
- Reproduce: run the failed step on a clean checkout.

Acceptance criteria:
- [ ] The failed step passes on a clean checkout.
- [ ] A test fails without the fix.
EOF
  exit 0
}
for program in jq hg-route hg-complete hg-strip; do
  command -v "$program" >/dev/null || template "$program is not on PATH"
done
{ [ -n "$log" ] && [ -r "$log" ] && [ -s "$log" ]; } || template "no log to read"
work=$(mktemp -d) || template "no room for temporary files"
trap 'rm -rf "$work"' EXIT
[ -n "${HYPERGUILD_RECORD:-}" ] || HYPERGUILD_RECORD='{}'

tail -c 12000 "$log" >"$work/log"
git -C "$project" log -5 --no-color --format='%h %an %ad %s' --date=short --stat >"$work/commits" 2>/dev/null || : >"$work/commits"
: >"$work/notes"
for notes in NOTES.md CONTRIBUTING.md README.md; do
  if [ -r "$project/$notes" ]; then head -c 4096 "$project/$notes" >"$work/notes"; break; fi
done
# shellcheck disable=SC2016  # the backquotes belong to the prompt
jq -nc --rawfile log "$work/log" --rawfile commits "$work/commits" --rawfile notes "$work/notes" \
  --argjson extra "$HYPERGUILD_RECORD" '
  {skill: "triage",
   system: "You triage failed CI jobs. Answer in Markdown with six to twelve lines: a heading, then what failed, the most likely cause with the commit if one fits, how to reproduce it, what to change. The last lines are a line `Acceptance criteria:` and two to four items `- [ ]` that can be checked. Only what the log and the commits show; say what is missing.",
   user: "## Log, its end\n\n\($log)\n\n## Last five commits\n\n\($commits)\n\n## Notes of the project\n\n\($notes)"} + $extra' |
  hg-route | hg-complete --deadline "${CI_TRIAGE_SECONDS:-90}" | hg-strip --unwrap >"$work/answer"
jq -e '.error == null' "$work/answer" >/dev/null 2>&1 ||
  template "$(jq -r '.error.message // "no answer"' "$work/answer" 2>/dev/null || echo "no answer")"
jq -e '[.text | split("\n")[] | select(test("\\S"))] as $lines
  | ($lines | length) >= 6 and ($lines | length) <= 12
  and ($lines | map(test("acceptance criteria"; "i")) | any) and ($lines | last | test("^\\s*[-*]"))' \
  "$work/answer" >/dev/null 2>&1 || template "the answer does not have the form"
jq -r .text "$work/answer"
