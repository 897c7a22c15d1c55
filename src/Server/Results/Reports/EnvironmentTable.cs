using System.Text.Json;
using Paddock.Core;
using Paddock.Core.Wire;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Results.Reports;

/// <summary>The kinds of machine that reports were measured on: a few for each project.</summary>
internal static class EnvironmentTable
{
    // A testbed that is another machine each time cannot be compared at all; its kinds need not be kept for ever.
    private const int KindsMax = 1000;

    /// <summary>
    /// The kind of this environment, made where it is new; 0 where nobody told, or the project has too many kinds.
    /// </summary>
    public static async Task<long> IdAsync(Sql sql, ProjectRow project, RunEnvironment? environment)
    {
        if (environment is null)
            return 0;
        var text = TextOf(environment);
        if (await FindAsync() is var known and not 0)
            return known;
        if (await sql.NumberAsync($"SELECT count(*) FROM environments WHERE project_id = {project.Id}") >= KindsMax)
            return 0;
        await sql.ExecuteAsync(
            $"INSERT INTO environments (project_id, environment) VALUES ({project.Id}, {text}) ON CONFLICT "
                + $"(project_id, environment) DO NOTHING"
        );
        return await FindAsync();

        Task<long> FindAsync() =>
            sql.NumberAsync($"SELECT id FROM environments WHERE project_id = {project.Id} AND environment = {text}");
    }

    /// <summary>What is kept of an environment.</summary>
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
