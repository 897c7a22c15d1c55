using System.ComponentModel;
using System.Diagnostics;
using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>
/// The repository of a run, read from its files, so that a machine without git can report what it measured. Only the
/// root commit, whose search walks the whole history, and the commit's message need git itself.
/// </summary>
internal sealed class Git
{
    private const int SymbolicRefDepthMax = 5;
    private static readonly TimeSpan WalkMax = TimeSpan.FromSeconds(30);
    private readonly string folder;
    private readonly string common;

    private Git(string folder, string common) => (this.folder, this.common) = (folder, common);

    /// <summary>The first folder at or above this one that is a repository.</summary>
    public static Git? Find(string start)
    {
        for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            if (Open(at.FullName) is { } found)
                return found;
        return null;
    }

    /// <summary>
    /// The repository's name: the last part of its remote address, or of the directory that holds it.
    /// </summary>
    public string Name =>
        GitRemote.NameOf(Remote)
        ?? (Path.GetFileName(Path.GetDirectoryName(common)) is { Length: > 0 } name ? name : "root");

    /// <summary>
    /// The remote address without credentials: "github.com/acme/rocket". All clones share it, whether made over HTTPS
    /// or SSH.
    /// </summary>
    public string? Remote => GitRemote.Of(ReadText(Path.Combine(common, "config")));

    /// <summary>True when the clone has only the newest commits, and so does not know its first commit.</summary>
    public bool IsShallow => File.Exists(Path.Combine(common, "shallow"));

    /// <summary>The full name of the ref that is checked out; null when HEAD is detached.</summary>
    public string? HeadRef =>
        ReadText(Path.Combine(folder, "HEAD")) is { } head && head.StartsWith("ref: ", StringComparison.Ordinal)
            ? head["ref: ".Length..].Trim()
            : null;

    /// <summary>The commit that is checked out; null when there is no commit yet.</summary>
    public string? HeadHash => Resolve("HEAD", depth: 0);

    /// <summary>
    /// The root commit of the history; null in a shallow clone, and when git is not installed or does not answer in
    /// time.
    /// </summary>
    /// <remarks>
    /// Git runs outside the repository and sees only its objects. A repository's configuration can name programs to
    /// execute (hooks, fsmonitor, transports of a lazy fetch, pagers, drivers), and an unpacked archive or a pull
    /// request may bring such a configuration.
    /// </remarks>
    public async Task<string?> RootHashAsync(CancellationToken ct)
    {
        if (IsShallow || HeadHash is not { } head)
            return null;
        // The newest root comes first: where histories were joined, the oldest root is the last.
        var roots = await AskAsync(["rev-list", "--max-parents=0", head], ct);
        return
            roots?.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() is { } root
            && GitHash.TryParse(root, out _)
            ? root
            : null;
    }

    /// <summary>The first line of the checked-out commit's message, and its author's name.</summary>
    public async Task<(string? Subject, string? Author)> CommitAsync(CancellationToken ct)
    {
        if (HeadHash is not { } head)
            return default;
        string[] ask = ["log", "-1", "--no-show-signature", "--no-color", "--no-mailmap", "--format=%s%n%an", head];
        return (await AskAsync(ask, ct))?.Split('\n') is [var subject, var author, ..]
            ? (subject.Length > 0 ? subject : null, author.Length > 0 ? author : null)
            : default;
    }

