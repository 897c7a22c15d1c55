using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Paddock.Core.Adapters.Reading;

namespace Paddock.Core.Adapters;

/// <summary>The events of <c>go test -json</c>: the text of each package, in pieces that need not end where lines do.</summary>
internal static class GoEvents
{
    public static bool AreIn(ReadOnlySpan<byte> text) => text.IndexOf("\"Action\":\"output\""u8) >= 0;

    public static void Read(ReadOnlySpan<byte> text, GoPackages packages)
    {
        // Packages are tested at the same time, so their pieces alternate.
        var texts = new OrderedDictionary<string, List<byte>>();
        foreach (var line in new Lines(text))
        {
            if (line is not [(byte)'{', .., (byte)'}'] || line.IndexOf("\"Output\""u8) < 0) continue;
            string? package = null;
            string? piece = null;
            if (!Json.Document(line, (ref Utf8JsonReader json) => Event(ref json, out package, out piece)) || piece is null) continue;
            if (!texts.TryGetValue(package ?? "", out var whole)) texts.Add(package ?? "", whole = []);
            whole.AddRange(Encoding.UTF8.GetBytes(piece));
        }
        foreach (var (package, whole) in texts) packages.Read(Terminal.WithoutSequences(CollectionsMarshal.AsSpan(whole)), package);
    }

    private static bool Event(ref Utf8JsonReader json, out string? package, out string? piece)
    {
        package = piece = null;
        if (!json.Object()) return false;
        while (json.Property())
        {
            var fine = json.Is("Package"u8) ? json.TextOrNull(out package)
                : json.Is("Output"u8) ? json.TextOrNull(out piece)
                : json.Other();
            if (!fine) return false;
        }
        return true;
    }
}
