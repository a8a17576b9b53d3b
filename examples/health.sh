#!/bin/sh
# A preflight for cron: says nothing when all is well, one line for each thing that is not.
#
#     health.sh [MODEL...]       also checks that the server has these models
#
# Checks the server, the key, the models, and that there is room for the session logs. What is up is kept for
# hg-route --available in $XDG_CACHE_HOME/hyperguild/health.json. Exit status: 0, or that of the first check that failed.
set -u
for program in hg-complete hg-log jq; do
  command -v "$program" >/dev/null || { echo "health.sh: $program is not on PATH" >&2; exit 69; }
done
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hyperguild
brain=${HYPERGUILD_BRAIN_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/hyperguild/brain}
first=0
bad() { status=$1; shift; echo "health.sh: $*" >&2; [ "$first" -ne 0 ] || first=$status; }

mkdir -p "$cache" || { bad 74 "cannot write to $cache"; exit "$first"; }
new=$(mktemp "$cache/health.XXXXXX") || { bad 74 "cannot write to $cache"; exit "$first"; }
trap 'rm -f "$new" "$new.err"' EXIT
status=0
hg-complete --health >"$new" 2>"$new.err" || status=$?
# The file is kept when the server is down as well: then no model is up, and that is what the router should know.
[ ! -s "$new" ] || cp "$new" "$cache/health.json"
if [ "$status" -ne 0 ]; then
  said=$(tail -n 1 "$new.err")
  bad "$status" "the server: ${said:-hg-complete --health ended with status $status}"
else
  for model; do
    jq -e --arg model "$model" '[.models[]? | if type == "object" then .id else . end] | index($model) != null' \
      "$new" >/dev/null || bad 69 "the server has no model $model"
  done
fi
if [ -d "$brain/sessions" ]; then
  [ -w "$brain/sessions" ] || bad 74 "cannot write to $brain/sessions"
fi
place=$brain
while [ ! -d "$place" ]; do place=$(dirname "$place"); done
free=$(df -Pk "$place" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "${HEALTH_FREE_KB:-102400}" ] || bad 74 "only $free KB free at $place"
exit "$first"
