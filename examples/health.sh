#!/usr/bin/env bash
# A preflight for cron: says nothing when all is well, one line for each thing that is not.
#
#     health.sh [MODEL...]       also checks that the server has these models
#
# Checks the server, the key, the models, and that there is room for the session logs. What is up is kept for
# hg-route --available in $XDG_CACHE_HOME/hyperguild/health.json. Exit status: 0, or that of the first check that failed.
here=$(dirname "$(realpath "$0")")
# shellcheck source=examples/lib.sh
. "$here/lib.sh"
set +e # each check is made, whatever the one before it found
need hg-complete hg-log jq
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/hyperguild
brain=${HYPERGUILD_BRAIN_DIR:-${XDG_DATA_HOME:-${HOME:-/root}/.local/share}/hyperguild/brain}
first=0
bad() { # STATUS MESSAGE
  local status=$1
  shift
  say "$*"
  [ "$first" -ne 0 ] || first=$status
}

mkdir -p -- "$cache" || { bad 74 "cannot write to $cache"; exit "$first"; }
new=$(mktemp "$cache/health.XXXXXX") || { bad 74 "cannot write to $cache"; exit "$first"; }
trap 'rm -f "$new" "$new.err" "$new.kept"' EXIT
status=0
hg-complete --health >"$new" 2>"$new.err" || status=$?
# The file is kept when the server is down as well: then no model is up, and that is what the router should know. It is
# whole or the old one: the router may read it at any time.
if [ -s "$new" ]; then
  { cp "$new" "$new.kept" && mv "$new.kept" "$cache/health.json"; } || bad 74 "cannot write to $cache"
fi
if [ "$status" -ne 0 ]; then
  said=$(tail -n 1 "$new.err")
  bad "$status" "the server: ${said:-hg-complete --health ended with status $status}"
else
  for model; do
    jq -se --arg model "$model" 'any(.[].models[]? | if type == "object" then .id else . end; . == $model)' \
      "$new" >/dev/null || bad 69 "the server has no model $model"
  done
fi
if [ -d "$brain/sessions" ]; then
  [ -w "$brain/sessions" ] || bad 74 "cannot write to $brain/sessions"
fi
place=$brain
while [ ! -d "$place" ]; do place=$(dirname -- "$place"); done
free=$(df -Pk -- "$place" | awk 'NR == 2 { print $4 }')
[ "${free:-0}" -ge "${HEALTH_FREE_KB:-102400}" ] || bad 74 "only ${free:-0} KB free at $place"
exit "$first"
