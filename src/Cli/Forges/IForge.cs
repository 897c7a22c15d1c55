using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>The state of a run in the list of checks beside a commit.</summary>
internal enum ForgeState
{
    Running,
    Success,
    Failure,
}

/// <param name="Name">Distinguishes the checks of one commit.</param>
/// <param name="Text">One line.</param>
internal sealed record ForgeStatus(ForgeState State, string Name, string Text, Uri? Link);

/// <param name="Author">The author, as the forge identifies its users; null when the forge does not say.</param>
internal sealed record ForgeComment(string Id, string Body, string? Author);

/// <summary>
/// The few operations that a run needs from a forge: the comments of one pull request, and the status of one commit.
/// </summary>
internal interface IForge
{
    /// <summary>The forge's name, for people.</summary>
    string Name { get; }

    /// <summary>True when a token may also change other users' comments.</summary>
    bool ChangesOthers { get; }

    /// <summary>The longest comment that the forge accepts.</summary>
    int CommentBytesMax { get; }

    /// <summary>The report in the markup that the forge shows.</summary>
    string Render(RenderedReport report);

    /// <summary>The text that every comment of ours ends with.</summary>
    string Ending(RenderedReport report);

    /// <summary>One page of comments, numbered from 1, and whether more pages follow.</summary>
    Task<(IReadOnlyList<ForgeComment> Comments, bool HasMore)> CommentsAsync(int page, CancellationToken ct);

    /// <summary>The user to whom the token belongs; null when the forge does not tell.</summary>
    Task<string?> OwnNameAsync(CancellationToken ct);

    Task CreateCommentAsync(string body, CancellationToken ct);
    Task UpdateCommentAsync(string id, string body, CancellationToken ct);

    /// <returns>The user who set the status, from the forge's answer; null when it does not say.</returns>
    Task<string?> SetStatusAsync(ForgeStatus status, CancellationToken ct);
}

/// <summary>The repository, pull request and commit of a run, from the CI service's variables.</summary>
/// <param name="Api">The address of the forge's API.</param>
/// <param name="Repository">The repository as the API's addresses name it, already escaped.</param>
/// <param name="Number">The number of the pull or merge request; null when there is none.</param>
/// <param name="Sha">The commit that was measured; null when unknown.</param>
internal sealed record ForgePlace(Uri Api, string Token, string Repository, ulong? Number, string? Sha);

/// <summary>The forge refused a request or did not answer. The message is a sentence.</summary>
internal sealed class ForgeException(string message, int status = 0, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The HTTP status of the forge's answer; 0 when no answer came.</summary>
    public int Status => status;
}
