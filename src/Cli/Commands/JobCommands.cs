using System.CommandLine;
using System.Text.Json;
using Paddock.Cli.Rest;
using Paddock.Core.Wire;

namespace Paddock.Cli.Commands;

internal static class JobCommands
{
    private const string All = "/v0/projects/{project}/jobs";

    public static Command Create() => new("job")
    {
        // The original client cannot ask for jobs that are processed; here they can be.
        Call.List<JsonElement>(All, Access.Public, "List the jobs of a project, newest first.",
            Filter.Word("--status", "Only those with this status", "pending", "claimed", "running", "completed", "processed", "failed", "canceled"),
            Filter.Page("created")),
        Call.View<JsonElement>(All + "/{job}", Access.Public, "Show a job."),
    };
}
