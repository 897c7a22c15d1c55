namespace Paddock.Cli;

/// <summary>The exit codes that scripts rely on. The only others are the shell's own for a signal.</summary>
internal static class Exit
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>The command line itself is wrong: nothing was done.</summary>
    public const int Usage = 2;

    public const int Interrupted = 130;
}

/// <summary>
/// An error while a command ran, in a sentence for its user: the message goes to standard error, and the process exits
/// with 1.
/// </summary>
internal sealed class Failure(string message, Exception? cause = null) : Exception(message, cause);
