using System.Text;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Machines.Jobs;

namespace Paddock.Server.Tests.Machines.Jobs;

/// <summary>
/// Streaming a stored output gives the same result as the framework's JSON reader, without holding it in memory.
/// </summary>
public sealed class OutputScanTests
{
    private const string Odd = "a \"quoted\\path\"\n\ttab \u0007 \u00e9 \U0001F600 end";

    [Theory, InlineData(1), InlineData(7), InlineData(100_000)]
    public async Task Every_text_is_found_however_the_bytes_are_split(int atOnce)
    {
        var output = new JobOutput(
            [
                new(
                    0,
                    Odd,
                    "",
                    new Dictionary<string, string> { ["/tmp/a \"b\".json"] = "{\"x\": [1,2]}", ["e"] = "" },
                    1.5,
                    ["stdout"]
                ),
                new(-3, Stderr: "x"),
            ],
            "so it went: " + Odd
        );
        var (texts, told) = (new Dictionary<OutputPlace, List<byte>>(), new List<string>());
        var scan = new OutputScan(
            place =>
            {
                var text = texts[place] = [];
                return bytes => text.AddRange(bytes);
            },
            (place, said) => told.Add($"{place.Iteration} {place.Name} {said}")
        );

        Assert.True(await scan.ReadAsync(new Pieces(Stored(output), atOnce), next: null, default));
        Assert.Equal(
            [
                (new(null, "error", null), output.Error),
                (new(0, "output", "/tmp/a \"b\".json"), "{\"x\": [1,2]}"),
                (new(0, "output", "e"), ""),
                (new(0, "stderr", null), ""),
                (new(0, "stdout", null), Odd),
                (new(1, "stderr", null), "x"),
            ],
            texts
                .Select(text => (text.Key, (string?)Encoding.UTF8.GetString([.. text.Value])))
                .OrderBy(text => text.Key.ToString(), StringComparer.Ordinal)
                .OrderBy(text => text.Key.Iteration ?? -1)
                .ToList()
        );
        Assert.Equal(["0 exit_code 0", "0 duration 1.5", "0 truncated stdout", "1 exit_code -3"], told);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"results\":[{\"exit_code\":0,\"stdout\":\"cut")]
    [InlineData("{\"results\":[{\"exit_code\":0}]}}")]
    [InlineData("{\"results\":[{\"stdout\":\"\\uD8zz\"}]}")]
    [InlineData("[[[[[[[[[[[[")]
    public async Task A_damaged_output_is_read_as_null(string stored) =>
        Assert.Null(await OutputEnds.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(stored)), "/job", default));

    [Fact]
    public async Task A_page_holds_only_the_end_of_each_text_in_memory()
    {
        var line = string.Concat(Enumerable.Repeat("line \u00e9\n", 2_000_000));
        using var stored = new MemoryStream(
            Stored(new([.. Enumerable.Range(0, 30).Select(i => new IterationOutput(i, i < 2 ? line : "short"))]))
        );
        var before = GC.GetAllocatedBytesForCurrentThread();
        var output = (await OutputEnds.ReadAsync(stored, "/job", default))!;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((20, 10), (output.Iterations.Count, output.IterationsLeft));
        var text = output.Iterations[0].Texts.Single();
        Assert.Equal(("stdout", "16 MB", "/job/output?iteration=0&part=stdout"), (text.Name, text.Size, text.Address));
        Assert.InRange(text.Text.Length, 32_000, 32 << 10);
        Assert.StartsWith("line \u00e9\nline", text.Text, StringComparison.Ordinal);
        Assert.Contains("characters of 16 MB", text.Cut, StringComparison.Ordinal);
        Assert.Equal(
            ("short", (string?)null),
            (output.Iterations[2].Texts.Single().Text, output.Iterations[2].Texts.Single().Cut)
        );
        Assert.InRange(allocated, 0, 24 << 20); // 64 MB are stored.
    }

    private static byte[] Stored(JobOutput output) =>
        JsonSerializer.SerializeToUtf8Bytes(output, Wire.Default.JobOutput);

    private sealed class Pieces(byte[] all, int atOnce) : MemoryStream(all)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, atOnce)], cancellationToken);
    }
}
