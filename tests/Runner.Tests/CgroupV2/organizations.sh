#!/bin/busybox sh
# The first program of the machine that run.sh boots for CgroupV2NeighborTests: a runner with two slots, until a line is read; then what is left.
export PATH=/bin HOME=/data DOTNET_gcServer=0
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
ifconfig lo 127.0.0.1 up
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
stty -echo < /dev/console

# The server is where it says it is: on the loopback address, here by way of the machine outside.
port=$(sed 's/.*:\([0-9]*\).*/\1/' /up/address)
nc -ll -p "$port" -e nc 10.0.2.2 "$port" &

echo "ok started: $(uname -r), $(tr '\n' ' ' < /sys/fs/cgroup/cgroup.controllers)"
is() { # NAME EXPECTED FOUND
  if [ "$2" = "$3" ]; then echo "ok $1: $3"; else echo "not ok $1: expected \"$2\", found \"$3\""; fi
}
chmod 600 /up/key
paddock-runner up --host "$(cat /up/address)" --runner "$(cat /up/runner)" --key-file /up/key --data /data --slots 2 --runtime "$(cat /up/runtime)" \
  --no-tuning --noise-duration 0 > /tmp/said 2>&1 &
runner=$!
until grep -q neighbor-loop /proc/[0-9]*/cmdline 2> /dev/null || [ ! -d /proc/$runner ]; do usleep 100000; done
if [ -d /proc/$runner ]; then echo "ok neighbor began"; else echo "not ok runner: $(cat /tmp/said)"; fi

read -r line < /dev/console
kill -TERM $runner
wait $runner
is "runner's end" 0 $?
is "groups left" 0 "$(ls -d /sys/fs/cgroup/paddock-*/*/ 2> /dev/null | wc -l)"
is "mounts left" 0 "$(grep -c ' /data/' /proc/mounts)"
is "runs left" "" "$(ls /data/runs)"
is "processes left" 0 "$(grep -l '^outlives' /proc/[0-9]*/cmdline 2> /dev/null | wc -l)"
echo "log: $(tail -n 40 /tmp/said)"
echo "ok all"
poweroff -f
