using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.Json.Nodes;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Commands;

/// <summary>The request that each command sends.</summary>
public sealed class RequestTests
{
    private const string Token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
    private const string Id = "01890000-0000-7000-8000-000000000001",
        Id2 = "01890000-0000-7000-8000-000000000002";
    private const string Sha = "0123456789abcdef0123456789abcdef01234567";
    private const string Page = "--sort name --direction desc --per-page 255 --page 2",
        PageQuery = "sort=name&direction=desc&per_page=255&page=2";

    /// <summary>
    /// A command line, the expected request line and body, and the type that the server parses the body as.
    /// </summary>
    private sealed record Row(string Line, string Request, string? Body = null, Type? Reads = null);

    private static readonly Row[] Rows =
    [
        .. Accounts(),
        .. Projects(),
        .. Project(),
        .. Judging(),
        .. Plots(),
        .. Hardware(),
        .. Server(),
    ];

    public static TheoryData<string> Lines => [.. Rows.Select(row => row.Line)];

    /// <summary>One command line for each command that sends a single request, without host and token.</summary>
    internal static IEnumerable<string> OneOfEach => Rows.DistinctBy(PathOf).Select(row => row.Line);

    private static IEnumerable<Row> Accounts() =>
        [
            new(
                $"organization list --name Acme --search \"a b\" {Page}",
                $"GET /v0/organizations?name=Acme&search=a%20b&{PageQuery}"
            ),
            new("org ls", "GET /v0/organizations"),
            new(
                "organization create --name \"Acme & Co\" --slug acme",
                "POST /v0/organizations",
                """{"name":"Acme & Co","slug":"acme"}""",
                typeof(NewOrganization)
            ),
            new("organization view acme", "GET /v0/organizations/acme"),
            new(
                $"organization update acme --name Acme2 --slug acme2 --license {Token}",
                "PATCH /v0/organizations/acme",
                $$"""{"name":"Acme2","slug":"acme2","license":"{{Token}}"}""",
                typeof(OrganizationPatch)
            ),
            new(
                "organization update acme --license _",
                "PATCH /v0/organizations/acme",
                """{"license":null}""",
                typeof(OrganizationPatch)
            ),
            new("organization delete acme", "DELETE /v0/organizations/acme"),
            new("organization delete --hard acme", "DELETE /v0/organizations/acme?hard=true"),
            new($"organization claim {Id}", $"POST /v0/organizations/{Id}/claim", "{}"),
            new("organization allowed acme --perm create_role", "GET /v0/organizations/acme/allowed/create_role"),
            new("organization usage acme", "GET /v0/organizations/acme/usage"),
            new(
                $"member list acme --name Ada --search ad {Page}",
                $"GET /v0/organizations/acme/members?name=Ada&search=ad&{PageQuery}"
            ),
            new(
                "member invite acme --name Ada --email Ada@Example.com --role leader",
                "POST /v0/organizations/acme/members",
                """{"name":"Ada","email":"ada@example.com","role":"leader"}""",
                typeof(NewMember)
            ),
            new("member view acme ada", "GET /v0/organizations/acme/members/ada"),
            new(
                "member update acme ada --role leader",
                "PATCH /v0/organizations/acme/members/ada",
                """{"role":"leader"}""",
                typeof(MemberPatch)
            ),
            new("member remove acme ada", "DELETE /v0/organizations/acme/members/ada"),
            new(
                $"plan create acme --checkout c1 --level team --entitlements 5 --self-hosted {Id} --skip-remote",
                "POST /v0/organizations/acme/plan",
                $$"""{"checkout":"c1","level":"team","entitlements":5,"self_hosted":"{{Id}}","remote":false}"""
            ),
            new("plan view acme", "GET /v0/organizations/acme/plan"),
            new("plan update acme --cancel", "PATCH /v0/organizations/acme/plan", """{"cancel_at_period_end":true}"""),
            new("plan update acme --resume", "PATCH /v0/organizations/acme/plan", """{"cancel_at_period_end":false}"""),
            new("plan delete acme --skip-remote", "DELETE /v0/organizations/acme/plan?remote=false"),
            new("trust list rocket", "GET /v0/projects/rocket/ci-trusts"),
            new(
                "trust create rocket --service github --repository acme/rocket --ref refs/heads/* --environment bench "
                    + "--issuer https://ghe.example.com/_services/token --pull-request-target",
                "POST /v0/projects/rocket/ci-trusts",
                """{"service":"github","repository":"acme/rocket","ref":"refs/heads/*","environment":"bench","issuer":"https://ghe.example.com/_services/token","pull_request_target":true}""",
                typeof(NewCiTrust)
            ),
            new($"trust delete rocket {Id}", $"DELETE /v0/projects/rocket/ci-trusts/{Id}"),
            new("webhook list rocket", "GET /v0/projects/rocket/webhooks"),
            new(
                "webhook create rocket --url https://example.com/hook --form slack",
                "POST /v0/projects/rocket/webhooks",
                """{"url":"https://example.com/hook","form":"slack"}""",
                typeof(NewWebhook)
            ),
            new($"webhook test rocket {Id}", $"POST /v0/projects/rocket/webhooks/{Id}/test", "{}"),
            new($"webhook delete rocket {Id}", $"DELETE /v0/projects/rocket/webhooks/{Id}"),
            new("project watch rocket", "PUT /v0/projects/rocket/watch", "{}"),
            new("project unwatch rocket", "DELETE /v0/projects/rocket/watch"),
            new("sso list acme --sort domain", "GET /v0/organizations/acme/sso?sort=domain"),
            new(
                "sso create acme --domain example.com",
                "POST /v0/organizations/acme/sso",
                """{"domain":"example.com"}"""
            ),
            new($"sso view acme {Id}", $"GET /v0/organizations/acme/sso/{Id}"),
            new($"sso delete acme {Id}", $"DELETE /v0/organizations/acme/sso/{Id}"),
            new($"user list --name Ada --search ad {Page}", $"GET /v0/users?name=Ada&search=ad&{PageQuery}"),
            new("user view ada", "GET /v0/users/ada"),
            new(
                "user update ada --name Ada --slug ada2 --email a@b.c --admin true --locked false",
                "PATCH /v0/users/ada",
                """{"name":"Ada","slug":"ada2","email":"a@b.c","admin":true,"locked":false}""",
                typeof(UserPatch)
            ),
            .. Keys("user key", "ada", "/v0/users/ada/keys"),
            .. Keys("token", "ada", "/v0/users/ada/tokens"),
            new(
                $"auth signup a@b.c --name \"Ada Admin\" --slug ada --plan free --invite {Token} --claim {Id} "
                    + $"--i-agree",
                "POST /v0/auth/signup",
                $$"""{"email":"a@b.c","name":"Ada Admin","slug":"ada","plan":"free","invite":"{{Token}}","claim":"{{Id}}","i_agree":true}""",
                typeof(Signup)
            ),
            new(
                $"auth login a@b.c --plan pro --invite {Token}",
                "POST /v0/auth/login",
                $$"""{"email":"a@b.c","plan":"pro","invite":"{{Token}}"}""",
                typeof(Login)
            ),
            new(
                "auth setup paddock_setup_x --name Ada --email a@b.c",
                "POST /v0/auth/setup",
                """{"token":"paddock_setup_x","name":"Ada","email":"a@b.c"}""",
                typeof(Setup)
            ),
            new($"auth email {Token}", "POST /v0/auth/email", $$"""{"token":"{{Token}}"}""", typeof(Confirm)),
            new("invitation list acme --sort created", "GET /v0/organizations/acme/invitations?sort=created"),
            new($"invitation revoke acme {Id}", $"DELETE /v0/organizations/acme/invitations/{Id}"),
            new($"auth confirm {Token}", "POST /v0/auth/confirm", $$"""{"token":"{{Token}}"}""", typeof(Confirm)),
            new($"auth accept {Token}", "POST /v0/auth/accept", $$"""{"invite":"{{Token}}"}""", typeof(Accept)),
        ];

