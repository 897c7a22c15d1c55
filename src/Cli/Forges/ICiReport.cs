using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>Reports a run to the CI system that it is part of, in addition to the Paddock report.</summary>
internal interface ICiReport : IDisposable
{
    /// <summary>Marks the run as started, if the token allows it.</summary>
    Task StartCheckAsync(string? project, CancellationToken ct);

    /// <summary>Marks a started run as failed.</summary>
    Task FailCheckAsync(string why, CancellationToken ct);

    /// <exception cref="Failure">The comment could not be written, and that fails the run.</exception>
    Task FinishAsync(RenderedReport rendered, CancellationToken ct);
}
