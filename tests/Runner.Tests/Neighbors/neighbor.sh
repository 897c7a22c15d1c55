# Goes on with its own work while another job tries things, and fails where anything of it is disturbed. Ends after so many seconds.
export PATH=/bin:/usr/bin
echo neighbor-secret > /neighbor-file
echo neighbor-secret > /dev/shm/neighbor
perl -e '
  socket(A, 1, 1, 0) && bind(A, pack("S", 1) . "\0neighbor") && listen(A, 5) or die "local socket: $!\n";
  socket(B, 2, 1, 0) && bind(B, pack("SnC4x8", 2, 7777, 127, 0, 0, 1)) && listen(B, 5) or die "port: $!\n";
  syscall(29, 16962, 4096, 0666 | 512); syscall(64, 16962, 1, 0666 | 512); syscall(68, 16962, 0666 | 512);
  my ($end, $rounds, $slowest, $last) = (time + shift, 0, 0, time);
  $0 = "neighbor-loop neighbor-secret";
  while (time < $end || $rounds < 3) { # Three rounds take longer than that on a slow machine.
    $rounds++;
    system("true") == 0 or die "a process: $!\n";
    open(F, ">", "/tmp/work") && print(F "x" x 65536) && close(F) or die "a file: $!\n";
    my $i = syscall(253); $i >= 0 or die "inotify: $!\n"; syscall(3, $i);
    my $memory = "x" x (8 << 20);
    my $pause = time - $last; $slowest = $pause if $pause > $slowest; $last = time;
    select(undef, undef, undef, 0.02);
  }
  foreach my $p (\*A, \*B) { my $r = ""; vec($r, fileno($p), 1) = 1; select($r, undef, undef, 0) == 0 or die "somebody called\n"; }
  print "undisturbed: slowest $slowest s\n";
  exit($slowest > 5 ? 1 : 0);
' "$1" neighbor-secret
