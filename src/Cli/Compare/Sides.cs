using System.CommandLine;
using Paddock.Cli.Run;

namespace Paddock.Cli.Compare;

/// <summary>The command of one side, and the folder in which it runs.</summary>
/// <param name="Name">base or head.</param>
internal sealed record Side(string Name, CommandLine Command, string Folder);

/// <summary>Base and head, ready to run. Checkouts made for them are removed on disposal.</summary>
internal sealed class Sides(Side @base, Side head, IReadOnlyList<Checkout> checkouts) : IDisposable
{
    public Side Base => @base;

    public Side Head => head;

    /// <exception cref="Failure">A folder or revision does not exist, or the setup failed.</exception>
    public static async Task<Sides> PrepareAsync(
        CompareCommand.CompareOptions options,
        ParseResult args,
        Action<string> note,
        CancellationToken ct
    )
    {
        List<Checkout> checkouts = [];
        try
        {
            var @base = new Side(
                "base",
                CommandOf(options, args, options.Base),
                await FolderAsync(options.BaseDir, options.BaseRev)
            );
            var head = new Side(
                "head",
                CommandOf(options, args, options.Head),
                await FolderAsync(options.HeadDir, options.HeadRev)
            );
            if (args.GetValue(options.Setup) is { } setup)
                foreach (var side in (Side[])[@base, head])
                {
                    note($"Setting up {side.Name} in {side.Folder}");
                    await RunAsync(side with { Command = ShellOf(setup) }, $"the setup of {side.Name}", ct);
                }
            return new(@base, head, checkouts);
        }
        catch
        {
            foreach (var checkout in checkouts)
                checkout.Dispose();
            throw;
        }

        async Task<string> FolderAsync(Option<string> folder, Option<string> revision)
        {
            if (args.GetValue(revision) is { } rev)
            {
                checkouts.Add(await Checkout.OfAsync(rev, ct));
                return checkouts[^1].Folder;
            }
            var path = Path.GetFullPath(args.GetValue(folder) ?? ".");
            return Directory.Exists(path) ? path : throw new Failure($"The folder {path} does not exist.");
        }
    }

    /// <summary>Runs a command in the folder of its side.</summary>
    /// <exception cref="Failure">The command could not be started, or failed.</exception>
    public static async Task<Execution> RunAsync(Side side, string what, CancellationToken ct)
    {
        var execution = await BenchmarkProcess.RunAsync(side.Command, what, quiet: true, ct, side.Folder);
        return execution.Succeeded
            ? execution
            : throw new Failure(
                $"{BenchmarkProcess.Describe(side.Command, execution, withOutput: true)}\nIt was {what}, in "
                    + $"{side.Folder}."
            );
    }

    public void Dispose()
    {
        foreach (var checkout in checkouts)
            checkout.Dispose();
    }

    private static CommandLine CommandOf(CompareCommand.CompareOptions options, ParseResult args, Option<string> own) =>
        args.GetValue(own) is { } text ? ShellOf(text)
        : args.GetValue(options.Command) is [var one] ? ShellOf(one)
        : new(args.GetValue(options.Command)![0], args.GetValue(options.Command)![1..]);

    private static CommandLine ShellOf(string text) =>
        System.OperatingSystem.IsWindows() ? new("cmd", ["/C", text]) : new("/bin/sh", ["-c", text]);
}

/// <summary>A revision of the current repository, checked out in its own folder.</summary>
internal sealed class Checkout : IDisposable
{
    private Checkout(string folder) => Folder = folder;

    public string Folder { get; }

    /// <exception cref="Failure">Git does not know the revision, or is not installed.</exception>
    public static async Task<Checkout> OfAsync(string revision, CancellationToken ct)
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("paddock-compare-").FullName, "tree");
        var added = await GitAsync(["worktree", "add", "--detach", folder, "--end-of-options", revision], ct);
        if (added.Succeeded)
            return new(folder);
        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        throw new Failure(
            $"Git could not check out {Core.Names.Text.Quote(revision)}: "
                + $"{System.Text.Encoding.UTF8.GetString(added.Error).Trim()}"
        );
    }

    public void Dispose()
    {
        try
        {
            GitAsync(["worktree", "remove", "--force", Folder], CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (Failure) { } // Anything left over lies in the folder for temporary files.
        try
        {
            Directory.Delete(Path.GetDirectoryName(Folder)!, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Output.Note($"{Folder} could not be removed: {e.Message}");
        }
    }

    private static Task<Execution> GitAsync(string[] arguments, CancellationToken ct) =>
        BenchmarkProcess.RunAsync(new("git", arguments), "git", quiet: true, ct);
}
