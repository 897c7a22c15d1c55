using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// Reads a guest's streams continuously, so that the guest never blocks, and keeps as much as the limits allow. Waits
/// for the guest always have a timeout.
/// </summary>
internal sealed class Conversation : IDisposable
{
    private const int BufferBytes = 64 << 10;
    private readonly Lock gate = new();
    private readonly VirtualMachine machine;
    private readonly GuestReport report = new();
    private readonly GuestOutput stdout,
        stderr;
    private readonly GuestFiles files;
    private readonly GuestConsole console = new();
    private readonly Task readers;
    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long begun = Stopwatch.GetTimestamp();
    private long started,
        exited;
    private bool gone;

    public Conversation(
        VirtualMachine machine,
        string mark,
        Limits limits,
        IReadOnlyList<string> paths,
        string outputs,
        LiveOutput? live = null
    )
    {
        this.machine = machine;
        (stdout, stderr) = (
            new(Path.Combine(outputs, "stdout"), limits.OutputBytes, mark, live),
            new(Path.Combine(outputs, "stderr"), limits.OutputBytes, mark, live)
        );
        files = new([.. paths.Take(limits.Files)], outputs, limits.FileBytes);
        readers = Task.WhenAll(
            ReadAsync(VirtualMachine.Control, TakeReport),
            ReadAsync(VirtualMachine.Stdout, bytes => Take(stdout, bytes)),
            ReadAsync(VirtualMachine.Stderr, bytes => Take(stderr, bytes)),
            ReadAsync(VirtualMachine.Files, TakeFiles),
            ReadAsync(VirtualMachine.Console, TakeConsole)
        );
    }

    /// <summary>Tells the guest that the runner is connected. The guest ends when the connection does.</summary>
    public Task GreetAsync() => SayAsync("hello");

    public bool Ready => report.Ready;
    public bool Started => report.Started;
    public bool Exited => report.ExitCode is not null;
    public int? ExitCode => report.ExitCode;
    public string? Failure => report.Failure;
    public bool IsComplete => report.Done && stdout.Ended && stderr.Ended && files.Ended;
    public bool FilesGarbled => files.Garbled;

    /// <summary>True when the guest's kernel killed a process for lack of memory.</summary>
    public bool KilledForMemory =>
        report.KilledForMemory
        || console.Says("Out of memory: Killed process")
        || console.Says("System is deadlocked on memory");

    /// <summary>The last words of QEMU or of the guest's kernel, to end a sentence with; empty without any.</summary>
    public string Because =>
        machine.Error is { Length: > 0 } said ? $" (QEMU says: {said})"
        : console.LastLine is { } line ? $" (last line of its kernel: {line})"
        : "";

    public Captured Stdout => stdout.Captured;
    public Captured Stderr => stderr.Captured;
    public IReadOnlyList<CollectedFile> CollectedFiles => files.Files;

    /// <summary>
    /// The duration of the command alone: the guest's own measurement if it is plausible, else <see cref="Running"/>.
    /// </summary>
    public TimeSpan Duration =>
        started == 0 ? TimeSpan.Zero
        : report.Duration is { } told && told <= Stopwatch.GetElapsedTime(begun) ? told
        : Running;

    /// <summary>The time since the guest's message that the command starts, until its end or now.</summary>
    public TimeSpan Running => Stopwatch.GetElapsedTime(started, exited == 0 ? Stopwatch.GetTimestamp() : exited);

    /// <returns>False when the wait timed out or the machine ended before the condition held.</returns>
    public async Task<bool> UntilAsync(Func<bool> condition, TimeSpan patience, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (condition())
                    return true;
                if (gone)
                    return false;
                next = news.Task;
            }
            var left = patience - Stopwatch.GetElapsedTime(begun);
            if (left <= TimeSpan.Zero)
                return false;
            try
            {
                await next.WaitAsync(left, ct);
            }
            catch (TimeoutException) { }
        }
    }

    /// <summary>Asks the command to end.</summary>
    public Task AskToEndAsync() => SayAsync("term");

    /// <summary>Kills the machine, and reads what it had already sent.</summary>
    public async Task EndAsync()
    {
        await machine.KillAsync();
        await readers;
    }

    public void Dispose()
    {
        stdout.Dispose();
        stderr.Dispose();
        files.Dispose();
    }

    private async Task SayAsync(string word)
    {
        // The timeout keeps a guest that does not read from blocking the runner.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await machine.Port(VirtualMachine.Control).SendAsync(Encoding.ASCII.GetBytes($"{word}\n"), patience.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException) { }
    }

    private async Task ReadAsync(string port, Func<ReadOnlyMemory<byte>, bool> take)
    {
        var (socket, buffer) = (machine.Port(port), new byte[BufferBytes]);
        while (true)
        {
            int count;
            try
            {
                count = await socket.ReceiveAsync(buffer);
            }
            catch (SocketException)
            {
                count = 0;
            } // QEMU was killed.
            lock (gate)
            {
                if (count == 0 && port == VirtualMachine.Control)
                    gone = true;
                if (count > 0 && !take(buffer.AsMemory(0, count)))
                    continue;
                news.SetResult();
                news = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (count == 0)
                    return;
            }
        }
    }

    private bool TakeReport(ReadOnlyMemory<byte> bytes)
    {
        var fresh = report.Take(bytes.Span);
        if (started == 0 && report.Started)
            started = Stopwatch.GetTimestamp();
        if (exited == 0 && Exited)
            exited = Stopwatch.GetTimestamp();
        return fresh;
    }

    private static bool Take(GuestOutput output, ReadOnlyMemory<byte> bytes)
    {
        output.Take(bytes.Span);
        return output.Ended;
    }

    private bool TakeFiles(ReadOnlyMemory<byte> bytes)
    {
        files.Take(bytes.Span);
        return files.Ended;
    }

    private bool TakeConsole(ReadOnlyMemory<byte> bytes)
    {
        console.Take(bytes.Span);
        return false;
    }
}
