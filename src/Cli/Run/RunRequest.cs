using System.Globalization;
using Paddock.Core.Adapters;

namespace Paddock.Cli.Run;

/// <summary>
/// The request that carries a run. Harnesses that keep every round print tens of megabytes. When that is more than the
/// server accepts, the results read from the output are sent instead.
/// </summary>
/// <param name="bodyOf">Builds the request's body around the given results.</param>
internal sealed class RunRequest(Harvest harvest, LocalReader reader, Func<Shipment, byte[]> bodyOf)
{
    private const string Path = "/v0/run";

    public byte[] BodyOf(Shipment shipment) => bodyOf(shipment);

    /// <returns>The report, as the server sent it.</returns>
    /// <exception cref="Failure">The server refused, could not be reached, or does not accept even the body with only
    /// the results.</exception>
    public async Task<byte[]> SendAsync(ApiClient api, Shipment shipment, Action<string> note, CancellationToken ct)
    {
        await api.CheckVersionAsync(ct);
        var body = bodyOf(shipment);
        if (body.Length > api.BodyBytesMax)
            // If even that is too large, the client reports it.
            body = Smaller(body, shipment, api.IsPaddock, note) ?? body;
        var answer = await api.TryAsync(HttpMethod.Post, Path, body, ct);
        // For a server that did not announce its limit.
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
            $"The outputs make a request of {Mebibytes(body)} MiB, more than the server accepts. "
                + $"The parsed results are sent instead, {Mebibytes(smaller)} MiB: {Remark.Sentence([.. remarks])}"
        );
        return smaller;
    }

    private static string Mebibytes(byte[] body) =>
        (body.Length / (double)(1 << 20)).ToString("0.0", CultureInfo.InvariantCulture);
}
