using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// The first process of a container, made and waiting for its start; a child of ours since its maker has ended.
/// </summary>
internal sealed class ContainerProcess : IDisposable
{
    // On a machine that is full; one whose process has died is known at once.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly int pid;
    private readonly SafeFileHandle? handle;
    private long began;

    public ContainerProcess(int pid)
    {
        this.pid = pid;
        handle = Processes.Open(pid);
        Exited = Task.Factory.StartNew(
            Wait,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Its exit code, and how long it ran since it began.</summary>
    public Task<(int ExitCode, TimeSpan Duration)> Exited { get; }

    // It inherited the cores of this daemon, and each of its threads may be the one that becomes the command.
    public void StayOn(IReadOnlyList<int> cores) => Processes.AllStayOn(pid, cores);

    /// <summary>
    /// Lets it become the command, as the runtime's own start does: a container of runc waits until its pipe is read,
    /// one of crun until its pipe is written to. Only crun's has opened the pipe by now to read it.
    /// </summary>
    public bool Begin(string pipe)
    {
        began = Stopwatch.GetTimestamp(); // Before the pipe is open: a short command may have ended when that returns.
        using (var waiting = Linux.OpenToWrite(pipe))
            if (waiting is not null)
                return Linux.WriteByte(waiting);
        using var open = Linux.Open(pipe, Linux.ReadOnly | Linux.NonBlock);
        return Processes.Readable(open, Patience) && RandomAccessRead(open);
    }

    public void Kill()
    {
        if (handle is not null)
            Processes.Signal(handle, Processes.Kill);
    }

    public void Dispose()
    {
        Kill();
        Exited.Wait(); // Or it would stay a zombie.
        handle?.Dispose();
    }

    private (int, TimeSpan) Wait()
    {
        var code = Processes.Wait(pid);
        return (code, began == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(began));
    }

    private static bool RandomAccessRead(SafeFileHandle pipe)
    {
        using var stream = new FileStream(
            new SafeFileHandle(pipe.DangerousGetHandle(), ownsHandle: false),
            FileAccess.Read,
            bufferSize: 0
        );
        return stream.ReadByte() >= 0;
    }
}
