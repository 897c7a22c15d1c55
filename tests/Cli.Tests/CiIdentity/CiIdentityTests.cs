using Paddock.Cli.CiIdentity;
using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.CiIdentity;

/// <summary>
/// CI jobs run without an API key, against the real server and a CI service that signs with real keys.
/// </summary>
public sealed class CiIdentityTests : IAsyncLifetime
{
    private const string Audience = "http://localhost:6610";
    private readonly Folder folder = Folder.NewRepository();
    private IdentityIssuer issuer = null!;
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        issuer = await IdentityIssuer.StartAsync();
        server = await TestServer.StartAsync(Engine.Sqlite, issuer);
        ada = await server.SignUpAsync("Ada Admin");
        await ada.CreateProjectAsync("Rocket");
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        ada.Dispose();
        await server.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_GitHub_Actions_job_requests_and_exchanges_its_identity_token_by_itself()
    {
        await TrustAsync("github");

        var ended = await RunAsync(
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            issuer.RequestUrl,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            IdentityIssuer.RequestToken
        );

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Contains("This job is trusted by the project rocket", ended.Error, StringComparison.Ordinal);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_GitLab_job_takes_its_identity_token_from_a_variable()
    {
        await TrustAsync("gitlab");
        var token = issuer.Sign(
            Audience,
            new Dictionary<string, object> { ["project_path"] = "acme/rocket", ["ref_path"] = "refs/heads/main" }
        );

        var ended = await RunAsync("PADDOCK_ID_TOKEN", token);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.Equal(1, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task An_untrusted_job_fails_with_the_reason_before_the_benchmark_runs()
    {
        await TrustAsync("github");
        issuer.Claims["repository"] = "evil/rocket";

        var ended = await RunAsync(
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            issuer.RequestUrl,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            IdentityIssuer.RequestToken
        );

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("its repository is evil/rocket, not acme/rocket", ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "ran")));
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Fact]
    public async Task A_server_named_only_in_paddock_toml_gets_no_identity_token()
    {
        await TrustAsync("github");
        folder.Write("paddock.toml", $"host = \"{server.Address.AbsoluteUri}\"\nproject = \"rocket\"\n");
        var harness = folder.Write("harness.json", Paddock.Testing.Run.Latencies(("a", 12)));

        var ended = await PaddockProgram.RunAsync(
            ["run", $"cat {harness}"],
            folder: folder.Path,
            env:
            [
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                issuer.RequestUrl,
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                IdentityIssuer.RequestToken,
            ]
        );

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("because only paddock.toml names this server", ended.Error, StringComparison.Ordinal);
        Assert.Equal(0, await server.CountAsync("reports"));
    }

    [Theory]
    [InlineData("https://paddock.example.com", "https://paddock.example.com", true)]
    [InlineData("https://paddock.example.com:8443/", "https://PADDOCK.example.com", true)]
    [InlineData("https://evil.example", "https://paddock.example.com", false)]
    [InlineData("https://paddock.example.com.evil.example", "https://paddock.example.com", false)]
    [InlineData("https://evil.example", "not an address", false)]
    [InlineData("http://127.0.0.1:6610", "https://paddock.example.com", true)]
    public void A_server_that_claims_another_address_gets_no_token_for_that_address(
        string host,
        string called,
        bool isTold
    ) => Assert.Equal(isTold, CiExchange.MayBeTold(new Uri(host), called));

    [Fact]
    public async Task The_saved_run_of_an_untrusted_job_is_reported_to_the_branch_that_the_trusted_job_names()
    {
        await TrustAsync("github");
        var saved = Path.Combine(folder.Path, "run.json");
        var harness = folder.Write("harness.json", Paddock.Testing.Run.Latencies(("a", 12)));

        var measured = await PaddockProgram.RunAsync(["run", "--save", saved, $"cat {harness}"], folder: folder.Path);
        Assert.True(measured.ExitCode == 0, measured.Error);
        Assert.Equal(0, await server.CountAsync("reports"));
        var sent = await PaddockProgram.RunAsync(
            [
                "run",
                "--saved",
                saved,
                "--branch",
                "pull/12",
                "--hash",
                new string('a', 40),
                "--format",
                "json",
                "--quiet",
            ],
            folder: folder.Path,
            env:
            [
                "PADDOCK_HOST",
                server.Address.AbsoluteUri,
                "PADDOCK_PROJECT",
                "rocket",
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                issuer.RequestUrl,
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                IdentityIssuer.RequestToken,
            ]
        );

        Assert.True(sent.ExitCode == 0, sent.Error);
        var report = System.Text.Json.Nodes.JsonNode.Parse(sent.Output)!;
        Assert.Equal("pull/12", (string?)report["branch"]!["name"]);
        Assert.Equal(new string('a', 40), (string?)report["branch"]!["head"]!["version"]!["hash"]);
        Assert.Equal(12.0, (double)report["results"]![0]![0]!["measures"]![0]!["metric"]!["value"]!);
    }

    [Theory]
    [InlineData("--saved needs --branch", "--saved", "run.json")]
    [InlineData("--saved needs --hash", "--saved", "run.json", "--branch", "pull/1")]
    [InlineData("Give either --save or --saved", "--save", "a", "--saved", "b", "--branch", "c")]
    public async Task A_saved_run_is_refused_without_an_explicit_branch_and_hash(string refusal, params string[] args)
    {
        var ended = await PaddockProgram.RunAsync(["run", .. args], folder: folder.Path);

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(refusal, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not json")]
    public async Task A_file_that_the_save_option_did_not_write_is_refused(string text)
    {
        var file = folder.Write("run.json", text);

        var ended = await PaddockProgram.RunAsync(
            ["run", "--saved", file, "--branch", "pull/1", "--hash", new string('a', 40), "--project", "rocket"],
            folder: folder.Path
        );

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("was not written by --save", ended.Error, StringComparison.Ordinal);
    }

    private async Task TrustAsync(string service) =>
        (
            await ada.PostAsync(
                "/v0/projects/rocket/ci-trusts",
                new
                {
                    service,
                    issuer = issuer.Address,
                    repository = "acme/rocket",
                }
            )
        ).Expect(201);

    private Task<Ended> RunAsync(params string[] env)
    {
        var harness = folder.Write("harness.json", Paddock.Testing.Run.Latencies(("a", 12)));
        return PaddockProgram.RunAsync(
            ["run", $"touch ran; cat {harness}"],
            folder: folder.Path,
            env: ["PADDOCK_HOST", server.Address.AbsoluteUri, "PADDOCK_PROJECT", "rocket", "CI", "true", .. env]
        );
    }
}
