#!/usr/bin/env bash
# Runs the whole suite in two processes side by side, which takes half the time on two cores: the
# functional tests are the slower half. Their output follows the others'. Arguments go to both.
set -uo pipefail
cd "$(dirname "$0")/../.."

readonly pytest=(.venv/bin/python -m pytest)

log=$(mktemp)
"${pytest[@]}" tests/functional -o cache_dir=.pytest_cache/functional "$@" >"$log" 2>&1 &
functional=$!
trap 'kill "$functional" 2>/dev/null; rm -f "$log"' EXIT

"${pytest[@]}" --ignore=tests/functional "$@"
others_said=$?
wait "$functional"
functional_said=$?
cat "$log"
exit $((others_said > functional_said ? others_said : functional_said))
