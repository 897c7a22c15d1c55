using System.CommandLine.Parsing;

namespace Paddock.Cli.Tests.Commands;

/// <summary>Command lines that are refused before the program sends a request.</summary>
public sealed class UsageTests
{
    private const string Id = "01890000-0000-7000-8000-000000000001";
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
    private const string Model = "threshold create p --branch main --testbed box --measure latency --test";

    [Theory]
    [InlineData("")]
    [InlineData("branch")]
    [InlineData("project key")]
    [InlineData("nonsense")]
    [InlineData("branch nonsense")]
    [InlineData("branch list")]
    [InlineData("branch list p extra")]
    [InlineData("branch list p --nonsense")]
    [InlineData("--host http://localhost branch list p")]
    [InlineData("branch list \"not a slug\"")]
    [InlineData("branch list p --per-page 256")]
    [InlineData("branch list p --per-page -1")]
    [InlineData("branch list p --page x")]
    [InlineData("branch list p --sort created")]
    [InlineData("branch list p --direction up")]
    [InlineData("branch list p --direction ASC")]
    [InlineData("branch list p --name a..b")]
    [InlineData("branch list p --name a --name b")]
    [InlineData("branch list p --name")]
    [InlineData("branch create p")]
    [InlineData("branch create p --name b --slug \"Not A Slug\"")]
    [InlineData("branch create p --name b --start-point-clone-thresholds")]
    [InlineData("branch create p --name b --start-point-max-versions 5")]
    [InlineData("branch create p --name b --start-point-hash 0123456789abcdef0123456789abcdef01234567")]
    [InlineData("branch create p --name b --start-point-branch main --start-point-hash 0123")]
    [InlineData("branch create p --name b --start-point-reset")]
    [InlineData("branch update p main --archive --unarchive")]
    [InlineData("branch view p main --head main")]
    [InlineData("organization allowed acme")]
    [InlineData("organization allowed acme --perm fly")]
    [InlineData("organization update acme --license not-a-token")]
    [InlineData("member invite acme --email a@b.c")]
    [InlineData("member invite acme --email a@b.c --role member")]
    [InlineData("member invite acme --email nobody --role leader")]
    [InlineData("plan update acme")]
    [InlineData("plan update acme --cancel --resume")]
    [InlineData("plan create acme --checkout c --level free --self-hosted " + Id)]
    [InlineData("project create acme")]
    [InlineData("project create acme --name p --visibility hidden")]
    [InlineData("project create acme --name p --url nowhere")]
    [InlineData("project update p --name \" p\"")]
    [InlineData("project key create p --name k --ttl 0")]
    [InlineData("project key view p not-a-uuid")]
    [InlineData("report view p not-a-uuid")]
    [InlineData("report list p --start-time 2025-03-01")]
    [InlineData("report create p --branch main --testbed box --start-time yesterday --end-time 2025-03-01T12:00:00Z")]
    [InlineData(
        "report create p --branch main --testbed box --start-time 2025-03-01T12:00:00 --end-time 2025-03-01T12:00:00Z"
    )]
    [InlineData("report create p --branch main --testbed box --start-time 2025-03-01T12:00:00Z")]
    [InlineData(
        "report create p --branch main --testbed box --start-time 2025-03-01T12:00:00Z --end-time "
            + "2025-03-01T12:00:00Z --adapter nonsense"
    )]
    [InlineData(
        "report create p --branch main --testbed box --start-time 2025-03-01T12:00:00Z --end-time "
            + "2025-03-01T12:00:00Z --threshold-test t"
    )]
    [InlineData("job list p --status late")]
    [InlineData("perf p --branches " + Id + " --testbeds " + Id + " --benchmarks " + Id)]
    [InlineData(
        "perf p --table=fancy --branches " + Id + " --testbeds " + Id + " --benchmarks " + Id + " --measures " + Id
    )]
    [InlineData(
        "plot create p --x-axis version --window 1 --branches " + Id + " --testbeds " + Id + " --benchmarks " + Id
    )]
    [InlineData(
        "plot create p --index 65 --x-axis version --window 1 --branches "
            + Id
            + " --testbeds "
            + Id
            + " --benchmarks "
            + Id
            + " --measures "
            + Id
    )]
    [InlineData(
        "plot create p --x-axis version --window 0 --branches "
            + Id
            + " --testbeds "
            + Id
            + " --benchmarks "
            + Id
            + " --measures "
            + Id
    )]
    [InlineData("plot update p " + Id + " --lower-value maybe")]
    [InlineData("measure create p --name m")]
    [InlineData("threshold create p --branch main --testbed box --measure latency")]
    [InlineData(Model + " guess --upper-boundary 1")]
    [InlineData(Model + " static --upper-boundary NaN")]
    [InlineData("threshold update p " + Id)]
    [InlineData("threshold update p " + Id + " --test iqr --upper-boundary 1 --remove-model")]
    [InlineData("threshold update p " + Id + " --remove-model --upper-boundary 1")]
    [InlineData("alert update p " + Id + " --status silenced")]
    [InlineData("user update ada --admin yes")]
    [InlineData("spec create --name s --os beos --architecture x86_64 --cpu 1 --memory 1 --disk 1")]
    [InlineData("auth signup a@b.c --name Ada")]
    [InlineData("auth signup a@b.c --name A_da --i-agree")]
    [InlineData("auth signup nobody --name Ada --i-agree")]
    [InlineData("auth confirm not-a-token")]
    [InlineData("server backup --data-store floppy")]
    [InlineData("archive --project p")]
    [InlineData("archive --branch main")]
    [InlineData("archive --project p --branch main --measure latency")]
    [InlineData("branch list p --token not-a-token")]
    [InlineData("branch list p --token " + Token + " --key bencher_user_0123456789abcdefghijABCDEFGHIJ")]
    [InlineData("branch list p --timeout 901")]
    [InlineData("branch list p --attempts 0")]
    [InlineData("branch list p --token a.b.c")]
    [InlineData("branch list p --host example.com")]
    [InlineData("auth confirm a.b.c")]
    [InlineData("auth accept a.b.c")]
    [InlineData("organization update acme --license a.b.c")]
    [InlineData("spec create --name s --os linux --architecture x86_64 --cpu 4294967296 --memory 1 --disk 1")]
    [InlineData(Model + " iqr --upper-boundary 1 --min-sample-size 4294967296")]
    public async Task An_invalid_command_line_exits_with_2_and_sends_nothing(string line)
    {
        await using var server = await RecordingServer.StartAsync();
        string[] args = [.. CommandLineParser.SplitCommandLine(line)];
        var code = await Root.InvokeAsync(
            args is [_, _, ..] && !args.Contains("--host") ? [.. args, "--host", server.Host] : args
        );

        Assert.Equal(Exit.Usage, code);
        Assert.Empty(server.Requests);
        Assert.Equal(0, server.VersionCount);
    }