    private static IEnumerable<Row> Projects() =>
        [
            new("project list", "GET /v0/projects"),
            new(
                $"project list acme --name P --search p {Page}",
                $"GET /v0/organizations/acme/projects?name=P&search=p&{PageQuery}"
            ),
            new(
                "project create acme --name P",
                "POST /v0/organizations/acme/projects",
                """{"name":"P","visibility":"public"}""",
                typeof(NewProject)
            ),
            new(
                "project create acme --name P --slug p --url https://example.com/p --visibility private",
                "POST /v0/organizations/acme/projects",
                """{"name":"P","slug":"p","url":"https://example.com/p","visibility":"private"}""",
                typeof(NewProject)
            ),
            new("project view p", "GET /v0/projects/p"),
            new(
                "project update p --measures all --pattern (?<benchmark>\\w+)=(?<value>\\d+)",
                "PATCH /v0/projects/p",
                """{"measures":"all","pattern":"(?<benchmark>\\w+)=(?<value>\\d+)"}""",
                typeof(ProjectPatch)
            ),
            new(
                "project update p --name Q --slug q --url _ --visibility public",
                "PATCH /v0/projects/p",
                """{"name":"Q","slug":"q","url":null,"visibility":"public"}""",
                typeof(ProjectPatch)
            ),
            new("project delete p --hard", "DELETE /v0/projects/p?hard=true"),
            new("project allowed p --perm view", "GET /v0/projects/p/allowed/view"),
            .. Keys("project key", "p", "/v0/projects/p/keys"),
        ];

