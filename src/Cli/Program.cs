namespace Paddock.Cli;

internal static class Program
{
    private static Task<int> Main(string[] args)
    {
        // Runs before anything else is loaded: scripts ask for the version often, and should not wait for a parser.
        if (args is ["--version" or "-V", ..])
        {
            Output.Line($"paddock {typeof(Program).Assembly.GetName().Version?.ToString(3)}");
            return Task.FromResult(Exit.Success);
        }
        if (args is [Complete.Completions.Word, .. var words])
        {
            foreach (var word in Complete.Completions.Of(words))
                Output.Line(word);
            return Task.FromResult(Exit.Success);
        }
        return Unexpected.GuardAsync(() => Root.InvokeAsync(args));
    }
}
