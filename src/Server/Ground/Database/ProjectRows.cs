namespace Paddock.Server.Ground.Database;

/// <summary>The rows of a project by their texts.</summary>
internal static class ProjectRows
{
    /// <summary>What stands behind FROM, and is followed by nothing but ORDER BY: the rows of a table that are of this
    /// project and have one of these texts in a column. The table has an index of project_id and that column.</summary>
    /// <remarks>PostgreSQL is made to look each text up. Left alone, it prefers to read the project through while it
    /// believes, from the time of its last ANALYZE, that there is little of it: 100,000 new names took 97 s.</remarks>
    public static SqlText WithTexts(Engine engine, Raw table, long projectId, Raw column, IEnumerable<string> texts)
    {
        string[] wanted = [.. texts.Distinct()];
        return engine switch
        {
            Engine.Sqlite => SqlText.Of(
                $"{table} WHERE {table}.project_id = {projectId} AND {table}.{column} IN {wanted}"
            ),
            Engine.Postgres => SqlText.Of(
                $"""
                unnest({new ArrayOf(wanted)}) AS wanted (text)
                CROSS JOIN LATERAL (SELECT * FROM {table} WHERE project_id = {projectId} AND {column} = wanted.text OFFSET 0)
                {table}
                """
            ),
        };
    }
}
