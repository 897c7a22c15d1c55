using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Users;

public sealed class UserTests
{
    [Theory, EveryDatabase]
    public async Task Users_change_their_own_profile_but_not_their_privileges(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));

        var renamed = (await bob.PatchAsync("/v0/users/bob-builder", new { name = "Bobby", slug = "bobby" })).Expect(
            200
        );
        Assert.Equal(("Bobby", "bobby"), ((string?)renamed["name"], (string?)renamed["slug"]));
        Assert.Equal(409, (await bob.PatchAsync("/v0/users/bobby", new { slug = "ada-admin" })).Status);
        Assert.Equal(409, (await bob.PatchAsync("/v0/users/bobby", new { email = ada.Email })).Status);
        Assert.Equal(403, (await bob.PatchAsync("/v0/users/bobby", new { admin = true })).Status);
        Assert.Equal(403, (await bob.PatchAsync("/v0/users/bobby", new { locked = false })).Status);
        (await bob.PatchAsync("/v0/users/bobby", new { })).Expect(200); // An empty change is accepted.

        (await ada.PatchAsync("/v0/users/bobby", new { admin = true })).Expect(200);
        Assert.Equal(2, (await bob.GetAsync("/v0/users")).TotalCount);
    }

    [Theory, EveryDatabase]
    public async Task The_list_of_users_is_paged_sorted_and_searched(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        foreach (var name in new[] { "Carl", "bert", "Bob", "Dan" })
            await server.SignUpAsync(name);

        async Task<string[]> NamesAsync(string query) =>
            [.. (await ada.GetAsync("/v0/users?" + query)).Expect(200).AsArray().Select(u => (string)u!["name"]!)];

        // Capitals first: the order is by bytes.
        Assert.Equal(["Ada Admin", "Bob", "Carl", "Dan", "bert"], await NamesAsync(""));
        Assert.Equal(["Carl", "Bob"], await NamesAsync("direction=desc&per_page=2&page=2"));
        Assert.Equal(["Bob"], await NamesAsync("search=BO"));
        Assert.Equal(["Bob"], await NamesAsync("name=Bob"));
        Assert.Empty(await NamesAsync("name=bob"));
        Assert.Equal(400, (await ada.GetAsync("/v0/users?name=under_score")).Status);
        Assert.Equal(400, (await ada.GetAsync("/v0/users?sort=age")).Status);
        Assert.Equal(5, (await ada.GetAsync("/v0/users?per_page=0")).TotalCount);
    }
}
