#!/usr/bin/env bash
# build.bash FILE: builds agent.go into FILE from Debian's packages golang-go and golang-github-hashicorp-memberlist-dev, without a network.
# memberlist (MPL-2.0) becomes part of that file alone, which is used in tests and not published.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
target=$1
packages=/usr/share/gocode

[ -d "$packages/src/github.com/hashicorp/memberlist" ] && command -v go >/dev/null || {
    echo "needs a Go memberlist to talk to: apt-get install golang-go golang-github-hashicorp-memberlist-dev" >&2
    exit 3
}
[ "$target" -nt "$here/agent.go" ] && exit
mkdir -p "$(dirname "$target")"
# Debian's Go packages are a GOPATH, not modules. Built beside its place and moved there: whoever starts it meanwhile finds the old or the new.
GO111MODULE=off GOPATH=$packages GOCACHE=${GOCACHE:-$(dirname "$target")/go-cache} CGO_ENABLED=0 \
    go build -o "$target.$$" "$here/agent.go"
mv "$target.$$" "$target"
