using Paddock.Core.Adapters;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Http;
using Results = Paddock.Core.Adapters.Results;

namespace Paddock.Server.Reports;

/// <summary>The first step of a run: the outputs as results, one for each iteration. Nothing has been written yet when this refuses.</summary>
internal static class ReadResults
{
    private const int QuotedMax = 200;

    /// <exception cref="Refusal">An output that the adapter cannot read; one spoils all.</exception>
    public static IReadOnlyList<Results> Of(IReadOnlyList<Utf8Text> outputs, ReportSettings? settings)
    {
        var adapter = settings?.Adapter ?? Adapter.Magic;
        var results = new List<Results>(outputs.Count);
        for (var i = 0; i < outputs.Count; i++)
            results.Add(Harness.Read(adapter, outputs[i].Bytes.Span, settings?.Average) ?? throw Unreadable(adapter, i, outputs[i]));
        return settings?.Fold is { } fold ? [Folding.Fold(results, fold)] : results;
    }

    private static Refusal Unreadable(Adapter adapter, int index, Utf8Text output)
    {
        var text = output.ToString();
        var shown = text.Length <= QuotedMax ? text : text[..QuotedMax] + "…";
        return Refusal.BadInput(
            $"results[{index}]: the adapter \"{Words<Adapter>.Of(adapter)}\" finds no benchmark results in this output; check the adapter and that the whole output was sent: {shown}");
    }
}
