// Checks and lists this repository's dependencies: dotnet run tools/dependencies.cs -- check | list
// check: looks for known advisories about the NuGet and npm packages, and checks the licenses in docs/licenses.md.
// list: rewrites that page.
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

var root = Path.GetFullPath(Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, ".."));
Environment.CurrentDirectory = root;
const string Page = "docs/licenses.md";

// Licenses compatible with Apache-2.0, Paddock's own: none of their conditions extends to other code.
string[] suitable =
[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "PostgreSQL",
    "0BSD",
    "BlueOak-1.0.0",
    "blessing",
    "MIT-0",
    "Python-2.0",
    "MIT/X11",
];

// Packages that state their license only in a file or at an address, with the license found there.
Dictionary<string, string> read = new(StringComparer.OrdinalIgnoreCase)
{
    ["CommandLineParser"] = "MIT",
    ["K4os.Compression.LZ4"] = "MIT",
    ["Microsoft.DotNet.PlatformAbstractions"] = "MIT",
    ["SourceGear.sqlite3"] = "blessing", // SQLite, which is in the public domain.
    ["xunit.abstractions"] = "Apache-2.0",
    ["npm:busboy"] = "MIT",
    ["npm:dicer"] = "MIT",
    ["npm:humanize-number"] = "MIT",
    ["npm:only"] = "MIT",
    ["npm:streamsearch"] = "MIT",
};

switch (args)
{
    case ["list"]:
        File.WriteAllText(Page, Table());
        return 0;
    case ["check"]:
        return Licences() && Advisories() ? 0 : 1;
    default:
        Console.Error.WriteLine("usage: dotnet run tools/dependencies.cs -- check | list");
        return 2;
}

bool Licences()
{
    // The MPL's conditions are about distributing its files, and no shipped program contains any.
    var bad = All()
        .Where(package =>
            !suitable.Contains(package.Licence) && package is not { Licence: "MPL-2.0", IsShipped: false }
        )
        .ToList();
    foreach (var package in bad)
        Console.Error.WriteLine(
            $"{package.Name} {package.Version}: the license {package.Licence} may not be compatible with Apache-2.0"
        );
    if (bad.Count > 0)
        return false;
    if (File.Exists(Page) && File.ReadAllText(Page) == Table())
        return true;
    Console.Error.WriteLine($"{Page} is out of date. Update it with: dotnet run tools/dependencies.cs -- list");
    return false;
}

string Table()
{
    var text = new StringBuilder(
        """
        # Licenses

        All direct and indirect dependencies, from `packages.lock.json` and `package-lock.json`. `dotnet run dev.cs -- check` fails if this page is out of date,
        or if a license is not compatible with Apache-2.0; `dotnet run tools/dependencies.cs -- list` writes this page.

        | Package | Version | License | Used by |
        |---|---|---|---|

        """
    );
    foreach (var package in All())
        text.Append(
            CultureInfo.InvariantCulture,
            $"| {package.Name} | {package.Version} | {package.Licence} | "
                + $"{(package.IsShipped ? "the programs" : "tests")} |\n"
        );
    return text.ToString();
}

IEnumerable<Package> All() =>
    Nuget()
        .Concat(Npm())
        .OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase)
        .ThenBy(package => package.Version, StringComparer.Ordinal);

List<Package> Nuget()
{
    var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } other
        ? other
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
    var found = new Dictionary<(string, string), Package>();
    foreach (var file in Locks("packages.lock.json"))
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var framework in json.RootElement.GetProperty("dependencies").EnumerateObject())
        foreach (
            var one in framework
                .Value.EnumerateObject()
                .Where(one => one.Value.GetProperty("type").GetString() != "Project")
        )
        {
            var (name, version) = (one.Name, one.Value.GetProperty("resolved").GetString()!);
            var isShipped =
                file.StartsWith("src/", StringComparison.Ordinal)
                || (found.TryGetValue((name, version), out var known) && known.IsShipped);
            found[(name, version)] = new(name, version, LicenceOf(cache, name, version), isShipped);
        }
    }
    return [.. found.Values];
}

string LicenceOf(string cache, string name, string version)
{
    var folder = Path.Combine(cache, name.ToLowerInvariant(), version.ToLowerInvariant());
    var file = Path.Combine(folder, name.ToLowerInvariant() + ".nuspec");
    if (!File.Exists(file))
        return "unknown, because the package was not restored";
    var licence = XDocument.Load(file).Descendants().FirstOrDefault(element => element.Name.LocalName == "license");
    return licence?.Attribute("type")?.Value == "expression"
        ? licence.Value
        : read.GetValueOrDefault(name, "in a file that nobody has reviewed");
}

