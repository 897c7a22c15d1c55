using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Serialization;

namespace Paddock.Core.Names;

/// <summary>The name of a benchmark, as its harness prints it.</summary>
[JsonConverter(typeof(TextConverter<BenchmarkName>))]
public sealed record BenchmarkName : IText<BenchmarkName>
{
    public const int BytesMax = 1024;

    // A benchmark whose name ends with one of these suffixes is recorded and drawn, but never raises an alert.
    private static readonly string[] IgnoreSuffixes =
    [
        "_bencher_ignore",
        "BencherIgnore",
        "-bencher-ignore",
        "_paddock_ignore",
        "PaddockIgnore",
        "-paddock-ignore",
    ];

    private BenchmarkName(string value) => Value = value;

    public string Value { get; }

    public override string ToString() => Value;

    public static string Noun => "benchmark name";
    public static string Rule => "1 to 1024 bytes of UTF-8";

    public static bool TryParse([NotNullWhen(true)] string? text, [MaybeNullWhen(false)] out BenchmarkName value) =>
        (value = IsValid(text) ? new(text!) : null) is not null;

    /// <summary>The name without its ignore suffix, and whether it had such a suffix.</summary>
    public static (string Name, bool Ignored) StripIgnore(string name)
    {
        foreach (var suffix in IgnoreSuffixes)
            if (name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal))
                return (name[..^suffix.Length], true);
        return (name, false);
    }

    private static bool IsValid(string? text) =>
        text is { Length: > 0 and <= BytesMax } && Encoding.UTF8.GetByteCount(text) <= BytesMax && !text.Contains('\0');
}
