// The demo: a server on the embedded database, and the benchmark of examples/words at each commit of its history, sent by the command line.
// dotnet run dev.cs -- demo [--once]: with --once it ends instead of serving on.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

var words = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "words");
var root = Path.GetFullPath(Path.Combine(words, "..", ".."));
var watch = Stopwatch.StartNew();
var folder = Directory.CreateTempSubdirectory("paddock-demo-").FullName;
Process? server = null;
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true); // The server gets it too; we end after it.
try
{
    foreach (var project in new[] { "Server", "Cli" })
        Must("dotnet", ["build", $"src/{project}", "-c", "Release", "-v", "q", "-clp:NoSummary", "--nologo"], root);
    var host = StartServer();
    await AnswersAsync(host);
    Console.WriteLine($"Serving on {host}; log and data are in {folder}.\n");

    var clone = Path.Combine(folder, "words");
    BeginHistory(clone);
    await MeasureAsync(clone, host, "Count the words of a text, and find the longest");
    foreach (var patch in Directory.GetFiles(Path.Combine(words, "history")).Order(StringComparer.Ordinal))
    {
        Must("git", ["am", "-q", patch], clone);
        await MeasureAsync(clone, host, Must("git", ["log", "-1", "--format=%s"], clone).Trim());
    }
    await PrintPagesAsync(host);
    if (args is ["--once"]) return 0;
    Console.WriteLine("Serving on until Ctrl-C.");
    server!.WaitForExit();
    return 0;
}
finally
{
    if (server is { HasExited: false })
    {
        server.Kill();
        server.WaitForExit();
    }
    Directory.Delete(folder, recursive: true);
}

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
            if ((await http.GetAsync($"{host}/v0/server/version")).IsSuccessStatusCode) return;
        }
        catch (HttpRequestException) { }
        await Task.Delay(50);
    }
    throw new InvalidOperationException($"The server did not start: {File.ReadAllText(Path.Combine(folder, "server.log"))}");
}

// The programs as they were when they began; their text is the licence, which has enough words.
void BeginHistory(string clone)
{
    Directory.CreateDirectory(clone);
    foreach (var file in new[] { "words.awk", "longest.awk", "bench", ".gitignore" }) File.Copy(Path.Combine(words, file), Path.Combine(clone, file));
    File.Copy(Path.Combine(root, "LICENSE"), Path.Combine(clone, "text.txt"));
    Must("git", ["init", "-q", "-b", "main"], clone);
    Must("git", ["config", "user.name", "Words"], clone);
    Must("git", ["config", "user.email", "words@example.com"], clone);
    Must("git", ["add", "."], clone);
    Must("git", ["commit", "-q", "-m", "Count the words of a text, and find the longest"], clone);
}

// What a CI job would do. It fails when something got slower by more than three quarters.
async Task MeasureAsync(string clone, string host, string subject)
{
    var start = new ProcessStartInfo(Program("Cli", "paddock"),
    [
        "run", "--host", host, "--project", "words", "--testbed", "this-machine", "--adapter", "shell_hyperfine", "--average", "median", "--file", "results.json",
        "--iter", "3", "--fold", "min", // The best of three: others use this machine, too.
        "--threshold-measure", "latency", "--threshold-test", "percentage", "--threshold-min-sample-size", "3", "--threshold-max-sample-size", "10",
        "--threshold-upper-boundary", "0.75",
        "--error-on-alert", "--quiet", "./bench",
    ])
    { WorkingDirectory = clone, RedirectStandardOutput = true, RedirectStandardError = true };
    foreach (var name in start.Environment.Keys.Where(name => name == "CI" || name.StartsWith("PADDOCK_", StringComparison.Ordinal) || name.StartsWith("BENCHER_", StringComparison.Ordinal)).ToList())
        start.Environment.Remove(name);
    using var run = Process.Start(start)!;
    var error = run.StandardError.ReadToEndAsync();
    var output = await run.StandardOutput.ReadToEndAsync();
    await run.WaitForExitAsync();

    var hash = Must("git", ["rev-parse", "--short=7", "HEAD"], clone).Trim();
    Console.WriteLine($"{watch.Elapsed.TotalSeconds,4:0} s  {hash} {subject}{(run.ExitCode == 0 ? "" : "  <-- slower")}");
    if (run.ExitCode == 0) return;
    if (output.Length == 0) throw new InvalidOperationException($"paddock run ended with {run.ExitCode}: {await error}");
    Console.WriteLine($"\n{output}\n{await error}");
}

async Task PrintPagesAsync(string host)
{
    using var http = new HttpClient { BaseAddress = new Uri(host) };
    var alert = (await ListAsync("alerts")).MaxBy(one => (double)one["metric"]!["value"]! / (double)one["boundary"]!["upper_limit"]!) ?? throw new InvalidOperationException("No commit was found to be slower; this machine is too noisy for the demo.");
    async Task<IEnumerable<JsonNode>> ListAsync(string noun) => JsonNode.Parse(await http.GetStringAsync($"/v0/projects/words/{noun}?per_page=255"))!.AsArray()!;
    async Task<string> IdsAsync(string noun) => string.Join(",", (await ListAsync(noun)).Select(one => (string)one["uuid"]!));
    Console.WriteLine($"""

        The slow commit's report:  {host}/perf/words/reports/{(string)alert["report"]!}
        The plot of all commits:   {host}/perf/words?branches={await IdsAsync("branches")}&testbeds={await IdsAsync("testbeds")}&benchmarks={await IdsAsync("benchmarks")}&measures={await IdsAsync("measures")}&upper_boundary=true

        Took {watch.Elapsed.TotalSeconds:0} s.
        """);
}

string Program(string project, string name) => Path.Combine(root, "artifacts", "bin", project, "release", name);

// Runs a program that has to succeed, and returns what it printed.
static string Must(string program, string[] arguments, string folder)
{
    using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
    var error = process.StandardError.ReadToEndAsync();
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {output}{error.Result}");
}

static int FreePort(int wanted)
{
    foreach (var port in new[] { wanted, 0 })
    {
        using var socket = new TcpListener(IPAddress.Loopback, port);
        try { socket.Start(); }
        catch (SocketException) { continue; } // Somebody listens there.
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }
    throw new InvalidOperationException("There is no free port.");
}
