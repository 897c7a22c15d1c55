namespace Paddock.Core.Verdicts;

/// <summary>What a confirming job is to find out.</summary>
/// <param name="Base">The key of the newest value that may be the base.</param>
public sealed record ConfirmationPlan(long Base, int Pairs);

/// <summary>The decisions about confirming jobs: what one is to run, what it answers, and when it is
/// pointless.</summary>
public static class Confirming
{
    /// <summary>A pair takes longer than both of its runs did: sandboxes are made in between.</summary>
    private const double Margin = 1.5;

    private const int TimeoutLeast = 60;

    /// <summary>How often a base may fail to run before values that come later prove a change instead.</summary>
    public const int FailuresMax = 2;

    /// <summary>What the newest report shows: for what it no longer shows no machine is kept busy.</summary>
    /// <param name="newest">The key of its values.</param>
    public static IReadOnlyList<Suspicion> Shown(IEnumerable<Suspicion> suspected, long newest) =>
        [.. suspected.Where(one => one.Head == newest)];

    /// <summary>The job that would answer all of these suspicions; null where there are none.</summary>
    public static ConfirmationPlan? Plan(IReadOnlyCollection<Suspicion> suspected) =>
        suspected.Count == 0 ? null : new(suspected.Min(one => one.Base), suspected.Max(one => one.PairsWanted));

    /// <summary>Whether pairs of this base and head tell about a suspicion: it began after the one, and not after the
    /// other.</summary>
    /// <param name="base">The key of the base's value.</param>
    /// <param name="head">The key of the head's value.</param>
    public static bool Answers(long @base, long head, Suspicion suspicion) =>
        @base < suspicion.Since && suspicion.Since <= head;

    /// <summary>Whether nothing that is suspected now would be answered by the pairs.</summary>
    /// <inheritdoc cref="Answers"/>
    public static bool IsPointless(long @base, long head, IEnumerable<Suspicion> suspected) =>
        !suspected.Any(one => Answers(@base, head, one));

    /// <summary>
    /// How many pairs fit into the time that a job may take, and how many seconds they are given; null where too few
    /// would fit to prove anything.
    /// </summary>
    /// <param name="run">What one run of the head took.</param>
    /// <param name="timeoutMax">Seconds that a job may take at most.</param>
    public static (int Pairs, int Timeout)? Fit(int pairs, TimeSpan run, int timeoutMax)
    {
        var pair = 2 * Margin * Math.Max(1, run.TotalSeconds);
        var fitting = (int)Math.Min(pairs, (timeoutMax - TimeoutLeast) / pair);
        if (fitting < Levels.PairsLeast)
            return null;
        return (fitting, (int)Math.Min(timeoutMax, TimeoutLeast + Math.Ceiling(fitting * pair)));
    }
}
