using System.Text.RegularExpressions;

namespace Paddock.Server.Tests.House;

/// <summary>
/// A job's status changes only as JobLife allows: a single statement writes it, and its callers ask JobLife first.
/// </summary>
public sealed partial class JobStatusTests
{
    private static readonly string Server = Path.Combine(BuiltProgram.Root, "src", "Server");

    [Fact]
    public void A_single_SQL_statement_changes_the_status_of_jobs()
    {
        var writers =
            from statement in Statements(Update)
            where WritesStatus.IsMatch(statement.Set) || IsOpen.IsMatch(statement.Set)
            select $"{statement.File}: {statement.Set}";
        Assert.Equal(["JobTable.cs: status = {next}, reason = {reason}, modified = {now}{more}"], writers);
    }

    [Fact]
    public void New_jobs_are_inserted_as_pending()
    {
        var inserts = Statements(Insert).ToList();
        Assert.Equal(["ConfirmJob.cs", "SubmitJob.cs"], inserts.Select(insert => insert.File));
        Assert.All(inserts, insert => Assert.Contains("{JobStatus.Pending}", insert.Set, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE jobs SET modified = {now}, status = {x} WHERE id = 1")]
    [InlineData("UPDATE jobs\n    SET status = 'failed' WHERE id = 1")]
    [InlineData("UPDATE jobs SET {set} WHERE id = 1")]
    public void Statements_that_may_write_a_status_are_recognized(string sql)
    {
        var set = Update.Match(sql).Groups["set"].Value;
        Assert.True(WritesStatus.IsMatch(set) || IsOpen.IsMatch(set));
    }

    private static IEnumerable<(string File, string Set)> Statements(Regex statement) =>
        from file in Directory.EnumerateFiles(Server, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        from match in statement.Matches(File.ReadAllText(file))
        select (Path.GetFileName(file), match.Groups["set"].Value.Trim());

    [GeneratedRegex(@"UPDATE\s+jobs\s+SET\s+(?<set>.*?)\s+WHERE\b", RegexOptions.Singleline)]
    private static partial Regex Update { get; }

    [GeneratedRegex(@"INSERT\s+INTO\s+jobs\s*\((?<set>[^;]*)", RegexOptions.Singleline)]
    private static partial Regex Insert { get; }

    [GeneratedRegex(@"(^|,)\s*status\s*=")]
    private static partial Regex WritesStatus { get; }

    // An interpolation where columns are listed could contain any column.
    [GeneratedRegex(@"(^|,|\})\s*\{")]
    private static partial Regex IsOpen { get; }
}
