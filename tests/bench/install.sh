#!/usr/bin/env bash
# Installs valgrind, which counts the instructions of cold starts, where it is missing.
set -euo pipefail

command -v valgrind >/dev/null && exit

as_root=()
if ((EUID != 0)); then
  as_root=(sudo -n)
fi
if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
  echo "The bench needs valgrind, and only root may install it. Install it and try again." >&2
  exit 1
fi
echo "Installing valgrind ..." >&2
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends valgrind >/dev/null
