using System.Globalization;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Limits how many new names (benchmarks, measures, branches, testbeds) anonymous callers create: per run, and per hour
/// for each project and each address. Names are permanent and slow down every later search and list. Counted in this
/// process's memory, like request rates.
/// </summary>
internal sealed class NewNames(LimitOptions limits, TimeProvider time)
{
    // Per hour. When it is reached, all counts are cleared at once; that takes many thousands of addresses.
    private const int KeysMax = 1 << 15;

    private readonly Dictionary<(bool IsProject, ulong Id), int> counts = [];
    private readonly Lock gate = new();
    private long hour;

    /// <returns>Null for a caller who is signed in.</returns>
    public NameBudget? Of(Caller caller) => caller is AnonymousCaller ? new(this, Requester.CurrentKey) : null;

    internal void Take(NameBudget budget, CallerKey caller, Id<Project> projectId, int count)
    {
        if (budget.Taken + count > limits.AnonymousNamesPerRun)
            throw Refusal.BadInput(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"results: this run has {budget.Taken + count} names that are new to the project, and "
                ) + $"{limits.AnonymousNamesPerRun} are allowed without signing in. Sign in, use a key, or send fewer."
            );
        var now = time.GetUtcNow();
        lock (gate)
        {
            var current = now.ToUnixTimeSeconds() / 3600;
            if (current != hour || counts.Count >= KeysMax)
                counts.Clear();
            hour = current;
            (bool, ulong)[] keys = [(true, (ulong)projectId.Value), (false, caller.Id)];
            if (keys.Any(key => counts.GetValueOrDefault(key) + count > limits.AnonymousNamesPerHour))
                throw new Refusal(
                    Because.TooMany,
                    $"results: too many names that are new to the project in this hour; {limits.AnonymousNamesPerHour} "
                        + "are allowed without signing in. Sign in, use a key, or try again in the next hour."
                )
                {
                    RetryAfter = DateTimeOffset.FromUnixTimeSeconds((current + 1) * 3600) - now,
                };
            foreach (var key in keys)
                counts[key] = counts.GetValueOrDefault(key) + count;
            budget.Note(current, projectId, count);
        }
    }

    internal void GiveBack(CallerKey caller, long takenInHour, Id<Project> projectId, int count)
    {
        lock (gate)
        {
            if (takenInHour != hour)
                return;
            foreach (var key in (ReadOnlySpan<(bool, ulong)>)[(true, (ulong)projectId.Value), (false, caller.Id)])
                if (counts.TryGetValue(key, out var counted))
                    counts[key] = Math.Max(0, counted - count);
        }
    }
}

/// <summary>Counts the new names of one run. They are given back if the run is not recorded.</summary>
internal sealed class NameBudget(NewNames names, CallerKey caller) : IDisposable
{
    private long hour;
    private Id<Project> project;
    private bool isKept;

    public int Taken { get; private set; }

    /// <exception cref="Refusal">The names exceed a limit.</exception>
    public void Take(Id<Project> projectId, int count)
    {
        if (count > 0)
            names.Take(this, caller, projectId, count);
    }

    /// <summary>Resets the count, because a unit of work may be retried.</summary>
    public void Restart()
    {
        if (Taken > 0)
            names.GiveBack(caller, hour, project, Taken);
        Taken = 0;
    }

    /// <summary>Keeps the count, because the run was recorded.</summary>
    public void Keep() => isKept = true;

    public void Dispose()
    {
        if (!isKept)
            Restart();
    }

    internal void Note(long hour, Id<Project> project, int count) =>
        (this.hour, this.project, Taken) = (hour, project, Taken + count);
}
