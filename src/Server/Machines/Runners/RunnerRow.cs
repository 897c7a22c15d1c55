using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Machines.Runners;

/// <param name="OrganizationId">The organization whose jobs the runner takes; null for a shared runner.</param>
/// <param name="Maintenance">The operator's reason why the runner gets no new jobs; null when not in
/// maintenance.</param>
/// <param name="Draining">True when the runner itself has said that it takes no new jobs.</param>
/// <param name="SlotsMax">How many of its slots are used; null for all that it opens.</param>
/// <param name="Facts">The facts that the runner reported about itself, as JSON.</param>
internal sealed record RunnerRow(
    Id<Runner> Id,
    Guid Uuid,
    string Name,
    string Slug,
    Id<Organization>? OrganizationId,
    string KeyHash,
    string? Maintenance,
    bool Draining,
    int? SlotsMax,
    string? Facts,
    DateTimeOffset? LastHeartbeat,
    DateTimeOffset Created,
    DateTimeOffset Modified,
    DateTimeOffset? Archived
)
{
    public static readonly Raw Columns = new(
        """
        runners.id, runners.uuid, runners.name, runners.slug, runners.organization_id, runners.key_hash, runners.maintenance, runners.draining, runners.slots, runners.facts,
        runners.last_heartbeat,
        runners.created, runners.modified, runners.archived
        """
    );

    public static RunnerRow Read(Row row) =>
        new(
            row.Id<Runner>(),
            row.Uuid(),
            row.Text(),
            row.Text(),
            row.IdOrNull<Organization>(),
            row.Text(),
            row.TextOrNull(),
            row.Bool(),
            (int?)row.LongOrNull(),
            row.TextOrNull(),
            row.TimeOrNull(),
            row.Time(),
            row.Time(),
            row.TimeOrNull()
        );

    public bool TakesJobs => Maintenance is null && !Draining && Archived is null;

    /// <summary>The same as a condition on the table runners.</summary>
    public static readonly Raw TakesJobsNow = new(
        "(runners.maintenance IS NULL AND runners.draining = 0 AND runners.archived IS NULL)"
    );

    public RunnerFacts? ParsedFacts =>
        Facts is null ? null : JsonSerializer.Deserialize(Facts, Wire.Default.RunnerFacts);
}
