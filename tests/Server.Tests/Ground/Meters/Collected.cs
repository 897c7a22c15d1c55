using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Paddock.Server.Tests.Ground.Meters;

/// <summary>An OpenTelemetry collector that keeps what it receives by OTLP over HTTP.</summary>
internal sealed class Collected : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> received = new();

    private Collected(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    public static async Task<Collected> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collected = new Collected(builder.Build());
        collected.app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            collected.received.Enqueue((Path.GetFileName(http.Request.Path.Value!), body.ToArray()));
        });
        await collected.app.StartAsync();
        return collected;
    }

    /// <summary>All text in the received data of one signal: traces, metrics or logs.</summary>
    public string Texts(string signal) =>
        string.Join(
            ' ',
            received.Where(one => one.Signal == signal).Select(one => Encoding.Latin1.GetString(one.Body))
        );

    /// <summary>The spans of a trace, in the order of their start.</summary>
    public IReadOnlyList<CollectedSpan> Spans(string trace) =>
        [
            .. received
                .Where(one => one.Signal == "traces")
                .SelectMany(one => Members(one.Body, 1)) // ResourceSpans of an ExportTraceServiceRequest
                .SelectMany(resource => Members(resource, 2)) // ScopeSpans
                .SelectMany(scope => Members(scope, 2)) // Span
                .Select(CollectedSpan.Read)
                .Where(span => span.Trace == trace)
                .OrderBy(span => span.Start),
        ];

    public ValueTask DisposeAsync() => app.DisposeAsync();

    /// <summary>The values of one field of a Protocol Buffers message.</summary>
    internal static List<byte[]> Members(byte[] message, int number)
    {
        var found = new List<byte[]>();
        for (var at = 0; at < message.Length; )
        {
            var tag = Varint(message, ref at);
            var length = (tag & 7) switch
            {
                0 => -1,
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                var other => throw new InvalidOperationException($"wire type {other}"),
            };
            var value = length < 0 ? BitConverter.GetBytes(Varint(message, ref at)) : message[at..(at + length)];
            at += Math.Max(0, length);
            if (tag >> 3 == (ulong)number)
                found.Add(value);
        }
        return found;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}

/// <param name="Start">Nanoseconds since 1970.</param>
internal sealed record CollectedSpan(string Trace, string Id, string Parent, string Name, ulong Start, ulong End)
{
    public static CollectedSpan Read(byte[] span) =>
        new(
            Hex(span, 1),
            Hex(span, 2),
            Hex(span, 4),
            Encoding.UTF8.GetString(Collected.Members(span, 5).Single()),
            BinaryPrimitives.ReadUInt64LittleEndian(Collected.Members(span, 7).Single()),
            BinaryPrimitives.ReadUInt64LittleEndian(Collected.Members(span, 8).Single())
        );

    private static string Hex(byte[] span, int number) =>
        Convert.ToHexStringLower(Collected.Members(span, number).FirstOrDefault() ?? []);
}
