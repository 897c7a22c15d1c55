// Everything one does with a clone: dotnet run dev.cs -- demo | serve | test | check | golden | bench | torture |
// screens | publish | package
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

const int AgainMax = 5; // Tests that failed.
const string Optimized = "Release"; // The suite's tests. Those that compute take a third less time than in Debug.
const int ColumnsMax = 120;
const string Published = "artifacts/publish";
const string OneCompiler = "-p:UseSharedCompilation=true"; // For all projects: it is warm after the first.
const string Passing = "tests/golden/passing.txt"; // Which recordings pass.
const string Coverage =
    "XPlat Code Coverage;Include=[Paddock.Core]*;ExcludeByFile=**/obj/**;SingleHit=true;SkipAutoProps=true";

string[] Platforms = ["linux-x64", "linux-arm64"];
var root = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;
Environment.CurrentDirectory = root;

// The child gets it too; we end when it has.
using var _ = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);

return args switch
{
    ["demo", .. var rest] => Demo(rest),
    ["serve", .. var rest] => Serve(rest),
    ["test", .. var rest] when rest.Length <= 1 => Test(rest.FirstOrDefault()),
    ["check"] => Check(),
    ["golden", "--update"] => Golden(filter: "", update: true),
    ["golden", "--postgres", .. var rest] when rest.Length <= 1 => Golden(rest.FirstOrDefault() ?? "", postgres: true),
    ["golden", .. var rest] when rest.Length <= 1 => Golden(rest.FirstOrDefault() ?? ""),
    ["bench", .. var rest] => Publish() is var failed and not 0
        ? failed
        : Run("dotnet", ["run", "-c", "Release", "--project", "bench", "--", .. rest]),
    ["torture", .. var rest] => Publish() is var failed and not 0
        ? failed
        : Run("dotnet", ["run", "-c", "Release", "--project", "tests/Torture", "--", .. rest]),
    ["publish"] => Publish(),
    ["package", "--twice", .. var platforms] when platforms.All(Platforms.Contains) => PackageTwice(platforms),
    ["package", .. var platforms] when platforms.All(Platforms.Contains) => Package(platforms),
    ["screens"] => Screens(),
    _ => Usage(),
};

int Usage()
{
    Console.Error.WriteLine(
        """
        usage: dotnet run dev.cs -- COMMAND

          demo             starts a server, benchmarks a history of commits and one job on a runner, and keeps serving
          serve            runs the server from source on http://localhost:6610, with its data in artifacts/serve
          test [TEXT]      runs all tests, or those whose name contains TEXT
          check            checks formatting, builds without warnings, checks advisories and licenses of packages
          golden [TEXT]    runs the published programs against the recordings in ../shared; --postgres before TEXT uses
                           PostgreSQL instead of the embedded database, --update records which recordings pass now
          bench [TEXT]     measures ingest, plots, adapters, the registry, starts and memory: a table, and artifacts/bench.json
          torture [TEXT]   kills the published server under load, breaks its database and disk, sends invalid requests, and
                           checks all confirmed data (docs/torture.md); --seed N, --minutes M, --postgres, --before PROGRAM
          screens          takes the pictures in docs/images/console, and writes the table of pages in docs/console.md
          publish          builds artifacts/publish/paddock, paddock-server and paddock-runner for linux-x64
          package [RID]    builds artifacts/packages: archives, Debian packages, server images, the chart and checksums for
                           linux-x64 and linux-arm64 (docs/install.md); --twice before RID builds in two clones and compares
        """
    );
    return 2;
}

// What is packed is compiled in a folder of its own, without this machine's paths in it.
int Package(string[] platforms)
{
    Need("dpkg-deb", "dpkg", () => OnPath("dpkg-deb"));
    Need("mmdebstrap", "mmdebstrap", () => OnPath("mmdebstrap"));
    foreach (var platform in platforms.Length == 0 ? Platforms : platforms)
    {
        var programs = $"artifacts/packaging/{platform}";
        string[] arguments = ["run", "tools/package.cs", "--", programs, platform, "artifacts/packages"];
        if (Publish(platform: platform, output: programs) is var failed and not 0)
            return failed;
        if (Run("dotnet", arguments) is var code and not 0)
            return code;
    }
    return 0;
}

