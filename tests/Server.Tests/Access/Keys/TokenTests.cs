using System.Text.RegularExpressions;
using Paddock.Server.Access.Keys;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Access.Keys;

public sealed partial class TokenTests
{
    private const string All = "/v0/users/ada-admin/tokens";

    [Theory, EveryDatabase]
    public async Task A_token_is_shown_once_stored_as_a_hash_and_acts_for_its_user(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");

        var made = (await ada.PostAsync(All, new { name = "CI", ttl = 3600 })).Expect(201);
        var (text, one) = ((string)made["token"]!, $"{All}/{made["uuid"]}");

        Assert.Equal(3, text.Split('.').Length);
        Assert.Equal(1, await server.CountAsync($"user_keys WHERE hash = '{KeyText.Hash(text)}'"));
        Assert.Equal(
            TimeSpan.FromHours(1),
            DateTimeOffset.Parse((string)made["expiration"]!, null)
                - DateTimeOffset.Parse((string)made["creation"]!, null)
        );
        foreach (var path in new[] { All, one, "/v0/users/ada-admin/keys" })
            Assert.DoesNotContain(text, (await ada.GetAsync(path)).Text, StringComparison.Ordinal);
        // Existing clients read the field as a token.
        Assert.Matches("^[^.]+[.][^.]+[.][^.]+$", (string)(await ada.GetAsync(one)).Expect(200)["token"]!);
        Assert.Empty((await ada.GetAsync("/v0/users/ada-admin/keys")).Expect(200).AsArray());
        Assert.Equal(404, (await ada.GetAsync($"/v0/users/ada-admin/keys/{made["uuid"]}")).Status);
        (await server.With(text).PostAsync("/v0/organizations", new { name = "By token" })).Expect(201);
    }

    [Theory, EveryDatabase]
    public async Task Tokens_are_listed_renamed_and_revoked(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var (first, second) = (
            (await ada.PostAsync(All, new { name = "First" })).Expect(201),
            (await ada.PostAsync(All, new { name = "Second" })).Expect(201)
        );
        var one = $"{All}/{first["uuid"]}";

        Assert.Equal("Zero", (string?)(await ada.PatchAsync(one, new { name = "Zero" })).Expect(200)["name"]);
        Assert.Equal(["Second", "Zero"], await NamesAsync(""));
        Assert.Equal(["Zero"], await NamesAsync("?name=Zero"));
        Assert.Equal(["Second"], await NamesAsync("?search=SEC"));
        Assert.Equal(204, (await ada.DeleteAsync(one)).Status);
        Assert.Equal(409, (await ada.DeleteAsync(one)).Status);
        Assert.Equal(401, (await server.With((string)first["token"]!).GetAsync("/v0/organizations")).Status);
        (await server.With((string)second["token"]!).GetAsync("/v0/organizations")).Expect(200);
        Assert.Equal(["Second"], await NamesAsync(""));
        Assert.Equal(["Zero"], await NamesAsync("?revoked=true"));
        Assert.NotNull((await ada.GetAsync(one)).Expect(200)["revoked"]);
        Assert.Equal(404, (await ada.GetAsync($"{All}/{Guid.NewGuid()}")).Status);
        Assert.Equal(400, (await ada.GetAsync($"{All}/x")).Status);

        async Task<string[]> NamesAsync(string query) =>
            [.. (await ada.GetAsync(All + query)).Expect(200).AsArray().Select(token => (string)token!["name"]!)];
    }

    [Theory, EveryDatabase]
    public async Task A_token_ends_when_it_expires_or_its_users_address_changes(Engine engine)
    {
        var clock = new HandClock();
        await using var server = await TestServer.StartAsync(engine, clock);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        const string bobs = "/v0/users/bob-builder/tokens";
        var (brief, lasting) = (await MakeAsync(60), await MakeAsync(null));

        (await server.With(brief).GetAsync("/v0/organizations")).Expect(200);
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(400, (await server.With(brief).GetAsync("/v0/organizations")).Status);

        (await server.With(lasting).GetAsync("/v0/organizations")).Expect(200);
        (await ada.PatchAsync("/v0/users/bob-builder", new { email = "other@example.com" })).Expect(200);
        Assert.Equal(401, (await server.With(lasting).GetAsync("/v0/organizations")).Status);
        Assert.Equal(2, (await ada.GetAsync(bobs + "?revoked=true")).TotalCount);
        Assert.Equal(400, (await ada.PostAsync(All, new { name = "CI", ttl = 0 })).Status);

        async Task<string> MakeAsync(int? ttl) =>
            (string)(await bob.PostAsync(bobs, new { name = "CI", ttl })).Expect(201)["token"]!;
    }

