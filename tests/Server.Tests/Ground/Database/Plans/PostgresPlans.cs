using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace Paddock.Server.Tests.Ground.Database.Plans;

/// <summary>The plans with which PostgreSQL executed the statements of one application on one database.</summary>
internal static class PostgresPlans
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Waits until the application has closed its connections, then reads its log up to that point; each statement and
    /// plan appears once.
    /// </summary>
    public static async Task<List<Plan>> ReadAsync(string database, string application)
    {
        var name = new NpgsqlConnectionStringBuilder(database).Database!;
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync();
        while (await CountAsync(connection, application) > 0)
            await Task.Delay(10);
        var last = $"the last one of {application}, {Guid.NewGuid()}";
        await using (var command = new NpgsqlCommand($"DO $$ BEGIN RAISE LOG '{last}'; END $$", connection))
            await command.ExecuteNonQueryAsync();
        return Parse(await LinesUntilAsync(last), name, application);
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string application)
    {
        await using var command = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()",
            connection
        )
        {
            Parameters = { new() { Value = application } },
        };
        return (long)(await command.ExecuteScalarAsync())!;
    }

    // Another process writes the log, in the order of the events.
    private static async Task<List<string>> LinesUntilAsync(string last)
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var file = new FileStream(
            PostgresServer.PlanLog,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(file);
        var (lines, line) = (new List<string>(), new StringBuilder());
        var buffer = new char[1 << 16];
        while (true)
        {
            var read = await reader.ReadAsync(buffer, patience.Token);
            foreach (var letter in buffer.Take(read))
            {
                if (letter != '\n')
                {
                    line.Append(letter);
                    continue;
                }
                lines.Add(line.ToString());
                line.Clear();
            }
            if (read == 0)
            {
                if (lines.Exists(one => one.Contains(last, StringComparison.Ordinal)))
                    return lines;
                await Task.Delay(10, patience.Token);
            }
        }
    }

    private static List<Plan> Parse(List<string> lines, string database, string application)
    {
        var plans = new Dictionary<string, Plan>();
        foreach (var line in lines)
        {
            if (!line.Contains(application, StringComparison.Ordinal))
                continue;
            var entry = JsonNode.Parse(line)!;
            if ((string?)entry["dbname"] != database || (string?)entry["application_name"] != application)
                continue;
            var message = (string)entry["message"]!;
            var start = message.IndexOf("plan:\n", StringComparison.Ordinal);
            if (!message.StartsWith("duration:", StringComparison.Ordinal) || start < 0)
                continue;
            var plan = JsonNode.Parse(message[(start + 6)..])!;
            var found = new Plan((string)plan["Query Text"]!, [.. Scans(plan["Plan"]!, isLimited: false)]);
            plans.TryAdd($"{found.Statement}\n{string.Join('\n', found.Scans)}", found);
        }
        return [.. plans.Values];
    }

    private static IEnumerable<Scan> Scans(JsonNode node, bool isLimited)
    {
        var type = (string)node["Node Type"]!;
        if (node["Relation Name"] is { } relation && type.Contains("Scan", StringComparison.Ordinal))
            yield return new(
                (string)relation!,
                type == "Seq Scan" ? null : (string?)node["Index Name"] ?? type,
                IsThrough: type == "Seq Scan"
                    || type is "Index Scan" or "Index Only Scan" && node["Index Cond"] is null,
                isLimited
            );
        foreach (var child in node["Plans"]?.AsArray() ?? [])
        foreach (var scan in Scans(child!, isLimited || type == "Limit"))
            yield return scan;
    }
}
