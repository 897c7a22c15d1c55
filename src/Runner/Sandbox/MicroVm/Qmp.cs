using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>A client of the QEMU Machine Protocol: one JSON object a line.</summary>
internal sealed class Qmp(Stream stream) : IDisposable
{
    private const int LineBytesMax = 1 << 20;
    private readonly StreamReader reader = new(stream, Encoding.UTF8);

    /// <summary>The thread ids of the guest's virtual CPUs, in order.</summary>
    public async Task<IReadOnlyList<int>> ProcessorThreadsAsync(CancellationToken ct)
    {
        using var answer = await AskAsync("query-cpus-fast", ct);
        return
        [
            .. answer
                .RootElement.GetProperty("return")
                .EnumerateArray()
                .OrderBy(c => c.GetProperty("cpu-index").GetInt32())
                .Select(c => c.GetProperty("thread-id").GetInt32()),
        ];
    }

    /// <summary>Starts a machine that was created paused.</summary>
    public async Task ContinueAsync(CancellationToken ct) => (await AskAsync("cont", ct)).Dispose();

    public async Task GreetAsync(CancellationToken ct)
    {
        (await ReadAsync(ct)).Dispose(); // QEMU sends a greeting first.
        (await AskAsync("qmp_capabilities", ct)).Dispose();
    }

    private async Task<JsonDocument> AskAsync(string command, CancellationToken ct)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{{\"execute\":\"{command}\"}}\n"), ct);
        while (true)
        {
            var answer = await ReadAsync(ct);
            if (answer.RootElement.TryGetProperty("return", out _))
                return answer;
            if (answer.RootElement.TryGetProperty("error", out var error))
                throw new IOException($"QEMU refused {command}: {error.GetRawText()}");
            answer.Dispose(); // An event, not the answer.
        }
    }

    private async Task<JsonDocument> ReadAsync(CancellationToken ct)
    {
        var line = await reader.ReadLineAsync(ct) ?? throw new IOException("QEMU closed the monitor connection.");
        return line.Length <= LineBytesMax
            ? JsonDocument.Parse(line)
            : throw new IOException("QEMU sent a monitor message that is too long.");
    }

    public void Dispose() => reader.Dispose();
}
