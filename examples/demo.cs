// The demo: a server on the embedded database, and the benchmark of examples/words at each commit of its history, sent
// by the command line. Then the same on bare metal: a runner on this machine, an image that is made here and pushed to
// the server, and a job that the runner carries out. dotnet run dev.cs -- demo [--once]: with --once it ends instead of
// serving on.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

var words = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "words");
var root = Path.GetFullPath(Path.Combine(words, "..", ".."));
var watch = Stopwatch.StartNew();
var folder = Directory.CreateTempSubdirectory("paddock-demo-").FullName;
Process? server = null,
    runner = null;

// The server gets it too; we end after it.
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
try
{
    string[] projects = ["Server", "Cli", "Runner"];
    foreach (var (at, project) in projects.Index())
    {
        Say($"building {project} ({at + 1} of {projects.Length}) ...");
        Must("dotnet", ["build", $"src/{project}", "-c", "Release", "-v", "q", "-clp:NoSummary", "--nologo"], root);
    }
    var host = StartServer();
    await AnswersAsync(host);
    Say($"the server is up: {host}");
    var token = SignUp(host);
    var commits = Directory.GetFiles(Path.Combine(words, "history")).Order(StringComparer.Ordinal).ToList();
    Say($"measuring {commits.Count + 1} commits of a small repository, a few seconds each:\n");

    var clone = Path.Combine(folder, "words");
    BeginHistory(clone);
    await MeasureAsync(clone, host, token, "Count the words of a text, and find the longest");
    foreach (var patch in commits)
    {
        Must("git", ["am", "-q", patch], clone);
        await MeasureAsync(clone, host, token, Must("git", ["log", "-1", "--format=%s"], clone).Trim());
    }
    var missing = Missing();
    if (missing is not null)
        Say($"the bare-metal part is skipped: {missing}");
    var job = missing is null ? await RunOnBareMetalAsync(host, token) : null;
    await PrintPagesAsync(host, job);
    if (args is ["--once"])
        return 0;
    Console.WriteLine("Serving until Ctrl-C.");
    server!.WaitForExit();
    return 0;
}
finally
{
    if (runner is { HasExited: false })
    {
        Must("kill", [$"{runner.Id}"], folder); // It finishes what it has.
        runner.WaitForExit();
    }
    if (server is { HasExited: false })
    {
        server.Kill();
        server.WaitForExit();
    }
    Directory.Delete(folder, recursive: true);
}

void Say(string what) => Console.WriteLine($"{watch.Elapsed.TotalSeconds, 4:0} s  {what}");

// Whoever reads the server's log becomes its administrator.
string SignUp(string host)
{
    var setup = Regex.Match(File.ReadAllText(Path.Combine(folder, "server.log")), @"paddock_setup_\w+").Value;
    return (string)
        Paddock("auth", "setup", setup, "--name", "Ada", "--email", "ada@example.com", "--host", host)!["token"]!;
}

// There is no mail server; the log has what it would send.
string MailedToken() =>
    Regex
        .Matches(File.ReadAllText(Path.Combine(folder, "server.log")), @"Token: (?<token>eyJ[\w.-]+)")[^1]
        .Groups["token"]
        .Value;

string StartServer()
{
    var port = FreePort(wanted: 6610);
    var log = Path.Combine(folder, "server.log");
    var start = new ProcessStartInfo("sh", ["-c", $"exec \"$0\" > '{log}' 2>&1", Program("Server", "paddock-server")]);
    start.Environment["PADDOCK_BIND"] = $"127.0.0.1:{port}";
    start.Environment["PADDOCK_DATA"] = Path.Combine(folder, "data");
    start.Environment["PADDOCK_CONSOLE_URL"] = $"http://localhost:{port}";
    server = Process.Start(start)!;
    return $"http://localhost:{port}";
}

async Task AnswersAsync(string host)
{
    using var http = new HttpClient();
    for (var attempt = 0; attempt < 300 && !server!.HasExited; attempt++)
    {
        try
        {
            if ((await http.GetAsync($"{host}/v0/server/version")).IsSuccessStatusCode)
                return;
        }
        catch (HttpRequestException) { }
        await Task.Delay(50);
    }
    throw new InvalidOperationException(
        $"The server did not start: {File.ReadAllText(Path.Combine(folder, "server.log"))}"
    );
}

