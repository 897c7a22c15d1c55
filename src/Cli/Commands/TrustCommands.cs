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
                Field
                    .Text(
                        "--repository",
                        "Path of the repository on that service, such as acme/rocket.",
                        Readers.NotEmpty
                    )
                    .Required(),
                Field.Text(
                    "--ref",
                    "Only jobs of this full git ref; * stands for any text, as in refs/heads/*.",
                    Readers.NotEmpty
                ),
                Field.Text("--environment", "Only jobs of this deployment environment.", Readers.NotEmpty),
                Field.Text(
                    "--issuer",
                    "Issuer of a self-hosted service's tokens, exactly as they name it.",
                    Readers.NotEmpty
                ),
                Field.Flag("--pull-request-target", "Trust jobs of the event pull_request_target, too.")
            ),
            Call.Delete(One, "Stop trusting the jobs of a repository; their credentials end at once."),
        };
}
