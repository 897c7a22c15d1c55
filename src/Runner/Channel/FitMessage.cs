using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Runner.Channel;

/// <summary>Cuts the longest texts of results until the message is as short as the server wants it, and says which were cut.</summary>
internal static class FitMessage
{
    /// <summary>What an original server takes: 4 MiB, a little less for good measure.</summary>
    public const int OriginalBytesMax = (4 << 20) - (64 << 10);

    private const int Slack = 1024;

    public static IReadOnlyList<IterationOutput> Cut(IReadOnlyList<IterationOutput> results, int bytesMax, Func<IReadOnlyList<IterationOutput>, RunnerEvent> message)
    {
        var whole = Length(message(results));
        if (whole <= bytesMax) return results;
        var texts = results.SelectMany(Texts).Select(text => (long)Length(text)).Order().ToList();
        var most = Level(texts, bytesMax - Slack - (whole - texts.Sum()) - results.Sum(r => Texts(r).Count() * 40L)); // The names of those that are cut travel, too.
        return [.. results.Select(result => Cut(result, most))];
    }

    // As much for each as is left when the shorter ones have what they need.
    private static long Level(List<long> lengths, long room)
    {
        for (var i = 0; i < lengths.Count; i++)
        {
            var share = Math.Max(0, room) / (lengths.Count - i);
            if (lengths[i] > share) return share;
            room -= lengths[i];
        }
        return long.MaxValue;
    }

    private static IterationOutput Cut(IterationOutput result, long most)
    {
        var cut = new List<string>(result.Truncated ?? []);
        return result with
        {
            Stdout = Fit(result.Stdout, "stdout"),
            Stderr = Fit(result.Stderr, "stderr"),
            Output = result.Output?.ToDictionary(file => file.Key, file => Fit(file.Value, file.Key)!),
            Truncated = cut.Count > 0 ? [.. cut.Distinct()] : null,
        };

        string? Fit(string? text, string name)
        {
            if (text is null || Length(text) <= most) return text;
            cut.Add(name);
            var kept = (int)(text.Length * (double)most / Length(text));
            while (kept > 0 && Length(text[..kept]) > most) kept -= kept / 10 + 1;
            if (kept > 0 && char.IsHighSurrogate(text[kept - 1])) kept--;
            return text[..Math.Max(0, kept)];
        }
    }

    private static IEnumerable<string> Texts(IterationOutput result) => ((string?[])[result.Stdout, result.Stderr, .. result.Output?.Values ?? []]).OfType<string>();

    private static int Length(string text) => JsonSerializer.SerializeToUtf8Bytes(text, Wire.Default.String).Length;

    private static int Length(RunnerEvent message) => JsonSerializer.SerializeToUtf8Bytes(message, Wire.Default.RunnerEvent).Length;
}
