using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Cli.Rest;
using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>The options that hand a run to a runner instead of executing it here.</summary>
internal sealed class ImageOptions
{
    private const string Shell = "/bin/sh",
        ShellFlag = "-c"; // The shell of the image, whatever this machine is.

    public Option<string> Image { get; } =
        DomainOption.Of<string>(
            "--image",
            "Let a runner execute the run in this image, [registry/]project[:tag|@digest].",
            Readers.NotEmpty,
            helpName: "image"
        );
    public Option<ResourceId> Spec { get; } =
        DomainOption.Of<ResourceId>(
            "--spec",
            "Hardware that the runner must have, by UUID or slug (the testbed's).",
            helpName: "spec"
        );
    public Option<string> Entrypoint { get; } =
        DomainOption.Free("--entrypoint", "Program instead of the image's entrypoint.", helpName: "program");
    public Option<KeyValuePair<string, string>[]> Env { get; } =
        DomainOption.Many<KeyValuePair<string, string>>(
            "--env",
            "Environment variable of the benchmark; may be given again.",
            ReadVariable,
            helpName: "name=value"
        );
    public Option<int?> JobTimeout { get; } =
        DomainOption.Number(
            "--job-timeout",
            "Seconds that the job may take (the server's limit).",
            1,
            int.MaxValue,
            helpName: "seconds"
        );
    public Option<int?> JobPollInterval { get; } =
        DomainOption.Number(
            "--job-poll-interval",
            "Seconds between two polls of the job, if the server does not push its status (5).",
            1,
            900,
            ["--poll-interval"],
            "seconds"
        );
    public Option<bool> Detach { get; } = DomainOption.Flag("--detach", "Do not wait for the job.");
    public Option<bool> Raw { get; } =
        DomainOption.Flag("--raw", "Send control characters in the job's output to the terminal unchanged.");

    public IEnumerable<Option> All => [Image, Spec, Entrypoint, Env, JobTimeout, JobPollInterval, Detach, Raw];

    public IEnumerable<Action<CommandResult>> Together =>
        [.. All.Skip(1).Select(option => Rules.Needs(option, Image)), Rules.NotBoth(Detach, JobPollInterval)];

    /// <summary>The job for a runner; null when the run is executed here.</summary>
    public NewJob? Read(RunOptions options, ParseResult args)
    {
        if (args.GetValue(Image) is not { } image)
            return null;
        var variables = args.GetValue(Env) is { Length: > 0 } given
            ? given.GroupBy(pair => pair.Key).ToDictionary(same => same.Key, same => same.Last().Value)
            : null;
        var sizes = args.GetValue(options.FileSize) ?? [];
        string[] paths = [.. args.GetValue(options.File) ?? [], .. sizes];
        return new(
            image,
            args.Find(Spec),
            args.GetValue(Entrypoint) is { } program ? [program] : null,
            CommandLine.Of(options, args, Shell, ShellFlag) is { } command
                ? [command.Program, .. command.Arguments]
                : null,
            variables,
            args.GetValue(JobTimeout),
            paths.Length > 0 ? paths : null,
            Only(args.GetValue(options.BuildTime)),
            Only(sizes.Length > 0),
            args.GetValue(options.Iter) ?? 1,
            Only(args.GetValue(options.AllowFailure)),
            options.BackdateOf(args)
        );
    }

    /// <summary>True when the image's name tells which project the run belongs to.</summary>
    public bool NamesProject(ParseResult args) =>
        args.GetValue(Image) is { } image && ResourceId.TryParse(ImageReference.ProjectNameIn(image), out _);

    // The server reads an absent flag as false.
    private static bool? Only(bool yes) => yes ? true : null;

    private static bool ReadVariable(string text, out KeyValuePair<string, string> value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not a variable; allowed: NAME=VALUE, where VALUE may be empty";
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        value = equals > 0 ? new(text[..equals], text[(equals + 1)..]) : default;
        return equals > 0;
    }
}
