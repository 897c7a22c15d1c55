using Paddock.Core.Adapters;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>
/// A team's own pattern costs at most a second of processor time, and only one run of a caller is parsed at a time.
/// </summary>
public sealed class PatternLimitTests
{
    private const string Pattern = @"(?<benchmark>\S+): (?<value>[0-9.]+)";
    private static readonly ReportSettings WithPattern = new(Adapter.Pattern);
    private static readonly CallerKey Ada = new(CallerKind.User, 1);
    private static readonly CallerKey Bob = new(CallerKind.User, 2);

    [Fact]
    public void A_pattern_has_one_second_for_all_outputs_of_a_run() =>
        Assert.Equal(TimeSpan.FromSeconds(1), LinePattern.Time().Max);

    [Fact]
    public async Task A_caller_parses_one_pattern_run_at_a_time_while_other_adapters_proceed()
    {
        var shares = new Shares(places: 4);
        var first = await shares.PatternAsync(WithPattern, Ada, default);

        var second = shares.PatternAsync(WithPattern, Ada, default).AsTask();
        using var other = await shares.PatternAsync(WithPattern, Bob, default);
        using var json = await shares.PatternAsync(new(Adapter.Json), Ada, default);
        using var magic = await shares.PatternAsync(null, Ada, default);

        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Theory, EveryDatabase]
    public async Task Concurrent_runs_with_a_pattern_are_all_recorded(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");

        var reports = await Task.WhenAll(
            Enumerable
                .Range(0, 24)
                .Select(i =>
                    ada.RunAsync(
                        new Run(project, $"a: {i}") { Settings = new { adapter = "pattern", pattern = Pattern } }
                    )
                )
        );

        Assert.Equal(24, reports.Select(report => (string)report["uuid"]!).Distinct().Count());
    }
}
