namespace Paddock.Cli.Tests;

/// <summary>The built <c>paddock</c> as a process.</summary>
internal static class PaddockProgram
{
    private static readonly Lazy<Folder> Repository = new(() => Folder.NewRepository());

    /// <param name="folder">The working directory. Default: a git repository on branch "main".</param>
    /// <param name="env">Names and values, alternating.</param>
    public static Task<Ended> RunAsync(
        string[] args,
        string? input = null,
        string? folder = null,
        params string[] env
    ) =>
        BuiltProgram.RunAsync(
            BuiltProgram.Cli,
            args,
            env.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]),
            input,
            folder ?? Repository.Value.Path
        );
}

/// <summary>A temporary folder for one test.</summary>
internal sealed class Folder : IDisposable
{
    private Folder() { }

    public string Path { get; } = Directory.CreateTempSubdirectory("paddock-cli-").FullName;

    public static Folder New() => new();

    /// <summary>A folder that is a git repository without commits.</summary>
    public static Folder NewRepository(string branch = "main")
    {
        var folder = New();
        folder.Write(".git/HEAD", $"ref: refs/heads/{branch}\n");
        Directory.CreateDirectory(System.IO.Path.Combine(folder.Path, ".git", "objects"));
        return folder;
    }

    public string Write(string name, string text)
    {
        var file = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
