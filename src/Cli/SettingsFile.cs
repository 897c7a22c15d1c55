using System.Globalization;
using Paddock.Core.Names;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Paddock.Cli;

/// <summary>
/// <c>paddock.toml</c> in the current folder or the nearest one above that has it. It holds what is the same in every
/// run of a project, so that no command line has to repeat it.
/// </summary>
internal static class SettingsFile
{
    public const string Name = "paddock.toml";
    private const int BytesMax = 64 * 1024;
    private const int DepthMax = 64;

    private const string Thresholds = "thresholds";
    private const string Command = "command";

    // Each key is a setting that its environment variable overrides. None is a secret: the file is part of a
    // repository.
    private static readonly string[] Keys =
    [
        "host",
        "project",
        "testbed",
        "adapter",
        "average",
        "measures",
        "pattern",
        Command,
    ];

    // Keys that only `run` takes, as its option of the same name.
    private static readonly string[] OfRun =
    [
        "file",
        "iter",
        "fold",
        "allow_failure",
        "confirm",
        "error_on_alert",
        "error_on_improvement",
        "thresholds_reset",
    ];

    private static readonly string[] OfThreshold =
    [
        "test",
        "min_sample_size",
        "max_sample_size",
        "window",
        "lower_boundary",
        "upper_boundary",
    ];

    private static readonly Lazy<(string Path, Content Content)?> File = new(Load);

    /// <param name="Values">The settings.</param>
    /// <param name="Options">Options of <c>run</c> with their values; the value is null for a flag.</param>
    internal sealed record Content(
        Dictionary<string, string> Values,
        IReadOnlyList<(string Option, string? Value)> Options
    );

    /// <summary>The options that the file adds to a <c>run</c> command line: those not given there.</summary>
    /// <param name="given">The names of the options on the command line.</param>
    /// <exception cref="Failure">The file is not valid.</exception>
    public static IEnumerable<(string Option, string? Value)> OptionsBeside(IReadOnlyCollection<string> given)
    {
        if (File.Value is not { } file)
            return [];
        var ownThresholds = given.Any(option => option.StartsWith("--threshold-", StringComparison.Ordinal));
        var ownResults = given.Any(option =>
            option is "--file" or "--file-size" or "--build-time" or "--saved" or "--image"
        );
        return file.Content.Options.Where(one =>
            !given.Contains(one.Option)
            && !(ownThresholds && one.Option.StartsWith("--threshold-", StringComparison.Ordinal))
            && !(ownResults && one.Option == "--file")
        );
    }

    /// <exception cref="Failure">The file is not valid.</exception>
    public static (string Value, string Variable)? Find(string setting)
    {
        var key = setting == "CMD" ? Command : setting.ToLowerInvariant();
        if (!Keys.Contains(key) || File.Value is not { } file || !file.Content.Values.TryGetValue(key, out var value))
            return null;
        return (value, $"{key} in {file.Path}");
    }

