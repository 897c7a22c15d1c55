using Paddock.Cli.Run;
using Paddock.Core.Wire;

namespace Paddock.Cli.Tests.Run;

/// <summary>Reads repositories that git itself created.</summary>
public sealed class GitTests : IDisposable
{
    private readonly Folder folder = Folder.New();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_context_of_a_repository_has_its_name_branch_commit_and_root()
    {
        await CommitAsync("one");
        var root = await GitAsync("rev-parse", "HEAD");
        await CommitAsync("two");
        Directory.CreateDirectory(Path.Combine(Repository, "deep", "down"));

        var context = await Context.GatherAsync(Path.Combine(Repository, "deep", "down"), CancellationToken.None);

        Assert.Equal("rocket", context[RunContext.RepoName]);
        Assert.Equal(root, context[RunContext.RepoHash]);
        Assert.Equal("refs/heads/feature/fast", context[RunContext.BranchRef]);
        Assert.Equal("feature/fast", context[RunContext.BranchRefName]);
        Assert.Equal(await GitAsync("rev-parse", "HEAD"), context[RunContext.BranchHash]);
        Assert.Equal("two", context[RunContext.CommitSubject]);
        Assert.Equal(await GitAsync("log", "-1", "--format=%an"), context[RunContext.CommitAuthor]);
    }

    [Fact]
    public async Task Packed_refs_are_read()
    {
        await CommitAsync("one");
        await GitAsync("pack-refs", "--all");
        Assert.False(File.Exists(Path.Combine(Repository, ".git", "refs", "heads", "feature", "fast")));

        Assert.Equal(await GitAsync("rev-parse", "HEAD"), Git.Find(Repository)!.HeadHash);
    }

    [Fact]
    public async Task A_detached_head_has_a_commit_and_no_branch()
    {
        await CommitAsync("one");
        await GitAsync("checkout", "--detach");

        var git = Git.Find(Repository)!;

        Assert.Null(git.HeadRef);
        Assert.Equal(await GitAsync("rev-parse", "HEAD"), git.HeadHash);
    }

    [Fact]
    public async Task A_linked_work_tree_belongs_to_its_repository()
    {
        await CommitAsync("one");
        var tree = Path.Combine(folder.Path, "elsewhere");
        await GitAsync("worktree", "add", "-b", "other", tree);

        var git = Git.Find(tree)!;

        Assert.Equal(("rocket", "refs/heads/other"), (git.Name, git.HeadRef));
        Assert.Equal(await GitAsync("rev-parse", "HEAD"), git.HeadHash);
    }

    [Fact]
    public async Task A_repository_without_a_commit_has_only_a_name_and_a_branch()
    {
        await InitAsync();

        var context = await Context.GatherAsync(Repository, CancellationToken.None);

        Assert.Equal("rocket", context[RunContext.RepoName]);
        Assert.Equal("feature/fast", context[RunContext.BranchRefName]);
        Assert.DoesNotContain(RunContext.RepoHash, context);
        Assert.DoesNotContain(RunContext.BranchHash, context);
    }

    [Theory]
    [InlineData("https://github.com/acme/rocket.git", "github.com/acme/rocket", "rocket")]
    [InlineData("https://ada:secret@GitHub.com/acme/rocket", "github.com/acme/rocket", "rocket")]
    [InlineData("git@github.com:acme/rocket.git", "github.com/acme/rocket", "rocket")]
    [InlineData("ssh://git@github.com:22/acme/rocket.git/", "github.com/acme/rocket", "rocket")]
    [InlineData("file:///srv/git/rocket.git", "srv/git/rocket", "rocket")]
    [InlineData("/srv/git/rocket.git", "srv/git/rocket", "rocket")]
    public void Different_spellings_of_a_remote_URL_give_the_same_remote(string url, string remote, string name)
    {
        var found = GitRemote.Of(
            $"[core]\n\tbare = false\n[remote \"upstream\"]\n\turl = https://example.com/other\n[remote "
                + $"\"origin\"]\n\turl = {url}\n\tfetch = x\n[branch \"main\"]\n\tremote = origin\n"
        );

        Assert.Equal((remote, name), (found, GitRemote.NameOf(found)));
    }

