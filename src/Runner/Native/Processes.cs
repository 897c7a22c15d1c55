using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Paddock.Runner.Native;

/// <summary>Process control through pidfds, which, unlike process ids, are never reused.</summary>
internal static partial class Processes
{
    public const int Kill = 9,
        Terminate = 15;

    /// <summary>
    /// Makes this process the parent of its orphaned descendants, so that it can wait for a container whose runtime has
    /// exited.
    /// </summary>
    public static void AdoptOrphans() => Linux.Check(prctl(36, 1, 0, 0, 0), "{0}", "adopting orphans");

    /// <returns>Null when the process no longer exists.</returns>
    public static SafeFileHandle? Open(int pid)
    {
        var fd = (int)pidfd_open(434, pid, 0);
        return fd >= 0 ? new(fd, ownsHandle: true) : null;
    }

    public static bool Signal(SafeFileHandle process, int signal) =>
        pidfd_send_signal(424, Linux.Fd(process), signal, 0, 0) == 0;

    public static bool Signal(int pid, int signal) => kill(pid, signal) == 0;

    /// <summary>Blocks until a child has ended, and reaps it.</summary>
    /// <returns>The exit code in a shell's form: 128 + n for signal n.</returns>
    public static int Wait(int pid)
    {
        while (true)
        {
            if (waitpid(pid, out var status, 0) == pid)
                return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
            if (Marshal.GetLastPInvokeError() != Linux.EINTR)
                throw new LinuxException($"waiting for process {pid}");
        }
    }

    /// <summary>Pins every thread of this process to the given cores; programs started later inherit them.</summary>
    public static void StayOn(IReadOnlyList<int> cores) => AllStayOn(Environment.ProcessId, cores);

    /// <summary>Pins every current thread of a process to the given cores.</summary>
    public static void AllStayOn(int process, IReadOnlyList<int> cores)
    {
        try
        {
            foreach (
                var thread in Directory.EnumerateDirectories(
                    string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")
                )
            )
                StayOn(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), cores);
        }
        catch (IOException) { } // The process has ended; its waiter notices.
    }

    public static void StayOn(int thread, IReadOnlyList<int> cores)
    {
        var mask = new ulong[(cores.Max() >> 6) + 1];
        foreach (var core in cores)
            mask[core >> 6] |= 1ul << (core & 63);
        // An error is ignored: the thread may have ended meanwhile.
        _ = sched_setaffinity(thread, (nuint)(mask.Length * sizeof(ulong)), mask);
    }

    /// <summary>Waits until data can be read, the other side is closed, or the time is over.</summary>
    public static bool Readable(SafeFileHandle handle, TimeSpan patience)
    {
        var polled = new PollFd { Fd = Linux.Fd(handle), Events = 1 };
        var end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (true)
        {
            var found = poll(ref polled, 1, (int)Math.Max(0, end - Environment.TickCount64));
            if (found >= 0)
                return found > 0 && (polled.Seen & 1) != 0;
            // A signal to this thread, such as SIGCHLD or a garbage collector's pause, interrupts the wait early.
            if (Marshal.GetLastPInvokeError() != Linux.EINTR)
                throw new LinuxException("waiting for a pipe");
        }
    }

    private struct PollFd
    {
        public int Fd;
        public short Events,
            Seen;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint pidfd_open(nint number, nint pid, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint pidfd_send_signal(nint number, nint process, nint signal, nint info, nint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int waitpid(int pid, out int status, int options);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int thread, nuint size, ulong[] mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(ref PollFd polled, nuint count, int milliseconds);
}