// The programs as they were when they began; their text is the licence, which has enough words.
void BeginHistory(string clone)
{
    Directory.CreateDirectory(clone);
    foreach (var file in new[] { "words.awk", "longest.awk", "bench", ".gitignore" })
        File.Copy(Path.Combine(words, file), Path.Combine(clone, file));
    File.Copy(Path.Combine(root, "LICENSE"), Path.Combine(clone, "text.txt"));
    Must("git", ["init", "-q", "-b", "main"], clone);
    Must("git", ["config", "user.name", "Words"], clone);
    Must("git", ["config", "user.email", "words@example.com"], clone);
    Must("git", ["add", "."], clone);
    Must("git", ["commit", "-q", "-m", "Count the words of a text, and find the longest"], clone);
}

// What a CI job would do. It fails when something got slower by more than three quarters.
async Task MeasureAsync(string clone, string host, string token, string subject)
{
    var start = new ProcessStartInfo(
        Program("Cli", "paddock"),
        [
            "run",
            "--host",
            host,
            "--token",
            token,
            "--project",
            "words",
            "--testbed",
            "this-machine",
            "--adapter",
            "shell_hyperfine",
            "--average",
            "median",
            "--file",
            "results.json",
            "--iter",
            "3",
            "--fold",
            "min", // The best of three: others use this machine, too.
            "--threshold-measure",
            "latency",
            "--threshold-test",
            "percentage",
            "--threshold-min-sample-size",
            "3",
            "--threshold-max-sample-size",
            "10",
            "--threshold-upper-boundary",
            "0.75",
            "--error-on-alert",
            "--quiet",
            "./bench",
        ]
    )
    {
        WorkingDirectory = clone,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
    using var run = Process.Start(WithoutSettings(start))!;
    var error = run.StandardError.ReadToEndAsync();
    var output = await run.StandardOutput.ReadToEndAsync();
    await run.WaitForExitAsync();

    var hash = Must("git", ["rev-parse", "--short=7", "HEAD"], clone).Trim();
    Console.WriteLine(
        $"{watch.Elapsed.TotalSeconds, 4:0} s  {hash} {subject}{(run.ExitCode == 0 ? "" : "  <-- slower")}"
    );
    if (run.ExitCode == 0)
        return;
    if (output.Length == 0)
        throw new InvalidOperationException($"paddock run ended with {run.ExitCode}: {await error}");
    Console.WriteLine($"\n{output}\n{await error}");
}

// Where to look, and the pages as they are now, for when the server is gone.
async Task PrintPagesAsync(string host, string? job)
{
    using var http = new HttpClient { BaseAddress = new Uri(host) };
    var alert = (await ListAsync("alerts")).MaxBy(one =>
        (double)one["metric"]!["value"]! / (double)one["boundary"]!["upper_limit"]!
    )
        ?? throw new InvalidOperationException(
            "The demo found no slower commit, because this machine is too noisy. Close other programs and try again."
        );
    async Task<IEnumerable<JsonNode>> ListAsync(string noun) =>
        JsonNode.Parse(await http.GetStringAsync($"/v0/projects/words/{noun}?per_page=255"))!.AsArray()!;
    async Task<string> IdsAsync(string noun) =>
        string.Join(",", (await ListAsync(noun)).Select(one => (string)one["uuid"]!));
    var report = $"/perf/words/reports/{(string)alert["report"]!}";
    var plot =
        $"/perf/words?branches={await IdsAsync("branches")}&testbeds={await IdsAsync("testbeds")}&"
        + $"benchmarks={await IdsAsync("benchmarks")}&measures={await IdsAsync("measures")}&upper_boundary=true";
    var pages = new List<(string Name, string Path)> { ("report", report), ("plot", plot) };
    if (job is not null)
        pages.Add(("job", job));
    var kept = Directory.CreateDirectory(Path.Combine(root, "artifacts", "demo")).FullName;
    foreach (var (name, path) in pages)
        File.WriteAllText(Path.Combine(kept, $"{name}.html"), await WholePageAsync(http, path));

    Paddock("auth", "login", "ada@example.com", "--host", host);
    await Task.Delay(200); // Until the log has it.
    Console.WriteLine(
        $"""

        The slow commit:   {host}{report}
        Your console:      {host}/auth/confirm?token={MailedToken()}
        Your own project:  {Path.Combine(
            "artifacts",
            "bin",
            "Cli",
            "release",
            "paddock"
        )} run --host {host} --project my-project "<your benchmark>"

        Took {watch.Elapsed.TotalSeconds:0} s. These pages stay in artifacts/demo: {string.Join(
            ", ",
            pages.Select(page => page.Name + ".html")
        )}.
        """
    );
}

// With its style in it, without the script that keeps it up to date, and with whole addresses in its links.
static async Task<string> WholePageAsync(HttpClient http, string path)
{
    var page = await http.GetStringAsync(path);
    foreach (Match link in Regex.Matches(page, @"<link rel=""stylesheet"" href=""(?<path>[^""]+)"">"))
        page = page.Replace(
            link.Value,
            $"<style>{await http.GetStringAsync(link.Groups["path"].Value)}</style>",
            StringComparison.Ordinal
        );
    page = Regex.Replace(page, @"<script\b.*?</script>", "", RegexOptions.Singleline);
    return page.Replace("href=\"/", $"href=\"{http.BaseAddress!.AbsoluteUri}", StringComparison.Ordinal);
}

// What this machine lacks for the container sandbox; null where it has all.
static string? Missing()
{
    if (!Environment.IsPrivilegedProcess)
        return "a runner must run as root";
    if (!OnPath("runc") && !OnPath("crun"))
        return "there is no OCI runtime (Debian: apt-get install runc)";
    // A program that needs a loader names it in its first page; in an image there would be none.
    if (!File.Exists("/bin/busybox") || File.ReadAllBytes("/bin/busybox").AsSpan(0, 4096).IndexOf("/ld-"u8) >= 0)
        return "there is no static busybox (Debian: apt-get install busybox-static)";
    return null;
}

// An operator's part: a spec, a runner. Then a developer's: an image, a run.
async Task<string> RunOnBareMetalAsync(string host, string token)
{
    string[] ada = ["--host", host, "--token", token];
    Paddock([
        "spec",
        "create",
        "--name",
        "This machine",
        "--os",
        "linux",
        "--architecture",
        RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64",
        "--cpu",
        "1",
        "--memory",
        "268435456",
        "--disk",
        "268435456",
        .. ada,
    ]);
    var key = (string)Paddock(["runner", "create", "--name", "Rig", .. ada])!["key"]!;
    Paddock(["runner", "spec", "add", "rig", "--spec", "this-machine", .. ada]);
    StartRunner(host, key);
    await PushAsync(host, token, "metal", "v1");

    var report = Paddock([
        "run",
        "--image",
        "metal:v1",
        "--spec",
        "this-machine",
        "--branch",
        "main",
        "--iter",
        "3",
        "--fold",
        "min",
        "--job-timeout",
        "60",
        "--format",
        "json",
        "--quiet",
        .. ada,
    ])!;
    Console.WriteLine(
        $"{watch.Elapsed.TotalSeconds, 4:0} s  on bare metal, in a container: "
            + string.Join(", ", report["results"]![0]!.AsArray().Select(Duration))
    );
    return $"/perf/metal/jobs/{(string)report["job"]!}";

    static string Duration(JsonNode? result) =>
        $"{(string)result!["benchmark"]!["name"]!} {(double)result["measures"]![0]!["metric"]!["value"]! / 1e6:0.0} ms";
}

void StartRunner(string host, string key)
{
    var start = new ProcessStartInfo(
        "sh",
        [
            "-c",
            $"exec \"$0\" \"$@\" > '{Path.Combine(folder, "runner.log")}' 2>&1",
            Program("Runner", "paddock-runner"),
            "up",
            "--host",
            host,
            "--runner",
            "rig",
            "--data",
            Path.Combine(folder, "runner"),
            "--no-tuning",
        ]
    ); // A demo changes nothing of the machine.
    start.Environment["PADDOCK_RUNNER_KEY"] = key;
    runner = Process.Start(start)!;
}

// An image as any builder makes it, by hand: one layer, its configuration, a manifest, and the four requests that push
// them.
async Task PushAsync(string host, string token, string project, string tag)
{
    using var packed = new MemoryStream();
    string diff;
    using (var tar = new MemoryStream())
    {
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            Add(writer, "bin/busybox", File.ReadAllBytes("/bin/busybox"));
            foreach (var name in new[] { "sh", "awk", "sort" })
                writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, $"bin/{name}") { LinkName = "busybox" });
            foreach (var file in new[] { "words.awk", "longest.awk" })
                Add(writer, file, File.ReadAllBytes(Path.Combine(words, file)));
            Add(writer, "text.txt", File.ReadAllBytes(Path.Combine(root, "LICENSE")));
            Add(writer, "bench", File.ReadAllBytes(Path.Combine(words, "bench-in-image")));
        }
        diff = Digest(tar.ToArray());
        using var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true);
        gzip.Write(tar.ToArray());
    }
    using var http = new HttpClient { BaseAddress = new Uri(host) };
    http.DefaultRequestHeaders.Authorization = new(
        "Basic",
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada@example.com:{token}"))
    );
    var granted = JsonNode.Parse(
        await http.GetStringAsync($"/v0/auth/oci/token?scope=repository:{project}:pull,push")
    )!;
    http.DefaultRequestHeaders.Authorization = new("Bearer", (string)granted["token"]!);
    var layer = await BlobAsync(packed.ToArray(), "application/vnd.oci.image.layer.v1.tar+gzip");
    var about = new JsonObject
    {
        ["architecture"] = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "amd64",
        ["os"] = "linux",
        ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/bench"), ["Env"] = new JsonArray("PATH=/bin") },
        ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(diff) },
    };
    var config = await BlobAsync(
        Encoding.UTF8.GetBytes(about.ToJsonString()),
        "application/vnd.oci.image.config.v1+json"
    );
    const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    var manifest = new JsonObject
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = Manifest,
        ["config"] = config,
        ["layers"] = new JsonArray(layer),
    };
    using var sent = await http.PutAsync(
        $"/v2/{project}/manifests/{tag}",
        new StringContent(manifest.ToJsonString(), new MediaTypeHeaderValue(Manifest))
    );
    sent.EnsureSuccessStatusCode();

    static void Add(TarWriter writer, string name, byte[] content) =>
        writer.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                DataStream = new MemoryStream(content),
                Mode = (UnixFileMode)0b111_101_101,
            }
        );

    async Task<JsonObject> BlobAsync(byte[] content, string mediaType)
    {
        var body = new ByteArrayContent(content) { Headers = { ContentType = new("application/octet-stream") } };
        using var answer = await http.PostAsync($"/v2/{project}/blobs/uploads/?digest={Digest(content)}", body);
        answer.EnsureSuccessStatusCode();
        return new()
        {
            ["mediaType"] = mediaType,
            ["digest"] = Digest(content),
            ["size"] = content.Length,
        };
    }

    static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
}

