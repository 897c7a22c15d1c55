using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Paddock.Runner.Native;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// The first process of a created container, which waits to be started. It became a child of this process when the
/// runtime exited.
/// </summary>
internal sealed class ContainerProcess : IDisposable
{
    // Long enough for an overloaded machine. A process that has died is noticed at once.
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

    /// <summary>The exit code, and the time since the command began.</summary>
    public Task<(int ExitCode, TimeSpan Duration)> Exited { get; }

    // The process inherited the daemon's cores. All its threads are pinned, because any may become the command.
    public void StayOn(IReadOnlyList<int> cores) => Processes.AllStayOn(pid, cores);

    /// <summary>
    /// Starts the command as the runtime's own `start` does: a runc container waits until its pipe is read, a crun
    /// container until its pipe is written to. Only a crun container has the pipe open for reading at this point.
    /// </summary>
    public bool Begin(string pipe)
    {
        began = Stopwatch.GetTimestamp(); // Before opening the pipe: a short command may end before that returns.
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
        Exited.Wait(); // Reaps the process.
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