    private static IEnumerable<Row> Keys(string command, string owner, string path) =>
        [
            new(
                $"{command} list {owner} --name ci --search c --revoked {Page}",
                $"GET {path}?name=ci&search=c&revoked=true&{PageQuery}"
            ),
            new(
                $"{command} create {owner} --name ci --ttl 3600",
                $"POST {path}",
                """{"name":"ci","ttl":3600}""",
                typeof(NewKey)
            ),
            new($"{command} view {owner} {Id}", $"GET {path}/{Id}"),
            new(
                $"{command} update {owner} {Id} --name cd",
                $"PATCH {path}/{Id}",
                """{"name":"cd"}""",
                typeof(KeyPatch)
            ),
            new($"{command} revoke {owner} {Id}", $"DELETE {path}/{Id}"),
        ];

    private static IEnumerable<Row> Project() =>
        [
            new(
                "report list p --branch feature/x --testbed Linux --start-time 1700000000 --end-time 1700000001 "
                    + "--archived --expand --sort date_time --direction asc",
                "GET /v0/projects/p/reports?branch=feature%2Fx&testbed=Linux&start_time=1700000000000&"
                    + "end_time=1700000001000&archived=true&expand=true&sort=date_time&direction=asc"
            ),
            new(
                $"report create p --branch main --hash {Sha} --start-point-branch dev --start-point-hash {Sha} "
                    + $"--start-point-max-versions 9 --start-point-clone-thresholds --start-point-reset "
                    + "--testbed Linux --start-time 2025-03-01T12:00:00+01:00 --end-time 2025-03-01T11:00:01.5Z "
                    + "--results one --results \"\" --adapter json --average median --fold min "
                    + "--threshold-measure latency --threshold-test t --threshold-upper-boundary 0.99 "
                    + "--thresholds-reset",
                "POST /v0/projects/p/reports",
                $$"""
                {"branch":"main","hash":"{{Sha}}","start_point":{"branch":"dev","hash":"{{Sha}}","max_versions":9,"clone_thresholds":true,"reset":true},"testbed":"Linux",
                 "start_time":"2025-03-01T11:00:00Z","end_time":"2025-03-01T11:00:01.5Z","results":["one",""],"settings":{"adapter":"json","average":"median","fold":"min"},
                 "thresholds":{"models":{"latency":{"test":"t_test","upper_boundary":0.99} },"reset":true} }
                """,
                typeof(NewReport)
            ),
            new(
                "report create p --branch main --testbed Linux --start-time 2025-03-01T12:00:00Z --end-time "
                    + "2025-03-01T12:00:00Z",
                "POST /v0/projects/p/reports",
                """{"branch":"main","testbed":"Linux","start_time":"2025-03-01T12:00:00Z","end_time":"2025-03-01T12:00:00Z","results":[]}""",
                typeof(NewReport)
            ),
            new(
                "report create p --branch main --testbed Linux --start-time 2025-03-01T12:00:00Z --end-time "
                    + "2025-03-01T12:00:00Z "
                    + "--threshold-measure latency --threshold-test iqr --threshold-measure x --threshold-test z "
                    + "--threshold-min-sample-size 2 --threshold-min-sample-size _ --threshold-max-sample-size 9 "
                    + "--threshold-window _ --threshold-window 60 --threshold-lower-boundary 0 "
                    + "--threshold-upper-boundary _ --threshold-upper-boundary 0.9",
                "POST /v0/projects/p/reports",
                """
                {"branch":"main","testbed":"Linux","start_time":"2025-03-01T12:00:00Z","end_time":"2025-03-01T12:00:00Z","results":[],
                 "thresholds":{"models":{"latency":{"test":"iqr","min_sample_size":2,"max_sample_size":9,"lower_boundary":0.0},"x":{"test":"z_score","window":60,"upper_boundary":0.9} } } }
                """,
                typeof(NewReport)
            ),
            new($"report view p {Id}", $"GET /v0/projects/p/reports/{Id}"),
            new($"report delete p {Id}", $"DELETE /v0/projects/p/reports/{Id}"),
            new(
                "job list p --status processed --sort created",
                "GET /v0/projects/p/jobs?status=processed&sort=created"
            ),
            new("job list --status pending --per-page 255", "GET /v0/jobs?status=pending&per_page=255"),
            new($"job view p {Id}", $"GET /v0/projects/p/jobs/{Id}"),
            new("api-key list o --search s --sort name", "GET /v0/organizations/o/api-keys?search=s&sort=name"),
            new(
                "api-key create o --name K --scope runners:read --scope pods:read --ttl 60",
                "POST /v0/organizations/o/api-keys",
                """{"name":"K","scopes":["runners:read","pods:read"],"ttl":60}""",
                typeof(NewApiKey)
            ),
            new($"api-key revoke o {Id}", $"DELETE /v0/organizations/o/api-keys/{Id}"),
            new(
                "fleet drain r --reason dusty",
                "PATCH /v0/runners/r",
                """{"maintenance":{"reason":"dusty"}}""",
                typeof(RunnerPatch)
            ),
            new("fleet resume r", "PATCH /v0/runners/r", """{"maintenance":null}""", typeof(RunnerPatch)),
            new($"fleet cancel p {Id}", $"POST /v0/projects/p/jobs/{Id}/cancel", "{}"),
            new($"job cancel p {Id}", $"POST /v0/projects/p/jobs/{Id}/cancel", "{}"),
            new(
                $"perf p --branches {Id} --branches {Id2} --heads _ --heads {Id} --testbeds {Id} --specs _ "
                    + $"--benchmarks {Id} --measures {Id} --start-time 1 --end-time 2",
                $"GET /v0/projects/p/perf?branches={Id}%2C{Id2}&heads=%2C{Id}&testbeds={Id}&specs=&benchmarks={Id}&"
                    + $"measures={Id}&start_time=1000&end_time=2000"
            ),
            new(
                $"branch list p --name feature/x --search f --archived {Page}",
                $"GET /v0/projects/p/branches?name=feature%2Fx&search=f&archived=true&{PageQuery}"
            ),
            new(
                "branch create p --name feature/x",
                "POST /v0/projects/p/branches",
                """{"name":"feature/x"}""",
                typeof(NewBranch)
            ),
            new(
                $"branch create p --name feature/x --slug fx --start-point-branch main --start-point-hash {Sha} "
                    + $"--start-point-clone-thresholds",
                "POST /v0/projects/p/branches",
                $$"""{"name":"feature/x","slug":"fx","start_point":{"branch":"main","hash":"{{Sha}}","max_versions":255,"clone_thresholds":true} }""",
                typeof(NewBranch)
            ),
            new(
                "branch create p --name b --start-point-branch main --start-point-max-versions 0",
                "POST /v0/projects/p/branches",
                """{"name":"b","start_point":{"branch":"main","max_versions":0,"clone_thresholds":false} }""",
                typeof(NewBranch)
            ),
            new($"branch view p main --head {Id}", $"GET /v0/projects/p/branches/main?head={Id}"),
            new(
                "branch update p main --name trunk --slug trunk --start-point-branch dev --start-point-max-versions "
                    + "0 --archive",
                "PATCH /v0/projects/p/branches/main",
                """{"name":"trunk","slug":"trunk","start_point":{"branch":"dev","max_versions":0,"clone_thresholds":false,"reset":false},"archived":true}""",
                typeof(BranchPatch)
            ),
            new(
                "branch update p main --start-point-reset --unarchive",
                "PATCH /v0/projects/p/branches/main",
                """{"start_point":{"max_versions":255,"clone_thresholds":false,"reset":true},"archived":false}""",
                typeof(BranchPatch)
            ),
            new(
                $"branch update p main --start-point-branch dev --start-point-hash {Sha} "
                    + $"--start-point-clone-thresholds",
                "PATCH /v0/projects/p/branches/main",
                $$"""{"start_point":{"branch":"dev","hash":"{{Sha}}","max_versions":255,"clone_thresholds":true,"reset":false} }""",
                typeof(BranchPatch)
            ),
            new("branch delete p main", "DELETE /v0/projects/p/branches/main"),
            new(
                $"testbed list p --name \"My Box\" --search b --archived {Page}",
                $"GET /v0/projects/p/testbeds?name=My%20Box&search=b&archived=true&{PageQuery}"
            ),
            new(
                "testbed create p --name \"My Box\" --slug box --spec fast",
                "POST /v0/projects/p/testbeds",
                """{"name":"My Box","slug":"box","spec":"fast"}""",
                typeof(NewTestbed)
            ),
            new($"testbed view p box --spec {Id}", $"GET /v0/projects/p/testbeds/box?spec={Id}"),
            new(
                "testbed update p box --name Box --slug box2 --spec _ --archive",
                "PATCH /v0/projects/p/testbeds/box",
                """{"name":"Box","slug":"box2","spec":null,"archived":true}""",
                typeof(TestbedPatch)
            ),
            new(
                "testbed update p box --spec fast",
                "PATCH /v0/projects/p/testbeds/box",
                """{"spec":"fast"}""",
                typeof(TestbedPatch)
            ),
            new(
                "testbed update p box --unarchive",
                "PATCH /v0/projects/p/testbeds/box",
                """{"archived":false}""",
                typeof(TestbedPatch)
            ),
            new("testbed delete p box", "DELETE /v0/projects/p/testbeds/box"),
            new(
                $"benchmark list p --name a::b --search b --archived {Page}",
                $"GET /v0/projects/p/benchmarks?name=a%3A%3Ab&search=b&archived=true&{PageQuery}"
            ),
            new(
                "benchmark create p --name \" a::b \" --slug ab",
                "POST /v0/projects/p/benchmarks",
                """{"name":" a::b ","slug":"ab"}""",
                typeof(NewBenchmark)
            ),
            new($"benchmark view p {Id.ToUpperInvariant()}", $"GET /v0/projects/p/benchmarks/{Id}"),
            new(
                "benchmark update p ab --name ö --slug o --unarchive",
                "PATCH /v0/projects/p/benchmarks/ab",
                """{"name":"ö","slug":"o","archived":false}""",
                typeof(BenchmarkPatch)
            ),
            new(
                "benchmark update p ab --archive",
                "PATCH /v0/projects/p/benchmarks/ab",
                """{"archived":true}""",
                typeof(BenchmarkPatch)
            ),
            new("benchmark delete p ab", "DELETE /v0/projects/p/benchmarks/ab"),
            new(
                $"measure list p --name Latency --search l --archived {Page}",
                $"GET /v0/projects/p/measures?name=Latency&search=l&archived=true&{PageQuery}"
            ),
            new(
                "measure create p --name Screams --slug screams --units \"Decibels (dB)\"",
                "POST /v0/projects/p/measures",
                """{"name":"Screams","slug":"screams","units":"Decibels (dB)"}""",
                typeof(NewMeasure)
            ),
            new("measure view p screams", "GET /v0/projects/p/measures/screams"),
            new(
                "measure update p screams --name S --slug s --units dB --archive",
                "PATCH /v0/projects/p/measures/screams",
                """{"name":"S","slug":"s","units":"dB","archived":true}""",
                typeof(MeasurePatch)
            ),
            new(
                "measure update p screams --unarchive",
                "PATCH /v0/projects/p/measures/screams",
                """{"archived":false}""",
                typeof(MeasurePatch)
            ),
            new("measure delete p screams", "DELETE /v0/projects/p/measures/screams"),
            new($"metric view p {Id}", $"GET /v0/projects/p/metrics/{Id}"),
        ];

