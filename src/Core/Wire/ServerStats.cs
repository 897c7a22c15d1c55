namespace Paddock.Core.Wire;

/// <summary>How much a server holds: in all projects, in the claimed ones, and in the unclaimed ones.</summary>
/// <param name="Organizations">Only the first ones: /v0/organizations lists all, page by page.</param>
/// <param name="Admins">Only the first ones, by name.</param>
public sealed record ServerStats(
    ServerInstance Server,
    DateTimeOffset Timestamp,
    IReadOnlyList<Organization> Organizations,
    IReadOnlyList<User> Admins,
    Cohort Users,
    Cohort Projects,
    Cohort ProjectsUnclaimed,
    Cohort ProjectsClaimed,
    Cohort ActiveProjects,
    Cohort ActiveProjectsUnclaimed,
    Cohort ActiveProjectsClaimed,
    Cohort Reports,
    Cohort ReportsUnclaimed,
    Cohort ReportsClaimed,
    MedianCohort ReportsPerProject,
    MedianCohort ReportsPerProjectUnclaimed,
    MedianCohort ReportsPerProjectClaimed,
    Cohort Metrics,
    Cohort MetricsUnclaimed,
    Cohort MetricsClaimed,
    MedianCohort MetricsPerReport,
    MedianCohort MetricsPerReportUnclaimed,
    MedianCohort MetricsPerReportClaimed,
    TopCohort TopProjects,
    TopCohort TopProjectsUnclaimed,
    TopCohort TopProjectsClaimed,
    RunnerStats Runner
);

public sealed record ServerInstance(Guid Uuid, DateTimeOffset Created, string Version);

/// <summary>How many were created: in the last 7 days, in the last 28 days, and ever.</summary>
public readonly record struct Cohort(ulong Week, ulong Month, ulong Total);

/// <summary>The median, over the same time spans; 0 where there is none.</summary>
public readonly record struct MedianCohort(double Week, double Month, double Total);

/// <summary>The ten projects with the most metrics in the same time spans, largest first.</summary>
public sealed record TopCohort(
    IReadOnlyList<TopProject> Week,
    IReadOnlyList<TopProject> Month,
    IReadOnlyList<TopProject> Total
);

/// <param name="Percentage">The project's share of all metrics of its cohort, 0 to 1.</param>
public sealed record TopProject(string Name, Guid Uuid, ulong Metrics, double Percentage);

/// <summary>The seconds that runners worked on jobs that became reports.</summary>
/// <param name="SecondsPerReport">The median.</param>
public sealed record RunnerStats(
    ByOwner<Cohort> Seconds,
    ByOwner<MedianCohort> SecondsPerReport,
    ByOwner<TopJobCohort> TopProjects
);

/// <param name="Plus">The value for organizations with a paid plan.</param>
public sealed record ByOwner<T>(T Total, T Unclaimed, T Claimed, T Plus);

/// <summary>The ten projects that runners worked for the longest in the same time spans, longest first.</summary>
public sealed record TopJobCohort(
    IReadOnlyList<TopJobProject> Week,
    IReadOnlyList<TopJobProject> Month,
    IReadOnlyList<TopJobProject> Total
);

/// <param name="Percentage">The project's share of all seconds of its cohort, 0 to 1.</param>
public sealed record TopJobProject(string Name, Guid Uuid, ulong Seconds, double Percentage);
