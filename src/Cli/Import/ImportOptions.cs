using System.CommandLine;
using Paddock.Core.Import;
using Paddock.Core.Names;

namespace Paddock.Cli.Import;

/// <summary>The options of every import: the project, and the destination of runs that name none themselves.</summary>
internal sealed class ImportOptions(bool isProjectNeeded = true)
{
    public Option<ResourceId> Project { get; } =
        DomainOption.Of<ResourceId>(
            "--project",
            "UUID or slug of the project.",
            setting: "PROJECT",
            helpName: "project"
        );
    public Option<NameId<BranchName>> Branch { get; } =
        DomainOption.Of<NameId<BranchName>>(
            "--branch",
            "Branch of the runs, if the source names none (main).",
            helpName: "branch"
        );
    public Option<NameId<ResourceName>> Testbed { get; } =
        DomainOption.Of<NameId<ResourceName>>(
            "--testbed",
            "Testbed of the runs; unless given, the one that the source names, or localhost.",
            helpName: "testbed"
        );
    public Option<bool> DryRun { get; } =
        DomainOption.Flag("--dry-run", "Show what would be imported, and send nothing.");

    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[Project, Branch, Testbed, DryRun])
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (isProjectNeeded && !result.Has(Project) && Settings.Find("PROJECT") is null && !result.GetValue(DryRun))
                result.AddError("--project is missing; give it, or set PADDOCK_PROJECT.");
        });
    }

    public ImportPlace PlaceOf(ParseResult args) =>
        new(
            args.Has(Branch) ? args.GetRequiredValue(Branch) : NameId<BranchName>.OfSlug(Text.Parse<Slug>("main")),
            args.Has(Testbed)
                ? args.GetRequiredValue(Testbed)
                : NameId<ResourceName>.OfSlug(Text.Parse<Slug>("localhost"))
        );
}

/// <summary>The mapping of a table's columns, as given on the command line.</summary>
internal static class CsvColumns
{
    public static bool Read(string text, out string? value, out string refusal)
    {
        refusal =
            $"{Text.Quote(text)} is not a column and its heading; allowed: COLUMN=HEADING, where COLUMN is one of "
            + string.Join(", ", Enum.GetNames<CsvColumn>()).ToLowerInvariant();
        value =
            text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            && at < text.Length - 1
            && IsColumn(text[..at])
                ? text
                : null;
        return value is not null;
    }

    private static bool IsColumn(string word) =>
        Enum.TryParse<CsvColumn>(word, ignoreCase: true, out _) && word.All(char.IsAsciiLetter);

    public static bool ReadSeparator(string text, out string? value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not one character, or \"tab\"";
        value =
            text == "tab" ? "\t"
            : text.Length == 1 && text[0] is not ('"' or '\n' or '\r') ? text
            : null;
        return value is not null;
    }

    public static Dictionary<CsvColumn, string> Map(IEnumerable<string> given)
    {
        var map = new Dictionary<CsvColumn, string>();
        foreach (var one in given)
        {
            var at = one.IndexOf('=', StringComparison.Ordinal);
            map[Enum.Parse<CsvColumn>(one[..at], ignoreCase: true)] = one[(at + 1)..];
        }
        return map;
    }
}
