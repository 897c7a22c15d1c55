namespace Paddock.Cli;

/// <summary>
/// The last resort: turns an unforeseen exception into a failure with one sentence, without a stack trace.
/// </summary>
internal static class Unexpected
{
    /// <summary>Set to anything, this variable adds the stack trace, for a bug report.</summary>
    public const string TraceVariable = "PADDOCK_TRACE";

    public static async Task<int> GuardAsync(Func<Task<int>> run)
    {
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) =>
            Environment.Exit(Report((Exception)thrown.ExceptionObject)); // The exception came from a library's thread.
        try
        {
            return await run();
        }
        catch (Exception e)
        {
            return Report(e);
        }
    }

    private static int Report(Exception e)
    {
        var cause = e is TypeInitializationException { InnerException: { } inner } ? inner : e;
        var message = cause.Message.ReplaceLineEndings(" ");
        Output.Note(
            $"\nInternal error in paddock ({cause.GetType().Name}: {message}). Please report this bug to the project, "
                + $"with the command line without its secrets and the output with {TraceVariable}=1."
        );
        if (Environment.GetEnvironmentVariable(TraceVariable) is { Length: > 0 })
            Output.Note(e.ToString());
        return Exit.Failure;
    }
}
