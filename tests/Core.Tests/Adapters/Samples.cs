using System.Text.Json;

namespace Paddock.Core.Tests.Adapters;

/// <summary>One case of a sample folder's case.json.</summary>
internal sealed record Case(
    string Folder,
    string Adapter,
    string? Average,
    string? Fold,
    string[] Inputs,
    string Expected
);

/// <summary>The recorded outputs beside the tests.</summary>
internal static class Samples
{
    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Adapters", "samples");

    public static IReadOnlyList<Case> Cases { get; } = CasesIn(Root);

    /// <summary>
    /// Outputs from public bug reports, unchanged and in any encoding. For that reason, tests of other forms do not use
    /// them.
    /// </summary>
    public static IReadOnlyList<Case> Field { get; } =
        CasesIn(Path.Combine(AppContext.BaseDirectory, "Adapters", "field"));

    /// <summary>Every distinct input file.</summary>
    public static IReadOnlyList<byte[]> Inputs { get; } =
    [
        .. Cases
            .SelectMany(c => c.Inputs.Select(input => Path.GetFullPath(Path.Combine(c.Folder, input))))
            .Distinct()
            .Order()
            .Select(File.ReadAllBytes),
    ];

    private static IReadOnlyList<Case> CasesIn(string folder) =>
        [.. Directory.GetFiles(folder, "case.json", SearchOption.AllDirectories).Order().SelectMany(Read)];

    private static IEnumerable<Case> Read(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var one in json.RootElement.EnumerateArray())
        {
            string? Text(string name) => one.TryGetProperty(name, out var value) ? value.GetString() : null;
            string[] inputs = one.TryGetProperty("inputs", out var several)
                ? [.. several.EnumerateArray().Select(i => i.GetString()!)]
                : [Text("input")!];
            yield return new(
                Path.GetDirectoryName(file)!,
                Text("adapter")!,
                Text("average"),
                Text("fold"),
                inputs,
                Text("expected")!
            );
        }
    }
}
