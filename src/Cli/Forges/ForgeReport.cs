using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>
/// One run's status and comment at a forge. A failure of the forge never loses the run: it is noted in a sentence, and
/// the report is recorded.
/// </summary>
internal sealed class ForgeReport(CiSettings settings, IForge forge, ForgePlace place, Action<string> note) : ICiReport
{
    private const int PagesMax = 100;

    private string name = Check.NameFor(settings.CheckName ?? settings.Id);
    private bool closed;

    public Task StartCheckAsync(string? project, CancellationToken ct)
    {
        name = NameFor(project);
        return StatusAsync(new(ForgeState.Running, name, "The benchmarks are running.", Link: null), ct);
    }

    public Task FailCheckAsync(string why, CancellationToken ct)
    {
        if (closed)
            return Task.CompletedTask;
        closed = true;
        return StatusAsync(new(ForgeState.Failure, name, $"The run failed: {why.Split('\n')[0]}", Link: null), ct);
    }

    public async Task FinishAsync(RenderedReport rendered, CancellationToken ct)
    {
        closed = true;
        name = NameFor(rendered.Report.Project.Name);
        await StatusAsync(
            new(rendered.Fails ? ForgeState.Failure : ForgeState.Success, name, rendered.Title, rendered.Address),
            ct
        );
        if (settings.OnlyThresholds && !rendered.HasThreshold)
            return;
        if (place.Number is null)
        {
            note(
                $"No comment is written: this run does not belong to a merge or pull request of {forge.Name}. Give the "
                    + "number with --ci-number."
            );
            return;
        }
        try
        {
            await CommentAsync(rendered, ct);
        }
        catch (ForgeException e)
        {
            note($"The comment could not be written. {e.Message}");
        }
    }

    public void Dispose() => (forge as IDisposable)?.Dispose();

    private string NameFor(string? project) =>
        settings.CheckName is { } given ? Check.NameOf(given) : Check.NameFor(settings.Id ?? project);

    private async Task StatusAsync(ForgeStatus status, CancellationToken ct)
    {
        if (place.Sha is null)
            return;
        try
        {
            ownName = await forge.SetStatusAsync(status, ct) ?? ownName;
        }
        catch (ForgeException e)
        {
            note($"The status of the commit could not be set. {e.Message}");
        }
    }

    private async Task CommentAsync(RenderedReport rendered, CancellationToken ct)
    {
        var body = forge.Render(rendered);
        if (await FindAsync(forge.Ending(rendered), ct) is { } id)
        {
            try
            {
                await forge.UpdateCommentAsync(id, body, ct);
                return;
            }
            catch (ForgeException e) when (e.Status is 401 or 403 or 404)
            {
                note($"The token may not change the comment of an earlier run; a new comment is written. {e.Message}");
            }
        }
        else if (settings.OnlyOnAlert && !rendered.HasAlert)
            return;
        await forge.CreateCommentAsync(body, ct);
    }

    // Anybody can write the tag that our comments end with. A comment is ours only if its author matches, where the
    // forge tells the author.
    private async Task<string?> FindAsync(string ending, CancellationToken ct)
    {
        for (var page = 1; page <= PagesMax; page++)
        {
            var (comments, hasMore) = await forge.CommentsAsync(page, ct);
            foreach (
                var comment in comments.Where(one => one.Body.TrimEnd().EndsWith(ending, StringComparison.Ordinal))
            )
                if (await IsOwnAsync(comment, ct))
                    return comment.Id;
            if (!hasMore)
                return null;
        }
        return null;
    }

    private async Task<bool> IsOwnAsync(ForgeComment comment, CancellationToken ct)
    {
        if (comment.Author is null)
            return true;
        if (await OwnAsync(ct) is { } own)
            return string.Equals(own, comment.Author, StringComparison.OrdinalIgnoreCase);
        if (!forge.ChangesOthers)
            return true; // The forge refuses to change another user's comment.
        if (!isUnknownNoted)
            note(
                $"{forge.Name} does not tell which user the token belongs to, so a comment of an earlier run is not "
                    + "changed. Give the token the right to read its own user."
            );
        isUnknownNoted = true;
        return false;
    }

    private string? ownName;
    private bool isOwnAsked,
        isUnknownNoted;

    private async Task<string?> OwnAsync(CancellationToken ct)
    {
        if (isOwnAsked || ownName is not null)
            return ownName;
        isOwnAsked = true;
        try
        {
            return ownName = await forge.OwnNameAsync(ct);
        }
        catch (ForgeException)
        {
            return null;
        } // This token may not ask for its own user.
    }
}