// Of the commit, in two folders whose names differ in their lengths, too.
int PackageTwice(string[] platforms)
{
    var work = Path.GetFullPath("artifacts/twice");
    if (Directory.Exists(work))
        Directory.Delete(work, recursive: true);
    var sums = new List<Dictionary<string, string>>();
    var from = root;
    foreach (var name in (string[])["a", "another"])
    {
        var clone = Path.Combine(work, name);
        if (Run("git", ["clone", "--quiet", "--no-hardlinks", from, clone]) is var failed and not 0)
            return failed;
        from = clone; // The repository may get other commits meanwhile.
        string[] arguments = ["run", Path.Combine(clone, "dev.cs"), "--", "package", .. platforms];
        if (Run("dotnet", arguments) is var code and not 0)
            return code;
        sums.Add(
            File.ReadLines(Path.Combine(clone, "artifacts", "packages", "SHA256SUMS"))
                .Select(line => line.Split("  ", 2))
                .ToDictionary(parts => parts[1], parts => parts[0])
        );
    }
    var files = sums[0].Keys.Union(sums[1].Keys).Order(StringComparer.Ordinal).ToList();
    var differ = files.Where(file => sums[0].GetValueOrDefault(file) != sums[1].GetValueOrDefault(file)).ToHashSet();
    foreach (var file in files)
        Console.WriteLine($"{(differ.Contains(file) ? "DIFFERS" : "same   ")} {file}");
    return differ.Count == 0 ? 0 : Fail($"package: {differ.Count} of {files.Count} files differ; both are in {work}");
}

int Demo(string[] rest)
{
    Console.WriteLine(
        "The demo builds Paddock's three programs, starts a server, and measures a small repository. The first run "
            + "takes a few minutes."
    );
    Need("git", "git", () => OnPath("git"));
    Need("hyperfine", "hyperfine", () => OnPath("hyperfine"));
    // For the part on bare metal, without which the demo goes on.
    Want("an OCI runtime", "runc", () => OnPath("runc") || File.Exists("/usr/sbin/runc"));
    Want("a static busybox", "busybox-static", () => Directory.Exists("/usr/share/doc/busybox-static"));
    return Run("dotnet", ["run", "examples/demo.cs", "--", .. rest]);
}

int Serve(string[] rest)
{
    foreach (
        var (name, value) in new[]
        {
            ("PADDOCK_BIND", "127.0.0.1:6610"),
            ("PADDOCK_DATA", Path.Combine(root, "artifacts", "serve")),
        }
    )
        if (Environment.GetEnvironmentVariable(name) is null)
            Environment.SetEnvironmentVariable(name, value);
    return Run("dotnet", ["run", "--project", "src/Server", "--", .. rest]);
}

int Check()
{
    // Style and analyzers are errors of the build.
    if (Run("dotnet", ["tool", "restore"]) is var restored and not 0)
        return restored;
    if (Run("dotnet", ["csharpier", "check", "."]) != 0)
        return Fail("check: files are not formatted. Run `dotnet csharpier format .` and review the changes");
    if (LongLines() is [_, ..] lines)
        return Fail($"check: lines of more than {ColumnsMax} columns:\n{string.Join('\n', lines)}");
    return Build() is var built and not 0 ? built : Run("dotnet", ["run", "tools/dependencies.cs", "--", "check"]);
}

// The formatter leaves comments and literals alone. What stands in a raw literal, or is a pattern, is as long as it is.
List<string> LongLines()
{
    var found = new List<string>();
    string[] folders = ["src", "tests", "bench", "tools", "examples"];
    var files = folders.SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));
    foreach (var file in files.Append("dev.cs"))
    {
        var (number, isRaw) = (0, false);
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var quotes = Regex.Count(line, "\"\"\"");
            if (line.Length > ColumnsMax && !isRaw && quotes == 0 && !line.Contains("@\"", StringComparison.Ordinal))
                found.Add($"{file}:{number}: {line.Length}");
            isRaw ^= quotes % 2 == 1;
        }
    }
    return found;
}

// The pictures of the console, and the table of what its tests find on each page.
int Screens()
{
    Need("a browser", "chromium-headless-shell", () => OnPath("chromium-headless-shell"));
    var pages = Directory.CreateTempSubdirectory("paddock-pages-").FullName;
    Environment.SetEnvironmentVariable("PADDOCK_SCREENS", Path.GetFullPath("docs/images/console"));
    Environment.SetEnvironmentVariable("PADDOCK_PAGES", pages);
    var failed = Run(
        "dotnet",
        [
            "test",
            "tests/Console.Tests",
            "--nologo",
            "--filter",
            "FullyQualifiedName~EveryPageTests&FullyQualifiedName!~The_table_of_pages",
        ]
    );
    WritePages(pages, "docs/console.md");
    Directory.Delete(pages, recursive: true);
    return failed;
}

