using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Core.Names;
using Paddock.Core.Wire;

namespace Paddock.Cli.Jobs;

/// <summary><c>paddock job logs</c>: prints a job's output to the stream that it came from.</summary>
internal static class LogsCommand
{
    private const int PollSeconds = 5;

    public static Command Create()
    {
        var project = DomainOption.Positional<ResourceId>("project", "UUID or slug of the project.");
        var job = new Argument<string>("job")
        {
            Description = "UUID of the job.",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = DomainOption.Parser<string>("<job>", Readers.Uuid),
        };
        var follow = DomainOption.Flag("--follow", "Wait until the job has ended.", "-f");
        var raw = DomainOption.Flag(
            "--raw",
            "Send control characters to the terminal unchanged; a hostile job could attack it with them."
        );
        var (command, backend) = (
            new Command("logs", "Print the output of a job that has ended.") { project, job, follow, raw },
            new Backend()
        );
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                using var api = backend.Open(args, Access.Public);
                var path = $"/v0/projects/{args.GetRequiredValue(project)}/jobs/{args.GetRequiredValue(job)}";
                var found = args.GetValue(follow)
                    ? await FollowAsync(api, path, ct)
                    : await api.SendAsync(HttpMethod.Get, path, body: null, Wire.Default.Job, ct);
                if (found.Output is { } printed)
                    JobText.Print(printed, Output.Out, args.GetValue(raw));
                if (found.Status is JobStatus.Failed or JobStatus.Canceled)
                    Output.Note(JobText.Failure(found));
                if (found.Output is not null || found.Status == JobStatus.Canceled)
                    return Exit.Success;
                throw new Failure(
                    FollowJob.IsOver(found)
                        ? api.Credential is null
                            ? "The output of a job is only shown to signed-in users. Give --key or --token."
                            : "The server has no output of this job."
                        : $"The job is {Words<JobStatus>.Of(found.Status)}. Its output is available once it has ended; "
                            + "--follow waits for that."
                );
            }
        );
        return command;
    }

    private static async Task<Job> FollowAsync(ApiClient api, string path, CancellationToken ct)
    {
        using var progress = JobProgress.Start(quiet: false);
        return await new FollowJob(api, path, TimeSpan.FromSeconds(PollSeconds), progress.See).ToEndAsync(ct);
    }
}
