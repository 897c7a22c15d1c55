using System.Diagnostics;
using System.Text.Json;
using Paddock.Server.Ground.Database;
using Xunit.Sdk;

namespace Paddock.Server.Tests.Outside.Mcp;

/// <summary>
/// The protocol's official conformance program, all of its server scenarios. <c>tests/Mcp/expected-failures.yml</c>
/// lists what the server does not offer; the program fails if any other scenario fails, or if a listed one passes.
/// </summary>
public sealed class ConformanceTests
{
    private static readonly string Folder = Path.Combine(BuiltProgram.Root, "tests", "Mcp");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_conformance_scenario_passes_except_the_expected_failures()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var results = Directory.CreateTempSubdirectory("paddock-mcp-").FullName;

        var (code, output) = await RunAsync(
            "server",
            "--url",
            new Uri(server.Address, "/mcp").ToString(),
            "--suite",
            "all",
            "--expected-failures",
            Path.Combine(Folder, "expected-failures.yml"),
            "--output-dir",
            results
        );

        if (code != 0)
            throw new XunitException($"the conformance program ended with {code}: {output}");
        var checks = Directory
            .GetFiles(results, "checks.json", SearchOption.AllDirectories)
            .SelectMany(Statuses)
            .ToList();
        Assert.True(checks.Count >= 30, $"only {checks.Count} checks were made: {output}");
        Assert.True(checks.Count(status => status == "SUCCESS") >= 5, output);
        Directory.Delete(results, recursive: true);
    }

    private static IEnumerable<string> Statuses(string file)
    {
        using var checks = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. checks.RootElement.EnumerateArray().Select(check => check.GetProperty("status").GetString()!)];
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var program = Path.Combine(Folder, "node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");
        if (!File.Exists(program))
            throw new FileNotFoundException($"{program} is not there: npm ci --prefix tests/Mcp");
        using var process = Process.Start(
            new ProcessStartInfo("node", [program, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var late = new CancellationTokenSource(Patience);
        try
        {
            var (output, errors) = (
                process.StandardOutput.ReadToEndAsync(late.Token),
                process.StandardError.ReadToEndAsync(late.Token)
            );
            var both = await output + await errors;
            await process.WaitForExitAsync(late.Token);
            return (process.ExitCode, both);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
