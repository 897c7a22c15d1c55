using System.Text.Json;
using Paddock.Core;
using Paddock.Core.Verdicts;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>The kind of machine and harness that a report was measured with.</summary>
/// <param name="Id">0 if unknown.</param>
/// <param name="MachineId">The id of the same environment without its harness; null if it has no harness.</param>
internal readonly record struct EnvironmentKind(Id<RunEnvironment> Id, long? MachineId)
{
    public bool IsTold => !Id.IsNone;

    /// <summary>The key under which verdicts know this kind.</summary>
    public ulong Key => MachineId is { } machine ? KindKey.Of(machine, Id) : KindKey.Of(Id, harness: 0);
}

/// <summary>The kinds of machine that reports were measured on, a few for each project.</summary>
internal static class EnvironmentTable
{
    // Results of a testbed that is a different machine each time cannot be compared, so its kinds need not be kept.
    private const int KindsMax = 1000;

    /// <summary>
    /// Returns the kind of this environment, creating it if it is new. The kind is unknown if the run reported no
    /// environment or the project has too many kinds.
    /// </summary>
    public static async Task<EnvironmentKind> KindAsync(Sql sql, ProjectRow project, RunEnvironment? environment)
    {
        if (environment is null)
            return default;
        var known = await FindAsync(sql, project, TextOf(environment));
        if (known.IsTold)
            return known;
        var machine = environment.Harness is null
            ? default
            : await KindAsync(sql, project, environment with { Harness = null });
        if (await sql.NumberAsync($"SELECT count(*) FROM environments WHERE project_id = {project.Id}") >= KindsMax)
            return machine;
        long? machineId = machine.IsTold ? machine.Id : null;
        await sql.ExecuteAsync(
            $"INSERT INTO environments (project_id, environment, machine_id) VALUES ({project.Id}, "
                + $"{TextOf(environment)}, {machineId}) ON CONFLICT (project_id, environment) DO NOTHING"
        );
        return await FindAsync(sql, project, TextOf(environment));
    }

    private static async Task<EnvironmentKind> FindAsync(Sql sql, ProjectRow project, string text)
    {
        var found = default(EnvironmentKind);
        await sql.ReadAsync(
            $"SELECT id, machine_id FROM environments WHERE project_id = {project.Id} AND environment = {text}",
            row =>
            {
                found = new(row.Id<RunEnvironment>(), row.LongOrNull());
                return false;
            }
        );
        return found;
    }

    /// <summary>The stored text of an environment.</summary>
    public static string TextOf(RunEnvironment environment) =>
        JsonSerializer.Serialize(MachineKind.Of(environment), Wire.Default.RunEnvironment);

    public static async Task<Dictionary<long, RunEnvironment>> OfAsync(
        Sql sql,
        IReadOnlyCollection<long> ids,
        CancellationToken ct
    ) =>
        ids.Count == 0
            ? []
            : (
                await sql.ListAsync(
                    $"SELECT id, environment FROM environments WHERE id IN {ids}",
                    row =>
                        (
                            Id: row.Long(),
                            Environment: JsonSerializer.Deserialize(row.Text(), Wire.Default.RunEnvironment)!
                        ),
                    ct
                )
            ).ToDictionary(one => one.Id, one => one.Environment);
}
