using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Paddock.Runner.Native;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Tests.Native;

/// <summary>System calls that are interrupted or temporarily refused, on a busy machine.</summary>
public sealed partial class NativeTests
{
    [Fact]
    public async Task A_signal_does_not_interrupt_the_wait_for_the_start_of_a_container()
    {
        using var heard = new SemaphoreSlim(0);
        using var handler = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, context => heard.Release());
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var end = new Microsoft.Win32.SafeHandles.SafeFileHandle(
            pipe.ClientSafePipeHandle.DangerousGetHandle(),
            ownsHandle: false
        );
        var thread = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var readable = Task.Factory.StartNew(
            () =>
            {
                thread.SetResult((int)gettid());
                return Processes.Readable(end, TimeSpan.FromSeconds(60));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

        var waiting = await thread.Task;
        for (var i = 0; i < 5; i++)
        {
            // Polls, because the signal must arrive while the thread is in poll(2).
            while (
                !readable.IsCompleted
                && !File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{waiting}/syscall"))
                    .StartsWith("7 ", StringComparison.Ordinal)
            )
                await Task.Yield();
            Assert.False(readable.IsCompleted, "A signal ended the wait.");
            tgkill(Environment.ProcessId, waiting, 28);
            Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(60)));
        }
        pipe.WriteByte(0);
        Assert.True(await readable);
    }

    [Fact]
    public async Task An_overlay_of_layers_can_be_unmounted_while_other_programs_start()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-view-").FullName;
        string[] parts =
        [
            .. new[] { "lower", "upper", "work", "view" }.Select(name =>
                Directory.CreateDirectory(Path.Combine(folder, name)).FullName
            ),
        ];
        var over = false;
        var starting = Task.Run(() =>
        {
            while (!Volatile.Read(ref over))
            {
                using var program = Process.Start(new ProcessStartInfo("/bin/true") { RedirectStandardOutput = true })!;
                program.WaitForExit();
            }
        });
        try
        {
            for (var i = 0; i < 300; i++)
            {
                Overlay.Mount([parts[0]], parts[1], parts[2], parts[3]);
                using (Linux.OpenFolder(parts[3])) { }
                Assert.True(Linux.UnmountWhenIdle(parts[3]));
            }
        }
        finally
        {
            Volatile.Write(ref over, true);
            await starting;
            Mounts.UnmountBelow(folder);
            Directory.Delete(folder, recursive: true);
        }
    }

    [LibraryImport("libc")]
    private static partial int gettid();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int tgkill(int process, int thread, int signal);
}
