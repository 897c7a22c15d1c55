using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The public view of an organization that nobody has claimed yet.</summary>
/// <param name="Projects">Its first projects by name.</param>
public sealed record ClaimableView(Guid Uuid, string Name, IReadOnlyList<Project> Projects);

/// <summary>The data of the page for signing up and claiming.</summary>
/// <param name="Claim">The organization to claim on sign-up, if any.</param>
/// <param name="Invite">The token from an invitation's link.</param>
/// <param name="Name">The name as filled in; likewise the address.</param>
/// <param name="Proof">For the form that claims, when the visitor is signed in.</param>
/// <param name="SentTo">The address to which the confirmation mail was sent; null before that.</param>
public sealed record SignUpView(
    ClaimableView? Claim,
    string? Invite = null,
    string Name = "",
    string Email = "",
    string? Problem = null,
    string? Proof = null,
    string? SentTo = null
)
{
    /// <summary>The sign-in page, which leads back to this page.</summary>
    public string SignIn =>
        $"{AccountPaths.SignIn}"
        + $"?next={Uri.EscapeDataString(Claim is null ? "" : $"{AccountPaths.SignUp}?claim={Claim.Uuid}")}";
}

/// <summary>
/// Sign-up in a browser, and the target of the claim link that an anonymous run prints: the project gets an owner, who
/// signs up or is already signed in.
/// </summary>
internal sealed class SignUpPages(Db db, SignUp signUp, BrowserSession browser, RateLimiters limits, TimeProvider time)
{
    private const string ClaimField = "claim";
    private static readonly Page FirstProjects = new(Offset: 0, Size: 8, Descending: false);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var pages = ActivatorUtilities.CreateInstance<SignUpPages>(routes.ServiceProvider);
        routes.Page(AccountPaths.SignUp, By.Browser, pages.ViewAsync);
        routes.Form(AccountPaths.SignUp, By.Attempt, pages.SignUpAsync);
        routes.Form(AccountPaths.Claim, By.User, pages.ClaimAsync);
    }

    private async Task<Answer> ViewAsync(Call call, UserCaller? viewer)
    {
        if (viewer is null)
            limits.PublicRequest(call);
        var claim = Claimed(call.Query(ClaimField)) is { } organization
            ? await FindAsync(organization, call.Aborted)
            : null;
        var view = new SignUpView(claim, call.Query("invite"), Proof: viewer is null ? null : browser.Proof(call));
        return Pages.Show<SignUpPage>(view, asksAgain: viewer is null && Pages.IsLinkFromElsewhere(call.Http.Request));
    }

    private async Task<Answer> SignUpAsync(Call call, Caller nobody, IFormCollection form)
    {
        var claim = Claimed(form[ClaimField]) is { } organization ? await FindAsync(organization, call.Aborted) : null;
        var view = new SignUpView(claim, Text(form, "invite"), form["name"].ToString(), form["email"].ToString());
        try
        {
            var user = await signUp.RunAsync(Read(view, isAgreed: form["agree"] == "yes"));
            return Pages.Show<SignUpPage>(view with { SentTo = user.Email });
        }
        catch (Refusal refusal) when (refusal.Because != Because.TooMany)
        {
            return Pages.Show<SignUpPage>(
                view with
                {
                    Problem = refusal.Message,
                },
                ApiMiddleware.Status(refusal.Because)
            );
        }
    }

    private async Task<Answer> ClaimAsync(Call call, UserCaller caller, IFormCollection form)
    {
        browser.Check(call, form["proof"]);
        var organization = Claimed(form[ClaimField]) ?? throw Refusal.BadInput("claim: is missing");
        var claim = await FindAsync(organization, call.Aborted);
        await db.WriteAsync(sql =>
            OrganizationTable.ClaimAsync(sql, ResourceId.Of(organization), caller.User, time.GetUtcNow())
        );
        return Pages.After(
            claim.Projects is [var first, ..] ? ProjectPaths.Console(first.Slug).Plot : AccountPaths.SignIn
        );
    }

    /// <exception cref="Refusal">The organization does not exist, or is already claimed.</exception>
    private Task<ClaimableView> FindAsync(Guid uuid, CancellationToken ct) =>
        db.ReadAsync(
            async sql =>
            {
                var id = ResourceId.Of(uuid);
                var row = await OrganizationTable.FindAsync(sql, id, ct) ?? throw Refusal.NotFound("organization", id);
                if (row.Claimed is not null)
                    throw Refusal.Conflict(
                        "Somebody has claimed this organization already. If that was you, sign in; otherwise ask them "
                            + "to invite you."
                    );
                var (projects, _) = await ProjectTable.ListAsync(
                    sql,
                    SqlText.Of($"projects.organization_id = {row.Id}"),
                    name: null,
                    search: null,
                    FirstProjects,
                    ct
                );
                return new ClaimableView(row.Uuid, row.Name, projects.ConvertAll(project => project.ToWire()));
            },
            ct
        );

    private static Signup Read(SignUpView view, bool isAgreed)
    {
        var name = UserName.TryParse(view.Name.Trim(), out var given)
            ? given
            : throw Refusal.BadInput($"Name: {Core.Names.Text.Refusal<UserName>(view.Name)}");
        var email = Email.TryParse(view.Email.Trim(), out var address)
            ? address
            : throw Refusal.BadInput($"E-mail: {Core.Names.Text.Refusal<Email>(view.Email)}");
        if (!isAgreed)
            throw Refusal.NotAllowed("To sign up, agree to the terms of this server's operator.");
        return new(name, email, IAgree: true, Invite: view.Invite, Claim: view.Claim?.Uuid);
    }

    private static Guid? Claimed(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : UuidText.TryParse(text, out var uuid) ? uuid
        : throw Refusal.BadInput($"claim: {Core.Names.Text.Quote(text)} is not a UUID");

    private static string? Text(IFormCollection form, string field) =>
        form[field].ToString() is { Length: > 0 } text ? text : null;
}
