#!/bin/sh
# Installs the Paddock programs of this folder, or of PADDOCK_DOWNLOAD, for this machine's platform:
#   sh install.sh [--to FOLDER] [PROGRAM...]        programs: paddock, paddock-server, paddock-runner (all three by default)
# The archive is held to SHA256SUMS before anything of it is used. Nothing is started; for services take the .deb packages.
set -eu
to=/usr/local/bin
programs=
while [ $# -gt 0 ]; do
  case "$1" in
    --to) [ $# -ge 2 ] || { echo "install.sh: --to needs a folder" >&2; exit 2; }; to=$2; shift 2 ;;
    paddock | paddock-server | paddock-runner) programs="$programs $1"; shift ;;
    *) echo "install.sh: unknown argument $1. Usage: install.sh [--to FOLDER] [paddock] [paddock-server] [paddock-runner]" >&2; exit 2 ;;
  esac
done
[ "$(uname -s)" = Linux ] || { echo "install.sh: Paddock's programs need Linux; this machine has $(uname -s)" >&2; exit 1; }
case "$(uname -m)" in
  x86_64) platform=linux-x64 ;;
  aarch64 | arm64) platform=linux-arm64 ;;
  *) echo "install.sh: Paddock's programs need x86_64 or aarch64; this machine has $(uname -m)" >&2; exit 1 ;;
esac
if ! getconf GNU_LIBC_VERSION > /dev/null 2>&1; then
  echo "install.sh: Paddock's programs need glibc 2.34 or newer; this machine has no glibc (perhaps it uses musl)" >&2
  exit 1
fi
from=${PADDOCK_DOWNLOAD:-$(dirname "$0")}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() {
  case "$from" in
    https://*) curl -fsSL --proto '=https' -o "$work/$1" "$from/$1" ;;
    *) cp "$from/$1" "$work/$1" ;;
  esac
}
fetch SHA256SUMS
archive=$(sed -n "s/^[0-9a-f]*  \(paddock-[^ ]*-$platform\.tar\.gz\)\$/\1/p" "$work/SHA256SUMS" | head -1)
[ -n "$archive" ] || { echo "install.sh: $from has no archive for $platform" >&2; exit 1; }
fetch "$archive"
(cd "$work" && grep "  $archive\$" SHA256SUMS | sha256sum -c --quiet -) || { echo "install.sh: $archive does not match its checksum in SHA256SUMS; nothing was installed. Download it again" >&2; exit 1; }
tar -xzf "$work/$archive" -C "$work"
mkdir -p "$to"
for program in ${programs:-paddock paddock-server paddock-runner}; do
  install -m 0755 "$work/${archive%.tar.gz}/$program" "$to/$program"
  echo "$to/$program: $("$to/$program" --version)"
done
