using System.Text;
using System.Text.Json.Nodes;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>
/// Reruns the benchmark at once when its report has suspicions, and sends the results, so that the server can tell
/// whether the suspected change is reproduced.
/// </summary>
/// <param name="gather">Executes the input step once more.</param>
/// <param name="wanted">The number of reruns that the user set; null for the number that the server wants.</param>
/// <param name="bodyOf">The request body for one rerun.</param>
internal sealed class RerunsInPlace(
    ApiClient api,
    Func<CancellationToken, Task<Harvest>> gather,
    LocalReader reader,
    int? wanted,
    Func<Shipment, Rerun> bodyOf,
    Action<string> note
)
{
    /// <returns>The report after the reruns; null when no reruns were needed, or they failed.</returns>
    public async Task<byte[]?> RunAsync(Report report, CancellationToken ct)
    {
        if (report.Changes is not { Reruns: > 0 and var most, Suspected: var suspected } || !api.IsPaddock)
            return null;
        var count = wanted ?? most;
        note(
            $"A change is suspected in {suspected} {(suspected == 1 ? "result" : "results")}. Running the benchmark "
                + $"{count} more times to confirm it. To skip this, give --no-confirm."
        );
        List<Harvest> harvests = [];
        try
        {
            while (harvests.Count < count)
                harvests.Add(await gather(ct));
            return await SendAsync(report, harvests, ct);
        }
        // The report is recorded and valid without the reruns.
        catch (Failure e)
        {
            note($"The suspicion stays, because the reruns failed: {e.Message}");
            return null;
        }
    }

    private async Task<byte[]> SendAsync(Report report, List<Harvest> harvests, CancellationToken ct)
    {
        var path = $"/v0/projects/{report.Project.Slug}/reports/{report.Uuid}/reruns";
        var shipments = harvests.ConvertAll(harvest => Shipment.Of(harvest, reader, allowEmpty: true, isPaddock: true));
        var body = BodyOf(shipments);
        if (body.Length > api.BodyBytesMax)
            body = BodyOf([
                .. harvests.Zip(shipments, (harvest, raw) =>
                    Shipment.TakenOf(harvest, reader, raw, isPaddock: true) ?? raw
                ),
            ]);
        var usual = api.Credential;
        if (report.Changes?.RerunsToken is { } token && Credential.ReadToken(token, out var sender, out _))
            api.Use(sender);
        try
        {
            return await api.SendAsync(HttpMethod.Post, path, body, ct);
        }
        finally
        {
            api.Use(usual);
        }
    }

    /// <summary>
    /// The answer without its reruns token, for printing: a reader of the job's log must not be able to send reruns.
    /// </summary>
    public static byte[] WithoutToken(byte[] answer, Report report)
    {
        if (report.Changes?.RerunsToken is null || JsonNode.Parse(answer) is not JsonObject printed)
            return answer;
        printed["changes"]!.AsObject().Remove("reruns_token");
        return Encoding.UTF8.GetBytes(printed.ToJsonString());
    }

    private byte[] BodyOf(List<Shipment> shipments) =>
        Body.Of(new NewReruns(shipments.ConvertAll(one => bodyOf(one))), Wire.Default.NewReruns);
}