List<Package> Npm()
{
    var found = new List<Package>();
    foreach (var file in Locks("package-lock.json"))
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (
            var one in json.RootElement.GetProperty("packages").EnumerateObject().Where(one => one.Name.Length > 0)
        )
        {
            var name = one.Name[
                (one.Name.LastIndexOf("node_modules/", StringComparison.Ordinal) + "node_modules/".Length)..
            ];
            var licence = one.Value.TryGetProperty("license", out var word)
                ? word.GetString()!
                : read.GetValueOrDefault("npm:" + name, "not stated");
            // The server embeds uplot, as a part of explorer.js.
            found.Add(new(name, one.Value.GetProperty("version").GetString()!, licence, IsShipped: name == "uplot"));
        }
    }
    return [.. found.Distinct()];
}

bool Advisories()
{
    TellNpmAdvisories();
    return NugetAdvisories();
}

bool NugetAdvisories()
{
    // A feed without advisories lets every package pass, and dotnet list package does not mention that.
    var silent = Sources().Where(source => !HasAdvisories(source)).ToList();
    foreach (var source in silent)
        Console.WriteLine($"NOT CHECKED for advisories: the feed {source} has no advisories (no VulnerabilityInfo)");
    var (code, output) = Capture("dotnet", "list", "Paddock.slnx", "package", "--vulnerable", "--include-transitive");
    if (code != 0)
    {
        Console.WriteLine(
            $"NOT CHECKED for advisories: dotnet list package ended with {code}: {output.Trim().Split('\n')[^1]}"
        );
        return true;
    }
    if (!output.Contains("has the following vulnerable packages", StringComparison.Ordinal))
        return true;
    Console.Error.WriteLine(output);
    return false;
}

// Only tests use these packages, so no user is at risk. Advisories are printed, but do not fail the check.
void TellNpmAdvisories()
{
    foreach (var file in Locks("package-lock.json"))
    {
        var (_, output) = Capture(
            "npm",
            "audit",
            "--prefix",
            Path.GetDirectoryName(file)!,
            "--package-lock-only",
            "--json"
        );
        try
        {
            using var json = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
            var counts = json.RootElement.GetProperty("metadata").GetProperty("vulnerabilities");
            if (counts.GetProperty("total").GetInt32() is > 0 and var total)
                Console.WriteLine(
                    $"{file}: npm has {total} advisories about packages that only tests use. To list them, run: npm "
                        + $"audit --prefix {Path.GetDirectoryName(file)}"
                );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or ArgumentOutOfRangeException)
        {
            Console.WriteLine($"NOT CHECKED for advisories: {file}: the npm registry did not answer npm audit");
        }
    }
}

static IEnumerable<string> Sources() =>
    Capture("dotnet", "nuget", "list", "source", "--format", "short")
        .Output.Split('\n')
        .Where(line => line.StartsWith("E ", StringComparison.Ordinal))
        .Select(line => line[2..].Trim())
        .Where(source => source.StartsWith("http", StringComparison.Ordinal));

static bool HasAdvisories(string source)
{
    try
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        return http.GetStringAsync(source)
            .GetAwaiter()
            .GetResult()
            .Contains("VulnerabilityInfo/", StringComparison.Ordinal);
    }
    catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
    {
        return false;
    }
}

static IEnumerable<string> Locks(string name) =>
    Directory
        .EnumerateFiles(".", name, SearchOption.AllDirectories)
        .Select(file => file[2..].Replace('\\', '/'))
        .Where(file =>
            !file.StartsWith("artifacts/", StringComparison.Ordinal)
            && !file.Contains("/node_modules/", StringComparison.Ordinal)
            && !file.Contains("/obj/", StringComparison.Ordinal)
        )
        .Order(StringComparer.Ordinal);

static (int Code, string Output) Capture(string program, params string[] arguments)
{
    try
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        return (process.ExitCode, output.Result + error.Result);
    }
    catch (System.ComponentModel.Win32Exception e)
    {
        return (1, e.Message);
    }
}

internal sealed record Package(string Name, string Version, string Licence, bool IsShipped);
