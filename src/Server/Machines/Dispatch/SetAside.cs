using System.Data.Common;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Machines.Dispatch;

/// <summary>
/// Remembers which jobs a sweep has failed on, and how often. A job that fails repeatedly is not tried in every sweep:
/// it ends with a reason or, if the failure was an outage, is skipped for a while.
/// </summary>
internal sealed class SetAside(TimeProvider time)
{
    public const int FailuresMax = 3;
    public static readonly TimeSpan RestFor = TimeSpan.FromHours(1);

    /// <summary>
    /// How long jobs are skipped after an outage. Short, since outages end by themselves and results of finished jobs
    /// wait.
    /// </summary>
    public static readonly TimeSpan OutageRestFor = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Id<Job>, int> failures = [];
    private readonly Dictionary<Id<Job>, DateTimeOffset> resting = [];

    /// <summary>The jobs that sweeps skip for now.</summary>
    public Id<Job>[] Resting
    {
        get
        {
            var now = time.GetUtcNow();
            foreach (var (id, until) in resting.ToList())
                if (until <= now)
                    resting.Remove(id);
            return [.. resting.Keys];
        }
    }

    public void Succeeded(Id<Job> id) => failures.Remove(id);

    /// <returns>True when the job has now failed <see cref="FailuresMax"/> times.</returns>
    public bool Failed(Id<Job> id)
    {
        var count = failures[id] = failures.GetValueOrDefault(id) + 1;
        if (count < FailuresMax)
            return false;
        failures.Remove(id);
        return true;
    }

    public void Rest(Id<Job> id, bool isOutage = false) =>
        resting[id] = time.GetUtcNow() + (isOutage ? OutageRestFor : RestFor);

    /// <summary>True when the failure is not the job's fault: the database or the blob store was unavailable.</summary>
    public static bool IsOutage(Exception e) =>
        e is DbException { IsTransient: true } or IOException or TimeoutException || Outage.Of(e) is not null;
}
