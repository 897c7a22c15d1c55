#!/bin/bash
# Tries the packages of `dotnet run dev.cs -- package` as root, in a clean Debian root and under runc: installing, starting, upgrading, removing, purging, and
# the image with a root folder that is only read and as a user that is not root. A line for each thing that was looked at; ends with 0 if all begin with "ok".
#   packaging/try.sh [artifacts/packages]
# Needs mmdebstrap, dpkg-deb, runc, skopeo, umoci or tar, curl and systemd-analyze.
set -u -o pipefail
packages=$(readlink -f "${1:-artifacts/packages}")
work=${PADDOCK_TRY_ROOT:-$(mktemp -d)}
failed=0
check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" > "$work/said" 2>&1; then echo "ok $name"; else echo "not ok $name: $(tail -3 "$work/said" | tr '\n' ' ')"; failed=1; fi
}
server() { ls "$packages"/paddock-server_*_amd64.deb; }

check "checksums" bash -c "cd '$packages' && sha256sum -c --quiet SHA256SUMS"

# A clean root, without a running systemd, as in a container or an image that is being built.
root=$work/root
if [ ! -d "$root/usr" ]; then
  mmdebstrap --quiet --variant=minbase \
    --include=adduser,init-system-helpers,ca-certificates,libssl3,libstdc++6,runc,e2fsprogs,util-linux bookworm "$root" || exit 1
fi
mkdir -p "$root/packages"
cp "$packages"/*.deb "$root/packages/"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
trap 'umount "$root/proc" 2> /dev/null' EXIT
check "install" inside sh -c 'dpkg -i /packages/*_amd64.deb'
check "installed completely" inside sh -c 'for p in paddock paddock-server paddock-runner; do dpkg-query -W -f "\${Status}" $p | grep -qx "install ok installed" || exit 1; done'
check "the server's user and data folder exist" inside sh -c 'id paddock && [ "$(stat -c "%U %a" /var/lib/paddock)" = "paddock 700" ]'
check "settings are readable only by root and the server" inside sh -c '[ "$(stat -c "%U:%G %a" /etc/paddock/server.env)" = "root:paddock 640" ]'
check "enabled for the next boot" inside sh -c 'ls -L /etc/systemd/system/multi-user.target.wants/paddock-server.service'
# The programs are in the root only, so that the machine's systemd misses them: anything else that it says is a fault.
cp "$root"/lib/systemd/system/paddock-*.service "$work/"
check "systemd units are valid" bash -c "! systemd-analyze verify '$work'/paddock-*.service 2>&1 | grep -v 'is not executable'"
check "programs print their versions" inside sh -c 'paddock --version && paddock-server --version && paddock-runner --version'
asServer() { inside setpriv --reuid=paddock --regid=paddock --clear-groups env HOME=/var/lib/paddock PADDOCK_DATA=/var/lib/paddock \
  DOTNET_BUNDLE_EXTRACT_BASE_DIR=/var/lib/paddock/.program PADDOCK_BIND="127.0.0.1:$1" "${@:2}"; }
check "--check accepts valid settings" asServer 7721 paddock-server --check
check "--check refuses an invalid setting" bash -c "! chroot '$root' env -i PADDOCK_BIND=everywhere DOTNET_BUNDLE_EXTRACT_BASE_DIR=/tmp/p /usr/bin/paddock-server --check"
asServer 7721 paddock-server > "$work/server.log" 2>&1 &
answers() { for _ in $(seq 300); do curl -fs "http://127.0.0.1:$1/v0/server/version" > /dev/null && return 0; sleep 0.2; done; return 1; }
check "the server answers" answers 7721
pid=$(pgrep -nx -u "$(inside id -u paddock)" paddock-server)
[ -n "$pid" ] && kill "$pid"
wait 2> /dev/null
echo 'PADDOCK_SIGN_UP=invitation' >> "$root/etc/paddock/server.env"

# An upgrade: the same package with a higher version.
rm -rf "$work/next" && mkdir -p "$work/next" && dpkg-deb -R "$(server)" "$work/next/server" && sed -i 's/^Version: .*/&+next/' "$work/next/server/DEBIAN/control"
dpkg-deb --root-owner-group -Znone -b "$work/next/server" "$root/packages/next.deb" > /dev/null
check "upgrade" inside dpkg -i /packages/next.deb
check "settings survive the upgrade" grep -q PADDOCK_SIGN_UP=invitation "$root/etc/paddock/server.env"
check "data survives the upgrade" test -s "$root/var/lib/paddock/paddock.db"
check "remove" inside dpkg -r paddock-server
check "data survives removal" test -s "$root/var/lib/paddock/paddock.db"
check "purge" inside dpkg -P paddock-server paddock-runner paddock
check "purge leaves no files" bash -c "! ls -d '$root'/var/lib/paddock* '$root'/etc/paddock '$root'/etc/systemd/system/*/paddock-* 2> /dev/null"
check "purge removes the user" bash -c "! chroot '$root' id paddock"

