using System.Diagnostics;
using Paddock.Server.Ground.Database;
using Paddock.Testing;

namespace Paddock.Bench;

/// <summary>The programs as users get them, built by <c>dotnet run dev.cs -- publish</c>.</summary>
internal static class Published
{
    public static string Cli => In("publish", "paddock");

    public static Task<ServerProcess> ServerAsync(
        Engine engine,
        IReadOnlyDictionary<string, string>? settings = null
    ) => ServerProcess.StartAsync(engine, In("publish", "paddock-server"), durable: true, settings);

    public static string Word(Engine engine) => engine == Engine.Sqlite ? "sqlite" : "postgresql";

    /// <summary>The smallest possible program, published in the same way.</summary>
    public static string Hello()
    {
        var folder = Path.Combine(BuiltProgram.Root, "artifacts", "bench");
        string[] publish =
        [
            "publish",
            Path.Combine(BuiltProgram.Root, "bench", "Hello"),
            "-c",
            "Release",
            "-r",
            "linux-x64",
            "-o",
            folder,
            "-v",
            "q",
            "-clp:NoSummary",
            "--nologo",
        ];
        using var process = Process.Start("dotnet", publish);
        process.WaitForExit();
        return process.ExitCode == 0
            ? Path.Combine(folder, "Hello")
            : throw new InvalidOperationException("bench/Hello could not be published");
    }

    private static string In(string folder, string program)
    {
        var file = Path.Combine(BuiltProgram.Root, "artifacts", folder, program);
        return File.Exists(file)
            ? file
            : throw new FileNotFoundException($"{file} does not exist. Build it with: dotnet run dev.cs -- publish");
    }
}
