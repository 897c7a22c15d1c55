using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>How a run stands, for the list of checks beside a commit.</summary>
internal enum ForgeState
{
    Running,
    Success,
    Failure,
}

/// <param name="Name">Tells the checks of a commit apart.</param>
/// <param name="Text">One line.</param>
internal sealed record ForgeStatus(ForgeState State, string Name, string Text, Uri? Link);

/// <param name="Author">As the forge names its users; null where it does not say.</param>
internal sealed record ForgeComment(string Id, string Body, string? Author);

/// <summary>
/// The little that a run asks of the place where the code lies: the comments of one pull request, and the status of one
/// commit.
/// </summary>
internal interface IForge
{
    /// <summary>As people call it.</summary>
    string Name { get; }

    /// <summary>Whether a token may change the comments of others, too.</summary>
    bool ChangesOthers { get; }

    /// <summary>The longest comment that it takes.</summary>
    int CommentBytesMax { get; }

    /// <summary>The report in the form that it shows.</summary>
    string Render(RenderedReport report);

    /// <summary>What a comment of ours ends with.</summary>
    string Ending(RenderedReport report);

    /// <summary>A page of comments, from 1, and whether there are more.</summary>
    Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(int page, CancellationToken ct);

    /// <summary>Whose the token is; null where the forge does not tell it.</summary>
    Task<string?> OwnNameAsync(CancellationToken ct);

    Task CreateCommentAsync(string body, CancellationToken ct);
    Task UpdateCommentAsync(string id, string body, CancellationToken ct);

    /// <returns>Who has set it, as the forge answers; null where it does not say.</returns>
    Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct);
}

/// <summary>Where a run stands at its forge, as the variables of the CI service say.</summary>
/// <param name="Api">The address of the forge's API.</param>
/// <param name="Repository">As the API names it in addresses, already escaped.</param>
/// <param name="Number">Of the pull or merge request; null where there is none.</param>
/// <param name="Sha">The commit that was measured; null where it is not known.</param>
internal sealed record ForgePlace(Uri Api, string Token, string Repository, ulong? Number, string? Sha);

/// <summary>The forge said no, or did not answer. The message is a sentence.</summary>
internal sealed class ForgeException(string message, int status = 0, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The status of its answer; 0 where none came.</summary>
    public int Status => status;
}
