namespace Paddock.Core.Verdicts;

/// <summary>The task of a confirming job.</summary>
/// <param name="Base">The key of the newest value that may serve as the base.</param>
public sealed record ConfirmationPlan(long Base, int Pairs);

/// <summary>
/// Decisions about confirming jobs: what a job runs, which suspicions it answers, and when it is pointless.
/// </summary>
public static class Confirming
{
    /// <summary>A pair takes longer than its two runs: sandboxes are created in between.</summary>
    private const double Margin = 1.5;

    private const int TimeoutLeast = 60;

    /// <summary>How many runs of a base may fail before later values prove a change instead.</summary>
    public const int FailuresMax = 2;

    /// <summary>
    /// The suspicions that the newest report still shows. The others are not worth keeping a machine busy.
    /// </summary>
    /// <param name="newest">The key of the newest report's values.</param>
    public static IReadOnlyList<Suspicion> Shown(IEnumerable<Suspicion> suspected, long newest) =>
        [.. suspected.Where(one => one.Head == newest)];

    /// <summary>The job that would answer all of these suspicions; null without suspicions.</summary>
    public static ConfirmationPlan? Plan(IReadOnlyCollection<Suspicion> suspected) =>
        suspected.Count == 0 ? null : new(suspected.Min(one => one.Base), suspected.Max(one => one.PairsWanted));

    /// <summary>
    /// True when pairs of this base and head answer a suspicion: it began after the base, and not after the head.
    /// </summary>
    /// <param name="base">The key of the base's value.</param>
    /// <param name="head">The key of the head's value.</param>
    public static bool Answers(long @base, long head, Suspicion suspicion) =>
        @base < suspicion.Since && suspicion.Since <= head;

    /// <summary>True when the pairs would answer none of the current suspicions.</summary>
    /// <inheritdoc cref="Answers"/>
    public static bool IsPointless(long @base, long head, IEnumerable<Suspicion> suspected) =>
        !suspected.Any(one => Answers(@base, head, one));

    /// <summary>
    /// How many pairs fit into the time that a job may take, and the job's timeout in seconds; null where too few would
    /// fit to prove anything.
    /// </summary>
    /// <param name="run">The duration of one run of the head.</param>
    /// <param name="timeoutMax">The longest time a job may take, in seconds.</param>
    public static (int Pairs, int Timeout)? Fit(int pairs, TimeSpan run, int timeoutMax)
    {
        var pair = 2 * Margin * Math.Max(1, run.TotalSeconds);
        var fitting = (int)Math.Min(pairs, (timeoutMax - TimeoutLeast) / pair);
        if (fitting < Levels.PairsLeast)
            return null;
        return (fitting, (int)Math.Min(timeoutMax, TimeoutLeast + Math.Ceiling(fitting * pair)));
    }
}
