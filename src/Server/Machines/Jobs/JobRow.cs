using System.Text.Json;
using Paddock.Core.Jobs;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Ground.Database;
using Paddock.Server.Results.Verdicts;

namespace Paddock.Server.Machines.Jobs;

/// <param name="Config">The configuration sent to the runner, as JSON.</param>
/// <param name="Secrets">The values of the job's environment variables, encrypted by <see cref="JobSecrets"/>.</param>
/// <param name="Error">The problem with the job's results.</param>
/// <param name="ConfirmationId">The confirmation that a confirmation job belongs to.</param>
/// <param name="Side">The side of the pairs that the job runs; null when it runs both.</param>
/// <param name="Environment">The machine's hardware and settings during the run, as JSON.</param>
internal sealed record JobRow(
    Id<Job> Id,
    Guid Uuid,
    Id<Organization> OrganizationId,
    Id<Project> ProjectId,
    Guid Project,
    Id<Report>? ReportId,
    Guid? Report,
    SpecRow Spec,
    string Config,
    string? Secrets,
    int Timeout,
    int Priority,
    JobStatus Status,
    string? Reason,
    string? Error,
    int Attempts,
    Id<Runner>? RunnerId,
    Guid? Runner,
    int? Slot,
    Guid? Lease,
    string? Environment,
    Id<JobOutput>? OutputId,
    DateTimeOffset? Claimed,
    DateTimeOffset? Started,
    DateTimeOffset? Completed,
    DateTimeOffset? Heartbeat,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    Id<ConfirmationRow>? ConfirmationId,
    PairSide? Side
)
{
    public static readonly Raw Columns = new(
        $"""
        jobs.id, jobs.uuid, jobs.organization_id, jobs.project_id, projects.uuid, jobs.report_id, reports.uuid, {SpecRow.Columns.Text}, jobs.config, jobs.secrets, jobs.timeout, jobs.priority,
        jobs.status, jobs.reason, jobs.error, jobs.attempts, jobs.runner_id, runners.uuid, jobs.slot, jobs.lease, jobs.environment, jobs.output_id,
        jobs.claimed, jobs.started, jobs.completed, jobs.heartbeat, jobs.created, jobs.modified, jobs.confirmation_id, jobs.side
        """
    );

    public static readonly Raw From = new(
        """
        jobs JOIN projects ON projects.id = jobs.project_id JOIN specs ON specs.id = jobs.spec_id
        LEFT JOIN reports ON reports.id = jobs.report_id LEFT JOIN runners ON runners.id = jobs.runner_id
        """
    );

    public static JobRow Read(Row row) =>
        new(
            row.Id<Job>(),
            row.Uuid(),
            row.Id<Organization>(),
            row.Id<Project>(),
            row.Uuid(),
            row.IdOrNull<Report>(),
            row.UuidOrNull(),
            SpecRow.Read(row),
            row.Text(),
            row.TextOrNull(),
            row.Int(),
            row.Int(),
            row.Word<JobStatus>(),
            row.TextOrNull(),
            row.TextOrNull(),
            row.Int(),
            row.IdOrNull<Runner>(),
            row.UuidOrNull(),
            (int?)row.LongOrNull(),
            row.UuidOrNull(),
            row.TextOrNull(),
            row.IdOrNull<JobOutput>(),
            row.TimeOrNull(),
            row.TimeOrNull(),
            row.TimeOrNull(),
            row.TimeOrNull(),
            row.Time(),
            row.Time(),
            row.IdOrNull<ConfirmationRow>(),
            row.WordOrNull<PairSide>()
        );

    public JobConfig ParsedConfig => JsonSerializer.Deserialize(Config, Wire.Default.JobConfig)!;

    /// <summary>Null when the configuration can no longer be read, which may be why the job failed.</summary>
    public JobConfig? ReadableConfig
    {
        get
        {
            try
            {
                return ParsedConfig;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    public RunEnvironment? ParsedEnvironment =>
        Environment is null ? null : JsonSerializer.Deserialize(Environment, Wire.Default.RunEnvironment);

    /// <summary>
    /// True when a runner's message about this job counts: it comes from the job's runner and, if it names a lease,
    /// from the job's last one.
    /// </summary>
    public bool IsHeldBy(Id<Runner> runnerId, Guid? lease) => RunnerId == runnerId && (lease is null || lease == Lease);

    public Job ToWire() =>
        new(
            Uuid,
            Status,
            Spec.ToWire(),
            Runner,
            Claimed,
            Started,
            Completed,
            Created,
            Modified,
            Report: Report,
            Project: Project,
            Reason: Reason,
            Environment: ParsedEnvironment
        );
}
