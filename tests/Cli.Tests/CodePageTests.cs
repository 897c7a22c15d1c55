using System.Text.RegularExpressions;

namespace Paddock.Cli.Tests;

/// <summary>Every file that docs/code.md links to exists.</summary>
public sealed partial class CodePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "code.md"));

    public static TheoryData<string> Paths =>
        [.. PathInCode.Matches(Page).Select(match => match.Groups["path"].Value).Distinct()];

    [Theory, MemberData(nameof(Paths))]
    public void A_file_or_folder_that_the_page_names_is_there(string path) =>
        Assert.True(Path.Exists(Path.Combine(BuiltProgram.Root, path)), $"docs/code.md names {path}.");

    [Fact]
    public void Every_project_of_the_source_has_its_row()
    {
        var projects = Directory.GetDirectories(Path.Combine(BuiltProgram.Root, "src")).Select(Path.GetFileName);

        Assert.All(projects, project => Assert.Contains($"| `src/{project}` |", Page, StringComparison.Ordinal));
    }

    [GeneratedRegex("`(?<path>(src|tests|bench)[A-Za-z0-9/_.]*)`")]
    private static partial Regex PathInCode { get; }
}
