using System.Globalization;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests;

public sealed class StartTests
{
    [Theory, EveryDatabase]
    public async Task A_fresh_server_answers_with_its_version(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);

        var version = (await server.GetAsync("/v0/server/version")).Expect(200);

        Assert.Equal(engine, server.Engine);
        Assert.NotEmpty((string)version["version"]!);
    }

    [Theory, EveryDatabase]
    public async Task A_killed_server_starts_again_on_its_data(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        server.Kill();

        await server.StartAsync();

        Assert.Equal(0, await server.StopAsync());
    }

    [FactOfPublished]
    public async Task A_server_at_rest_keeps_little_of_what_only_starting_needs()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        var mapped = 0L;
        var resident = 0L;
        var own = false;
        foreach (var line in await File.ReadAllLinesAsync($"/proc/{server.Id}/smaps"))
            if (char.IsAsciiHexDigitLower(line[0]))
                own =
                    line.EndsWith(server.Program, StringComparison.Ordinal)
                    && line.Contains(" r-xp ", StringComparison.Ordinal);
            else if (own && line.StartsWith("Size:", StringComparison.Ordinal))
                mapped += Kibibytes(line);
            else if (own && line.StartsWith("Rss:", StringComparison.Ordinal))
                resident += Kibibytes(line);

        Assert.True(mapped > 10_000, $"only {mapped} KiB of the program are mapped");
        Assert.True(resident < mapped / 2, $"{resident} of {mapped} KiB of code are resident");

        static long Kibibytes(string line) =>
            long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [FactOfPublished]
    public async Task The_published_server_is_not_compiled_as_one_image_with_the_framework()
    {
        var program = await File.ReadAllBytesAsync(BuiltProgram.Server);

        Assert.True(program.AsSpan().IndexOf("paddock-server.dll"u8) > 0);
        Assert.True(program.AsSpan().IndexOf("paddock-server.r2r.dll"u8) < 0, "the file contains a composite image");
    }

    [Fact]
    public async Task The_server_refuses_to_start_with_a_bad_setting_and_names_it()
    {
        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Server,
            [],
            new Dictionary<string, string> { ["PADDOCK_BIND"] = "everywhere" }
        );

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("PADDOCK_BIND", ended.Error, StringComparison.Ordinal);
        Assert.Contains("everywhere", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Startup_on_a_port_in_use_fails_with_a_message_and_no_stack_trace()
    {
        await using var first = await ServerProcess.StartAsync(Engine.Sqlite);
        var folder = Directory.CreateTempSubdirectory("paddock-second-").FullName;

        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Server,
            [],
            new Dictionary<string, string> { ["PADDOCK_BIND"] = first.Address.Authority, ["PADDOCK_DATA"] = folder }
        );

        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(first.Address.Authority, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Theory, EveryDatabase]
    public async Task A_database_of_a_newer_version_is_refused_with_a_message_and_not_changed(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);
        await server.StopAsync();
        await server.ExecuteAsync("DELETE FROM migrations WHERE name LIKE '0059%'");
        await server.ExecuteAsync("INSERT INTO migrations (name, checksum) VALUES ('9999_from_the_future.sql', 'x')");
        // The state that an older server finds: one of its own migrations is missing, too, and is not applied either.
        var started = await server.RunAsync();
        var check = await server.RunAsync("--check");

        Assert.Equal(1, started.ExitCode);
        Assert.StartsWith(
            "The server cannot start: This database was made by a newer Paddock: it has 9999_from_the_future.sql",
            started.Error,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", started.Error, StringComparison.Ordinal);
        Assert.Equal(2, check.ExitCode);
        Assert.Contains(
            "problem: database: This database was made by a newer Paddock",
            check.Error,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await server.ExecuteAsync("DELETE FROM migrations WHERE name LIKE '0059%'"));
    }

    [Fact]
    public async Task Startup_without_a_reachable_database_fails_with_a_message_and_no_stack_trace()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-away-").FullName;

        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Server,
            [],
            new Dictionary<string, string>
            {
                ["PADDOCK_DATABASE"] = $"Host={folder};Username=nobody;Database=none",
                ["PADDOCK_DATA"] = folder,
            }
        );

        Directory.Delete(folder, recursive: true);
        Assert.Equal(1, ended.ExitCode);
        Assert.StartsWith("The server cannot start: ", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }
}
