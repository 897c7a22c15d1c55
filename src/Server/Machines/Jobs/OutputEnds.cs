using System.Globalization;
using System.Text;

namespace Paddock.Server.Machines.Jobs;

/// <summary>
/// Reads the end of each text of a stored output, for a page. Memory use is bounded, however long the output.
/// </summary>
internal sealed class OutputEnds
{
    private const int IterationsMax = 20,
        TextsMax = 300; // Texts per iteration.
    private const int AllCharsMax = 256 << 10;
    private const int NamesCharsMax = 32 << 10; // Of all files; the page shows a name in several places.
    private const int EndBytesMax = 4 * OutputView.TextCharsMax; // Enough for characters of up to 4 bytes.

    private readonly string path;
    private readonly List<Found> found = [];
    private readonly List<byte> end = [];
    private (OutputPlace Place, long Bytes)? open;
    private int left = AllCharsMax,
        namesLeft = NamesCharsMax,
        textsLeft,
        iterations;
    private string? error;

    private OutputEnds(string path) => this.path = path;

    private sealed class Found
    {
        public int ExitCode { get; set; }
        public string? Duration { get; set; }
        public List<(string Name, TextView View)> Texts { get; } = [];
        public HashSet<string> Names { get; } = [];
        public HashSet<string> Truncated { get; } = [];
    }

    /// <param name="path">The path of the job's page.</param>
    /// <returns>The view; null when the document is damaged.</returns>
    public static async Task<OutputView?> ReadAsync(Stream stored, string path, CancellationToken ct)
    {
        var ends = new OutputEnds(path);
        if (!await new OutputScan(ends.Begin, ends.Tell).ReadAsync(stored, next: null, ct))
            return null;
        ends.Close();
        return new([.. ends.found.Select(View)], ends.iterations - ends.found.Count, ends.error, ends.textsLeft);
    }

    private static IterationView View(Found one, int number) =>
        new(
            number,
            one.ExitCode,
            one.Duration,
            [.. one.Texts.Select(text => text.View with { IsTruncated = one.Truncated.Contains(text.Name) })]
        );

    private TakeText? Begin(OutputPlace place)
    {
        Close();
        var isText = place.Name is OutputView.StandardOutput or OutputView.StandardError || place.File is not null;
        if (place.Iteration is { } iteration)
        {
            if (!isText || At(iteration) is not { } one)
                return null;
            if (one.Texts.Count >= TextsMax || place.File is { } file && !HasRoomFor(file))
            {
                textsLeft++;
                return null;
            }
        }
        open = (place, 0);
        return Take;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        open = open!.Value with { Bytes = open.Value.Bytes + bytes.Length };
        var fresh = bytes[^Math.Min(bytes.Length, EndBytesMax)..];
        end.AddRange(fresh);
        if (end.Count > 2 * EndBytesMax)
            end.RemoveRange(0, end.Count - EndBytesMax);
    }

    private void Tell(OutputPlace place, string said)
    {
        Close();
        if (place.Iteration is not { } iteration)
            return;
        if (place.Name == "exit_code")
            iterations++;
        if (At(iteration) is not { } one)
            return;
        if (
            place.Name == "exit_code"
            && int.TryParse(said, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
        )
            one.ExitCode = code;
        else if (place.Name == "duration" && double.TryParse(said, CultureInfo.InvariantCulture, out var seconds))
            one.Duration = string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s");
        // Stored after the texts. Names of texts that are not shown are not kept.
        else if (place.Name == "truncated" && one.Names.Contains(said))
            one.Truncated.Add(said);
    }

    private bool HasRoomFor(string name)
    {
        if (name.Length > namesLeft)
            return false;
        namesLeft -= name.Length;
        return true;
    }

    private Found? At(int iteration)
    {
        if (iteration >= IterationsMax)
            return null;
        while (found.Count <= iteration)
            found.Add(new());
        return found[iteration];
    }

    // Ends the previous text: it is complete when the next value begins.
    private void Close()
    {
        if (open is not { } text)
            return;
        open = null;
        var kept = end.Count > EndBytesMax ? end[^EndBytesMax..] : end;
        var isWhole = kept.Count == text.Bytes;
        // Does not start within a character.
        var bytes = kept.SkipWhile(at => !isWhole && (at & 0xc0) == 0x80).ToArray();
        end.Clear();
        var plain = OutputView.Plain(Encoding.UTF8.GetString(bytes));
        if (text.Place.Iteration is not { } iteration)
            error = text.Place.Name == "error" ? plain : error;
        else if (text.Bytes > 0 || text.Place.File is not null)
            Add(iteration, text.Place, text.Bytes, plain, isWhole);
    }

    private void Add(int iteration, OutputPlace place, long bytes, string plain, bool isWhole)
    {
        var shown = OutputView.End(plain, Math.Min(OutputView.TextCharsMax, left));
        left -= shown.Length;
        var size = OutputView.Size(bytes);
        var cut =
            shown.Length == 0 && plain.Length > 0 ? "Not shown here: the output of this job is too large."
            : isWhole && shown.Length == plain.Length ? null
            : $"The last {shown.Length:N0} characters of {size}.";
        var name = place.File ?? place.Name;
        found[iteration].Names.Add(name);
        found[iteration]
            .Texts.Add(
                (
                    name,
                    new(
                        name,
                        shown,
                        size,
                        cut,
                        IsTruncated: false,
                        OutputView.Address(path, iteration, place.Name, place.File)
                    )
                )
            );
    }
}