    /// <returns>Git's output about the objects of the repository; null when git fails.</returns>
    private async Task<string?> AskAsync(string[] arguments, CancellationToken ct)
    {
        var empty = Directory.CreateTempSubdirectory("paddock-git-").FullName;
        try
        {
            MakeRepository(empty);
            return await AskAsync(empty, arguments, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            Directory.Delete(empty, recursive: true);
        }
    }

    // Creates the minimum that git accepts as a repository.
    private static void MakeRepository(string empty)
    {
        Directory.CreateDirectory(Path.Combine(empty, "refs"));
        Directory.CreateDirectory(Path.Combine(empty, "objects"));
        File.WriteAllText(Path.Combine(empty, "HEAD"), "ref: refs/heads/none\n");
    }

    private async Task<string?> AskAsync(string empty, string[] arguments, CancellationToken ct)
    {
        // Git also reads neither the repository's files that only speed it up, nor the configuration of this machine or
        // user.
        var start = new ProcessStartInfo(
            "git",
            ["-c", "core.commitGraph=false", "-c", "core.multiPackIndex=false", .. arguments]
        )
        {
            WorkingDirectory = empty,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (
            var name in start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList()
        )
            start.Environment.Remove(name);
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string)>)
                [
                    ("GIT_DIR", empty),
                    ("GIT_OBJECT_DIRECTORY", Path.Combine(common, "objects")),
                    ("GIT_CONFIG_NOSYSTEM", "1"),
                    ("GIT_CONFIG_GLOBAL", "/dev/null"),
                    ("GIT_CONFIG_SYSTEM", "/dev/null"),
                    ("GIT_NO_LAZY_FETCH", "1"),
                    ("GIT_NO_REPLACE_OBJECTS", "1"),
                    ("GIT_OPTIONAL_LOCKS", "0"),
                    ("GIT_TERMINAL_PROMPT", "0"),
                    ("GIT_ALLOW_PROTOCOL", "none"),
                ]
        )
            start.Environment[name] = value;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(WalkMax);
        Process? git = null;
        try
        {
            git = Process.Start(start)!;
            git.StandardInput.Close();
            var error = git.StandardError.ReadToEndAsync(limit.Token);
            var said = await git.StandardOutput.ReadToEndAsync(limit.Token);
            await error;
            await git.WaitForExitAsync(limit.Token);
            return git.ExitCode == 0 ? said : null;
        }
        catch (Exception e)
            when (e is Win32Exception or InvalidOperationException or IOException
                || (e is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            if (git is { HasExited: false })
                git.Kill(entireProcessTree: true);
            return null;
        }
        finally
        {
            git?.Dispose();
        }
    }

    private static Git? Open(string at)
    {
        var dot = Path.Combine(at, ".git");
        // In a linked work tree or a submodule, .git is a file that names the repository's folder.
        var folder =
            Directory.Exists(dot) ? dot
            : ReadText(dot) is { } link && link.StartsWith("gitdir: ", StringComparison.Ordinal)
                ? Path.GetFullPath(link["gitdir: ".Length..].Trim(), at)
            : null;
        if (folder is null || !File.Exists(Path.Combine(folder, "HEAD")))
            return null;
        var common = ReadText(Path.Combine(folder, "commondir")) is { } other
            ? Path.GetFullPath(other.Trim(), folder)
            : folder;
        return Directory.Exists(Path.Combine(common, "objects"))
            ? new(folder, Path.TrimEndingDirectorySeparator(common))
            : null;
    }

    private string? Resolve(string name, int depth)
    {
        if (depth > SymbolicRefDepthMax)
            return null;
        var text = (ReadText(Path.Combine(folder, name)) ?? ReadText(Path.Combine(common, name)))?.Trim();
        if (text is null)
            return Packed(name);
        if (text.StartsWith("ref: ", StringComparison.Ordinal))
            return Resolve(text["ref: ".Length..].Trim(), depth + 1);
        return GitHash.TryParse(text, out _) ? text : null;
    }

    private string? Packed(string name)
    {
        foreach (var line in ReadText(Path.Combine(common, "packed-refs"))?.Split('\n') ?? [])
            if (
                line.Length > GitHash.Length + 1
                && line[GitHash.Length] == ' '
                && line.AsSpan(GitHash.Length + 1).TrimEnd().SequenceEqual(name)
            )
                return GitHash.TryParse(line[..GitHash.Length], out _) ? line[..GitHash.Length] : null;
        return null;
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
