using System.Security.Cryptography;
using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Machines.Jobs;

/// <summary>A job to insert into the queue.</summary>
/// <param name="Config">The configuration without the values of its environment, which are in
/// <paramref name="Secrets"/>.</param>
/// <param name="Address">The IP address the request came from; null when the server itself created the job.</param>
internal sealed record JobInsert(
    ProjectRow Project,
    Id<Spec> SpecId,
    Guid Uuid,
    JobConfig Config,
    string? Secrets,
    int Priority,
    string? Address
)
{
    /// <summary>The report that the job fills.</summary>
    public Id<Report>? ReportId { get; init; }

    /// <summary>The confirmation that the job belongs to.</summary>
    public Id<ConfirmationRow>? ConfirmationId { get; init; }

    /// <summary>The parent of the job's trace spans.</summary>
    public string? Trace { get; init; }
}

/// <summary>
/// Turns a run with a job into an empty report and a job that fills it. Both are created in the caller's transaction,
/// so a refused run creates neither.
/// </summary>
internal static class SubmitJob
{
    // All jobs have the same priority; fairness between organizations decides who gets the next slot.
    public const int Priority = 200;

    /// <summary>The priority of confirmation jobs that run after all other jobs of their spec.</summary>
    public const int PriorityAfter = 100;

    private const int CommandMax = 64;
    private const int ListMax = 255;
    private const int KeyLength = 16;
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>Checks a new job as far as possible without the database.</summary>
    /// <exception cref="Refusal">A field is invalid: no runner could use it.</exception>
    public static ImageReference Check(NewJob job)
    {
        if (!ImageReference.TryParse(job.Image, out var image))
            throw Refusal.BadInput("job.image: " + Text.Refusal<ImageReference>(job.Image));
        if (job.Timeout is < 1)
            throw Refusal.BadInput(
                $"job.timeout: {job.Timeout} is not a whole number of seconds from 1 to {int.MaxValue}"
            );
        RefuseLong("job.entrypoint", job.Entrypoint?.Count, CommandMax);
        RefuseLong("job.cmd", job.Cmd?.Count, CommandMax);
        RefuseLong("job.env", job.Env?.Count, ListMax);
        RefuseLong("job.file_paths", job.FilePaths?.Count, ListMax);
        foreach (var (name, value) in job.Env ?? new Dictionary<string, string>())
            if (
                name.Length == 0
                || name.Contains('=', StringComparison.Ordinal)
                || name.Contains('\0', StringComparison.Ordinal)
                || value.Contains('\0', StringComparison.Ordinal)
            )
                throw Refusal.BadInput(
                    $"job.env: {Text.Quote(name)} cannot be set; allowed: names without \"=\", names and values "
                        + $"without null characters"
                );
        foreach (var text in (job.Entrypoint ?? []).Concat(job.Cmd ?? []).Concat(job.FilePaths ?? []))
            if (text.Contains('\0', StringComparison.Ordinal))
                throw Refusal.BadInput("job: a command and a path hold no null characters");
        return image;
    }

    /// <summary>
    /// Finds the project named by the image, if the run itself names none; null when the image names none either. For a
    /// project key, a name that is no known project counts as none.
    /// </summary>
    public static async Task<ResourceId?> ProjectAsync(Sql sql, ImageReference image, Caller caller)
    {
        if (image.ProjectName is not { } name || !ResourceId.TryParse(name, out var id))
            return null;
        if (caller is not ProjectKeyCaller key)
            return id;
        return await ProjectTable.FindAsync(sql, id) switch
        {
            null => null,
            { Id: var other } when other == key.ProjectId => null,
            // Treated as nonexistent, so that the key cannot detect a private project.
            { Visibility: Visibility.Private } => null,
            _ => throw Refusal.NotSignedIn(
                $"This key belongs to another project than the image {Text.Quote(name)} names."
            ),
        };
    }

    /// <returns>The empty report, and the job claimed in the same transaction for a waiting runner, if any.</returns>
    public static async Task<(StoredReport Report, ClaimOutcome? Claimed)> AcceptAsync(
        Sql sql,
        ProjectRow project,
        UserRow? user,
        Run run,
        bool isTestbedNamed,
        NewJob job,
        ImageReference image,
        JobImages images,
        JobSecrets secrets,
        JobOptions options,
        HandOver handOver,
        string? address,
        DateTimeOffset now
    )
    {
        ReadResults.OptionsOf(run.Settings, project); // Checked now, not after the job has run.
        await RefuseOneTooManyAsync(sql, project.OrganizationId, options.WaitingMax);
        var (testbed, spec) = await TestbedAsync(sql, project, run, isTestbedNamed, job, now);
        var digest = await images.DigestAsync(sql, project, image, now);
        var timeout = Math.Min(
            job.Timeout ?? options.TimeoutStandard,
            Math.Min(options.TimeoutMax, spec.TimeoutMax ?? int.MaxValue)
        );
        var report = await ReceiveRun.OpenAsync(sql, project, user, run, testbed, spec, now);
        var whole = new JobConfig(
            images.Registry,
            project.Uuid,
            digest,
            timeout,
            job.Image,
            job.Entrypoint,
            job.Cmd,
            job.Env,
            job.FilePaths,
            run.Settings?.Average,
            job.Iter,
            run.Settings?.Fold,
            job.AllowFailure,
            job.Backdate,
            job.BuildTime,
            job.FileSize,
            run.Settings?.Measures,
            run.Settings?.Pattern
        );
        var uuid = Guid.CreateVersion7(now);
        var (config, sealedEnvironment) = secrets.Split(uuid, whole);
        var id = await InsertAsync(
            sql,
            new(project, spec.Id, uuid, config, sealedEnvironment, Priority, address)
            {
                ReportId = report.Report.Id,
                Trace = handOver.Trace,
            },
            now
        );
        var claimed = await handOver.TryAsync(sql, spec.Id, now);
        if (claimed?.Job?.Id != id)
            await new Signal.Job(id, uuid, JobStatus.Pending, project.Id, spec.Id, RunnerId: null).SendAsync(sql);
        return (report with { Job = uuid }, claimed);
    }