    [Theory]
    [InlineData(Model + " t_test")]
    [InlineData(Model + " t_test --upper-boundary 1")]
    [InlineData(Model + " static --upper-boundary 1 --lower-boundary 2")]
    [InlineData(Model + " static --upper-boundary 1 --window 60")]
    [InlineData(Model + " iqr --upper-boundary 1 --min-sample-size 0")]
    [InlineData("spec create --name s --os linux --architecture x86_64 --cpu 0 --memory 1 --disk 1")]
    [InlineData("threshold update p " + Id + " --test iqr")]
    [InlineData("threshold update p " + Id + " --test percentage --lower-boundary=-1")]
    [InlineData("threshold update p " + Id + " --test iqr --upper-boundary 1 --min-sample-size 3 --max-sample-size 2")]
    [InlineData("spec create --name s --os linux --architecture x86_64 --cpu 1 --memory 0 --disk 1")]
    [InlineData("spec create --name s --os linux --architecture x86_64 --cpu 1 --memory 1 --disk 18446744073709551615")]
    [InlineData("spec create --name s --os linux --architecture x86_64 --cpu 4294967295 --memory 1 --disk 1")]
    [InlineData("report list p --start-time 99999999999999")]
    [InlineData(
        "perf p --end-time 99999999999999 --branches "
            + Id
            + " --testbeds "
            + Id
            + " --benchmarks "
            + Id
            + " --measures "
            + Id
    )]
    [InlineData("branch list p --host ftp://example.com")]
    [InlineData("branch list p --host mailto:me@example.com")]
    public async Task A_well_formed_but_impossible_command_exits_with_1_and_sends_nothing(string line)
    {
        await using var server = await RecordingServer.StartAsync();
        string[] args = [.. CommandLineParser.SplitCommandLine(line)];
        var code = await Root.InvokeAsync(
            args.Contains("--host") ? args : [.. args, "--host", server.Host, "--token", Token]
        );

        Assert.Equal(Exit.Failure, code);
        Assert.Empty(server.Requests);
        Assert.Equal(0, server.VersionCount);
    }

    [Theory]
    [InlineData("branch list p --per-page 256", "--per-page: \"256\" is not a number from 0 to 255.")]
    [InlineData(
        "branch list \"no slug\"",
        "<project>: \"no slug\" is not a valid UUID or slug; allowed: a UUID, or 1 to 64 lower-case ASCII letters "
            + "and digits with single dashes between them."
    )]
    [InlineData("alert list p --status late", "--status: \"late\" is not one of active, dismissed, silenced.")]
    [InlineData("branch update p main --archive --unarchive", "Give either --archive or --unarchive, not both.")]
    [InlineData("plan update acme", "Give exactly one of --cancel, --resume.")]
    [InlineData(
        "branch create p --name b --start-point-clone-thresholds",
        "--start-point-clone-thresholds needs --start-point-branch."
    )]
    [InlineData("testbed update p box --spec \"no slug\"", "or _ for none.")]
    [InlineData("archive --branch main", "--project is missing; give it, or set PADDOCK_PROJECT.")]
    public async Task The_error_message_names_the_option_and_the_allowed_values(string line, string reason)
    {
        var ended = await BuiltProgram.RunAsync(BuiltProgram.Cli, CommandLineParser.SplitCommandLine(line));

        Assert.Equal(2, ended.ExitCode);
        Assert.Equal("", ended.Output);
        Assert.Contains(reason, ended.Error);
    }
}
