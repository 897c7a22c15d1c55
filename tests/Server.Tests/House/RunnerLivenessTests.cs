using System.Text.RegularExpressions;

namespace Paddock.Server.Tests.House;

/// <summary>One class decides whether a runner is alive, so pages, APIs and the dispatcher cannot disagree.</summary>
public sealed partial class RunnerLivenessTests
{
    private static readonly string Server = Path.Combine(BuiltProgram.Root, "src", "Server");

    [Fact]
    public void Only_RunnerLiveness_compares_the_heartbeats_of_runners()
    {
        var comparing =
            from pattern in new[] { "*.cs", "*.razor", "*.sql" }
            from file in Directory.EnumerateFiles(Server, pattern, SearchOption.AllDirectories)
            where Comparison.IsMatch(File.ReadAllText(file))
            select Path.GetRelativePath(Server, file).Replace('\\', '/');
        Assert.Equal(["Machines/Runners/RunnerLiveness.cs"], comparing.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("runners.last_heartbeat >= {seenSince}")]
    [InlineData("last_heartbeat\n    < {now}")]
    [InlineData("{now} - runners.last_heartbeat")]
    [InlineData("last_heartbeat BETWEEN {before} AND {now}")]
    [InlineData("one.LastHeartbeat >= seenSince")]
    [InlineData("runner.LastHeartbeatAt!.Value < since")]
    [InlineData("since <= view.Runner.LastHeartbeat")]
    [InlineData("now - row.LastHeartbeat")]
    [InlineData("runner is { LastHeartbeat: < since }")]
    [InlineData("heard > dispatch.SeenSince")]
    [InlineData("heard < {seenSince}")]
    public void Comparisons_of_heartbeats_are_recognized(string code) => Assert.Matches(Comparison, code);

    [Theory]
    [InlineData("UPDATE runners SET last_heartbeat = {now} WHERE id = {id}")]
    [InlineData("rows.ConvertAll(one => one.LastHeartbeat)")]
    [InlineData("LastHeartbeat: null => Offline")]
    [InlineData("before == seenSince")]
    public void Other_uses_of_heartbeats_are_not_comparisons(string code) => Assert.DoesNotMatch(Comparison, code);

    private const string Name = @"(last_?heartbeat(at)?|seen_?since)\b";

    // A heartbeat, or the limit for heartbeats, beside an operator. The arrow of a lambda is not an operator.
    [GeneratedRegex(
        Name + @"[\s)}!?]*(\.Value)?[\s:]*([<>-]|BETWEEN\b)|(?<!=)[<>-]=?\s*[({]?\s*(\w+[.?!]+)*" + Name,
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Comparison { get; }
}
