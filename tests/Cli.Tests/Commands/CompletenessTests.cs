using System.CommandLine;

namespace Paddock.Cli.Tests.Commands;

public sealed class CompletenessTests
{
    /// <summary>
    /// The commands that existing scripts call. A bar separates alternatives: <c>organization|org list|ls</c> is four
    /// ways to write one command.
    /// </summary>
    private const string Known = """
        run
        mock
        noise
        archive
        unarchive
        perf
        organization|org list|ls
        organization|org create|add
        organization|org view|get
        organization|org update|edit
        organization|org delete|rm
        organization|org claim
        organization|org allowed
        organization|org usage
        member list|ls
        member invite
        member view|get
        member update|edit
        member remove|rm
        plan create|add
        plan view|get
        plan update|edit
        plan delete|rm
        sso list|ls
        sso create|add
        sso view|get
        sso delete|rm
        project list|ls
        project create|add
        project view
        project update|edit
        project delete|rm
        project allowed
        project key list|ls
        project key create|add
        project key view|get
        project key update|edit
        project key revoke|rm
        report list|ls
        report create|add
        report view|get
        report delete|rm
        job list|ls
        job view|get
        plot list|ls
        plot create|add
        plot view|get
        plot update|edit
        plot delete|rm
        branch list|ls
        branch create|add
        branch view|get
        branch update|edit
        branch delete|rm
        testbed list|ls
        testbed create|add
        testbed view|get
        testbed update|edit
        testbed delete|rm
        benchmark list|ls
        benchmark create|add
        benchmark view|get
        benchmark update|edit
        benchmark delete|rm
        measure list|ls
        measure create|add
        measure view|get
        measure update|edit
        measure delete|rm
        metric view|get
        threshold list|ls
        threshold create|add
        threshold view|get
        threshold update|edit
        threshold delete|rm
        alert list|ls
        alert view|get
        alert update|edit
        user list|ls
        user view|get
        user update|edit
        user key list|ls
        user key create|add
        user key view|get
        user key update|edit
        user key revoke|rm
        token list|ls
        token create|add
        token view|get
        token update|edit
        token revoke|rm
        runner list|ls
        runner create|add
        runner view|get
        runner update|edit
        runner key
        runner spec list|ls
        runner spec add|create
        runner spec remove|rm
        spec list|ls
        spec create|add
        spec view|get
        spec update|edit
        spec delete|rm
        server version
        server spec
        server config view|get
        server config console
        server stats
        server backup
        auth signup
        auth login
        auth confirm
        auth accept
        up
        logs
        down
        """;

    private static readonly string[] KnownWays =
    [
        .. Known.Split('\n').SelectMany(line => Ways(line.Trim().Split(' '))),
    ];

    public static TheoryData<string> KnownPaths => [.. KnownWays];

    [Theory, MemberData(nameof(KnownPaths))]
    public void Every_known_command_path_leads_to_a_command(string path)
    {
        var words = path.Split(' ');
        var at = (Command)Root.Build(words[0]);
        foreach (var word in words)
            at = Assert.Single(at.Subcommands, c => c.Name == word || c.Aliases.Contains(word));

        Assert.NotNull(at.Action);
    }

    [Fact]
    public void Every_command_path_is_in_the_list_of_known_paths()
    {
        string[] ours =
        [
            "parse",
            "detect",
            "compare",
            "backtest",
            "trust list",
            "trust create",
            "trust delete",
            "retention view",
            "retention set",
            "retention preview",
            "retention list",
            "retention download",
            "retention delete",
            "webhook list",
            "webhook create",
            "webhook test",
            "webhook delete",
            "project watch",
            "project unwatch",
            "verdict view",
            "verdict set",
            "import github-action-benchmark",
            "import asv",
            "import bencher",
            "import csv",
            "import paddock",
            "export",
            "login",
            "logout",
            "completion",
            "init",
            "change list",
            "change view",
            "change accept",
            "change dismiss",
            "change reopen",
            "job cancel",
            "job logs",
            "runner delete",
            "api-key list",
            "api-key create",
            "api-key revoke",
            "audit list",
            "audit server",
            "invitation list",
            "invitation revoke",
            "auth setup",
            "auth email",
            "fleet drain",
            "fleet resume",
            "fleet cancel",
        ];
        Assert.All(CommandTree.Leaves.Where(c => !ours.Contains(c.Path)), c =>
            Assert.All(c.Command.Aliases.Prepend(c.Command.Name), name =>
                Assert.Contains(string.Join(' ', [.. c.Path.Split(' ')[..^1], name]), KnownWays)
            )
        );
    }

    private static IEnumerable<string> Ways(string[] words) =>
        words.Aggregate<string, IEnumerable<string>>([""], (ways, word) =>
            ways.SelectMany(way => word.Split('|').Select(w => $"{way} {w}".TrimStart()))
        );
}