    [Fact]
    public async Task Clones_of_a_repository_have_the_same_name_and_remote_in_any_folder_and_depth()
    {
        await CommitAsync("one");
        await CommitAsync("two");
        var (full, shallow) = (Path.Combine(folder.Path, "some folder"), Path.Combine(folder.Path, "checkout"));
        await GitAsync("clone", "-q", $"file://{Repository}", full);
        await GitAsync("clone", "-q", "--depth", "1", $"file://{Repository}", shallow);

        var ofFull = await Context.GatherAsync(full, CancellationToken.None);
        var ofShallow = await Context.GatherAsync(shallow, CancellationToken.None);

        Assert.Equal(("rocket", "rocket"), (ofFull[RunContext.RepoName], ofShallow[RunContext.RepoName]));
        Assert.Equal(ofFull[RunContext.RepoRemote], ofShallow[RunContext.RepoRemote]);
        Assert.DoesNotContain(RunContext.RepoHash, ofShallow); // A shallow clone does not know its first commit.
        Assert.Equal(await GitAsync("rev-list", "--max-parents=0", "HEAD"), ofFull[RunContext.RepoHash]);
    }

    [Fact]
    public async Task Hooks_and_programs_configured_in_a_repository_are_not_run()
    {
        await CommitAsync("one");
        var root = await GitAsync("rev-parse", "HEAD");
        await CommitAsync("two");
        var (seen, program) = (Path.Combine(folder.Path, "seen"), Path.Combine(folder.Path, "program"));
        File.WriteAllText(program, $"#!/bin/sh\ntouch {seen}\n");
        File.SetUnixFileMode(program, (UnixFileMode)0x1ed);
        var hooks = Directory.CreateDirectory(Path.Combine(Repository, ".git", "hooks")).FullName;
        foreach (
            var hook in new[]
            {
                "pre-commit",
                "post-checkout",
                "post-index-change",
                "fsmonitor-watchman",
                "reference-transaction",
            }
        )
            File.Copy(program, Path.Combine(hooks, hook), overwrite: true);
        File.AppendAllText(
            Path.Combine(Repository, ".git", "config"),
            $$"""
            [core]
                fsmonitor = {{program}}
                hooksPath = {{hooks}}
                sshCommand = {{program}}
                pager = {{program}}
                editor = {{program}}
                alternateRefsCommand = {{program}}
                repositoryformatversion = 1
            [extensions]
                partialClone = origin
            [remote "origin"]
                promisor = true
                url = ext::{{program}}
            [protocol "ext"]
                allow = always
            [diff]
                external = {{program}}
            [pager]
                rev-list = true
            [trace2]
                eventTarget = {{seen}}
                normalTarget = {{seen}}
            """
        );

        Assert.Equal(root, await Git.Find(Repository)!.RootHashAsync(CancellationToken.None));
        // Deletes an object that a partial clone would fetch.
        var lost = Path.Combine(Repository, ".git", "objects", root[..2], root[2..]);
        File.SetAttributes(lost, FileAttributes.Normal);
        File.Delete(lost);
        Assert.Null(await Git.Find(Repository)!.RootHashAsync(CancellationToken.None));
        Assert.False(File.Exists(seen));
    }

    [Fact]
    public async Task The_context_outside_a_repository_describes_only_the_machine()
    {
        folder.Write(".git", "gitdir: /nowhere/at/all");

        var context = await Context.GatherAsync(folder.Path, CancellationToken.None);

        Assert.Contains(RunContext.TestbedOs, context);
        Assert.DoesNotContain(context.Keys, k => k.Contains("/repo/") || k.Contains("/branch/"));
    }

    private string Repository => Path.Combine(folder.Path, "rocket");

    private async Task InitAsync()
    {
        Directory.CreateDirectory(Repository);
        await GitAsync("init", "-q", "-b", "feature/fast");
    }

    private async Task CommitAsync(string message)
    {
        if (!Directory.Exists(Repository))
            await InitAsync();
        await GitAsync(
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@example.com",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            message
        );
    }

    private async Task<string> GitAsync(params string[] args)
    {
        var ended = await BuiltProgram.RunAsync("git", args, folder: Repository);
        Assert.True(ended.ExitCode == 0, ended.Error);
        return ended.Output.Trim();
    }
}