JsonNode? Paddock(params string[] arguments) => JsonNode.Parse(Must(Program("Cli", "paddock"), arguments, folder));

static bool OnPath(string program) =>
    Environment
        .GetEnvironmentVariable("PATH")!
        .Split(':')
        .Append("/usr/sbin")
        .Any(at => File.Exists(Path.Combine(at, program)));

string Program(string project, string name) => Path.Combine(root, "artifacts", "bin", project, "release", name);

// Runs a program that has to succeed, and returns what it printed.
static string Must(string program, string[] arguments, string folder)
{
    using var process = Process.Start(
        WithoutSettings(
            new(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )
    )!;
    var error = process.StandardError.ReadToEndAsync();
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0
        ? output
        : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}{error.Result}");
}

// What is set for other purposes on this machine does not count here.
static ProcessStartInfo WithoutSettings(ProcessStartInfo start)
{
    foreach (
        var name in start
            .Environment.Keys.Where(name =>
                name == "CI"
                || name.StartsWith("PADDOCK_", StringComparison.Ordinal)
                || name.StartsWith("BENCHER_", StringComparison.Ordinal)
            )
            .ToList()
    )
        start.Environment.Remove(name);
    return start;
}

static int FreePort(int wanted)
{
    foreach (var port in new[] { wanted, 0 })
    {
        using var socket = new TcpListener(IPAddress.Loopback, port);
        try
        {
            socket.Start();
        }
        catch (SocketException)
        {
            continue;
        } // Somebody listens there.
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
    throw new InvalidOperationException("No free port was found.");
}
