using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Runner.Daemon;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Commands;

/// <summary>Tells an operator what this machine can do before it joins.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var format = new Option<string>("--format") { Description = "human or json.", HelpName = "format", DefaultValueFactory = _ => "human" };
        format.AcceptOnlyFromAmong("human", "json");
        var restore = new Option<bool>("--restore") { Description = "Set back what a runner that was killed left changed on this host, and do nothing else.", Arity = ArgumentArity.Zero };
        var machine = new MachineArguments();
        var command = new Command("check", "Find out what this machine can do: sandboxes, limits, room. Exit 1 if it could not carry out any job.") { format, restore };
        machine.AddTo(command);
        command.SetAction(async (args, ct) =>
        {
            if (args.GetValue(restore))
            {
                foreach (var sentence in HostTuning.Restore(new())) Console.WriteLine(sentence);
                return Exit.Success;
            }
            var findings = await FindAsync(machine.Of(args) with { LookAgain = true }, ct);
            if (args.GetValue(format) == "json") Console.WriteLine(JsonSerializer.Serialize(findings, FindingJson.Default.IReadOnlyListFinding));
            else
                foreach (var finding in findings) Console.WriteLine($"{(finding.Ok ? "yes" : "no "),-4}{finding.Name,-12} {finding.Sentence}");
            return findings.Any(f => f.Ok && Kinds.Contains(f.Name)) ? Exit.Success : Exit.Failure;
        });
        return command;
    }

    private static readonly string[] Kinds = ["container", "microvm", "host"];

    private static async Task<IReadOnlyList<Finding>> FindAsync(MachineOptions options, CancellationToken ct)
    {
        var findings = new List<Finding>();
        using var data = Environment.IsPrivilegedProcess ? DataFolder.Open(options.Data) : null;
        foreach (var probe in Probes.All) findings.AddRange(await probe(options, data, ct));
        return findings;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
internal sealed partial class FindingJson : JsonSerializerContext;
