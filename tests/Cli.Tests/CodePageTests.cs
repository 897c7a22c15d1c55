using System.Text.RegularExpressions;

namespace Paddock.Cli.Tests;

/// <summary>Every file that docs/code.md links to exists.</summary>
public sealed partial class CodePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "code.md"));

    public static TheoryData<string> Paths =>
        [.. PathInCode.Matches(Page).Select(match => match.Groups["path"].Value).Distinct()];

    [Theory, MemberData(nameof(Paths))]
    public void A_path_that_the_code_page_links_to_exists(string path) =>
        Assert.True(Path.Exists(Path.Combine(BuiltProgram.Root, path)), $"docs/code.md names {path}.");

    [Fact]
    public void Every_source_project_has_a_row_on_the_code_page()
    {
        var projects = Directory.GetDirectories(Path.Combine(BuiltProgram.Root, "src")).Select(Path.GetFileName);

        Assert.All(projects, project => Assert.Contains($"| `src/{project}` |", Page, StringComparison.Ordinal));
    }

    [GeneratedRegex("`(?<path>(src|tests|bench)[A-Za-z0-9/_.]*)`")]
    private static partial Regex PathInCode { get; }
}
