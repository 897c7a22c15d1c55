using System.Text;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Registry;

namespace Paddock.Server.Tests.Registry;

/// <summary>The scopes that tokens are granted for the scopes that registry clients request.</summary>
public sealed class ScopeTests
{
    [Theory]
    [InlineData("repository:a:pull", "repository:a:pull")]
    [InlineData("repository:a:push,pull,delete", "repository:a:pull,push")]
    [InlineData("repository:a:delete,pull", "repository:a:pull,push")]
    [InlineData("repository:a:delete", "repository:a:push")]
    [InlineData("repository:a:*", "repository:a:pull,push")]
    [InlineData("repository:a:pull,frobnicate", "repository:a:pull")]
    [InlineData("repository:a:frobnicate", null)]
    [InlineData("repository:a:", null)]
    [InlineData("repository::pull", null)]
    [InlineData("registry:catalog:*", null)]
    [InlineData("repository(plugin):a:pull", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    [InlineData("repository:localhost:5000/a:pull", "repository:localhost:5000/a:pull")]
    [InlineData("repository:a:pull repository:a:push", "repository:a:pull,push")]
    [InlineData(
        "repository:a:push,pull registry:catalog:* repository:b:pull",
        "repository:a:pull,push repository:b:pull"
    )]
    public void A_scope_keeps_only_the_supported_resource_types_and_actions(string asked, string? granted) =>
        Assert.Equal(granted, OciScope.Of([asked]).Text);

    [Fact]
    public void A_scope_of_too_many_repositories_is_refused() =>
        Assert.Throws<Paddock.Server.Ground.Http.Refusal>(() =>
            OciScope.Of([string.Join(' ', Enumerable.Range(0, 65).Select(i => $"repository:r{i}:pull"))])
        );

    [Theory, EveryDatabase]
    public async Task A_token_for_several_repositories_works_in_each_and_in_no_other(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        foreach (var name in (string[])["one", "two", "three"])
        {
            using var repository = await Repository.OpenAsync(ada, name);
            await repository.PushImageAsync("v1");
        }
        var token = await TokenAsync(ada, "repository:one:push,pull,delete&scope=repository:two:pull");

        using var one = new Repository(server.Address, "one", token);
        (await one.SendAsync("GET", "/v2/two/manifests/v1")).Expect(200);
        (await one.SendAsync("DELETE", "/v2/two/manifests/v1")).Expect(403, "DENIED");
        (await one.SendAsync("GET", "/v2/three/manifests/v1")).Expect(403, "DENIED");
        (await one.SendAsync("DELETE", "manifests/v1")).Expect(202);
        (await one.SendAsync("GET", "manifests/v1")).Expect(404);
    }

    [Theory, EveryDatabase]
    public async Task A_token_for_copying_covers_a_users_own_source_repository_and_no_foreign_one(Engine engine)
    {
        await using var server = await ClientTests.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var bob = await server.SignUpAsync("Bob Builder");
        using (var foreign = await Repository.OpenAsync(ada, "foreign"))
            await foreign.PushImageAsync("v1");
        using (var source = await Repository.OpenAsync(bob, "source"))
            await source.PushImageAsync("v1");

        var token = await TokenAsync(
            bob,
            "repository:target:pull,push&scope=repository:source:pull&scope=repository:foreign:pull,push"
        );

        using var target = new Repository(server.Address, "target", token);
        (await target.SendAsync("GET", "/v2/source/manifests/v1")).Expect(200);
        (await target.SendAsync("GET", "/v2/foreign/manifests/v1")).Expect(403, "DENIED");
        (await target.SendAsync("POST", "blobs/uploads/")).Expect(202);
    }

    private static async Task<string> TokenAsync(TestUser user, string scope)
    {
        using var client = new Client(user.Address, token: null);
        client.Http.DefaultRequestHeaders.Authorization = new(
            "Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user.Email}:{user.Token}"))
        );
        return (string)(await client.GetAsync($"/v0/auth/oci/token?service=test&scope={scope}")).Expect(200)["token"]!;
    }
}
