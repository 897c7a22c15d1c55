using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Paddock.Runner.Sandbox.Container;
using Paddock.Testing;

namespace Paddock.Runner.Tests.Sandbox;

/// <summary>Compares the lists of system calls with docs/security/runner.md, which justifies each difference.</summary>
public sealed partial class SystemCallsTests
{
    [Fact]
    public void The_runner_security_page_agrees_with_the_lists_of_system_calls()
    {
        var rows = File.ReadLines(Path.Combine(BuiltProgram.Root, "docs", "security", "runner.md"))
            .SkipWhile(line => line != "| Call | Docker | Here | Why |")
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells =>
                (Calls: Call.Matches(cells[1]).Select(call => call.Groups[1].Value).ToList(), Here: cells[3])
            )
            .Where(row => row.Calls.Count > 0)
            .ToList();
        Assert.True(rows.Count >= 10, $"The table has {rows.Count} rows that name calls.");
        foreach (var (calls, here) in rows)
        foreach (var call in calls)
        {
            var (allowed, refused) = (Like(SystemCalls.Allowed, call), Like(SystemCalls.Refused, call));
            if (here == "refused")
                Assert.True(
                    refused.Count > 0 && allowed.Count == 0,
                    $"{call}: allowed are {string.Join(", ", allowed)}"
                );
            else
                Assert.True(refused.Count == 0, $"{call}: refused are {string.Join(", ", refused)}");
            if (here == "allowed")
                Assert.True(allowed.Count > 0, $"{call} is not in the list of allowed calls.");
        }
    }

    [Fact]
    public void No_system_call_is_both_allowed_and_refused() =>
        Assert.Empty(SystemCalls.Allowed.Intersect(SystemCalls.Refused));

    private static List<string> Like(IReadOnlyList<string> calls, string pattern) =>
        [.. calls.Where(call => FileSystemName.MatchesSimpleExpression(pattern, call, ignoreCase: false))];

    [GeneratedRegex("`([a-z0-9_*]+)`")]
    private static partial Regex Call { get; }
}
