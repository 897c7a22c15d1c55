namespace Paddock.Cli;

/// <summary>The exit codes that scripts rely on; there are no others but the shell's own for a signal.</summary>
internal static class Exit
{
    public const int Success = 0;
    public const int Failure = 1;

    /// <summary>Something about the command line itself: nothing was done.</summary>
    public const int Usage = 2;

    public const int Interrupted = 130;
}

/// <summary>
/// What went wrong while a command ran, in a sentence for its user: the message goes to standard error, the process
/// exits with 1.
/// </summary>
internal sealed class Failure(string message, Exception? cause = null) : Exception(message, cause);
