using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Ground.Limits;

/// <summary>Searches in lists: the matches of LIKE, within limits.</summary>
public sealed class SearchTests
{
    private const int Benchmarks = 28_000;
    private const int NameBytes = 1024;

    [Theory, EveryDatabase]
    public async Task A_search_is_answered_among_the_longest_names_and_a_too_long_one_is_refused(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        await FillAsync(server);
        var list = $"/v0/projects/{project}/benchmarks?per_page=3&search=";

        var long505 = await server.GetAsync(list + new string('a', 505));
        Assert.Equal(400, long505.Status);
        Assert.Contains("allowed: 256", long505.Message, StringComparison.Ordinal);
        var found = await server.GetAsync(list + new string('a', 100) + "7");
        // Every name matches the first hundred letters, and none the rest.
        Assert.Empty(found.Expect(200).AsArray());
        found = await server.GetAsync(list + new string('a', 100) + "%2017");
        Assert.Equal(1 + 10 + 100 + 1000, found.TotalCount); // 17, 170 to 179, 1700 to 1799, 17000 to 17999.
        found = await server.GetAsync(list + "A%2027999");
        Assert.Equal(1, found.TotalCount);
        Assert.EndsWith("a 27999", (string)found.Json[0]!["name"]!, StringComparison.Ordinal);
        Assert.Equal(Benchmarks, (await server.GetAsync(list)).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task Every_list_refuses_a_search_text_that_is_too_long(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        var (ok, tooLong) = (new string('é', Page.SearchMax), new string('é', Page.SearchMax + 1));
        string[] lists =
        [
            "/v0/projects",
            "/v0/organizations",
            "/v0/users",
            "/v0/specs",
            "/v0/runners",
            $"/v0/organizations/{ada.Slug}/projects",
            $"/v0/organizations/{ada.Slug}/members",
            $"/v0/organizations/{ada.Slug}/api-keys",
            $"/v0/users/{ada.Slug}/keys",
            .. new[] { "benchmarks", "branches", "testbeds", "measures", "plots", "keys" }.Select(noun =>
                $"/v0/projects/{project}/{noun}"
            ),
        ];

        foreach (var list in lists)
        {
            Assert.Empty((await ada.GetAsync($"{list}?search={Uri.EscapeDataString(ok)}")).Expect(200).AsArray());
            Assert.Equal(400, (await ada.GetAsync($"{list}?search={Uri.EscapeDataString(tooLong)}")).Status);
        }
    }

    [Theory, EveryDatabase]
    public async Task A_search_text_may_contain_any_character(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        foreach (var name in new[] { @"C:\temp\Run", "50% of_all", "Größe", "plain" })
            (await ada.PostAsync($"/v0/projects/{project}/benchmarks", new { name })).Expect(201);

        foreach (
            var (text, count) in new[]
            {
                (@"\TEMP\", 1),
                (@"\", 1),
                (@"n\", 0),
                ("%", 4),
                ("0% o", 1),
                ("of_a", 1),
                ("p__in", 1),
                ("RÖß", 0),
                ("Röß", 1),
                ("t", 1),
                ("'", 0),
            }
        )
        {
            var found = await ada.GetAsync($"/v0/projects/{project}/benchmarks?search={Uri.EscapeDataString(text)}");
            Assert.Equal((text, count), (text, found.Expect(200).AsArray().Count));
        }
        var uuid = (string)(await ada.GetAsync($"/v0/projects/{project}/benchmarks?search=plain")).Json[0]!["uuid"]!;
        Assert.Equal(
            "plain",
            (string)
                (await ada.GetAsync($"/v0/projects/{project}/benchmarks?search={uuid[..20].ToUpperInvariant()}"))
                    .Json.AsArray()
                    .Single()!["name"]!
        );
    }

    [Fact]
    public async Task Benchmark_names_have_trigram_indexes_on_PostgreSQL()
    {
        await using var server = await TestServer.StartAsync(Engine.Postgres);

        var indexes = await server.Database.ReadAsync(
            sql =>
                sql.ListAsync(
                    $"SELECT indexdef FROM pg_indexes WHERE indexname IN ('benchmarks_by_name_trigram', "
                        + $"'benchmarks_by_slug_trigram')",
                    row => row.Text()
                ),
            CancellationToken.None
        );

        Assert.Equal(2, indexes.Count);
        Assert.All(indexes, index => Assert.Contains("gin_trgm_ops", index, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("%abc%", "xabcx", true)]
    [InlineData("%abc%", "xabx", false)]
    [InlineData("%a_c%", "xxabcxx", true)]
    [InlineData("%a_c%", "acacabc", true)]
    [InlineData("%a_c%", "aacca", true)] // Any letter may be between, also a c.
    [InlineData("%a_c%", "acac", false)]
    [InlineData("%a_c%", "ac", false)]
    [InlineData("%a%c%", "a and then c", true)]
    [InlineData("%c%a%", "a and then c", false)]
    [InlineData("%_%", "", false)]
    [InlineData("%%", "", true)]
    [InlineData("%é_ü%", "aéßüb", true)]
    [InlineData("%é__ü%", "aéßüb", false)]
    [InlineData("a_c", "abc", true)]
    [InlineData("a_c", "abcd", false)]
    [InlineData("a%", "abcd", true)]
    [InlineData("%d", "abcd", true)]
    [InlineData("%_d", "d", false)]
    [InlineData(@"%a\b%", @"xa\bx", true)]
    public void A_pattern_matches_exactly_what_LIKE_matches(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Matches(pattern, text));

    [Fact]
    public void Random_patterns_match_exactly_what_LIKE_matches()
    {
        const int seed = 11;
        var random = new Random(seed);
        string Letters(string from, int most) =>
            string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => from[random.Next(from.Length)]));
        for (var i = 0; i < 50_000; i++)
        {
            var (pattern, text) = (Letters("ab%_é", 8), Letters("abé", 12));
            Assert.True(
                Slow(pattern, text) == Matches(pattern, text),
                $"\"{text}\" LIKE \"{pattern}\" (seed {seed}, round {i})"
            );
        }
    }

    [Fact]
    public void A_long_pattern_with_single_character_wildcards_matches_across_machine_words()
    {
        var part = new string('a', 63) + "_" + new string('b', 64) + "_" + new string('c', 70);
        Assert.True(
            Matches($"%{part}%", new string('a', 500) + "x" + new string('b', 64) + "y" + new string('c', 500))
        );
        Assert.False(
            Matches($"%{part}%", new string('a', 500) + "x" + new string('b', 63) + "y" + new string('c', 500))
        );
    }

    private static bool Matches(string pattern, string text) =>
        new LikePattern(Encoding.UTF8.GetBytes(pattern)).Matches(Encoding.UTF8.GetBytes(text));

    private static bool Slow(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern.IsEmpty)
            return text.IsEmpty;
        if (pattern[0] == '%')
            return Slow(pattern[1..], text) || !text.IsEmpty && Slow(pattern, text[1..]);
        return !text.IsEmpty && (pattern[0] == '_' || pattern[0] == text[0]) && Slow(pattern[1..], text[1..]);
    }

    // The rows that runs would have created, inserted by a few statements.
    private static Task FillAsync(TestServer server)
    {
        var names = Enumerable
            .Range(0, Benchmarks)
            .Select(i => $" {i}")
            .Select(end => new string('a', NameBytes - end.Length) + end)
            .ToArray();
        return server.Database.WriteAsync(async sql =>
        {
            foreach (var some in names.Chunk(1000))
                await sql.ExecuteEachAsync([
                    .. some.Select(name =>
                        SqlText.Of(
                            $"""
                            INSERT INTO benchmarks (uuid, project_id, name, slug, created, modified)
                            SELECT {Guid.NewGuid()}, id, {name}, {"b"
                                + Guid.NewGuid().ToString("N")}, {0}, {0} FROM projects WHERE slug = 'demo'
                            """
                        )
                    ),
                ]);
        });
    }
}
