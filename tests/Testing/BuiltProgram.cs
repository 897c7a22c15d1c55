using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Paddock.Testing;

/// <summary>
/// Our programs, to be run as processes: those of the folder that PADDOCK_TEST_PROGRAMS names, else as they were built
/// with the tests.
/// </summary>
public static class BuiltProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static string Server => Find("Server", "paddock-server");
    public static string Cli => Find("Cli", "paddock");
    public static string Runner => Find("Runner", "paddock-runner");

    private static string? Published { get; } = Environment.GetEnvironmentVariable("PADDOCK_TEST_PROGRAMS");

    /// <summary>Where the clone is.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    /// <summary>
    /// Runs a program to its end, in an environment without settings of ours or of a CI service but those given.
    /// </summary>
    /// <param name="folder">Where it runs; the temporary folder unless told.</param>
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
            process.StandardInput.Close();
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
        // Tests change this machine only where that is what they are about.
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
        catch (IOException) { } // It ended without reading all of it.
    }

    // Published programs start ten times as fast. The others have the same configuration as the tests, whose folder
    // says which that is.
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

/// <summary>How a process ended, and what it said.</summary>
public sealed record Ended(int ExitCode, string Output, string Error);
