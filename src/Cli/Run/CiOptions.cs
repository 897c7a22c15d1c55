using System.CommandLine;
using System.CommandLine.Parsing;
using Paddock.Cli.Rest;
using Paddock.Core.Names;

namespace Paddock.Cli.Run;

/// <summary>The options for reporting to the CI system that a run is part of.</summary>
internal sealed class CiOptions
{
    public Option<string> GitHubActions { get; } =
        DomainOption.Free(
            "--github-actions",
            "GitHub token: comment on the pull request, set a check, write the job summary.",
            helpName: "token"
        );
    public Option<string> ForgeToken { get; } =
        DomainOption.Of<string>(
            "--forge-token",
            "Token of GitLab, Gitea, Forgejo or Bitbucket: comment on the merge or pull request, set the commit's "
                + "status.",
            Readers.NotEmpty,
            setting: "FORGE_TOKEN",
            helpName: "token"
        );
    public Option<bool> OnlyThresholds { get; } =
        DomainOption.Flag("--ci-only-thresholds", "Show only measures that have a threshold.");
    public Option<bool> OnlyOnAlert { get; } =
        DomainOption.Flag("--ci-only-on-alert", "Write no first comment before there is an alert.");
    public Option<bool> PublicLinks { get; } =
        DomainOption.Flag("--ci-public-links", "Accepted for older scripts; links are public when the project is.");
    public Option<string> Id { get; } =
        DomainOption.Of<string>(
            "--ci-id",
            "Keeps the comments of several runs on one pull request apart (branch, testbed and adapter).",
            ReadId,
            helpName: "id"
        );
    public Option<string> CheckName { get; } =
        DomainOption.Of<string>(
            "--check-name",
            "Name of the check (Paddock Report with the project's name or --ci-id).",
            Readers.NotEmpty,
            helpName: "name"
        );
    public Option<ulong?> Number { get; } =
        DomainOption.Number<ulong>(
            "--ci-number",
            "Number of the issue or pull request to comment on (the event's).",
            0,
            ulong.MaxValue
        );

    // Has a deterrent name, so that nobody sets it by accident: a pull request from a fork can read what the run prints
    // and sends.
    public Option<bool> IgnorePwnRequests { get; } =
        new("--ci-i-am-vulnerable-to-pwn-requests") { Arity = ArgumentArity.Zero, Hidden = true };

    public IEnumerable<Option> All =>
        [GitHubActions, ForgeToken, OnlyThresholds, OnlyOnAlert, PublicLinks, Id, CheckName, Number, IgnorePwnRequests];

    public IEnumerable<Action<CommandResult>> Together =>
        [
            // The variable may be set for all jobs, so only options on the command line conflict.
            result =>
            {
                if (
                    result.GetResult(GitHubActions) is { Implicit: false }
                    && result.GetResult(ForgeToken) is { Implicit: false }
                )
                    result.AddError($"Give either {GitHubActions.Name} or {ForgeToken.Name}, not both.");
            },
            .. All.Skip(2)
                .Select(option =>
                    (Action<CommandResult>)(
                        result =>
                        {
                            if (result.Has(option) && !result.Has(GitHubActions) && !result.Has(ForgeToken))
                                result.AddError($"{option.Name} needs {GitHubActions.Name} or {ForgeToken.Name}.");
                        }
                    )
                ),
        ];

    // The id is written unescaped into the last line of the comment, which must stay one line of HTML.
    private static bool ReadId(string text, out string? value, out string refusal)
    {
        refusal =
            $"{Text.Quote(text)} cannot stand in a comment; allowed: any text without line breaks and without \"-->\"";
        value = text.AsSpan().ContainsAny('\r', '\n') || text.Contains("-->", StringComparison.Ordinal) ? null : text;
        return value is not null;
    }
}
