#!/usr/bin/perl
my ($number, @arguments) = map { /^-?\d+$/ ? $_ + 0 : $_ } @ARGV;
my $result = syscall($number, @arguments);
print $result == -1 ? "refused " . ($! + 0) . "\n" : "GOT $result\n";
