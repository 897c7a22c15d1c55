#!/bin/busybox sh
# The first program of the machine that run.sh boots: a line for each thing that was looked at, and off.
export PATH=/bin HOME=/data DOTNET_gcServer=0
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
ifconfig lo 127.0.0.1 up

echo "ok started: $(uname -r)"
is() { # NAME EXPECTED FOUND
  if [ "$2" = "$3" ]; then echo "ok $1: $3"; else echo "not ok $1: expected \"$2\", found \"$3\""; fi
}
has() { # NAME EXPECTED TEXT
  case "$3" in *"$2"*) echo "ok $1: $2" ;; *) echo "not ok $1: expected \"$2\" in \"$3\"" ;; esac
}
allowed() { sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$1/status"; }
left() { ls -d /sys/fs/cgroup/paddock-* 2> /dev/null | wc -l; }
run() { paddock-runner run --image /image --data /data --noise-duration 0 --memory 64 --disk 32 "$@" 2>&1; }

found=$(paddock-runner check --data /data --noise-duration 0 2>&1)
has "check, version" "by cgroup v2" "$found"
has "check, sandbox" "yes container" "$found"
has "check, cores" "1-2 for benchmarks, 0 for everything else; other programs are kept off the benchmark cores" "$found"

# Limits, as the container itself sees them, and its cores.
said=$(run --cpu 2 --entrypoint sh -c 'cd /sys/fs/cgroup; for f in memory.max memory.swap.max pids.max cpuset.cpus.effective; do echo $f=$(cat $f 2>&1); done; echo nproc=$(nproc)')
has "memory" "memory.max=67108864" "$said"
case "$said" in *"memory.swap.max=0"* | *"No such file"*) echo "ok swap: none" ;; *) echo "not ok swap: $said" ;; esac
has "processes" "pids.max=4096" "$said"
has "cores of the container" "cpuset.cpus.effective=1-2" "$said"
has "processors" "nproc=2" "$said"
is "groups left" 0 "$(left)"
is "mounts left" 0 "$(grep -c ' /data/' /proc/mounts)"

# One job against another one, under each runtime. Each runner process has a data folder of its own.
for runtime in runc crun; do
  mkdir -p /data/neighbor
  found=$(paddock-runner check --data /data --noise-duration 0 --runtime $runtime 2>&1)
  has "$runtime, check" "root in the container is an unprivileged user on this host" "$found"
  paddock-runner run --image /image --data /data/neighbor --noise-duration 0 --memory 128 --disk 32 --runtime $runtime --timeout 3000 --env NEIGHBOR=neighbor-secret --entrypoint sh --cmd /neighbor 300 > /tmp/neighbor 2>&1 &
  neighbor=$!
  until grep -q neighbor-loop /proc/[0-9]*/cmdline 2> /dev/null || [ ! -d /proc/$neighbor ]; do usleep 100000; done
  paddock-runner run --image /image --data /data --noise-duration 0 --memory 128 --disk 32 --runtime $runtime --timeout 3000 --entrypoint sh --cmd /driver container 2>&1 | sed "s/^\(not \)\{0,1\}ok /&$runtime: /; s/^ok $runtime: all$/ok $runtime: every row/"
  wait $neighbor
  has "$runtime, neighbor" "undisturbed" "$(cat /tmp/neighbor)"
  is "$runtime, groups left" 0 "$(left)"
done

# The partition, while something runs in it. This shell is everything else.
run --cpu 2 --entrypoint sleep --cmd 1000 > /tmp/said &
tries=0
until pid=$(cat /sys/fs/cgroup/paddock-*/*/cgroup.procs 2> /dev/null | head -1) && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = sleep ] || [ $tries -gt 1200 ]; do tries=$((tries + 1)); usleep 50000; done
partition=$(cat /sys/fs/cgroup/paddock-*/cpuset.cpus.partition)
is "partition" root "$partition"
is "cores of the benchmark" 1-2 "$(allowed "$pid")"
is "cores of everything else" 0 "$(cat /sys/fs/cgroup/cpuset.cpus.effective)"
# As a micro VM's process is brought there.
sleep 1000 & other=$!
group=$(echo /sys/fs/cgroup/paddock-*)
mkdir "$group/machine" && echo $other > "$group/machine/cgroup.procs"
is "cores of a process that joined" 1-2 "$(allowed $other)"

# The runner is killed while the benchmark runs: nothing tidies up, so that everything is still there. Its next start removes it.
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status"; } # Nobody buries them here but this shell, in its own time.
kill -KILL $(pidof paddock-runner)
until ! pidof paddock-runner > /dev/null; do usleep 10000; done
is "groups after a kill" 1 "$(left)"
is "benchmark after a kill" sleep "$(cat "/proc/$pid/comm")"
if grep -q ' /data/' /proc/mounts; then echo "ok mounts after a kill: $(grep -c ' /data/' /proc/mounts)"; else echo "not ok mounts after a kill: none, so that nothing is tried"; fi
has "next start" "hello" "$(run --entrypoint echo --cmd hello)"
is "groups after the next start" 0 "$(left)"
is "mounts after the next start" 0 "$(grep -c ' /data/' /proc/mounts)"
is "loop devices after the next start" 0 "$(losetup -a | wc -l)"
for process in $pid $other; do if alive $process; then echo "not ok process $process after the next start: $(tr '\000' ' ' < /proc/$process/cmdline)"; else echo "ok process after the next start: none"; fi; done
is "runs after the next start" "" "$(ls /data/runs)"
is "cores of everything after the next start" 0-2 "$(cat /sys/fs/cgroup/cpuset.cpus.effective)"
echo "ok all"
poweroff -f
