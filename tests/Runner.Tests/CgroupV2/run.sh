#!/bin/bash
# Containers on cgroup v2, on a machine that has v1: boots the distribution's cloud kernel with three emulated processors and nothing but v2, and
# runs the published runner in it: limits, cores and their partition, what a killed runner leaves, and what one job tries against another
# (Neighbors/attempts.txt), under runc and under crun. Takes minutes, and so is no part of the suite:
#   dotnet run dev.cs -- publish && tests/Runner.Tests/CgroupV2/run.sh
# With a second argument, a folder with the files address, runner, key and runtime, the machine is a runner of the server at that address of this
# machine's loopback instead, until it reads a line (organizations.sh); CgroupV2NeighborTests does that.
# Needs runc, crun, perl, e2fsprogs, util-linux, busybox-static, qemu-system-x86 and linux-image-cloud-amd64. Exits with 0 if every line that it prints begins with "ok".
set -eu -o pipefail
here=$(dirname "$(readlink -f "$0")")
runner=${1:-$here/../../../artifacts/publish/paddock-runner}
kernel=$(ls -v /boot/vmlinuz-*cloud* | tail -1)
modules=/lib/modules/${kernel#/boot/vmlinuz-}/kernel
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The machine's disk: the runner, the programs that it calls and their libraries, and an image in OCI layout with busybox in it.
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,tmp,run,data,etc,lib64,image/blobs/sha256}
cp /bin/busybox "$root/bin/"
for applet in $(/bin/busybox --list | grep -vx busybox); do ln -sf busybox "$root/bin/$applet"; done
for program in "$(command -v runc)" "$(command -v crun)" "$(command -v mkfs.ext4)" "$(command -v unshare)" "$runner"; do
  rm -f "$root/bin/$(basename "$program")"
  cp -L "$program" "$root/bin/"
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"; done
done
for library in /lib/x86_64-linux-gnu/lib{ssl,crypto}.so.3; do mkdir -p "$root$(dirname "$library")" && cp -L "$library" "$root$library"; done # What .NET hashes with, found at run time.
cp /etc/mke2fs.conf "$root/etc/"
cp "$here/inside.sh" "$root/inside.sh"
network=()
if [ -n "${2:-}" ]; then
  cp "$here/organizations.sh" "$root/inside.sh"
  cp -r "$2" "$root/up"
  network=(-netdev user,id=net -device virtio-net-device,netdev=net)
fi
layer=$work/layer
mkdir -p "$layer"/bin "$layer"/tmp
cp /bin/busybox "$layer/bin/"
for applet in $(/bin/busybox --list | grep -vx busybox); do ln -s busybox "$layer/bin/$applet"; done
mkdir -p "$layer/usr/bin" "$layer/etc"
cp -L /usr/bin/perl "$layer/usr/bin/"
ldd /usr/bin/perl | grep -o '/lib[^ ]*' | while read -r library; do mkdir -p "$layer$(dirname "$library")" && cp -L "$library" "$layer$library"; done
cp "$here/../Neighbors/driver.sh" "$layer/driver"
cp "$here/../Neighbors/neighbor.sh" "$layer/neighbor"
cp "$here/../Neighbors/attempts.txt" "$layer/attempts"
cp "$here/../Neighbors/call.pl" "$layer/bin/call"
cp "$here/../Neighbors/perf.pl" "$layer/bin/perf"
chmod +x "$layer/bin/call" "$layer/bin/perf"
tar -C "$layer" -cf "$work/layer.tar" .
blob() { # FILE: keeps it under its digest, and prints the descriptor.
  digest=$(sha256sum "$1" | cut -d' ' -f1)
  cp "$1" "$root/image/blobs/sha256/$digest"
  echo "{\"digest\":\"sha256:$digest\",\"size\":$(stat -c %s "$1")}"
}
diff=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
echo "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":{\"Env\":[\"PATH=/bin\"]},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$diff\"]}}" > "$work/config"
echo "{\"schemaVersion\":2,\"config\":$(blob "$work/config"),\"layers\":[$(blob "$work/layer.tar")]}" > "$work/manifest"
echo "{\"schemaVersion\":2,\"manifests\":[$(blob "$work/manifest")]}" > "$root/image/index.json"
truncate -s 4G "$work/disk"
mkfs.ext4 -q -F -d "$root" "$work/disk"

# What boots it.
boot=$work/boot
mkdir -p "$boot"/{bin,dev,proc,root}
cp /bin/busybox "$boot/bin/"
for module in drivers/virtio/virtio drivers/virtio/virtio_ring drivers/virtio/virtio_mmio drivers/block/virtio_blk fs/overlayfs/overlay drivers/block/loop net/core/failover drivers/net/net_failover drivers/net/virtio_net; do cp "$modules/$module.ko" "$boot/"; done
cat > "$boot/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_mmio virtio_blk overlay loop failover net_failover virtio_net; do /bin/busybox insmod /$module.ko; done
until [ -b /dev/vda ]; do /bin/busybox usleep 10000; done
/bin/busybox mount -t ext4 /dev/vda /root
exec /bin/busybox switch_root /root /bin/sh /inside.sh
END
chmod +x "$boot/init"
(cd "$boot" && find . | /bin/busybox cpio -o -H newc 2> /dev/null) > "$work/initramfs"

mhz=$(sed -n 's/^cpu MHz[^:]*: \([0-9]*\).*/\1/p' /proc/cpuinfo | head -1)
input=/dev/null
[ -z "${2:-}" ] || input=/dev/stdin
timeout 3000 qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -M microvm,acpi=on,pit=on,pic=on,rtc=on -accel tcg,thread=multi -cpu max -smp 3 -m 1536 \
  -kernel "$kernel" -initrd "$work/initramfs" -append "console=ttyS0 quiet loglevel=3 reboot=t panic=-1 cgroup_no_v1=all tsc_early_khz=$((${mhz:-2000} * 1000))" \
  -drive "id=disk,if=none,format=raw,file=$work/disk" -device virtio-blk-device,drive=disk ${network[@]+"${network[@]}"} -serial stdio < $input | sed -u 's|\r||' | tee "$work/said"
! grep -q '^not ok' "$work/said" && grep -q '^ok all' "$work/said"