# The image, by a runtime alone: its own user, nothing to write but the volume and /tmp.
image=$(ls "$packages"/paddock-server-*-linux-x64.oci.tar) || exit 1
check "the image is valid" skopeo inspect "oci-archive:$image"
rm -rf "$work/oci" "$work/bundle"
mkdir -p "$work/oci" "$work/bundle/rootfs" "$work/data" && tar -xf "$image" -C "$work/oci"
blob() { echo "$work/oci/blobs/${1/://}"; }
manifest=$(blob "$(grep -o 'sha256:[0-9a-f]*' "$work/oci/index.json" | head -1)")
config=$(blob "$(grep -o 'sha256:[0-9a-f]*' "$manifest" | head -1)")
for layer in $(grep -o 'sha256:[0-9a-f]*' "$manifest" | tail -n +2); do tar -xzf "$(blob "$layer")" -C "$work/bundle/rootfs"; done
chown 10001:10001 "$work/data"
(cd "$work/bundle" && runc spec && python3 - "$config" "$work/data" << 'END'
import json, sys
image = json.load(open(sys.argv[1]))["config"]
spec = json.load(open("config.json"))
spec["process"].update(terminal=False, user={"uid": 10001, "gid": 10001}, args=image["Entrypoint"], cwd=image["WorkingDir"],
    env=image["Env"] + ["PADDOCK_BIND=127.0.0.1:7722"], noNewPrivileges=True)
for kind in spec["process"]["capabilities"]: spec["process"]["capabilities"][kind] = []
spec["root"]["readonly"] = True
spec["linux"]["namespaces"] = [one for one in spec["linux"]["namespaces"] if one["type"] != "network"]
spec["mounts"] += [{"destination": "/data", "type": "none", "source": sys.argv[2], "options": ["bind", "rw"]},
    {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=1777"]}]
json.dump(spec, open("config.json", "w"))
END
)
runc run --bundle "$work/bundle" paddock-try > "$work/container.log" 2>&1 < /dev/null &
check "the container answers" answers 7722
check "the container is healthy" runc exec paddock-try /usr/bin/paddock-server --healthy
check "the container does not run as root" bash -c "[ \"\$(stat -c %u /proc/\$(runc state paddock-try | grep -o '\"pid\": [0-9]*' | cut -d' ' -f2))\" = 10001 ]"
check "the root folder of the container is read-only" bash -c "! touch /proc/\$(runc state paddock-try | grep -o '\"pid\": [0-9]*' | cut -d' ' -f2)/root/usr/x"
check "the image contains no shell" bash -c "! ls '$work'/bundle/rootfs/bin/sh '$work'/bundle/rootfs/usr/bin/sh 2> /dev/null"
runc kill paddock-try TERM
wait 2> /dev/null
check "the container stops on SIGTERM" bash -c "! runc state paddock-try"
exit $failed