void WritePages(string found, string docs)
{
    string[] columns = ["exists", "bytes", "ms", "keyboard", "axe, light", "axe, dark", "390 pixels"];
    var text = File.ReadAllText(docs);
    string[] Between(string begin, string end) =>
        text.Split(begin, 2) is [var before, var rest]
            ? [before + begin, rest[rest.IndexOf(end, StringComparison.Ordinal)..]]
            : throw new InvalidDataException($"{docs} has no {begin}");
    // In the order in which the pages are tested first, which is theirs.
    var names = new DirectoryInfo(found)
        .GetFiles("*.exists")
        .OrderBy(file => file.LastWriteTimeUtc)
        .Select(file => Path.GetFileNameWithoutExtension(file.Name))
        .ToList();
    string Cell(string name, string column) =>
        Path.Combine(found, $"{name}.{column}") is var file && File.Exists(file) ? File.ReadAllText(file) : "not tried";
    var table = string.Concat(
        names.Select(name => $"| {name} | {string.Join(" | ", columns.Select(column => Cell(name, column)))} |\n")
    );
    var head = $"\n| Page | {string.Join(" | ", columns)} |\n|---|{string.Concat(columns.Select(_ => "---|"))}\n";
    text = string.Join(head + table, Between("<!-- every page -->", "<!-- /every page -->"));
    var pictures = string.Concat(names.Select(name => $"![{name.Replace('-', ' ')}](images/console/{name}.png)\n\n"));
    text = string.Join("\n\n" + pictures, Between("<!-- pictures -->", "<!-- /pictures -->"));
    File.WriteAllText(docs, text);
}

int Build(string configuration = "Debug", params string[] properties) =>
    Run(
        "dotnet",
        ["build", "Paddock.slnx", "-c", configuration, .. properties, "-v", "q", "-clp:NoSummary", "--nologo"]
    );

int Publish(string platform = "linux-x64", string output = Published)
{
    foreach (var program in new[] { "Cli", "Server", "Runner" })
        if (PublishOne(program, platform, output) is var code and not 0)
            return code;
    return 0;
}

int PublishOne(string program, string platform = "linux-x64", string output = Published, params string[] properties)
{
    Need("a linker for native code", "g++", () => OnPath("gcc"));
    if (platform == "linux-arm64")
    {
        Need("a linker for arm64", "gcc-aarch64-linux-gnu", () => OnPath("aarch64-linux-gnu-gcc"));
        Need("the C library for arm64", "libc6-dev-arm64-cross", () =>
            File.Exists("/usr/aarch64-linux-gnu/lib/Scrt1.o")
        );
    }
    string[] forPackages = output.StartsWith("artifacts/packaging/", StringComparison.Ordinal)
        ?
        [
            $"-p:ArtifactsPath={Path.GetFullPath("artifacts/packaging")}",
            "-p:ContinuousIntegrationBuild=true",
            // Debug information would hold the code that Razor generates, and that holds the path of the clone.
            "-p:DebugType=none",
        ]
        : [];
    return Run(
        "dotnet",
        [
            "publish",
            $"src/{program}",
            "-c",
            "Release",
            "-r",
            platform,
            "-o",
            output,
            "-p:RunAnalyzers=false", // Builds and `check` run them on the same sources.
            .. forPackages,
            .. properties,
            "-v",
            "q",
            "-clp:NoSummary",
            "--nologo",
        ]
    );
}

int Test(string? filter)
{
    var projects = TestProjects(filter);
    if (projects.Count == 0)
        return Fail($"no test's name contains {filter}");
    // What is missing is installed while everything is built.
    var built = filter is null ? Task.Run(BuildForTests) : null;
    foreach (var project in projects)
        NeedFor(Path.GetFileNameWithoutExtension(project));
    if (built is not null)
        return built.Result is var failed and not 0 ? failed : TestAll(projects);
    if (BuildEach(projects) != 0)
        return 1;
    var sum = Sum(TestEach(projects, filter));
    if (sum == new Tally(0, 0))
        return Fail($"no test's name contains {filter}");
    Console.WriteLine(sum);
    return sum.Failed == 0 ? 0 : 1;
}

int BuildForTests()
{
    // Test programs compile most methods once. Mapping each page of code twice, which keeps attackers from writing it,
    // takes a tenth of their time.
    Environment.SetEnvironmentVariable("DOTNET_EnableWriteXorExecute", "0");
    // Nor is a profile of each method worth its time.
    Environment.SetEnvironmentVariable("DOTNET_TieredPGO", "0");
    return Build(Optimized, "-p:RunAnalyzers=false", OneCompiler); // `check` runs the analyzers.
}

