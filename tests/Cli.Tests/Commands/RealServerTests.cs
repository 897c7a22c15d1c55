using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Commands;

/// <summary>The built program against the real server: every answer has the documented form.</summary>
public sealed class RealServerTests : IAsyncLifetime
{
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
    }

    public async Task DisposeAsync()
    {
        ada.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Commands_for_users_keys_organizations_and_projects_work()
    {
        Assert.Equal(
            "grace@example.com",
            (string?)(await AskAsync("auth signup grace@example.com --name \"Grace Hopper\" --i-agree"))["email"]
        );
        Assert.Equal("grace@example.com", (string?)(await AskAsync("auth login grace@example.com"))["email"]);
        Assert.Equal(
            "grace-hopper",
            (string?)
                (await AskAsync($"auth confirm {server.Tokens.Mint("auth", "grace@example.com")}"))["user"]!["slug"]
        );
        Assert.Equal(2, (await AskAsync("user list")).AsArray().Count);
        Assert.Equal("Ada King", (string?)(await AskAsync("user update ada-admin --name \"Ada King\""))["name"]);
        Assert.Equal("Ada King", (string?)(await AskAsync("user view ada-admin"))["name"]);
        await KeysAsync("user key", "ada-admin");
        Assert.Empty((await AskAsync("token list ada-admin")).AsArray());

        await AskAsync("org create --name Acme");
        Assert.Equal(3, (await AskAsync("org ls")).AsArray().Count); // Administrators see all organizations.
        Assert.Equal("Acme Inc", (string?)(await AskAsync("org update acme --name \"Acme Inc\""))["name"]);
        Assert.NotNull((await AskAsync("org view acme"))["claimed"]);
        Assert.True((bool?)(await AskAsync("org allowed acme --perm create_role"))["allowed"]);
        Assert.Equal(
            "grace@example.com",
            (string?)(await AskAsync("member invite acme --email grace@example.com --role leader"))["email"]
        );
        Assert.Single((await AskAsync("member list acme")).AsArray());
        Assert.Equal("leader", (string?)(await AskAsync("member view acme ada-admin"))["role"]);

        Assert.Equal(
            "private",
            (string?)(await AskAsync("project create acme --name Secret --visibility private"))["visibility"]
        );
        Assert.Equal(
            "https://example.com/",
            (string?)(await AskAsync("project update secret --url https://example.com/"))["url"]
        );
        Assert.Null((await AskAsync("project update secret --url _"))["url"]);
        Assert.Single((await AskAsync("project list acme")).AsArray());
        Assert.True((bool?)(await AskAsync("project allowed secret --perm manage"))["allowed"]);
        await KeysAsync("project key", "secret");
        await NothingAsync("project delete secret");
        await NothingAsync("org delete acme");
    }

    [Fact]
    public async Task Commands_for_reports_alerts_thresholds_and_plots_work()
    {
        await AskAsync("project create ada-admin --name P");
        var report = await AskAsync(
            "run --project p --branch main --testbed box --quiet --format json "
                + $"--threshold-measure latency --threshold-test static --threshold-upper-boundary 1 --iter 2 "
                + $"{BuiltProgram.Cli} mock --seed 6 --count 2"
        );
        Assert.Equal(2, report["results"]!.AsArray().Count);
        Assert.NotEmpty((await AskAsync("report list p")).AsArray());
        Assert.NotEmpty(
            (await AskAsync("report list p --expand --branch main --testbed box"))[0]!["results"]!.AsArray()
        );
        Assert.NotNull(await AskAsync($"report view p {report["uuid"]}"));

        var (branch, testbed, benchmark, measure) = (
            await FirstAsync("branch"),
            await FirstAsync("testbed"),
            await FirstAsync("benchmark"),
            await FirstAsync("measure")
        );
        var perf = await AskAsync(
            $"perf p --branches {branch} --testbeds {testbed} --benchmarks {benchmark} --measures {measure}"
        );
        var metric = perf["results"]![0]!["metrics"]![0]!["metric"]!["uuid"];
        Assert.NotNull((await AskAsync($"metric view p {metric}"))["benchmark"]);

        var alert = (await AskAsync("alert list p"))[0]!["uuid"];
        Assert.Equal("active", (string?)(await AskAsync($"alert view p {alert}"))["status"]);
        Assert.Equal("dismissed", (string?)(await AskAsync($"alert update p {alert} --status dismissed"))["status"]);

        var threshold = (await AskAsync("threshold list p"))[0]!["uuid"];
        Assert.NotNull((await AskAsync($"threshold view p {threshold}"))["model"]);
        Assert.Equal(
            "iqr",
            (string?)(await AskAsync($"threshold update p {threshold} --test iqr --upper-boundary 2"))["model"]!["test"]
        );
        Assert.Null((await AskAsync($"threshold update p {threshold} --remove-model"))["model"]);

        var plot = (
            await AskAsync(
                $"plot create p --x-axis version --window 60 --branches {branch} --testbeds {testbed} --benchmarks "
                    + $"{benchmark} --measures {measure}"
            )
        )["uuid"];
        Assert.Equal("T", (string?)(await AskAsync($"plot update p {plot} --title T"))["title"]);
        Assert.Equal("T", (string?)(await AskAsync($"plot view p {plot}"))["title"]);
        Assert.Single((await AskAsync("plot list p")).AsArray());
        await NothingAsync($"plot delete p {plot}");

        await NothingAsync($"report delete p {report["uuid"]}");
        await NothingAsync($"threshold delete p {threshold}");
        await NothingAsync($"benchmark delete p {benchmark}");
    }

    [Fact]
    public async Task Commands_for_specs_branches_testbeds_benchmarks_and_measures_work()
    {
        await AskAsync("project create ada-admin --name P");
        await AskAsync(
            "spec create --name Fast --os linux --architecture x86_64 --cpu 4 --memory 8589934592 --disk 1073741824"
        );
        Assert.NotNull((await AskAsync("spec update fast --fallback true"))["fallback"]);
        Assert.Single((await AskAsync("spec list")).AsArray());
        await AskAsync("branch create p --name main");
        Assert.Equal(
            "feature-x",
            (string?)(await AskAsync("branch create p --name feature/x --start-point-branch main"))["slug"]
        );
        Assert.Equal(
            "feature/y",
            (string?)(await AskAsync("branch update p feature-x --name feature/y --start-point-reset"))["name"]
        );
        Assert.Equal("fast", (string?)(await AskAsync("testbed create p --name box --spec fast"))["spec"]!["slug"]);
        Assert.Null((await AskAsync("testbed update p box --spec _"))["spec"]);
        await AskAsync("benchmark create p --name fib(20)");
        await AskAsync("measure create p --name Screams --units dB");
        Assert.Equal("Pa", (string?)(await AskAsync("measure update p screams --units Pa"))["units"]);
        Assert.NotNull(
            (
                await AskAsync(
                    "threshold create p --branch main --testbed box --measure screams --test percentage "
                        + "--upper-boundary 0.1"
                )
            )["model"]
        );
        foreach (
            var (noun, slug) in new[]
            {
                ("branch", "feature-x"),
                ("testbed", "box"),
                ("benchmark", "fib-20"),
                ("measure", "screams"),
            }
        )
        {
            Assert.Equal(slug, (string?)(await AskAsync($"{noun} view p {slug}"))["slug"]);
            Assert.NotNull((await AskAsync($"{noun} update p {slug} --archive"))["archived"]);
            Assert.Single((await AskAsync($"{noun} list p --archived")).AsArray());
        }
        var archived = await PaddockAsync("unarchive --project p --branch feature/y");
        Assert.Equal("Successfully unarchived the branch (feature/y).\n", archived.Output);
        Assert.Equal(
            "The branch (feature/y) is already unarchived.\n",
            (await PaddockAsync("unarchive --project p --branch feature/y")).Output
        );
        await NothingAsync("branch delete p feature-x");
    }

    [Theory]
    [InlineData("server version")]
    [InlineData("server config console")]
    [InlineData("server config view")]
    [InlineData("server stats")]
    public async Task A_command_about_the_server_prints_a_JSON_object(string line) =>
        Assert.IsType<JsonObject>(await AskAsync(line));

    private async Task<JsonNode> FirstAsync(string noun) => (await AskAsync($"{noun} list p"))[0]!["uuid"]!;

    private async Task KeysAsync(string command, string owner)
    {
        var key = await AskAsync($"{command} create {owner} --name ci --ttl 3600");
        Assert.NotNull(key["key"]);
        Assert.Equal("cd", (string?)(await AskAsync($"{command} update {owner} {key["uuid"]} --name cd"))["name"]);
        Assert.Equal("cd", (string?)(await AskAsync($"{command} view {owner} {key["uuid"]}"))["name"]);
        await NothingAsync($"{command} revoke {owner} {key["uuid"]}");
        Assert.Empty((await AskAsync($"{command} list {owner}")).AsArray());
        Assert.Single((await AskAsync($"{command} list {owner} --revoked")).AsArray());
    }

    private async Task<JsonNode> AskAsync(string line)
    {
        var ended = await PaddockAsync(line);
        Assert.True(ended.ExitCode == 0, $"{line}: {ended.Error}");
        return JsonNode.Parse(ended.Output)!;
    }

    private async Task NothingAsync(string line) =>
        Assert.Equal(
            (0, "null\n", ""),
            await PaddockAsync(line) is var ended ? (ended.ExitCode, ended.Output, ended.Error) : default
        );

    private Task<Ended> PaddockAsync(string line)
    {
        string[] words = [.. CommandLineParser.SplitCommandLine(line)];
        var at = Array.IndexOf(words, BuiltProgram.Cli); // Everything after the program belongs to the benchmark.
        string[] ours = ["--strict", "--host", server.Address.AbsoluteUri, "--token", ada.Token];
        return BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            at < 0 ? [.. words, .. ours] : [.. words[..at], .. ours, .. words[at..]]
        );
    }
}