    private static IEnumerable<Row> Judging() =>
        [
            new(
                "threshold list p --branch main --testbed box --measure latency --archived --sort modified "
                    + "--per-page 0",
                "GET /v0/projects/p/thresholds?branch=main&testbed=box&measure=latency&archived=true&sort=modified&"
                    + "per_page=0"
            ),
            new(
                "threshold create p --branch main --testbed box --measure latency --test z --min-sample-size 2 "
                    + "--max-sample-size 64 --window 86400 --lower-boundary 0.9 --upper-boundary 0.95",
                "POST /v0/projects/p/thresholds",
                """{"branch":"main","testbed":"box","measure":"latency","test":"z_score","min_sample_size":2,"max_sample_size":64,"window":86400,"lower_boundary":0.9,"upper_boundary":0.95}""",
                typeof(NewThreshold)
            ),
            new(
                "threshold create p --branch main --testbed box --measure latency --test static --lower-boundary -5 "
                    + "--upper-boundary 1e3",
                "POST /v0/projects/p/thresholds",
                """{"branch":"main","testbed":"box","measure":"latency","test":"static","lower_boundary":-5.0,"upper_boundary":1000.0}""",
                typeof(NewThreshold)
            ),
            new($"threshold view p {Id} --model {Id2}", $"GET /v0/projects/p/thresholds/{Id}?model={Id2}"),
            new(
                $"threshold update p {Id} --test iqr --upper-boundary 2",
                $"PUT /v0/projects/p/thresholds/{Id}",
                """{"test":"iqr","upper_boundary":2.0}""",
                typeof(ThresholdPut)
            ),
            new(
                $"threshold update p {Id} --test t_test --min-sample-size 2 --max-sample-size 3 --window 1 "
                    + $"--lower-boundary 0.5",
                $"PUT /v0/projects/p/thresholds/{Id}",
                """{"test":"t_test","min_sample_size":2,"max_sample_size":3,"window":1,"lower_boundary":0.5}""",
                typeof(ThresholdPut)
            ),
            new(
                $"threshold update p {Id} --remove-model",
                $"PUT /v0/projects/p/thresholds/{Id}",
                """{"test":null}""",
                typeof(ThresholdPut)
            ),
            new($"threshold delete p {Id}", $"DELETE /v0/projects/p/thresholds/{Id}"),
            new(
                "change list p --branch main --testbed box --benchmark b --measure latency --state open --verdict "
                    + "slower --sort created",
                "GET /v0/projects/p/changes?branch=main&testbed=box&benchmark=b&measure=latency&state=open&"
                    + "verdict=slower&sort=created"
            ),
            new("verdict view p", "GET /v0/projects/p/verdicts"),
            new(
                "verdict set p --alarms 0.5 --minimum-effect 0.02 --reproduced-fails true --beside-thresholds false "
                    + "--confirming-jobs false",
                "PATCH /v0/projects/p/verdicts",
                """{"alarms":0.5,"reproduced_fails":true,"beside_thresholds":false,"confirming_jobs":false,"minimum_effect":0.02}""",
                typeof(VerdictSettingsPatch)
            ),
            new(
                "verdict set p --measure latency --direction lower_is_better --minimum-effect 0.05",
                "PATCH /v0/projects/p/verdicts",
                """{"measures":{"latency":{"minimum_effect":0.05,"direction":"lower_is_better"}}}""",
                typeof(VerdictSettingsPatch)
            ),
            new("retention view p", "GET /v0/projects/p/retention"),
            new(
                "retention set p --policy thin --days 90 --archive false",
                "PATCH /v0/projects/p/retention",
                """{"policy":"thin","days":90,"archive":false}""",
                typeof(RetentionSettingsPatch)
            ),
            new(
                "retention preview p --policy drop --days 30",
                "GET /v0/projects/p/retention/preview?policy=drop&days=30"
            ),
            new(
                "retention list p --sort date_time --per-page 20",
                "GET /v0/projects/p/retention/archives?sort=date_time&per_page=20"
            ),
            new($"retention delete p {Id}", $"DELETE /v0/projects/p/retention/archives/{Id}"),
            new($"change view p {Id}", $"GET /v0/projects/p/changes/{Id}"),
            new(
                $"change accept p {Id} --note fine",
                $"PATCH /v0/projects/p/changes/{Id}",
                """{"state":"accepted","note":"fine"}""",
                typeof(ChangePatch)
            ),
            new(
                $"change dismiss p {Id} --note no",
                $"PATCH /v0/projects/p/changes/{Id}",
                """{"state":"dismissed","note":"no"}""",
                typeof(ChangePatch)
            ),
            new(
                $"change reopen p {Id} --note yes",
                $"PATCH /v0/projects/p/changes/{Id}",
                """{"state":"open","note":"yes"}""",
                typeof(ChangePatch)
            ),
            new(
                "alert list p --status silenced --archived --sort modified",
                "GET /v0/projects/p/alerts?status=silenced&archived=true&sort=modified"
            ),
            new($"alert view p {Id}", $"GET /v0/projects/p/alerts/{Id}"),
            new(
                $"alert update p {Id} --status dismissed",
                $"PATCH /v0/projects/p/alerts/{Id}",
                """{"status":"dismissed"}""",
                typeof(AlertPatch)
            ),
        ];

