using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;

namespace Paddock.Runner.Channel;

/// <summary>
/// The message that reports how a job ended, streamed from disk to disk, one text at a time. The longest texts are
/// truncated until the message fits the server's limit, and the message names the truncated ones.
/// </summary>
internal sealed record ResultMessage
{
    /// <summary>The limit of an original server: 4 MiB, less a margin of 64 KiB.</summary>
    public const int OriginalBytesMax = (4 << 20) - (64 << 10);

    private const int Slack = 1024,
        NameBytes =
            40 /* Of what was cut, which travels, too. */
        ,
        FlushBytes = 64 << 10;

    public required Guid Job { get; init; }
    public required IReadOnlyList<IterationResult> Results { get; init; }

    /// <summary>Null when the job completed.</summary>
    public string? Error { get; init; }

    public Guid? Lease { get; init; }
    public RunEnvironment? Environment { get; init; }
    public bool Unstarted { get; init; }

    /// <summary>True when the server understands durations and the list of truncated texts.</summary>
    public bool IsPaddock { get; init; }

    public required long BytesMax { get; init; }

    public void WriteTo(Stream stream)
    {
        var most = Most();
        using var json = new Utf8JsonWriter(stream);
        Write(json, [.. Results.Select(result => Cut(result, most))], withTexts: true);
    }

    // The most bytes that each text may take: texts below that length stay whole, and the longer ones share the rest.
    private long Most()
    {
        using var counting = new CountingStream();
        using (var json = new Utf8JsonWriter(counting))
            Write(json, Results, withTexts: false);
        var lengths = Results
            .SelectMany(result => result.Texts)
            .Select(text => Encoded(text, long.MaxValue).Length)
            .Order()
            .ToList();
        var room = BytesMax - Slack - counting.Length;
        if (lengths.Sum() <= room)
            return long.MaxValue;
        room -= (long)lengths.Count * NameBytes;
        for (var i = 0; i < lengths.Count; i++)
        {
            var share = Math.Max(0, room) / (lengths.Count - i);
            if (lengths[i] > share)
                return share;
            room -= lengths[i];
        }
        return long.MaxValue;
    }

    private static IterationResult Cut(IterationResult result, long most)
    {
        if (most == long.MaxValue)
            return result;
        var cut = new List<string>(result.Truncated);
        return result with
        {
            Stdout = Fit(result.Stdout, "stdout"),
            Stderr = Fit(result.Stderr, "stderr"),
            Output = result.Output?.Select(file => (file.Path, Fit(file.Text, file.Path))).ToList(),
            Truncated = cut,
        };

        Captured Fit(Captured text, string name)
        {
            var (_, whole) = Encoded(text, most);
            if (whole == text.Length)
                return text;
            if (!cut.Contains(name))
                cut.Add(name);
            return text with { Length = whole };
        }
    }

    /// <summary>
    /// The encoded length of a text in the message, and how many of its own bytes fit into <paramref name="most"/>
    /// encoded bytes.
    /// </summary>
    private static (long Length, long Whole) Encoded(Captured text, long most)
    {
        var (length, whole, encoded, rest) = (0L, 0L, new byte[256 << 10], new byte[8]);
        var (restLength, isFull) = (0, false);
        text.Read(text.Length, (bytes, isLast) =>
        {
            byte[] all = [.. rest.AsSpan(0, restLength), .. bytes]; // A character may be split across two pieces.
            restLength = 0;
            for (var at = 0; at < all.Length && !isFull; )
            {
                var room = (int)Math.Min(encoded.Length, most - length);
                var status = JavaScriptEncoder.Default.EncodeUtf8(
                    all.AsSpan(at),
                    encoded.AsSpan(0, room),
                    out var consumed,
                    out var written,
                    isLast
                );
                (length, whole, at) = (length + written, whole + consumed, at + consumed);
                if (status == OperationStatus.NeedMoreData)
                {
                    restLength = all.Length - at;
                    all.AsSpan(at).CopyTo(rest);
                    return;
                }
                isFull = status == OperationStatus.DestinationTooSmall && (consumed == 0 || most - length < 12);
            }
        });
        return (length, whole);
    }

    private void Write(Utf8JsonWriter json, IReadOnlyList<IterationResult> results, bool withTexts)
    {
        json.WriteStartObject();
        json.WriteString("event", Error is null ? "completed" : "failed");
        json.WriteString("job", Job);
        json.WriteStartArray("results");
        foreach (var result in results)
            Write(json, result, withTexts);
        json.WriteEndArray();
        if (Error is not null)
            json.WriteString("error", Error);
        if (Lease is { } lease)
            json.WriteString("lease", lease);
        if (Environment is not null)
        {
            json.WritePropertyName("environment");
            JsonSerializer.Serialize(json, Environment, Wire.Default.RunEnvironment);
        }
        if (Unstarted)
            json.WriteBoolean("unstarted", true);
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, IterationResult result, bool withTexts)
    {
        json.WriteStartObject();
        json.WriteNumber("exit_code", result.ExitCode);
        if (result.Stdout.Length > 0)
            Text(json, "stdout", result.Stdout, withTexts);
        if (result.Stderr.Length > 0)
            Text(json, "stderr", result.Stderr, withTexts);
        if (result.Output is { } files)
        {
            json.WriteStartObject("output");
            foreach (var (path, text) in files)
                Text(json, path, text, withTexts);
            json.WriteEndObject();
        }
        if (IsPaddock)
            json.WriteNumber("duration", result.Duration.TotalSeconds);
        if (IsPaddock && result.Side is { } side)
            json.WriteString("side", Words<PairSide>.Of(side));
        if (IsPaddock && result.Truncated.Count > 0)
        {
            json.WriteStartArray("truncated");
            foreach (var name in result.Truncated)
                json.WriteStringValue(name);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, Captured text, bool withTexts)
    {
        json.WritePropertyName(name);
        if (!withTexts || text.Length == 0)
        {
            json.WriteStringValue("");
            return;
        }
        var (decoder, characters) = (Encoding.UTF8.GetDecoder(), new char[(32 << 10) + 8]);
        text.Read(text.Length, (bytes, isLast) =>
        {
            json.WriteStringValueSegment(
                characters.AsSpan(0, decoder.GetChars(bytes, characters, flush: isLast)),
                isFinalSegment: isLast
            );
            if (json.BytesPending > FlushBytes)
                json.Flush();
        });
    }

    /// <summary>Counts the bytes written to it.</summary>
    private sealed class CountingStream : Stream
    {
        private long count;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => count;
        public override long Position
        {
            get => count;
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => this.count += count;

        public override void Write(ReadOnlySpan<byte> buffer) => count += buffer.Length;
    }
}