    /// <summary>Inserts a job into the queue. The caller must signal it to waiting runners.</summary>
    /// <returns>The job's id.</returns>
    public static Task<Id<Job>> InsertAsync(Sql sql, JobInsert job, DateTimeOffset now) =>
        sql.InsertAsync<Job>(
            $"""
            INSERT INTO jobs (uuid, key, kind, organization_id, project_id, report_id, confirmation_id, spec_id, digest, config, secrets, sealed, timeout,
                priority, address, trace, status, attempts, created, modified)
            VALUES ({job.Uuid}, {NewKey()}, 'benchmark', {job.Project.OrganizationId}, {job.Project.Id}, {job.ReportId}, {job.ConfirmationId}, {job.SpecId},
                {job.Config.Digest}, {JsonSerializer.Serialize(
                job.Config,
                Wire.Default.JobConfig
            )}, {job.Secrets}, 1, {job.Config.Timeout},
                {job.Priority}, {job.Address}, {job.Trace}, {JobStatus.Pending}, 0, {now}, {now})
            """
        );

    /// <summary>Makes a job's name as a pod.</summary>
    public static string NewKey() => "pod-" + RandomNumberGenerator.GetString(Base32, KeyLength);

    // An organization's waiting jobs are all at least as new as its oldest one. They are only counted if at least max
    // jobs, of any organization, have been created since.
    private static async Task RefuseOneTooManyAsync(Sql sql, Id<Organization> organizationId, int max)
    {
        var own = SqlText.Of($"jobs.organization_id = {organizationId} AND {JobTable.IsWaiting}");
        var waiting = await sql.NumberAsync(
            $"""
            SELECT CASE WHEN (SELECT max(jobs.id) FROM jobs) - (SELECT min(jobs.id) FROM jobs WHERE {own}) < {max
                - 1} THEN 0
                ELSE (SELECT count(*) FROM (SELECT 1 FROM jobs WHERE {own} LIMIT {max}) waiting) END
            """
        );
        if (waiting >= max)
            throw new Refusal(
                Because.TooMany,
                $"{waiting} jobs of this organization are waiting, and PADDOCK_JOBS_WAITING_MAX allows no more. Try "
                    + "again when some have run."
            );
    }

    /// <summary>
    /// Chooses the spec and its testbed: the spec the job names, else the testbed's spec, else the server's fallback.
    /// </summary>
    private static async Task<(TestbedRow Testbed, SpecRow Spec)> TestbedAsync(
        Sql sql,
        ProjectRow project,
        Run run,
        bool isNamed,
        NewJob job,
        DateTimeOffset now
    )
    {
        if (job.Spec is { } wanted)
        {
            var spec = await SpecTable.GetAsync(sql, wanted);
            return spec.Archived is null ? await OnAsync(spec) : throw Refusal.NotFound("spec", wanted);
        }
        if (isNamed && await TestbedTable.FindAsync(sql, project, run.Testbed) is { SpecId: { } known })
            return (
                await TestbedTable.GetOrCreateAsync(sql, project, run.Testbed, now),
                (await SpecTable.OfAsync(sql, known))!
            );
        return await SpecTable.FallbackAsync(sql) is { } fallback
            ? await OnAsync(fallback)
            : throw Refusal.BadInput(
                "job.spec: missing; neither the testbed nor the server has a spec to fall back to"
            );

        async Task<(TestbedRow, SpecRow)> OnAsync(SpecRow spec)
        {
            var name = isNamed ? run.Testbed : NameId<ResourceName>.OfName(Text.Parse<ResourceName>(spec.Name));
            return (
                await TestbedTable.OnSpecAsync(
                    sql,
                    await TestbedTable.GetOrCreateAsync(sql, project, name, now),
                    spec,
                    now
                ),
                spec
            );
        }
    }

    private static void RefuseLong(string field, int? count, int max)
    {
        if (count > max)
            throw Refusal.BadInput($"{field}: {count} entries are too many; allowed: {max}");
    }
}
