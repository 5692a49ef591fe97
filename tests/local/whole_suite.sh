#!/usr/bin/env bash
# Runs the whole suite in three processes side by side: two that compute, one for each of two cores,
# and one that mostly waits, for browsers, queues and other processes. The outputs follow one
# another. Arguments go to all.
set -uo pipefail
cd "$(dirname "$0")/../.."

readonly computing=(tests/functional --ignore=tests/functional/webhooks)
readonly waiting=(tests/e2e tests/browser tests/races)
others=(tests/functional/webhooks)
for folder in tests/*/; do
	case ${folder%/} in
		tests/functional | tests/e2e | tests/browser | tests/races) ;;
		*) others+=("$folder") ;;
	esac
done

logs=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null; rm -rf "$logs"' EXIT

# Names the process and gives it what it runs.
start() {
	local name=$1
	shift
	.venv/bin/python -m pytest -o "cache_dir=.pytest_cache/$name" "$@" >"$logs/$name" 2>&1 &
	started+=($!)
}
start computing "${computing[@]}" "$@"
start waiting "${waiting[@]}" "$@"
start others "${others[@]}" "$@"

said=0
for process in "${started[@]}"; do
	wait "$process"
	status=$?
	((status > said)) && said=$status
done
cat "$logs"/*
exit "$said"
