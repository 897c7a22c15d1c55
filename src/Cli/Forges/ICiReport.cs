using Paddock.Cli.GitHub;

namespace Paddock.Cli.Forges;

/// <summary>What a run tells the CI system that it is part of, beside its report.</summary>
internal interface ICiReport : IDisposable
{
    /// <summary>Says that the run has begun, if it may.</summary>
    Task StartCheckAsync(string? project, CancellationToken ct);

    /// <summary>Says that nothing came of what was begun.</summary>
    Task FailCheckAsync(string why, CancellationToken ct);

    /// <exception cref="Failure">The comment could not be written, where that fails the run.</exception>
    Task FinishAsync(RenderedReport rendered, CancellationToken ct);
}