    private static (string, Content)? Load()
    {
        for (
            var folder = WorkingFolder.Find() is { } start ? new DirectoryInfo(start) : null;
            folder is not null;
            folder = folder.Parent
        )
        {
            var path = Path.Combine(folder.FullName, Name);
            if (!System.IO.File.Exists(path))
                continue;
            try
            {
                if (new FileInfo(path).Length > BytesMax)
                    throw new Failure($"{path} is larger than {BytesMax / 1024} KiB.");
                return (path, Parse(System.IO.File.ReadAllText(path), path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new Failure($"The file {path} could not be read: {e.Message}", e);
            }
        }
        return null;
    }

    /// <exception cref="Failure">The text is not valid TOML, or has a key that is no setting. The message names the
    /// line.</exception>
    internal static Content Parse(string text, string path)
    {
        var document = SyntaxParser.Parse(
            text,
            new TomlSerializerOptions { MaxDepth = DepthMax },
            path,
            validate: true
        );
        foreach (var wrong in document.Diagnostics)
            if (wrong.Kind == DiagnosticMessageKind.Error)
                throw Wrong(wrong.Span, $"this is not valid TOML: {FirstLine(wrong.Message)}");

        var (values, options) = (new Dictionary<string, string>(), new List<(string, string?)>());
        foreach (var setting in document.KeyValues)
        {
            var key = NameOf(setting.Key!);
            if (OfRun.Contains(key))
                options.AddRange(OptionOf($"--{Dashed(key)}", key, setting));
            else if (!Keys.Contains(key))
                throw Wrong(
                    setting.Span,
                    $"{Text.Quote(key)} is not a known setting; allowed: {string.Join(", ", [.. Keys, .. OfRun])}"
                );
            else if (setting.Value is StringValueSyntax { Value: { } value })
                values.Add(key, value);
            else
                throw Wrong(setting.Span, $"the value of {key} must be one string");
        }
        foreach (var table in document.Tables)
            options.AddRange(ThresholdOf(table));
        return new(values, options);

        IEnumerable<(string, string?)> OptionOf(string option, string key, KeyValueSyntax setting) =>
            setting.Value switch
            {
                BooleanValueSyntax { Value: true } => [(option, null)],
                BooleanValueSyntax => [],
                ArraySyntax array => array.Items.Select(item => (option, (string?)WordOf(item.Value, key, setting))),
                var one => [(option, WordOf(one, key, setting))],
            };

        string WordOf(ValueSyntax? value, string key, KeyValueSyntax setting) =>
            value switch
            {
                StringValueSyntax { Value: { } text } => text,
                IntegerValueSyntax whole => whole.Value.ToString(CultureInfo.InvariantCulture),
                FloatValueSyntax number => number.Value.ToString("R", CultureInfo.InvariantCulture),
                _ => throw Wrong(setting.Span, $"the value of {key} must be a string, a number, true or false"),
            };

        // Adds one entry to each list, so that the lists stay parallel.
        IEnumerable<(string, string?)> ThresholdOf(TableSyntaxBase table)
        {
            var name = PartsOf(table.Name!).ToList();
            if (name is not [Thresholds, { Length: > 0 } measure] || table is not TableSyntax)
                throw Wrong(
                    table.Span,
                    $"the table {Text.Quote(NameOf(table.Name!))} is not known; allowed: {Thresholds}.MEASURE, as in "
                        + $"[{Thresholds}.latency]"
                );
            var given = new Dictionary<string, string>();
            foreach (var setting in table.Items)
            {
                var key = NameOf(setting.Key!);
                if (!OfThreshold.Contains(key))
                    throw Wrong(
                        setting.Span,
                        $"{Text.Quote(key)} is not a known setting of a threshold; allowed: "
                            + $"{string.Join(", ", OfThreshold)}"
                    );
                given.Add(key, WordOf(setting.Value, key, setting));
            }
            if (!given.ContainsKey("test"))
                throw Wrong(table.Span, $"the threshold of {Text.Quote(measure)} has no test");
            return
            [
                ("--threshold-measure", measure),
                .. OfThreshold.Select(key =>
                    ($"--threshold-{Dashed(key)}", (string?)given.GetValueOrDefault(key, "_"))
                ),
            ];
        }

        Failure Wrong(SourceSpan where, string why) => new($"{path}, line {where.Start.Line + 1}: {why}.");
    }

    private static string Dashed(string key) => key.Replace('_', '-');

    private static string NameOf(KeySyntax key) => string.Join('.', PartsOf(key));

    private static IEnumerable<string> PartsOf(KeySyntax key) =>
        [PartOf(key.Key), .. key.DotKeys.Select(dotted => PartOf(dotted.Key))];

    private static string PartOf(BareKeyOrStringValueSyntax? part) =>
        part switch
        {
            BareKeySyntax bare => bare.Key?.Text ?? "",
            StringValueSyntax quoted => quoted.Value ?? "",
            _ => "",
        };

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', ' ', '\r');
}