    private static IEnumerable<Row> Plots() =>
        [
            new(
                "plot list p --title T --search t --sort index",
                "GET /v0/projects/p/plots?title=T&search=t&sort=index"
            ),
            new(
                $"plot create p --index 3 --title T --upper-boundary --x-axis version --window 60 --branches {Id} "
                    + $"--branches {Id2} --testbeds {Id} --benchmarks {Id} --measures {Id}",
                "POST /v0/projects/p/plots",
                $$"""
                {"index":3,"title":"T","lower_value":false,"upper_value":false,"lower_boundary":false,"upper_boundary":true,"x_axis":"version","y_axis":"auto","window":60,
                 "branches":["{{Id}}","{{Id2}}"],"testbeds":["{{Id}}"],"benchmarks":["{{Id}}"],"measures":["{{Id}}"]}
                """,
                typeof(NewPlot)
            ),
            new(
                $"plot create p --lower-value --upper-value --lower-boundary --x-axis date_time --y-axis linear "
                    + $"--window 60 --branches {Id} --testbeds {Id} --benchmarks {Id} --measures {Id}",
                "POST /v0/projects/p/plots",
                $$"""
                {"lower_value":true,"upper_value":true,"lower_boundary":true,"upper_boundary":false,"x_axis":"date_time","y_axis":"linear","window":60,
                 "branches":["{{Id}}"],"testbeds":["{{Id}}"],"benchmarks":["{{Id}}"],"measures":["{{Id}}"]}
                """,
                typeof(NewPlot)
            ),
            new($"plot view p {Id}", $"GET /v0/projects/p/plots/{Id}"),
            new(
                $"plot update p {Id} --title _ --index 0 --lower-value true --upper-value false --lower-boundary "
                    + $"true --upper-boundary false --x-axis date_time --y-axis log --window 1 --branches {Id2}",
                $"PATCH /v0/projects/p/plots/{Id}",
                $$"""{"title":null,"index":0,"lower_value":true,"upper_value":false,"lower_boundary":true,"upper_boundary":false,"x_axis":"date_time","y_axis":"log","window":1,"branches":["{{Id2}}"]}""",
                typeof(PlotPatch)
            ),
            new(
                $"plot update p {Id} --testbeds {Id} --benchmarks {Id} --measures {Id}",
                $"PATCH /v0/projects/p/plots/{Id}",
                $$"""{"testbeds":["{{Id}}"],"benchmarks":["{{Id}}"],"measures":["{{Id}}"]}""",
                typeof(PlotPatch)
            ),
            new($"plot delete p {Id}", $"DELETE /v0/projects/p/plots/{Id}"),
        ];

