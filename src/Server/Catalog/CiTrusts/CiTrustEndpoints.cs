using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Providers;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.CiTrusts;

/// <summary>The trust rules of a project, for users who manage it.</summary>
internal sealed class CiTrustEndpoints(Db db, IssuerKeys keys, ListLimits limits, TimeProvider time)
{
    private const int TextLengthMax = 255;
    private const string All = "/v0/projects/{project}/ci-trusts";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var trusts = ActivatorUtilities.CreateInstance<CiTrustEndpoints>(routes.ServiceProvider);
        var manage = OnProject.UserMay(Permission.Manage);
        routes.Get(All, manage, trusts.ListAsync).GivesAll<CiTrust>();
        routes.Post(All, manage, trusts.CreateAsync).Takes<NewCiTrust>().Gives<CiTrust>(201);
        routes.Delete(All + "/{trust}", Input.Uuid("trust"), manage, trusts.DeleteAsync).GivesNothing();
    }

    private async Task<Answer> ListAsync(Call call, ProjectByUser granted)
    {
        var rows = await db.ReadAsync(
            sql => CiTrustTable.ListAsync(sql, granted.Project.Id, call.Aborted),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.Wire), rows.Count, Wire.Default.IReadOnlyListCiTrust);
    }

    private async Task<Answer> CreateAsync(Call call, ProjectByUser granted) =>
        Answer.Created(await MakeAsync(call, granted), Wire.Default.CiTrust);

    /// <summary>Creates the rule that the request describes.</summary>
    public async Task<CiTrust> MakeAsync(Call call, ProjectByUser granted)
    {
        var body = await call.BodyAsync(Wire.Default.NewCiTrust);
        var now = time.GetUtcNow();
        var rule = new CiTrust(
            Guid.CreateVersion7(now),
            granted.Project.Uuid,
            body.Service,
            IssuerOf(body),
            Checked(
                "repository",
                body.Repository,
                IsRepository,
                "the path of a repository at its service, like acme/rocket"
            )!,
            Checked(
                "ref",
                body.Ref,
                text => text.StartsWith("refs/", StringComparison.Ordinal) || text == "*",
                "a full git ref, with * for any text, like refs/heads/main or refs/heads/*"
            ),
            Checked("environment", body.Environment, text => text.Trim() == text, "the name of an environment"),
            body.PullRequestTarget ?? false,
            DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()),
            LastUsed: null
        );
        return await db.WriteAsync(sql => CiTrustTable.InsertAsync(sql, granted.Project, rule, limits));
    }

    public async Task<Answer> DeleteAsync(Call call, ProjectByUser granted, Guid trust) =>
        await db.WriteAsync(sql => CiTrustTable.DeleteAsync(sql, granted.Project, trust))
            ? Answer.Deleted
            : throw Refusal.NotFound("trust rule", trust);

    private string IssuerOf(NewCiTrust body)
    {
        var issuer = body.Issuer
            ?? body.Service switch
            {
                CiService.Github => "https://token.actions.githubusercontent.com",
                CiService.Gitlab => "https://gitlab.com",
                CiService.Forgejo => throw Refusal.BadInput(
                    "issuer: missing; give the issuer of the Forgejo server, like "
                        + "https://forgejo.example.com/api/actions"
                ),
            };
        return issuer.Length <= TextLengthMax && keys.MayBeAsked(issuer)
            ? issuer
            : throw Refusal.BadInput(
                $"issuer: {Text.Quote(issuer)} cannot be an issuer; allowed: an https address of up to {TextLengthMax} "
                    + "characters without user and password, or an issuer that the operator lists in "
                    + "PADDOCK_CI_ISSUERS"
            );
    }

    private static bool IsRepository(string text) =>
        text.Split('/') is { Length: >= 2 } parts
        && parts.All(part => part.Length > 0 && part.All(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.'));

    private static string? Checked(string field, string? text, Func<string, bool> rule, string allowed) =>
        text is null ? null
        : text.Length is > 0 and <= TextLengthMax && !text.Any(char.IsControl) && rule(text) ? text
        : throw Refusal.BadInput($"{field}: {Text.Quote(text)} cannot be used; allowed: {allowed}");
}
