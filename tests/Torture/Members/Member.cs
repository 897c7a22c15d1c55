namespace Paddock.Torture.Members;

/// <summary>
/// A client that remembers what the server has confirmed, and can check that it still holds. One step continues until
/// its outcome is known, however often the server is killed meanwhile.
/// </summary>
internal abstract class Member
{
    /// <summary>Performs one action.</summary>
    public abstract Task StepAsync();

    /// <summary>True when the last step left something unfinished, which the next step completes.</summary>
    public virtual bool IsMidWay => false;

    /// <summary>Checks that everything confirmed exists.</summary>
    /// <param name="all">True to repeat earlier checks, too.</param>
    public abstract Task CheckAsync(bool all);

    /// <summary>The number of confirmed things and their noun, for the summary.</summary>
    public abstract (int Count, string Noun) Confirmed { get; }
}
