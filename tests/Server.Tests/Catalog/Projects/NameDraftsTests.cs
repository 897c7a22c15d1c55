using Paddock.Core.Names;
using Paddock.Server.Catalog.Projects;

namespace Paddock.Server.Tests.Catalog.Projects;

public sealed class NameDraftsTests
{
    [Fact]
    public void Names_with_the_same_slug_stem_get_a_slug_each()
    {
        var drafts = Drafts();
        for (var i = 0; i < 2000; i++)
            drafts.Add(
                Name($"{new string('x', 64)}{i}"),
                new($"{new string('x', 64)}{i}", Slug.FromName(new string('x', 64)))
            );

        Assert.Equal(2000, drafts.All.Select(draft => draft.Slug).Distinct().Count());
        Assert.Equal(1999, drafts.Suffixed.Count);
        Assert.All(drafts.All, draft => Assert.InRange(draft.Slug.Value.Length, 1, Slug.LengthMax));
    }

    [Fact]
    public void A_slug_finds_the_draft_that_an_earlier_name_created()
    {
        var drafts = Drafts();
        var byName = drafts.Add(Name("Foo"), Wanted("Foo", "foo"));

        Assert.Equal(byName, drafts.Add(OfSlug("foo"), Wanted("foo", "foo")));
        Assert.Single(drafts.All);
    }

    [Fact]
    public void A_name_finds_the_draft_that_an_earlier_slug_created()
    {
        var drafts = Drafts();
        var bySlug = drafts.Add(OfSlug("latency"), Wanted("Latency", "latency"));

        Assert.Equal(bySlug, drafts.Add(Name("Latency"), Wanted("Latency", "latency")));
        Assert.Single(drafts.All);
    }

    [Fact]
    public void A_slug_that_is_taken_in_the_database_gets_a_suffix()
    {
        var draft = Drafts("foo").Add(Name("Foo!"), Wanted("Foo!", "foo"));

        Assert.Matches("^foo-[0-9a-z]{8}$", draft.Slug.Value);
    }

    [Fact]
    public void A_slug_finds_the_draft_of_the_same_name_when_that_draft_has_a_suffixed_slug()
    {
        var drafts = Drafts("foo");
        var byName = drafts.Add(Name("foo"), Wanted("foo", "foo"));

        Assert.NotEqual("foo", byName.Slug.Value);
        Assert.Equal(byName, drafts.Add(OfSlug("foo"), Wanted("foo", "foo")));
        Assert.Single(drafts.All);
    }

    private static NameDrafts<BenchmarkName> Drafts(params string[] slugs) => new(slugs.ToHashSet());

    private static NameId<BenchmarkName> Name(string name) =>
        NameId<BenchmarkName>.OfName(Text.Parse<BenchmarkName>(name));

    private static NameId<BenchmarkName> OfSlug(string slug) => NameId<BenchmarkName>.OfSlug(Text.Parse<Slug>(slug));

    private static WantedName Wanted(string name, string slug) => new(name, Text.Parse<Slug>(slug));
}