    private static IEnumerable<Row> Hardware() =>
        [
            new(
                $"runner list --name R --search r --archived {Page}",
                $"GET /v0/runners?name=R&search=r&archived=true&{PageQuery}"
            ),
            new(
                "runner create --name R --slug r",
                "POST /v0/runners",
                """{"name":"R","slug":"r"}""",
                typeof(NewRunner)
            ),
            new("runner view r", "GET /v0/runners/r"),
            new(
                "runner update r --name S --slug s --archive",
                "PATCH /v0/runners/r",
                """{"name":"S","slug":"s","archived":true}""",
                typeof(RunnerPatch)
            ),
            new("runner update r --unarchive", "PATCH /v0/runners/r", """{"archived":false}"""),
            new(
                "runner update r --drain \"new disk\"",
                "PATCH /v0/runners/r",
                """{"maintenance":{"reason":"new disk"}}""",
                typeof(RunnerPatch)
            ),
            new(
                "runner update r --labels quiet --labels rack-1 --slots 2 --organization o",
                "PATCH /v0/runners/r",
                """{"labels":["quiet","rack-1"],"slots":2,"organization":"o"}""",
                typeof(RunnerPatch)
            ),
            new("runner update r --resume", "PATCH /v0/runners/r", """{"maintenance":null}""", typeof(RunnerPatch)),
            new("runner delete r", "DELETE /v0/runners/r"),
            new("runner key r", "POST /v0/runners/r/key", "{}"),
            new("runner spec list r", "GET /v0/runners/r/specs"),
            new(
                "runner spec add r --spec fast",
                "POST /v0/runners/r/specs",
                """{"spec":"fast"}""",
                typeof(NewRunnerSpec)
            ),
            new("runner spec remove r fast", "DELETE /v0/runners/r/specs/fast"),
            new(
                $"spec list --name S --search s --archived {Page}",
                $"GET /v0/specs?name=S&search=s&archived=true&{PageQuery}"
            ),
            new(
                "spec create --name S --slug s --os linux --architecture x86_64 --sandbox firecracker --cpu 4 "
                    + "--memory 8589934592 --disk 1073741824 --network --fallback",
                "POST /v0/specs",
                """{"name":"S","slug":"s","os":"linux","architecture":"x86_64","sandbox":"firecracker","cpu":4,"memory":8589934592,"disk":1073741824,"network":true,"fallback":true}""",
                typeof(NewSpec)
            ),
            new(
                "spec create --name S --os linux --architecture x86_64 --cpu 4 --memory 8589934592 --disk 1073741824 "
                    + "--counters --timeout-max 60",
                "POST /v0/specs",
                """
                {"name":"S","os":"linux","architecture":"x86_64","cpu":4,"memory":8589934592,"disk":1073741824,"counters":true,"timeout_max":60}
                """,
                typeof(NewSpec)
            ),
            new("spec view s", "GET /v0/specs/s"),
            new(
                "spec update s --counters true --timeout-max _",
                "PATCH /v0/specs/s",
                """{"counters":true,"timeout_max":null}""",
                typeof(SpecPatch)
            ),
            new(
                "spec update s --name T --slug t --fallback false --unarchive",
                "PATCH /v0/specs/s",
                """{"name":"T","slug":"t","fallback":false,"archived":false}""",
                typeof(SpecPatch)
            ),
            new("spec update s --archive", "PATCH /v0/specs/s", """{"archived":true}""", typeof(SpecPatch)),
            new("spec delete s", "DELETE /v0/specs/s"),
        ];

