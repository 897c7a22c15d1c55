using Paddock.Server.Ground.Database;
using Paddock.Torture;
using Paddock.Torture.Faults;
using Paddock.Torture.Fuzzer;

namespace Paddock.Server.Tests.Torture;

/// <summary>Some rounds of the campaign that <c>dev.cs -- torture</c> runs for any length of time.</summary>
public sealed class TortureTests
{
    [Theory, EveryDatabase]
    public async Task A_server_killed_under_load_loses_no_confirmed_write(Engine engine)
    {
        var findings = new Findings();

        await Kills.RunAsync(new(engine, BuiltProgram.Server, Seed: 19), findings, times => times < 1);

        Assert.Empty(findings.All);
    }

    [Theory, EveryDatabase]
    public async Task Malformed_requests_to_every_route_cause_no_server_error(Engine engine)
    {
        var findings = new Findings();

        await Fuzz.RunAsync(new(engine, BuiltProgram.Server, Seed: 21), findings, times => times < 1500);

        Assert.Empty(findings.All);
    }

    [Fact]
    public async Task A_damaged_database_page_is_reported_and_never_served()
    {
        var findings = new Findings();

        await Damage.PagesAsync(new(Engine.Sqlite, BuiltProgram.Server, Seed: 20), findings, times => times < 1);

        Assert.Empty(findings.All);
    }
}