    [Theory, EveryDatabase]
    public async Task A_token_creates_no_other_credential_and_sees_only_itself(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var (ada, bob) = (await server.SignUpAsync("Ada Admin"), await server.SignUpAsync("Bob Builder"));
        var (mine, sibling) = (
            (await ada.PostAsync(All, new { name = "Mine" })).Expect(201),
            (await ada.PostAsync(All, new { name = "Sibling" })).Expect(201)
        );
        var key = (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = "Key" })).Expect(201);
        var token = server.With((string)mine["token"]!);
        var sister = $"{All}/{sibling["uuid"]}";

        Assert.Equal(403, (await token.PostAsync(All, new { name = "Child" })).Status);
        Assert.Equal(403, (await token.PostAsync("/v0/users/ada-admin/keys", new { name = "Child" })).Status);
        Assert.Equal(403, (await token.PatchAsync("/v0/users/ada-admin", new { email = "eve@example.com" })).Status);
        Assert.Equal("Mine", (string?)Assert.Single((await token.GetAsync(All)).Expect(200).AsArray())!["name"]);
        Assert.Empty((await token.GetAsync("/v0/users/ada-admin/keys")).Expect(200).AsArray());
        foreach (var caller in new Client[] { token, server.With((string)key["key"]!), bob })
        {
            Assert.Equal(403, (await caller.GetAsync(sister)).Status);
            Assert.Equal(403, (await caller.PatchAsync(sister, new { name = "Taken" })).Status);
            Assert.Equal(403, (await caller.DeleteAsync(sister)).Status);
        }
        Assert.Equal(403, (await bob.PostAsync(All, new { name = "Sneaky" })).Status);
        Assert.Equal(403, (await bob.GetAsync(All)).Status);
        (await ada.GetAsync(sister)).Expect(200);
        Assert.Equal(204, (await token.DeleteAsync($"{All}/{mine["uuid"]}")).Status);
        Assert.Equal(401, (await token.GetAsync(All)).Status);
    }

    [Theory, EveryDatabase]
    public async Task Tokens_and_keys_are_created_renamed_and_revoked_on_a_page(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine);
        var ada = await server.SignUpAsync("Ada Admin");
        var project = await ada.CreateProjectAsync("Demo");
        using var browser = await PageReader.SignInAsync(server, ada.Token);
        foreach (
            var (page, api) in new[]
            {
                ("/console/users/ada-admin/tokens", All),
                ("/console/users/ada-admin/keys", "/v0/users/ada-admin/keys"),
                ($"/console/projects/{project}/keys", $"/v0/projects/{project}/keys"),
            }
        )
        {
            var proof = ProofField.Match((await browser.GetAsync(page)).Text).Groups[1].Value;

            var made = await browser.PostAsync(page, ("proof", proof), ("name", "Wall"), ("days", "30"));
            var text = Shown.Match(made.Text).Groups[1].Value;
            (await server.With(text).GetAsync("/v0/projects")).Expect(200);
            Assert.DoesNotContain(text, (await browser.GetAsync(page)).Text, StringComparison.Ordinal);

            var one = $"{page}/{(await ada.GetAsync(api)).Expect(200)[0]!["uuid"]}";
            Assert.Equal(400, (await browser.PostAsync(one + "/rename", ("proof", proof), ("name", " "))).Status);
            Assert.Equal(303, (await browser.PostAsync(one + "/rename", ("proof", proof), ("name", "Hall"))).Status);
            Assert.Equal("Hall", (string?)(await ada.GetAsync(api)).Expect(200)[0]!["name"]);
            Assert.Equal(403, (await browser.PostAsync(one + "/revoke", ("proof", "none"))).Status);
            Assert.Equal(303, (await browser.PostAsync(one + "/revoke", ("proof", proof))).Status);
            Assert.Equal(401, (await server.With(text).GetAsync("/v0/projects")).Status);
        }
    }

    [GeneratedRegex("name=\"proof\" value=\"([^\"]+)\"")]
    private static partial Regex ProofField { get; }

    [GeneratedRegex("<pre class=\"output\">([^<]+)</pre>")]
    private static partial Regex Shown { get; }

    [Theory, EveryDatabase]
    public async Task A_token_is_refused_when_API_tokens_are_off(Engine engine)
    {
        await using var server = await TestServer.StartAsync(engine, time: null, with: options =>
            options with
            {
                Access = options.Access with { ApiTokens = false },
            }
        );
        var ada = await server.SignUpAsync("Ada Admin");

        Assert.Equal(403, (await ada.PostAsync(All, new { name = "CI" })).Status);
        Assert.Empty((await ada.GetAsync(All)).Expect(200).AsArray());
    }
}
