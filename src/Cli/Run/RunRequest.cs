using System.Globalization;
using Paddock.Core.Adapters;

namespace Paddock.Cli.Run;

/// <summary>
/// The request that carries a run. Harnesses that keep every round print tens of megabytes; where that is more than the
/// server takes, what was read of it goes instead.
/// </summary>
/// <param name="bodyOf">The request's body with these results in it.</param>
internal sealed class RunRequest(Harvest harvest, LocalReader reader, Func<Shipment, byte[]> bodyOf)
{
    private const string Path = "/v0/run";

    public byte[] BodyOf(Shipment shipment) => bodyOf(shipment);

    /// <returns>The report, as the server sent it.</returns>
    /// <exception cref="Failure">The server refused, could not be reached, or takes no body as large as even what was
    /// read.</exception>
    public async Task<byte[]> SendAsync(ApiClient api, Shipment shipment, Action<string> note, CancellationToken ct)
    {
        await api.CheckVersionAsync(ct);
        var body = bodyOf(shipment);
        if (body.Length > api.BodyBytesMax)
            // What is too large still is said by the client.
            body = Smaller(body, shipment, api.IsPaddock, note) ?? body;
        var answer = await api.TryAsync(HttpMethod.Post, Path, body, ct);
        // A server that did not say its limit beforehand.
        if (
            (answer.IsBodyTooLarge || answer.BrokeWhileSending)
            && Smaller(body, shipment, api.IsPaddock, note) is { } smaller
        )
            answer = await api.TryAsync(HttpMethod.Post, Path, smaller, ct);
        return api.JsonOf(answer, HttpMethod.Post, Path);
    }

    private byte[]? Smaller(byte[] body, Shipment shipment, bool isPaddock, Action<string> note)
    {
        if (shipment.IsTaken || Shipment.TakenOf(harvest, reader, shipment, isPaddock) is not { } taken)
            return null;
        var smaller = bodyOf(taken);
        if (smaller.Length >= body.Length)
            return null;
        var remarks = harvest
            .Outputs.Select(output => reader.Read(output.Bytes))
            .Select(read => Remark.Of(read.By, read.Results!));
        note(
            $"The outputs make a request of {Mebibytes(body)} MiB, more than the server takes. "
                + $"What was read of them is sent instead, {Mebibytes(smaller)} MiB: {Remark.Sentence([.. remarks])}"
        );
        return smaller;
    }

    private static string Mebibytes(byte[] body) =>
        (body.Length / (double)(1 << 20)).ToString("0.0", CultureInfo.InvariantCulture);
}
