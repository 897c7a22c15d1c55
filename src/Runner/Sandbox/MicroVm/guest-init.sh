#!/bin/busybox sh
# The first program of a micro VM: mounts the image, runs the command of /job/command, tells the host what came of it.
# What it says on its control port, a line each: ready, fail WHY, start TIME, exit CODE TIME, oom KILLS, done. Both streams of output end with a
# mark that the host chose. Then it waits: it is the host that ends the machine, once it has everything.
export PATH=/bin image=/image

say() { echo "$*" >&3; }
wait_for_the_end() { while :; do sleep 1000; done; }
fail() { say "fail $*"; wait_for_the_end; }

# The device of a port appears some time after its driver, and can be opened some time after that.
port() {
  local tries=0
  until ( : <> "$(echo /dev/vport*p"$1")" ) 2> /dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 2000 ] || { echo "port $1 did not appear" > /dev/console; poweroff -f; }
    usleep 5000
  done
  echo /dev/vport*p"$1"
}

# What the runner asks for: that the command ends. If the runner goes away, so do we: reading ends at once where nobody is, which it also
# does for a while before the runner has come. A runner that went before its greeting was read takes the greeting with it.
listen() {
  local patience=6000 alone=0
  while :; do
    if read -r word <&3; then
      case "$word" in
        hello) patience=200 alone=0 ;;
        term) [ -s /pid ] && kill -TERM "$(cat "/proc/$(cat /pid)/task/$(cat /pid)/children")" 2> /dev/null ;;
      esac
    else
      alone=$((alone + 1))
      [ $alone -lt $patience ] || poweroff -f
      usleep 10000
    fi
  done
}

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid dev /dev
echo -1000 > /proc/self/oom_score_adj # What the benchmark uses up is not taken out on us.
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed" > /dev/console; done < /modules/order
control=$(port 1)
exec 3<> "$control"
listen &
say ready
[ -f /job/command ] || wait_for_the_end

. /job/command
out=$(port 2) err=$(port 3) files=$(port 4)

tries=0
until [ -b /dev/vda ]; do
  tries=$((tries + 1))
  [ $tries -lt 2000 ] || fail "the disk did not appear"
  usleep 5000
done
mount -t ext4 -o noatime,noinit_itable /dev/vda "$image" || fail "the image could not be mounted"
mkdir -p "$image/proc" "$image/sys" "$image/dev" "$image/tmp" "$image/.paddock" || fail "the image has no room for its mounts"
mount -o bind /bin "$image/.paddock" || fail "no place for the launcher"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$image/sys"
mount -t devtmpfs -o nosuid dev "$image/dev"
mkdir -p "$image/dev/pts" "$image/dev/shm"
mount -t devpts -o nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts "$image/dev/pts"
mount -t tmpfs -o nosuid,nodev tmpfs "$image/dev/shm"
ln -sf /proc/self/fd "$image/dev/fd"
for name in stdin:0 stdout:1 stderr:2; do ln -sf "/proc/self/fd/${name#*:}" "$image/dev/${name%:*}"; done
hostname paddock
ifconfig lo 127.0.0.1 up
if [ "$network" = yes ]; then
  ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up && route add default gw 10.0.2.2 || fail "the network card did not come up"
  mkdir -p "$image/etc" && echo "nameserver 10.0.2.3" > "$image/etc/resolv.conf"
fi
# Programs that drop their rights look the user up, which the image may not have.
if [ "$user" != 0:0 ]; then
  mkdir -p "$image/etc"
  grep -q "^[^:]*:[^:]*:${user%:*}:" "$image/etc/passwd" 2> /dev/null || echo "user${user%:*}:x:$user::/:/bin/sh" >> "$image/etc/passwd"
fi
echo $(($(ls -d /proc/[0-9]* | wc -l) + pids)) > /proc/sys/kernel/threads-max

mkfifo /out /err
{ cat /out; printf %s "$mark"; } > "$out" &
out_pump=$!
{ cat /err; printf %s "$mark"; } > "$err" &
err_pump=$!
killed=$(sed -n 's/^oom_kill //p' /proc/vmstat)

# In a process namespace of its own nothing that the command started outlives it.
unshare -m -p -f sh /command-init < /dev/null > /out 2> /err &
echo $! > /pid
wait $!
wait $out_pump $err_pump
say "oom $(($(sed -n 's/^oom_kill //p' /proc/vmstat) - killed))"

# Number, size and bytes sent of each file that is there, in a line, and then those bytes.
file() {
  local size sent
  size=$(chroot "$image" /.paddock/busybox stat -L -c '%F:%s' "$2" 2> /dev/null)
  case "$size" in regular*) size=${size##*:} ;; *) return ;; esac
  sent=$size
  [ "$sent" -le "$room" ] || sent=$room
  room=$((room - sent))
  echo "$1 $size $sent" >&4
  [ "$sent" -eq 0 ] || chroot "$image" /.paddock/busybox head -c "$sent" "$2" >&4
}
exec 4> "$files"
collect
echo end >&4
say done
wait_for_the_end
