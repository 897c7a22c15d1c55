#!/bin/bash
# Tries the packages of linux-arm64 on an x64 machine, under qemu-user: the programs of the archive and of the .deb packages say their versions, and the
# server of the image, with nothing but the image's own files, starts and answers. A line for each thing that was looked at; ends with 0 if all begin with "ok".
#   packaging/try-arm64.sh [artifacts/packages]
# Needs qemu-user-static, dpkg-deb, tar and curl; no root, no kernel support for foreign programs (binfmt_misc).
set -u -o pipefail
packages=$(readlink -f "${1:-artifacts/packages}")
work=$(mktemp -d)
server=
failed=0
trap '[ -z "$server" ] || kill "$server" 2> /dev/null; rm -rf "$work"' EXIT
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" > "$work/said" 2>&1; then echo "ok $name"; else echo "not ok $name: $(tail -3 "$work/said" | tr '\n' ' ')"; failed=1; fi
}
check "checksums" bash -c "cd '$packages' && sha256sum -c --quiet SHA256SUMS"

# The image's layers are the libraries of arm64 that all programs are run with here.
image=$(ls "$packages"/paddock-server-*-linux-arm64.oci.tar) || exit 1
mkdir -p "$work/oci" "$work/root" && tar -xf "$image" -C "$work/oci"
blob() { echo "$work/oci/blobs/${1/://}"; }
manifest=$(blob "$(grep -o 'sha256:[0-9a-f]*' "$work/oci/index.json" | head -1)")
config=$(blob "$(grep -o 'sha256:[0-9a-f]*' "$manifest" | head -1)")
for layer in $(grep -o 'sha256:[0-9a-f]*' "$manifest" | tail -n +2); do tar -xzf "$(blob "$layer")" --no-same-owner -C "$work/root"; done
check "the image is for arm64" grep -q '"architecture":"arm64"' "$config"
arm() { qemu-aarch64-static -L "$work/root" "$@"; }
isArm() { [ "$(od -An -tx1 -j18 -N2 "$1" | tr -d ' ')" = b700 ]; }

mkdir -p "$work/archive" && tar -xzf "$packages"/paddock-*-linux-arm64.tar.gz -C "$work/archive" --strip-components=1
for program in paddock paddock-server paddock-runner; do
  mkdir -p "$work/$program" && dpkg-deb -x "$packages/${program}"_*_arm64.deb "$work/$program"
  check "$program.deb is for arm64" [ "$(dpkg-deb -f "$packages/${program}"_*_arm64.deb Architecture)" = arm64 ]
  check "$program is identical in the archive and the .deb" cmp "$work/archive/$program" "$work/$program/usr/bin/$program"
  check "$program is an arm64 program" isArm "$work/archive/$program"
  check "$program prints its version" arm "$work/archive/$program" --version
done

cp "$packages/install.sh" "$packages/SHA256SUMS" "$packages"/paddock-*-linux-arm64.tar.gz "$work/archive/"
mkdir -p "$work/bin" && printf '#!/bin/sh\n[ "$1" = -m ] && echo aarch64 || echo Linux\n' > "$work/bin/uname" && chmod +x "$work/bin/uname"
# It ends with the programs' versions, which this machine cannot run by themselves.
PATH="$work/bin:$PATH" sh "$work/archive/install.sh" --to "$work/to" paddock > "$work/said" 2>&1
check "the install script installs the archive for an arm64 machine" cmp "$work/archive/paddock" "$work/to/paddock"

port=7723
# Without the setting .NET's just-in-time compiler fails under qemu-user.
DOTNET_EnableWriteXorExecute=0 PADDOCK_DATA=$work/data PADDOCK_BIND=127.0.0.1:$port DOTNET_BUNDLE_EXTRACT_BASE_DIR=$work/extracted \
  qemu-aarch64-static -L "$work/root" "$work/root/usr/bin/paddock-server" > "$work/server.log" 2>&1 &
server=$!
answers() { for _ in $(seq 600); do curl -fs "http://127.0.0.1:$port/v0/server/version" && return 0; kill -0 $server || { cat "$work/server.log"; return 1; }; sleep 0.2; done; return 1; }
check "the server answers /v0/server/version" answers
check "the server's database exists" test -s "$work/data/paddock.db"
exit $failed
