# The first process of the command's own namespace, as /command-init: it starts the command, passes TERM on to it, and says how it ended.
. /job/command
mount -t proc -o nosuid,nodev,noexec proc "$image/proc" || exit 1
now() { { read -r _ && read -r _ && read -r _ _ at _; } < /proc/timer_list; } # Nanoseconds, without starting a program.
trap 'termed=1; kill -TERM $child' TERM
now
echo "start $at" >&3
chroot "$image" /.paddock/busybox sh /.paddock/launch "$@" 3>&- &
child=$!
wait $child
code=$?
if [ -n "$termed" ]; then # Which ends the waiting, not the command.
  wait $child
  late=$?
  [ $late -eq 127 ] || code=$late
fi
now
echo "exit $code $at" >&3
