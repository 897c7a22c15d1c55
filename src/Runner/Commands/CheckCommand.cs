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
        var format = new Option<string>("--format")
        {
            Description = "Output format: human or json.",
            HelpName = "format",
            DefaultValueFactory = _ => "human",
        };
        format.AcceptOnlyFromAmong("human", "json");
        var restore = new Option<bool>("--restore")
        {
            Description = "Undo the host tuning that a killed runner left behind, and do nothing else.",
            Arity = ArgumentArity.Zero,
        };
        var machine = new MachineArguments();
        var command = new Command(
            "check",
            "Check what this machine supports: sandboxes, limits, disk space. Exit 1 if no job could run."
        )
        {
            format,
            restore,
        };
        machine.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                if (args.GetValue(restore))
                {
                    foreach (var sentence in HostTuning.Restore(new()))
                        Console.WriteLine(sentence);
                    return Exit.Success;
                }
                var findings = await FindAsync(machine.Of(args) with { LookAgain = true }, ct);
                if (args.GetValue(format) == "json")
                    Console.WriteLine(JsonSerializer.Serialize(findings, FindingJson.Default.IReadOnlyListFinding));
                else
                    foreach (var finding in findings)
                        Console.WriteLine($"{(finding.Ok ? "yes" : "no "), -4}{finding.Name, -12} {finding.Sentence}");
                return findings.Any(f => f.Ok && Kinds.Contains(f.Name)) ? Exit.Success : Exit.Failure;
            }
        );
        return command;
    }

    private static readonly string[] Kinds = ["container", "microvm", "host"];

    private static async Task<IReadOnlyList<Finding>> FindAsync(MachineOptions options, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var traces = Traces.Below(options.Data);
        using var data = Environment.IsPrivilegedProcess ? DataFolder.Open(options.Data) : null;
        try
        {
            foreach (var probe in Probes.All)
                findings.AddRange(await probe(options, data, ct));
            return findings;
        }
        finally
        {
            if (data is not null)
                traces.Remove(); // Before the lock is released: another runner's files must stay.
        }
    }
}

/// <summary>
/// Removes the files that `check` has created in the data folder: a command that only inspects should change nothing.
/// </summary>
internal sealed class Traces
{
    private readonly string folder;
    private readonly string? made;
    private readonly HashSet<string> before;

    private Traces(string folder, string? made, HashSet<string> before) =>
        (this.folder, this.made, this.before) = (folder, made, before);

    /// <summary>Remembers the current entries of the folder.</summary>
    public static Traces Below(string path)
    {
        path = Path.GetFullPath(path);
        string? made = null;
        for (var at = path; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
            made = at;
        return new(path, made, made is null ? Entries(path) : []);
    }

    public void Remove()
    {
        if (made is not null)
        {
            if (Directory.Exists(made))
                Directory.Delete(made, recursive: true);
            return;
        }
        foreach (var entry in Entries(folder).Except(before).ToList())
        {
            if (!Directory.Exists(Path.GetDirectoryName(entry)))
                continue; // Its folder was deleted already.
            if (Directory.Exists(entry))
                Directory.Delete(entry, recursive: true);
            else
                File.Delete(entry);
        }
    }

    // Two levels: the folders of an earlier runner and their entries.
    private static HashSet<string> Entries(string folder) =>
        [
            .. Directory.EnumerateFileSystemEntries(
                folder,
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    MaxRecursionDepth = 1,
                    AttributesToSkip = 0,
                }
            ),
        ];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<Finding>))]
internal sealed partial class FindingJson : JsonSerializerContext;