// Runs all tests in three parallel lanes, because tests of servers and runners also wait: the server; the runner; the
// rest, with the recordings. Lanes share nothing: each test has its own folders, ports and databases. What is published
// is what people run, and starts ten times as fast as what was built; each lane begins when it has its programs.
int TestAll(List<string> projects)
{
    var lanes = projects.ToLookup(project =>
        Path.GetFileNameWithoutExtension(project) switch
        {
            "Core.Tests" or "Console.Tests" => Lane.WithoutPrograms,
            "Server.Tests" => Lane.Server,
            "Runner.Tests" => Lane.Runner,
            _ => Lane.CommandLine,
        }
    );

    var first = Task.Run(() => TestEach(lanes[Lane.WithoutPrograms], filter: null));
    if (PublishOne("Server", properties: OneCompiler) is var failed and not 0)
    {
        first.Wait();
        return failed;
    }
    Environment.SetEnvironmentVariable("PADDOCK_TEST_PROGRAMS", Path.GetFullPath(Published));
    var server = Task.Run(() => TestEach(lanes[Lane.Server], filter: null));
    if (PublishOne("Runner", properties: OneCompiler) != 0)
    {
        Task.WaitAll(first, server);
        return 1;
    }
    var runner = Task.Run(() => TestEach(lanes[Lane.Runner], filter: null));
    if (PublishOne("Cli", properties: OneCompiler) != 0)
    {
        Task.WaitAll(first, server, runner);
        return 1;
    }
    Run("dotnet", ["build-server", "shutdown", "--vbcscompiler"]); // The compiler would outlive the command.
    List<TestRun> runs = [.. first.Result];
    var outcome = Recordings.AreHere ? Outcome("", postgres: false, Servers.InOneProcess) : [];
    runs = [.. runs, .. TestEach(lanes[Lane.CommandLine], filter: null), .. server.Result, .. runner.Result];

    var sum = Sum(runs);
    if (sum.Failed is > 0 and <= AgainMax)
        sum = Again(runs, sum);
    sum += Recordings.AreHere ? Kept(outcome, "", postgres: false) : Recordings.Missing();
    Console.WriteLine(sum);
    return sum.Failed == 0 ? 0 : 1;
}

static Tally Sum(IEnumerable<TestRun> runs) => runs.Aggregate(new Tally(0, 0), (all, run) => all + run.Tally);