    private static IEnumerable<Row> Server() =>
        [
            new("server spec", "GET /v0/server/spec"),
            new("server config view", "GET /v0/server/config"),
            new("server config console", "GET /v0/server/config/console"),
            new("server stats", "GET /v0/server/stats"),
            new(
                "audit list acme --search ada --sort created",
                "GET /v0/organizations/acme/audit?search=ada&sort=created"
            ),
            new("audit server --search ada --sort created", "GET /v0/server/audit?search=ada&sort=created"),
            new("server backup --remove", "POST /v0/server/backup", """{"remove":true}"""),
            new(
                "server backup --compress --data-store aws_s3 --rm",
                "POST /v0/server/backup",
                """{"compress":true,"data_store":"aws_s3","remove":true}"""
            ),
        ];

    [Theory, MemberData(nameof(Lines))]
    public async Task A_command_sends_one_request_built_from_its_options(string line)
    {
        var (_, request, body, reads) = Rows.Single(row => row.Line == line);
        await using var server = await RecordingServer.StartAsync();

        var code = await Root.InvokeAsync([
            .. CommandLineParser.SplitCommandLine(line),
            "--host",
            server.Host,
            "--token",
            Token,
        ]);

        Assert.Equal(Exit.Success, code);
        var sent = Assert.Single(server.Requests);
        Assert.Equal(request, sent.Line);
        Assert.Equal($"Bearer {Token}", sent.Authorization);
        Assert.Equal(1, server.VersionCount);
        if (body is null)
            Assert.Equal("", sent.Body);
        else
            Assert.True(
                JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(sent.Body)),
                $"wanted {body}\nsent   {sent.Body}"
            );
        if (reads is not null)
            Assert.NotNull(JsonSerializer.Deserialize(sent.Body, Wire.Default.GetTypeInfo(reads)!));
    }

    [Fact]
    public void Every_command_that_sends_a_request_is_in_the_table()
    {
        var missing = CommandTree
            .Leaves.Where(c => c.Command is Rest.Call && c.Path != "server version")
            .Select(c => c.Path)
            .Except(Rows.Select(PathOf));
        Assert.True(!missing.Any(), string.Join('\n', missing));
    }

    [Fact]
    public void Every_option_of_a_request_command_is_in_the_table()
    {
        string[] elsewhere = ["--table", "--format", "--direction", "--per-page", "--page", .. ServerOptions()];
        var missing =
            from command in CommandTree.Leaves
            where command.Command is Rest.Call
            from option in command.Command.Options
            where !elsewhere.Contains(option.Name)
            where
                !Rows.Any(row =>
                    PathOf(row) == command.Path && $"{row.Line} ".Contains($" {option.Name} ", StringComparison.Ordinal)
                )
            select $"{command.Path} {option.Name}";
        Assert.True(!missing.Any(), string.Join('\n', missing));
    }

    private static string PathOf(Row row) =>
        CommandTree
            .Leaves.Select(c => c.Path)
            .SingleOrDefault(path => $"{row.Line} ".StartsWith(path + " ", StringComparison.Ordinal))
        ?? row.Line;

    private static IEnumerable<string> ServerOptions()
    {
        var any = new Command("any");
        new Backend().AddTo(any);
        return any.Options.Select(o => o.Name).Append("--help");
    }
}
