using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>A runner that serves the spec of a job that waits.</summary>
/// <param name="Fits">True when the runner offers the spec's sandbox.</param>
/// <param name="HasRoom">True when one of the runner's slots is connected and free.</param>
internal readonly record struct Serving(bool Fits, RunnerState State, bool HasRoom);

/// <summary>Words the reason why a job waits, in a sentence or two for the user.</summary>
internal static class WaitReason
{
    /// <param name="spec">The name of the spec.</param>
    /// <param name="sandbox">The spec's wire value for its sandbox.</param>
    /// <param name="before">How many jobs of the spec will be claimed first.</param>
    public static string Of(string spec, string? sandbox, IReadOnlyList<Serving> runners, long before)
    {
        var name = Text.Quote(spec);
        if (runners.Count == 0)
            return $"No runner serves the spec {name}; an administrator can add it to one.";
        var fitting = runners.Where(runner => runner.Fits).ToList();
        if (fitting.Count == 0)
        {
            var which =
                runners.Count == 1
                    ? $"The only runner of the spec {name} cannot"
                    : $"None of the {runners.Count} runners of the spec {name} can";
            return $"{which} provide its sandbox, "
                + $"{(sandbox == Sandboxes.MicrovmInSpec ? "a micro VM" : "a container")}.";
        }
        var queue = before switch
        {
            0 => "It is next in the queue.",
            1 => "One job is ahead of it.",
            _ => $"{before} jobs are ahead of it.",
        };
        if (fitting.Exists(runner => runner.State is RunnerState.Idle or RunnerState.Running && runner.HasRoom))
            return before == 0 ? "A runner is free and is about to claim it." : $"A runner is free. {queue}";
        (RunnerState State, string Words)[] states =
        [
            (RunnerState.Running, "busy"),
            (RunnerState.Idle, "busy"),
            (RunnerState.Draining, "draining"),
            (RunnerState.Offline, "offline"),
        ];
        var told = states
            .Select(state => (state.Words, Count: fitting.Count(runner => runner.State == state.State)))
            .GroupBy(state => state.Words)
            .Select(group => (Words: group.Key, Count: group.Sum(state => state.Count)))
            .Where(state => state.Count > 0)
            .ToList();
        var doing =
            told.Count == 1
                ? fitting.Count == 1
                    ? $"The only runner of the spec {name} is {told[0].Words}."
                    : $"All {fitting.Count} runners of the spec {name} are {told[0].Words}."
                : $"Of the {fitting.Count} runners of the spec {name}, "
                    + string.Join(
                        ", ",
                        told.Select(state => $"{state.Count} {(state.Count == 1 ? "is" : "are")} {state.Words}")
                    )
                    + ".";
        return $"{doing} {queue}";
    }
}
