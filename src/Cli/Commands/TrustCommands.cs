using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

/// <summary>The CI jobs that a project trusts.</summary>
internal static class TrustCommands
{
    private const string All = "/v0/projects/{project}/ci-trusts",
        One = All + "/{trust}";

    public static Command Create() =>
        new("trust")
        {
            Call.List<CiTrust>(All, Access.Authenticated, "List the CI jobs that a project trusts."),
            Call.Create<CiTrust>(
                All,
                "Trust the jobs of a repository.",
                Field.Word<CiService>("--service", "CI service that signs the tokens").Required(),
                Field.Text("--repository", "Path of the repository there: acme/rocket.", Readers.NotEmpty).Required(),
                Field.Text("--ref", "Only jobs of this full git ref, * for any text: refs/heads/*.", Readers.NotEmpty),
                Field.Text("--environment", "Only jobs of this deployment environment.", Readers.NotEmpty),
                Field.Text("--issuer", "Address of a service of your own, as it names itself.", Readers.NotEmpty),
                Field.Flag("--pull-request-target", "Trust jobs of the event pull_request_target, too.")
            ),
            Call.Delete(One, "Trust the jobs of a repository no longer; their credentials end at once."),
        };
}
