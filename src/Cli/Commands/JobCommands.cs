using System.CommandLine;
using Paddock.Cli.Jobs;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class JobCommands
{
    private const string Some = "/v0/[projects/{project}/]jobs",
        One = "/v0/projects/{project}/jobs/{job}";

    public static Command Create() =>
        new("job")
        {
            // The original client can ask neither for processed jobs nor for the jobs of all projects; this one can.
            Call.List<Job>(
                Some,
                Access.Public,
                "List the jobs of a project, newest first, or of all projects (only for the server's administrators).",
                Filter.Word<JobStatus>("--status", "Only those with this status"),
                Filter.Page("created")
            ),
            Call.View<Job>(One, Access.Public, "Show a job: its status, why it waits, and its output."),
            Call.Of<Job>(
                "cancel",
                HttpMethod.Post,
                One + "/cancel",
                Access.Authenticated,
                "Cancel a job that has not ended."
            ),
            LogsCommand.Create(),
        };
}
