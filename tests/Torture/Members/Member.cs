namespace Paddock.Torture.Members;

/// <summary>
/// Somebody who uses the server, keeps what it has confirmed, and can tell whether that is still so. One step goes on
/// until its outcome is known, however often the server is killed meanwhile.
/// </summary>
internal abstract class Member
{
    /// <summary>Does one thing.</summary>
    public abstract Task StepAsync();

    /// <summary>Whether the last step has left something open, which the next one ends.</summary>
    public virtual bool IsMidWay => false;

    /// <summary>Looks whether everything that was confirmed is there.</summary>
    /// <param name="all">Also what was looked at before.</param>
    public abstract Task CheckAsync(bool all);

    /// <summary>What was confirmed, for the summary: a number and its noun.</summary>
    public abstract (int Count, string Noun) Confirmed { get; }
}
