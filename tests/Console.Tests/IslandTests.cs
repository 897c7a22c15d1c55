using System.Diagnostics;

namespace Paddock.Console.Tests;

/// <summary>The browser code that the server embeds matches a fresh build of its sources.</summary>
public sealed class IslandTests
{
    [Fact]
    public async Task The_committed_browser_files_match_a_fresh_build()
    {
        var folder = Path.Combine(Repository(), "src", "Server", "Ground", "Pages", "islands");
        Assert.True(
            Directory.Exists(Path.Combine(folder, "node_modules")),
            $"The packages are missing: npm ci --prefix {folder}"
        );
        var built = Directory.CreateTempSubdirectory("paddock-islands-").FullName;
        try
        {
            await RunAsync(folder, "npx", "--no-install", "tsc", "--noEmit");
            await RunAsync(folder, "npx", "--no-install", "vite", "build", "--outDir", built, "--logLevel", "error");

            foreach (var file in (string[])["explorer.js", "explorer.css"])
            {
                var (committed, fresh) = (
                    await File.ReadAllTextAsync(Path.Combine(folder, "built", file)),
                    await File.ReadAllTextAsync(Path.Combine(built, file))
                );
                Assert.True(
                    committed == fresh,
                    $"{file} is not what its sources build: npm run build --prefix {folder}"
                );
            }
        }
        finally
        {
            Directory.Delete(built, recursive: true);
        }
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await output + await error);
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Paddock.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("This test runs in a clone.");
        return folder;
    }
}
