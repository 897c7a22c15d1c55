using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Paddock.Testing;

/// <summary>
/// Paddock's programs, run as processes: from the folder that PADDOCK_TEST_PROGRAMS names, else as built along with the
/// tests.
/// </summary>
public static class BuiltProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Server => Find("Server", "paddock-server");
    public static string Cli => Find("Cli", "paddock");
    public static string Runner => Find("Runner", "paddock-runner");

    private static string? Published { get; } = Environment.GetEnvironmentVariable("PADDOCK_TEST_PROGRAMS");

    /// <summary>The root folder of the clone.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>
    /// Runs a program to its end. Its environment has no PADDOCK or CI settings other than the given ones.
    /// </summary>
    /// <param name="folder">The working folder; the temporary folder by default.</param>
    public static async Task<Ended> RunAsync(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? input = null,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        SetEnvironment(start, environment);
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var (output, error) = (
                process.StandardOutput.ReadToEndAsync(patience.Token),
                process.StandardError.ReadToEndAsync(patience.Token)
            );
            if (input is not null)
                await WriteAsync(process.StandardInput, input);
            CloseInput(process);
            await process.WaitForExitAsync(patience.Token);
            return new(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Patience}");
        }
    }

    internal static void SetEnvironment(ProcessStartInfo start, IReadOnlyDictionary<string, string>? environment)
    {
        string[] foreign =
        [
            "PADDOCK_",
            "BENCHER_",
            "GITHUB_",
            "FORGEJO_",
            "GITEA_",
            "CI_",
            "BITBUCKET_",
            "BUILDKITE",
            "CIRCLE_",
            "SYSTEM_PULLREQUEST_",
            "BUILD_SOURCE",
            "DRONE_",
            "TRAVIS",
            "APPVEYOR_",
            "SEMAPHORE_",
            "CIRRUS_",
            "CHANGE_",
            "BRANCH_NAME",
            "GIT_BRANCH",
            "GIT_COMMIT",
            "TAG_NAME",
        ];
        foreach (
            var name in start
                .Environment.Keys.Where(name =>
                    name is "CI" or "NO_COLOR"
                    || foreign.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))
                )
                .ToList()
        )
            start.Environment.Remove(name);
        // Tests tune this machine only if tuning is what they test.
        start.Environment["PADDOCK_NO_TUNING"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
    }

    private static async Task WriteAsync(StreamWriter to, string input)
    {
        try
        {
            await to.WriteAsync(input);
        }
        catch (IOException) { } // The program ended without reading all of its input.
    }

    private static void CloseInput(Process process)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException) { } // It writes what the program has not read.
    }

    // Published programs start ten times as fast. Built ones have the same configuration as the tests, which the name
    // of the tests' folder tells.
    private static string Find(string project, string program)
    {
        if (Published is { Length: > 0 })
            return Path.Combine(Published, program);
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        var file = Path.Combine(Root, "artifacts", "bin", project, configuration, program);
        return File.Exists(file)
            ? file
            : throw new FileNotFoundException($"{file} is not there: dotnet build Paddock.slnx");
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}

/// <summary>A process's exit code and output.</summary>
public sealed record Ended(int ExitCode, string Output, string Error);