// Those that may have a test whose full name contains the text: all its words stand in the path and text of one file.
static List<string> TestProjects(string? filter)
{
    var all = Directory.GetFiles("tests", "*.Tests.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
    if (filter is null)
        return [.. all];
    string[] words = [.. filter.Split('.', StringSplitOptions.RemoveEmptyEntries).Where(word => word != "Paddock")];
    return
    [
        .. all.Where(project =>
            Directory
                .EnumerateFiles(Path.GetDirectoryName(project)!, "*.cs", SearchOption.AllDirectories)
                .Any(file =>
                    (file + File.ReadAllText(file)) is var text
                    && words.All(word => text.Contains(word, StringComparison.Ordinal))
                )
        ),
    ];
}

// What the programs are tested with, beside the project itself: tests of the command line and of runners start all
// three.
int BuildEach(List<string> projects)
{
    string[] programs = projects.TrueForAll(project =>
        Path.GetFileNameWithoutExtension(project) is "Core.Tests" or "Server.Tests" or "Console.Tests"
    )
        ? []
        : ["src/Cli", "src/Server", "src/Runner"];
    foreach (var project in programs.Concat(projects))
        if (Run("dotnet", ["build", project, "-v", "q", "-clp:NoSummary", "--nologo"]) is var code and not 0)
            return code;
    return 0;
}

static void NeedFor(string tests)
{
    switch (tests)
    {
        case "Cli.Tests":
            Need("git", "git", () => OnPath("git"));
            Need("hyperfine", "hyperfine", () => OnPath("hyperfine"));
            Need("wrk", "wrk", () => OnPath("wrk"));
            Need("ruby", "ruby", () => OnPath("ruby"));
            Need("benchmark-ips", "ruby-benchmark-ips", () =>
                File.Exists("/usr/lib/ruby/vendor_ruby/benchmark/ips.rb")
            );
            Need("Go", "golang-go", () => OnPath("go"));
            Need("Cargo", "cargo", () => OnPath("cargo"));
            Need("Google Benchmark", "libbenchmark-dev", () => File.Exists("/usr/include/benchmark/benchmark.h"));
            Need("Catch2", "catch2", () => File.Exists("/usr/include/catch2/catch.hpp"));
            Need("a C++ compiler", "g++", () => OnPath("g++"));
            Need("a keyring", "gnome-keyring", () => OnPath("gnome-keyring-daemon"));
            Need("a keyring client", "libsecret-tools", () => OnPath("secret-tool"));
            Need("a message bus for the keyring", "dbus-daemon", () => OnPath("dbus-run-session"));
            Need("pytest-benchmark", "python3-pytest-benchmark", () =>
                Directory.Exists("/usr/lib/python3/dist-packages/pytest_benchmark")
            );
            Need("npm", "npm", () => OnPath("npm"));
            if (!Packages("tests/Ci"))
                Exit("the local CI runner and linter could not be installed. Run: npm ci --prefix tests/Ci");
            NeedMachine();
            break;
        case "Console.Tests":
            Need("a browser", "chromium-headless-shell", () => OnPath("chromium-headless-shell"));
            Need("npm", "npm", () => OnPath("npm"));
            if (!Packages("src/Server/Ground/Pages/islands"))
                Exit(
                    "the packages of the browser's code could not be installed: npm ci --prefix "
                        + "src/Server/Ground/Pages/islands"
                );
            break;
        case "Runner.Tests":
            NeedMachine();
            break;
        case "Server.Tests":
            NeedPostgres();
            Need("skopeo", "skopeo", () => OnPath("skopeo"));
            Need("zstd", "zstd", () => OnPath("zstd"));
            Want("Prometheus", "prometheus", () => OnPath("prometheus"));
            Need("npm", "npm", () => OnPath("npm"));
            if (!Packages("tests/S3"))
                Exit("the S3 server of the tests could not be installed. Run: npm ci --prefix tests/S3");
            if (!Packages("tests/Smtp"))
                Exit("the SMTP server of the tests could not be installed. Run: npm ci --prefix tests/Smtp");
            if (!Packages("tests/Mcp"))
                Exit("the MCP conformance program could not be installed. Run: npm ci --prefix tests/Mcp");
            break;
    }
}

// What a runner carries jobs out with, and what the tests do to it.
static void NeedMachine()
{
    Need("skopeo", "skopeo", () => OnPath("skopeo"));
    Need("QEMU", "qemu-system-x86", () => OnPath("qemu-system-x86_64"));
    Need("a kernel for micro VMs", "linux-image-cloud-amd64", () =>
        Directory.Exists("/boot") && Directory.GetFiles("/boot", "vmlinuz-*").Length > 0
    );
    Need("a static busybox", "busybox-static", () => Directory.Exists("/usr/share/doc/busybox-static"));
    Need("mkfs.ext4", "e2fsprogs", () => OnPath("mkfs.ext4") || File.Exists("/sbin/mkfs.ext4"));
    Need("an OCI runtime", "runc", () => OnPath("runc") || File.Exists("/usr/sbin/runc"));
    Want("another OCI runtime", "crun", () => OnPath("crun"));
    Need("perl", "perl-base", () => OnPath("perl"));
    Need("zstd", "zstd", () => OnPath("zstd"));
    NeedPostgres();
}

static void NeedPostgres() => Need("a PostgreSQL server", "postgresql", () => Directory.Exists("/usr/lib/postgresql"));

static void Exit(string message)
{
    Fail(message);
    Environment.Exit(1);
}

static List<TestRun> TestEach(IEnumerable<string> projects, string? filter) =>
    [.. projects.Select(project => TestOne(project, "", filter is null ? null : $"FullyQualifiedName~{filter}"))];

// Some tests start real servers, runners and machines: what failed beside all others may pass alone, and both are said.
// More than a few are no accident, and are not asked again (docs/decisions/0013-tests-again.md).
static Tally Again(List<TestRun> runs, Tally sum)
{
    foreach (var run in runs.Where(run => run.Failed.Count > 0))
    {
        var methods = run.Failed.Select(name => name.Method).Distinct().ToList();
        var again = TestOne(
            run.Project,
            ".again",
            string.Join('|', methods.Select(method => $"FullyQualifiedName={method}"))
        );
        foreach (var (method, name) in run.Failed)
        {
            var passed = again.Ran.Contains(method) && again.Failed.All(failed => failed.Method != method);
            Console.WriteLine($"{(passed ? "PASSED ONLY WHEN RUN AGAIN, ALONE" : "FAILED TWICE")}: {name}");
            if (passed)
                sum += new Tally(1, -1);
        }
    }
    return sum;
}

static TestRun TestOne(string project, string ending, string? filter)
{
    var results = Directory.CreateDirectory(Path.GetFullPath("artifacts/tests")).FullName;
    // Of what is tested without a server: there a line that no test runs is one that nobody has thought of.
    var isCovered = filter is null && Path.GetFileNameWithoutExtension(project) == "Core.Tests";
    var report = Path.Combine(results, $"{Path.GetFileNameWithoutExtension(project)}{ending}.trx");
    File.Delete(report);
    var code = Run(
        "dotnet",
        [
            "test",
            project,
            "-c",
            // The whole suite, and what is run again of it.
            filter is null
            || ending.Length > 0
                ? Optimized
                : "Debug",
            "--no-build",
            "--nologo",
            "--results-directory",
            results,
            "--logger",
            $"trx;LogFileName={report}",
            "--logger",
            "console;verbosity=minimal",
            "--blame-hang-timeout",
            "10m",
            .. filter is null ? Array.Empty<string>() : ["--filter", filter],
            .. isCovered ? ["--collect", Coverage] : Array.Empty<string>(),
        ]
    );
    if (isCovered)
        SayCoverage("src/Core", results);
    return TestRun.Of(project, report, code);
}

static void SayCoverage(string what, string results)
{
    var newest = Directory
        .GetFiles(results, "coverage.cobertura.xml", SearchOption.AllDirectories)
        .MaxBy(File.GetLastWriteTimeUtc);
    if (newest is null)
        return;
    var found = XDocument.Load(newest).Root!;
    Console.WriteLine(
        $"The tests cover {Share("lines")} of the lines and {Share("branches")} of the branches of {what}."
    );

    string Share(string things) =>
        (
            double.Parse((string)found.Attribute($"{things}-covered")!, CultureInfo.InvariantCulture)
            / double.Parse((string)found.Attribute($"{things}-valid")!, CultureInfo.InvariantCulture)
        ).ToString("P1", CultureInfo.InvariantCulture);
}

int Golden(string filter, bool update = false, bool postgres = false)
{
    if (!Recordings.AreHere)
        return Fail($"golden: there are no recordings in {Recordings.Folder}. Set PADDOCK_SHARED to another folder");
    if (Publish() is var failed and not 0)
        return failed;
    if (postgres)
        NeedPostgres();
    var outcome = Outcome(filter, postgres, Servers.Published);
    if (update)
        File.WriteAllLines(Passing, outcome.Where(o => o.Value).Select(o => o.Key).Order(StringComparer.Ordinal));
    var kept = Kept(outcome, filter, postgres);
    Console.WriteLine($"of those that passed before: {kept}");
    Console.WriteLine(Tally.Of(outcome.Values));
    return kept.Failed == 0 ? 0 : 1;
}

// The programs against the recordings: which pass.
static Dictionary<string, bool> Outcome(string filter, bool postgres, Servers servers)
{
    Need("python3", "python3", () => OnPath("python3"));
    return Recordings
        .Samples(filter)
        .Concat(Recordings.Replay(filter, postgres, servers))
        .ToDictionary(o => o.Name, o => o.Passed, StringComparer.Ordinal);
}

// How many pass of those that passed before. A few that do not are tried again, alone, with published servers.
static Tally Kept(Dictionary<string, bool> outcome, string filter, bool postgres)
{
    var before = File.ReadAllLines(Passing)
        .Where(name => name.Contains(filter, StringComparison.Ordinal))
        .ToHashSet(StringComparer.Ordinal);
    var lost = before.Where(name => !outcome.GetValueOrDefault(name)).ToList();
    foreach (
        var name in lost.Where(name => lost.Count <= AgainMax && name.StartsWith("replay ", StringComparison.Ordinal))
    )
    {
        outcome[name] = Recordings.Replay(name["replay ".Length..], postgres, Servers.Published).Contains((name, true));
        if (outcome[name])
            Console.WriteLine($"PASSED ONLY WHEN RUN AGAIN, ALONE: {name}");
    }
    foreach (var name in before.Where(name => !outcome.GetValueOrDefault(name)))
        Console.WriteLine($"NO LONGER PASSES {name}");
    var fresh = outcome.Count(o => o.Value && !before.Contains(o.Key));
    if (fresh > 0)
        Console.WriteLine($"{fresh} newly pass. To record them, run: dotnet run dev.cs -- golden --update");
    return Tally.Of(before.Select(name => outcome.GetValueOrDefault(name)));
}

// A program of the distribution that is missing on this machine is installed, where we may.
static void Need(string what, string package, Func<bool> isHere)
{
    if (!Want(what, package, isHere))
        Exit($"{what} is missing. Install it (Debian: apt-get install {package}) and try again");
}

// The packages that a folder's lock file names, from npm, where they are not there yet or others are.
static bool Packages(string folder)
{
    var (wanted, installed) = (
        Path.Combine(folder, "package-lock.json"),
        Path.Combine(folder, "node_modules", ".package-lock.json")
    );
    return (File.Exists(installed) && File.GetLastWriteTimeUtc(installed) >= File.GetLastWriteTimeUtc(wanted))
        || Run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel", "error"]) == 0;
}

// As Need, but nothing is lost without it.
static bool Want(string what, string package, Func<bool> isHere)
{
    if (isHere())
        return true;
    Console.Error.WriteLine($"{what} is missing; installing the Debian package {package}");
    return AptGet("install", "-y", "--no-install-recommends", package) == 0
        || (AptGet("update", "-q") == 0 && AptGet("install", "-y", "--no-install-recommends", package) == 0);
}

static int AptGet(params string[] arguments) =>
    (OnPath("apt-get"), Environment.IsPrivilegedProcess, OnPath("sudo")) switch
    {
        (true, true, _) => Run("apt-get", arguments),
        (true, false, true) => Run("sudo", ["apt-get", .. arguments]),
        _ => 1,
    };

static bool OnPath(string program) =>
    Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

static int Fail(string why)
{
    Console.Error.WriteLine(why);
    return 1;
}

static int Run(string program, string[] arguments)
{
    using var process = Process.Start(program, arguments);
    process.WaitForExit();
    return process.ExitCode;
}

/// <summary>Which projects are tested after each other.</summary>
internal enum Lane
{
    /// <summary>Needs no published program, so it runs while they are published. The recordings follow it.</summary>
    WithoutPrograms,

    /// <summary>Needs the published server.</summary>
    Server,

    /// <summary>Follows the recordings, when the emulated machines of the runner's tests are mostly done.</summary>
    CommandLine,

    /// <summary>Waits more than it computes.</summary>
    Runner,
}

/// <summary>How many passed, how many failed.</summary>
internal readonly record struct Tally(int Passed, int Failed)
{
    public static Tally operator +(Tally a, Tally b) => new(a.Passed + b.Passed, a.Failed + b.Failed);

    public static Tally Of(IEnumerable<bool> outcomes) =>
        outcomes.Aggregate(new Tally(0, 0), (sum, passed) => sum + (passed ? new Tally(1, 0) : new Tally(0, 1)));

    public override string ToString() => $"{Passed} passed, {Failed} failed";
}

/// <summary>
/// What one project's tests came to: how many, and of each that failed its method and its whole name.
/// </summary>
internal sealed record TestRun(
    string Project,
    Tally Tally,
    HashSet<string> Ran,
    List<(string Method, string Name)> Failed
)
{
    /// <summary>What a test run reported; one that died before it could report has failed once.</summary>
    public static TestRun Of(string project, string report, int exitCode)
    {
        if (!File.Exists(report))
            return new(project, new(0, exitCode == 0 ? 0 : 1), [], []);
        var all = XDocument.Load(report).Descendants().ToLookup(element => element.Name.LocalName);
        int Count(string name) => (int?)all["Counters"].FirstOrDefault()?.Attribute(name) ?? 0;
        var methods = all["UnitTest"]
            .ToDictionary(
                test => (string)test.Attribute("id")!,
                test => test.Elements().First(element => element.Name.LocalName == "TestMethod")
            )
            .ToDictionary(
                test => test.Key,
                test => $"{(string?)test.Value.Attribute("className")}.{(string?)test.Value.Attribute("name")}"
            );
        var failed = all["UnitTestResult"]
            .Where(result => (string?)result.Attribute("outcome") is "Failed" or "Error" or "Timeout")
            .Select(result =>
                (
                    Method: Plain(methods[(string)result.Attribute("testId")!]),
                    Name: (string)result.Attribute("testName")!
                )
            );
        // A test that lacks something on this machine is neither, and says what it lacks.
        foreach (
            var skipped in all["UnitTestResult"].Where(result => (string?)result.Attribute("outcome") is "NotExecuted")
        )
            Console.WriteLine($"SKIPPED: {(string?)skipped.Attribute("testName")}: {skipped.Value.Trim()}");
        var (executed, passed) = (Count("executed"), Count("passed"));
        return new(
            project,
            new(passed, Math.Max(executed - passed, exitCode == 0 ? 0 : 1)),
            [.. methods.Values.Select(Plain)],
            [.. failed]
        );
    }

    // A theory's method, without the values of the case.
    private static string Plain(string method) => method.Split('(')[0];
}

/// <summary>
/// Where recorded cases find their servers: each is a process of the published program, or all are in one process of
/// tests/ManyServers, which takes a seventh of the processor time.
/// </summary>
internal enum Servers
{
    Published,
    InOneProcess,
}

/// <summary>
/// The recordings of the original's behaviour, which are kept beside the repository, and their two checkers.
/// </summary>
internal static class Recordings
{
    public static readonly string Folder = Path.GetFullPath(
        Environment.GetEnvironmentVariable("PADDOCK_SHARED") ?? "../shared"
    );

    public static bool AreHere => File.Exists(Path.Combine(Folder, "conformance", "replay.py"));

    public static Tally Missing()
    {
        Console.WriteLine(
            $"Not compared with recordings: there are none in {Folder}. Set PADDOCK_SHARED to another folder."
        );
        return new(0, 0);
    }

    /// <summary>What the published command line reads out of the outputs of harnesses.</summary>
    public static List<(string Name, bool Passed)> Samples(string filter)
    {
        var folder = Path.Combine(Folder, "samples");
        var lines = Lines("python3", Checker("samples.py"), "--cli", "artifacts/publish/paddock", "-k", filter);
        var finished = lines.LastOrDefault()?.EndsWith(" failed", StringComparison.Ordinal) == true;
        var failures = lines
            .Select(line => Regex.Match(line, @"^FAIL (.* \(\w+\)): "))
            .Where(match => match.Success)
            .Select(match => match.Groups[1].Value)
            .ToHashSet();
        return
        [
            .. Directory
                .GetFiles(folder, "case.json", SearchOption.AllDirectories)
                .SelectMany(file => Names(file))
                .Distinct()
                .Where(name => name.Contains(filter, StringComparison.Ordinal))
                .Select(name => ($"samples {name}", finished && !failures.Contains(name))),
        ];

        static IEnumerable<string> Names(string file)
        {
            using var cases = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (var one in cases.RootElement.EnumerateArray())
                yield return $"{Path.GetFileName(Path.GetDirectoryName(file))}/{one.GetProperty("expected")} "
                    + $"({one.GetProperty("adapter")})";
        }
    }

    /// <summary>What the server and the published command line answer.</summary>
    public static List<(string Name, bool Passed)> Replay(string filter, bool postgres, Servers servers)
    {
        var report = Path.GetFullPath("artifacts/replay.json");
        File.Delete(report);
        var recorded = Path.Combine(Folder, "conformance");
        string[] onPostgres = postgres ? [Path.GetFullPath("tests/golden/on-postgres")] : [];
        string[] inOneProcess =
            servers == Servers.InOneProcess
                ? ["dotnet", Path.GetFullPath("artifacts/bin/ManyServers/release/Paddock.ManyServers.dll")]
                : [];
        Lines([
            .. OwnNetwork(),
            .. onPostgres,
            .. inOneProcess,
            "python3",
            Checker("replay.py"),
            "--start",
            Path.GetFullPath("tests/golden/serve"),
            "--cli",
            Path.GetFullPath("artifacts/publish/paddock"),
            "--cases",
            Path.Combine(recorded, "cases"),
            "--cases",
            Path.Combine(recorded, "worlds"),
            "--differences",
            Path.GetFullPath("tests/golden/differences.txt"),
            "--json",
            report,
            "--jobs",
            servers == Servers.InOneProcess ? "6" : "3",
            "-k",
            filter,
        ]);
        if (!File.Exists(report))
            return []; // No case's name contains the filter.
        using var outcomes = JsonDocument.Parse(File.ReadAllBytes(report));
        return
        [
            .. outcomes
                .RootElement.EnumerateArray()
                .Select(one => ($"replay {one.GetProperty("name")}", one.GetProperty("ok").GetBoolean())),
        ];
    }

    // It chooses the ports of servers before they start. In a network of its own, where the system allows one, no other
    // test can take them.
    private static string[] OwnNetwork()
    {
        string[] network = ["unshare", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
        try
        {
            using var tried = Process.Start(network[0], [.. network[1..], "true"]);
            tried.WaitForExit();
            return tried.ExitCode == 0 ? network : [];
        }
        catch (Win32Exception)
        {
            return []; // No such program.
        }
    }

    private static string Checker(string name) => Path.Combine(Folder, "conformance", name);

    // What the checker prints, which is shown as it comes.
    private static List<string> Lines(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var lines = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            Console.WriteLine(line);
            lines.Add(line);
        }
        process.WaitForExit();
        return lines;
    }
}
