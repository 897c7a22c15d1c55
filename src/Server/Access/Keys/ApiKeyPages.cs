using System.Globalization;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Access.Keys;

/// <summary>The content of the page of an organization's keys.</summary>
/// <param name="Made">The key just created, with its text, which is shown only this once.</param>
/// <param name="Problem">Why no key was created.</param>
public sealed record ApiKeysView(
    string Organization,
    OrganizationPaths Paths,
    string Address,
    IReadOnlyList<ApiKey> Keys,
    long Total,
    string? Proof,
    DateTimeOffset Now,
    CreatedApiKey? Made = null,
    string? Problem = null
);

/// <summary>The pages of an organization's keys, for its leaders.</summary>
internal sealed class ApiKeyPages(Db db, BrowserSession browser, ListLimits limits, TimeProvider time)
{
    private const string Path = "/console/organizations/{organization}/api-keys";
    private const int DaysMax = 3660;
    private static readonly Page All = new(Offset: 0, Size: 255, Descending: false);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<ApiKeyPages>(routes.ServiceProvider);
        routes.Page(Path, OnOrganization.Hidden, pages.ViewAsync);
        routes.Form(Path, OnOrganization.NewCredential, pages.CreateAsync);
        routes.Form(Path + "/revoke", OnOrganization.Hidden, pages.RevokeAsync);
    }

    private Task<Answer> ViewAsync(Call call, OrganizationGrant granted) => ShowAsync(call, granted.Organization);

    private async Task<Answer> CreateAsync(Call call, OrganizationGrant granted, IFormCollection form)
    {
        var organization = granted.Organization;
        browser.Check(call, form["proof"]);
        try
        {
            var key = Read(form);
            ApiKeyEndpoints.Check(key);
            var (row, text) = await db.WriteAsync(sql =>
                ApiKeyTable.InsertAsync(sql, organization.Id, key, limits, time.GetUtcNow())
            );
            return await ShowAsync(
                call,
                organization,
                made: new(row.Uuid, row.Name, row.Prefix, row.Scopes, text, row.Created, row.Expires)
            );
        }
        catch (Refusal refusal) when (refusal.Because is Because.BadInput or Because.Conflict)
        {
            return await ShowAsync(call, organization, problem: refusal.Message);
        }
    }

    private async Task<Answer> RevokeAsync(Call call, OrganizationGrant granted, IFormCollection form)
    {
        var organization = granted.Organization;
        browser.Check(call, form["proof"]);
        var key = UuidText.TryParse(form["key"], out var given)
            ? given
            : throw Refusal.BadInput($"key: {Text.Quote(form["key"])} is not a UUID");
        await db.WriteAsync(sql => ApiKeyTable.RevokeAsync(sql, organization.Id, key, time.GetUtcNow()));
        return Pages.After(Address(organization));
    }

    private async Task<Answer> ShowAsync(
        Call call,
        OrganizationRow organization,
        CreatedApiKey? made = null,
        string? problem = null
    )
    {
        var (rows, total) = await db.ReadAsync(
            sql => ApiKeyTable.ListAsync(sql, organization.Id, search: null, All, call.Aborted),
            call.Aborted
        );
        var view = new ApiKeysView(
            organization.Name,
            new(organization.Slug),
            Address(organization),
            rows.ConvertAll(row => row.ToWire()),
            total,
            browser.Proof(call),
            time.GetUtcNow(),
            made,
            problem
        );
        return Pages.Show<ApiKeysPage>(
            view,
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    private static NewApiKey Read(IFormCollection form)
    {
        var name = ResourceName.TryParse(form["name"].ToString().Trim(), out var given)
            ? given
            : throw Refusal.BadInput($"Name: {Text.Refusal<ResourceName>(form["name"])}");
        var scopes = form["scope"]
            .Select(word =>
                ApiScopes.TryParse(word, out var scope)
                    ? scope
                    : throw Refusal.BadInput(
                        $"scope: {Text.Quote(word)} is not one of {string.Join(", ", ApiScopes.All)}"
                    )
            )
            .ToList();
        if (form["days"].ToString().Trim() is not { Length: > 0 } days)
            return new(name, scopes);
        return
            int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count is >= 1 and <= DaysMax
            ? new(name, scopes, (uint)count * 86_400)
            : throw Refusal.BadInput($"Days: {Text.Quote(days)} is not a whole number from 1 to {DaysMax}");
    }

    private static string Address(OrganizationRow organization) =>
        $"/console/organizations/{organization.Slug}/api-keys";
}
