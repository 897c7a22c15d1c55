using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Runner.Commands;

namespace Paddock.Runner;

/// <summary>The command tree.</summary>
internal static class Root
{
    public static async Task<int> InvokeAsync(string[] args)
    {
        var root = Build();
        var result = root.Parse(
            args is ["help", .. var rest] ? [.. rest, "--help"] : args,
            new() { ResponseFileTokenReplacer = null }
        );
        if (Refusals(result) is { Count: > 0 } refusals)
        {
            foreach (var refusal in refusals)
                Console.Error.WriteLine($"error: {refusal}");
            Console.Error.WriteLine(
                result.CommandResult.Parent is null
                    ? "\nSee `paddock-runner --help`."
                    : $"\nSee `paddock-runner {result.CommandResult.Command.Name} --help`."
            );
            return Exit.Usage;
        }
        try
        {
            return await result.InvokeAsync(
                new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }
            );
        }
        catch (Failure e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return Exit.Failure;
        }
    }

    internal static RootCommand Build()
    {
        var root = new RootCommand("Carries out benchmark jobs on this machine.")
        {
            UpCommand.Create(),
            RunCommand.Create(),
            CheckCommand.Create(),
        };
        root.Directives.Clear();
        return root;
    }

    private static List<string> Refusals(ParseResult result)
    {
        if (
            result.Action is not (null or System.CommandLine.Invocation.ParseErrorAction)
            && result.Action.ClearsParseErrors
        )
            return []; // Help.
        var refusals = result.UnmatchedTokens.Select(token => $"\"{token}\" is not expected here.").ToList();
        if (refusals.Count == 0)
            refusals.AddRange(result.Errors.Select(e => e.Message).Distinct());
        return refusals;
    }
}
