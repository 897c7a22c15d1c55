using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>
/// Reads the events of <c>go test -json</c>: the text of each package, in pieces that need not end at line ends.
/// </summary>
internal static class GoEvents
{
    // Also matches a blank after the colon, because programs that filter the events serialize them again.
    public static bool AreIn(ReadOnlySpan<byte> text) =>
        text.IndexOf("\"Action\":\"output\""u8) >= 0 || text.IndexOf("\"Action\": \"output\""u8) >= 0;

    public static void Read(ReadOnlySpan<byte> text, GoPackages packages)
    {
        // Packages are tested in parallel, so their pieces alternate.
        var texts = new OrderedDictionary<string, Package>();
        foreach (var line in new Lines(text))
        {
            if (line is not [(byte)'{', .., (byte)'}'] || line.IndexOf("\"Output\""u8) < 0)
                continue;
            string? name = null,
                test = null,
                piece = null;
            if (
                !Json.Document(line, (ref Utf8JsonReader json) => Event(ref json, out name, out test, out piece))
                || piece is null
            )
                continue;
            if (!texts.TryGetValue(name ?? "", out var package))
                texts.Add(name ?? "", package = new());
            package.Add(test, piece);
        }
        foreach (var (name, package) in texts)
            packages.Read(Terminal.WithoutSequences(package.End()), name);
    }

    private static bool Event(ref Utf8JsonReader json, out string? package, out string? test, out string? piece)
    {
        package = test = piece = null;
        if (!json.Object())
            return false;
        while (json.Property())
        {
            var fine =
                json.Is("Package"u8) ? json.TextOrNull(out package)
                : json.Is("Test"u8) ? json.TextOrNull(out test)
                : json.Is("Output"u8) ? json.TextOrNull(out piece)
                : json.Other();
            if (!fine)
                return false;
        }
        return true;
    }

    /// <summary>
    /// The text of one package, without the output of the benchmarks themselves, which may be on the same lines.
    /// </summary>
    private sealed class Package
    {
        private readonly List<byte> text = [];
        private readonly OrderedDictionary<string, GoEventLines> benchmarks = [];

        public void Add(string? test, string piece)
        {
            if (test?.StartsWith("Benchmark", StringComparison.Ordinal) is not true)
                text.AddRange(Encoding.UTF8.GetBytes(piece));
            else
            {
                if (!benchmarks.TryGetValue(test, out var lines))
                    benchmarks.Add(test, lines = new(test));
                foreach (var line in lines.Add(piece))
                    AddLine(line);
            }
        }

        public ReadOnlySpan<byte> End()
        {
            foreach (var (_, lines) in benchmarks)
            foreach (var line in lines.End())
                AddLine(line);
            return CollectionsMarshal.AsSpan(text);
        }

        private void AddLine(string line)
        {
            if (text.Count > 0 && text[^1] != '\n')
                text.Add((byte)'\n');
            text.AddRange(Encoding.UTF8.GetBytes(line));
            text.Add((byte)'\n');
        }
    }
}

/// <summary>
/// The lines of one benchmark as Go would print them if the benchmark printed nothing: its name, its iterations and its
/// figures. The event names the benchmark, so the name is known even if other text precedes it or it is missing.
/// </summary>
internal sealed class GoEventLines(string test)
{
    private readonly StringBuilder rest = new();
    private string? started;

    /// <summary>The lines that are completed by this piece of output.</summary>
    public IEnumerable<string> Add(string piece)
    {
        rest.Append(piece);
        if (!piece.Contains('\n', StringComparison.Ordinal))
            return [];
        var whole = rest.ToString();
        var end = whole.LastIndexOf('\n') + 1;
        rest.Clear().Append(whole, end, whole.Length - end);
        return [.. whole[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(Line)];
    }

    /// <summary>The remaining text, and the name of a benchmark that started but did not end.</summary>
    public IEnumerable<string> End() =>
        [.. Line(rest.ToString()), .. started is null ? Array.Empty<string>() : [started]];

    private IEnumerable<string> Line(string line)
    {
        line = line.TrimEnd('\r');
        if (NameIn(line) is { } name)
        {
            if (started is not null)
                yield return started;
            started = name;
        }
        if (Figures(line) is { } figures)
        {
            yield return $"{started ?? test}\t{figures}";
            started = null;
        }
        else if (line.TrimStart().StartsWith("--- ", StringComparison.Ordinal))
        {
            yield return line;
            started = null;
        }
    }

    // "BenchmarkX-8   \t": the name and the number of processors, printed before the benchmark runs.
    private string? NameIn(string line)
    {
        for (
            var at = line.LastIndexOf(test, StringComparison.Ordinal);
            at >= 0;
            at = at == 0 ? -1 : line.LastIndexOf(test, at - 1, StringComparison.Ordinal)
        )
        {
            var end = at + test.Length;
            if (end < line.Length && line[end] == '-')
                do end++;
                while (end < line.Length && char.IsAsciiDigit(line[end]));
            var before = line.AsSpan(0, at);
            if (
                end < line.Length
                && line[end] is ' ' or '\t'
                && !before.EndsWith("--- FAIL: ")
                && !before.EndsWith("--- SKIP: ")
            )
                return line[at..end];
        }
        return null;
    }

    // The pairs of number and unit at the end of a line, with the number of iterations before them: "100\t 523 ns/op\t
    // 8 B/op".
    private string? Figures(string line)
    {
        var words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var first = words.Length;
        while (first >= 2 && IsNumber(words[first - 2]) && !IsNumber(words[first - 1]))
            first -= 2;
        if (first == words.Length || first == 0)
            return null;
        if (started is null && !words[first..].Any(word => word.Contains('/', StringComparison.Ordinal)))
            return null;
        var iterations = words[first - 1].Length - words[first - 1].TrimEnd("0123456789".ToCharArray()).Length;
        var pairs = words[first..].Chunk(2).Select(pair => $"{pair[0]} {pair[1]}");
        return iterations == 0 ? null : $"{words[first - 1][^iterations..]}\t{string.Join('\t', pairs)}";
    }

    private static bool IsNumber(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
}
