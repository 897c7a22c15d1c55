using Paddock.Server.Ground.Database;
using Paddock.Torture;
using Paddock.Torture.Faults;
using Paddock.Torture.Fuzzer;

namespace Paddock.Server.Tests.Torture;

/// <summary>Some rounds of the campaign that <c>dev.cs -- torture</c> runs for any length of time.</summary>
public sealed class TortureTests
{
    [Theory, EveryDatabase]
    public async Task A_server_killed_under_load_loses_nothing_that_it_has_confirmed(Engine engine)
    {
        var findings = new Findings();

        await Kills.RunAsync(new(engine, BuiltProgram.Server, Seed: 19), findings, times => times < 1);

        Assert.Empty(findings.All);
    }

    [Theory, EveryDatabase]
    public async Task Nonsense_on_every_route_gets_no_failure_of_the_server(Engine engine)
    {
        var findings = new Findings();

        await Fuzz.RunAsync(new(engine, BuiltProgram.Server, Seed: 21), findings, times => times < 1500);

        Assert.Empty(findings.All);
    }

    [Fact]
    public async Task A_damaged_page_of_the_database_is_said_and_not_served()
    {
        var findings = new Findings();

        await Damage.PagesAsync(new(Engine.Sqlite, BuiltProgram.Server, Seed: 20), findings, times => times < 1);

        Assert.Empty(findings.All);
    }
}
