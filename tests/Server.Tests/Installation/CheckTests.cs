using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Installation;

/// <c>paddock-server --check</c> reports all problems at once and changes nothing.
public sealed class CheckTests
{
    [Fact]
    public async Task The_check_reports_all_invalid_settings_at_once()
    {
        var (code, output, error) = await CheckAsync(
            ("PADDOCK_BIND", "everywhere"),
            ("PADDOCK_JOB_TIMEOUT_S", "soon"),
            ("PADDOCK_SECRET_KEY", "short"),
            ("PADDOCK_VERDICT", "off")
        );

        Assert.Equal(2, code);
        Assert.Contains("problem: PADDOCK_BIND is \"everywhere\"", error, StringComparison.Ordinal);
        Assert.Contains("problem: PADDOCK_JOB_TIMEOUT_S is \"soon\"", error, StringComparison.Ordinal);
        Assert.Contains("problem: PADDOCK_SECRET_KEY has 5 bytes", error, StringComparison.Ordinal);
        Assert.Contains(
            "PADDOCK_VERDICT is not a setting of the server; did you mean PADDOCK_VERDICTS?",
            output,
            StringComparison.Ordinal
        );
        Assert.EndsWith("The server cannot start: 3 problems.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_creates_no_data_folder()
    {
        var folder = Path.Combine(Scratch.Folder("paddock-check-"), "data");

        var (code, output, error) = await CheckAsync(("PADDOCK_DATA", folder), ("PADDOCK_BIND", "127.0.0.1:0"));

        Assert.Equal((0, ""), (code, error));
        Assert.Contains($"ok data folder: {folder} can be written, will be created", output, StringComparison.Ordinal);
        Assert.Contains("ok database: SQLite, will be created at the start", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Theory, EveryDatabase]
    public async Task The_check_passes_beside_a_running_server(Engine engine)
    {
        await using var server = await ServerProcess.StartAsync(engine);

        var ended = await server.RunAsync("--check");

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("its tables are up to date", ended.Output, StringComparison.Ordinal);
        Assert.Contains("is in use, perhaps by this server itself", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_reports_both_an_unreachable_mail_server_and_an_unreachable_database()
    {
        var port = ServerProcess.FreePort();
        var (code, _, error) = await CheckAsync(
            ("PADDOCK_DATA", Scratch.Folder("paddock-check-")),
            ("PADDOCK_BIND", "127.0.0.1:0"),
            ("PADDOCK_DATABASE", $"Host=127.0.0.1;Port={port};Username=nobody;Password=not-shown;Database=none"),
            ("PADDOCK_SMTP_HOST", "localhost"),
            ("PADDOCK_SMTP_PORT", $"{port}"),
            ("PADDOCK_SMTP_SECURITY", "none"),
            ("PADDOCK_MAIL_FROM", "paddock@example.com")
        );

        Assert.Equal(2, code);
        Assert.Contains("problem: database: ", error, StringComparison.Ordinal);
        Assert.Contains("problem: mail: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("not-shown", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_healthy_command_fails_when_the_server_does_not_answer()
    {
        using var error = new StringWriter();

        var code = await HealthyCommand.RunAsync(_ => $"127.0.0.1:{ServerProcess.FreePort()}", error);

        Assert.Equal(1, code);
        Assert.Contains("does not answer", error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> CheckAsync(
        params (string Name, string Value)[] settings
    )
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await CheckCommand.RunAsync(
            settings.ToDictionary(setting => setting.Name, setting => setting.Value),
            output,
            error
        );
        return (code, output.ToString(), error.ToString());
    }
}
