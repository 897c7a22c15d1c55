namespace Paddock.Server.Ground.Database;

/// <summary>Selects rows of a project by the texts in one column.</summary>
internal static class ProjectRows
{
    /// <summary>
    /// The SQL after FROM, to be followed only by ORDER BY: the rows of the table that belong to this project and have
    /// one of these texts in the column. The table needs an index on project_id and that column.
    /// </summary>
    /// <remarks>
    /// Forces PostgreSQL to look each text up in the index. Otherwise it scans the whole project while its statistics,
    /// from the last ANALYZE, still say that the project is small: 100,000 new names took 97 s.
    /// </remarks>
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
