namespace Paddock.Cli.Tests;

/// <summary>The built <c>paddock</c> as a process.</summary>
internal static class PaddockProgram
{
    /// <param name="env">Name and value in turn.</param>
    public static Task<Ended> RunAsync(string[] args, string? input = null, string? folder = null, params string[] env) =>
        BuiltProgram.RunAsync(BuiltProgram.Cli, args, env.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]), input, folder);
}

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class Folder : IDisposable
{
    private Folder() { }

    public string Path { get; } = Directory.CreateTempSubdirectory("paddock-cli-").FullName;

    public static Folder New() => new();

    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
