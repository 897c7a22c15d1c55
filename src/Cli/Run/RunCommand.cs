using System.CommandLine;

namespace Paddock.Cli.Run;

/// <summary><c>paddock run</c>: runs a benchmark, sends its results, and prints the server's verdict.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var (options, backend) = (new RunOptions(), new Backend());
        var command = new Command("run");
        options.AddTo(command);
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                if (options.Refusal(args) is { } refusal)
                {
                    Output.Note($"error: {refusal}\n\nSee `paddock run --help`.");
                    return Exit.Usage;
                }
                using var api = backend.Open(args, Access.Public, args.GetValue(options.Quiet));
                return await new OneRun(options, args, api).CarryOutAsync(ct);
            }
        );
        return command;
    }
}
