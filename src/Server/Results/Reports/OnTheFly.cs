using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Results.Reports;

/// <summary>
/// Finds or creates the project of a run: the project that the run names, or the one that its repository and machine
/// used before, or a new one.
/// </summary>
internal static class OnTheFly
{
    private const int RepoNameMax = 42;
    private const int RepoHashMax = 7;
    private const int FingerprintMax = 13;
    private const int StemMax = 41; // The bytes kept of a long name when a number is appended.
    private const string Ellipsis = "...";

    /// <returns>A project in which the caller may record. A user's first run into an unclaimed organization claims
    /// it.</returns>
    /// <exception cref="Refusal">The project belongs to somebody else, or a new one cannot be named.</exception>
    /// <param name="named">The project named by the run, or null.</param>
    /// <param name="context">The context of the run; without one, no project is created.</param>
    public static async Task<ProjectRow> ProjectAsync(
        Sql sql,
        Caller caller,
        ResourceId? named,
        IReadOnlyDictionary<string, string>? context,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        if (caller is ProjectKeyCaller key)
            return await OfKeyAsync(sql, key, named);
        if (caller is ApiKeyCaller organization)
            return await OfOrganizationAsync(sql, organization, named ?? await UnnamedAsync(sql, context));
        if (named is not { } id)
            id = await UnnamedAsync(sql, context);
        if (await ProjectTable.FindAsync(sql, id) is { } known)
            return await AdmitAsync(sql, caller, known, asked: id, now);
        if (id.Slug is null)
            throw Refusal.NotFound("project", id);
        if (context is null)
            throw Refusal.BadInput(
                $"context: missing; the project {Text.Quote(id.Slug)} does not exist, and a run creates it only with a "
                    + $"context, which names its repository"
            );
        var (name, slug) = (ProjectName(context), Text.Parse<Slug>(id.Slug));
        return caller is UserCaller user
            ? await MakeForUserAsync(sql, user.User, name, slug, RepositoryUrl(context), limits, now)
            : await MakeUnclaimedAsync(sql, name, slug, RepositoryUrl(context), limits, now);
    }

    private static async Task<ProjectRow> OfKeyAsync(Sql sql, ProjectKeyCaller key, ResourceId? named)
    {
        var project = await ProjectTable.FindAsync(sql, key.ProjectId)
            ?? throw Refusal.NotSignedIn("Invalid project key");
        if (named is not { } id)
            return project;
        var other = await ProjectTable.FindAsync(sql, id);
        if (other?.Id == project.Id)
            return project;
        throw other is { Visibility: Visibility.Public }
            ? Refusal.NotSignedIn(
                $"This key belongs to the project \"{project.Slug}\", but the run names another project."
            )
            : Refusal.NotFound("project", id);
    }

    // An organization's key creates no projects: the organization decides who owns its projects.
    private static async Task<ProjectRow> OfOrganizationAsync(Sql sql, ApiKeyCaller caller, ResourceId named)
    {
        caller.Demand(ApiScope.RunsWrite);
        return
            await ProjectTable.FindAsync(sql, named) is { } project
            && project.OrganizationId == caller.Key.OrganizationId
            ? project
            : throw Refusal.NotFound("project", named);
    }

    private static async Task<ProjectRow> AdmitAsync(
        Sql sql,
        Caller caller,
        ProjectRow project,
        ResourceId asked,
        DateTimeOffset now
    )
    {
        // A taken slug has to be refused openly, since a free slug would create a project. A UUID can be answered with
        // "not found", which reveals nothing.
        var isHidden = project.Visibility == Visibility.Private && asked.Slug is null;
        if (caller is not UserCaller { User: var user })
            return project.Claimed is null
                ? project
                : throw (
                    isHidden
                        ? Refusal.NotFound("project", asked)
                        : Refusal.NotSignedIn(
                            $"The project \"{asked}\" has been claimed; sign in, or use one of its keys, to record "
                                + $"in it."
                        )
                );
        if (project.Claimed is null && await OrganizationTable.ClaimAsync(sql, project.OrganizationId, user, now))
            return project with { Claimed = now };
        if (await ProjectAccess.MayAsync(sql, project, user, Permission.Create, CancellationToken.None))
            return project;
        if (isHidden && !await ProjectAccess.MayAsync(sql, project, user, Permission.View, CancellationToken.None))
            throw Refusal.NotFound("project", asked);
        throw Refusal.NotAllowed(
            $"You lack the permission \"{Words<Permission>.Of(Permission.Create)}\" in the project \"{asked}\"."
        );
    }

    // The repository's URL, if it is at a forge with pages for commits, so that commits link there. The project's
    // settings can change it.
    private static string? RepositoryUrl(IReadOnlyDictionary<string, string> context) =>
        context.GetValueOrDefault(RunContext.RepoRemote) is { Length: > 0 } remote
        && Commit.Of("0", $"https://{remote}") is { Address: not null }
            ? $"https://{remote}"
            : null;

    private static async Task<ProjectRow> MakeUnclaimedAsync(
        Sql sql,
        string name,
        Slug slug,
        string? url,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        var organization = await OrganizationTable.FindAsync(sql, ResourceId.Of(slug));
        if (organization?.Claimed is not null)
            throw Refusal.NotSignedIn($"The organization \"{slug}\" has been claimed; sign in to record in it.");
        organization ??= await OrganizationTable.InsertAsync(sql, Guid.CreateVersion7(now), name, slug, now);
        await limits.MakeRoomAsync(sql, ProjectTable.Limit, organization.Id, now);
        // An unclaimed organization and its project share one UUID, since both are claimed together. The UUID is taken
        // only if that project was deleted or got another slug.
        var uuid = await sql.AnyAsync($"SELECT 1 FROM projects WHERE uuid = {organization.Uuid}")
            ? Guid.CreateVersion7(now)
            : organization.Uuid;
        return await ProjectTable.InsertAsync(
            sql,
            organization,
            uuid,
            await FreeNameAsync(sql, organization.Id, name),
            slug,
            url,
            Visibility.Public,
            maintainer: null,
            now
        );
    }

    private static async Task<ProjectRow> MakeForUserAsync(
        Sql sql,
        UserRow user,
        string name,
        Slug slug,
        string? url,
        ListLimits limits,
        DateTimeOffset now
    )
    {
        var organization = await PersonalOrganization.GetOrCreateAsync(sql, user, now);
        if (organization.Claimed is null)
            await OrganizationTable.ClaimAsync(sql, organization.Id, user, now);
        else if (!user.Admin && !await MemberTable.IsMemberAsync(sql, organization.Id, user.Id))
            throw Refusal.NotAllowed(
                $"You have left your personal organization \"{organization.Slug}\"; name a project of another one."
            );
        await limits.MakeRoomAsync(sql, ProjectTable.Limit, organization.Id, now);
        return await ProjectTable.InsertAsync(
            sql,
            organization,
            Guid.CreateVersion7(now),
            await FreeNameAsync(sql, organization.Id, name),
            slug,
            url,
            Visibility.Public,
            user,
            now
        );
    }

    // Names the project by the repository's remote, which every clone knows. Uses the first commit instead if a project
    // is already named by it, or if the remote is unknown.
    private static async Task<ResourceId> UnnamedAsync(Sql sql, IReadOnlyDictionary<string, string>? context)
    {
        if (context is null)
            throw Refusal.BadInput("project: missing; a run without a context must name its project");
        var commit = First(context, RunContext.RepoHash, RepoHashMax);
        if (context.GetValueOrDefault(RunContext.RepoRemote) is not { Length: > 0 } remote)
            return ResourceId.Of(SlugOf(context, commit));
        if (
            commit.Length > 0
            && ResourceId.Of(SlugOf(context, commit)) is var byCommit
            && await ProjectTable.FindAsync(sql, byCommit) is not null
        )
            return byCommit;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(remote)));
        return ResourceId.Of(SlugOf(context, hash[..RepoHashMax]));
    }

    private static Slug SlugOf(IReadOnlyDictionary<string, string> context, string hash)
    {
        var text =
            $"{First(context, RunContext.RepoName, RepoNameMax)} {hash} "
            + $"{First(context, RunContext.TestbedFingerprint, FingerprintMax)}";
        return Slug.FromText(text)
            ?? throw Refusal.BadInput(
                $"project: missing, and no name for a project follows from the context; allowed: a project, or a "
                    + $"context with {RunContext.RepoName}, {RunContext.RepoHash} or {RunContext.TestbedFingerprint}"
            );
    }

    private static string First(IReadOnlyDictionary<string, string> context, string key, int max) =>
        Cut(context.GetValueOrDefault(key, ""), max, bytesMax: int.MaxValue);

    private static string ProjectName(IReadOnlyDictionary<string, string> context) =>
        ResourceName.TryParse(Cut(NameIn(context), ResourceName.BytesMax, ResourceName.BytesMax).Trim(), out var name)
            ? name.Value
            : "Project";

    private static string NameIn(IReadOnlyDictionary<string, string> context) =>
        (
            context.GetValueOrDefault(RunContext.ProjectName) ?? context.GetValueOrDefault(RunContext.RepoName, "")
        ).Trim();

    /// <summary>
    /// Returns the name, or the name with the next free number appended if the organization already has it.
    /// </summary>
    private static async Task<string> FreeNameAsync(Sql sql, Id<Organization> organizationId, string name)
    {
        if (!await ProjectTable.HasNameAsync(sql, organizationId, name))
            return name;
        var stem =
            Encoding.UTF8.GetByteCount(name) > StemMax
                ? Cut(name, runesMax: StemMax, bytesMax: StemMax - Ellipsis.Length) + Ellipsis
                : name;
        var start = stem + " (";
        var taken = await sql.ListAsync(
            $"SELECT name FROM projects WHERE organization_id = {organizationId} AND substr(name, 1, "
                + $"CAST({Runes(start)} AS INTEGER)) = {start}",
            row => row.Text()
        );
        return $"{start}{NextNumber(taken.Select(t => t[start.Length..]))})";
    }

    private static long NextNumber(IEnumerable<string> ends)
    {
        var greatest = 0;
        foreach (var end in ends)
            if (
                end.EndsWith(')')
                && int.TryParse(end.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            )
                greatest = Math.Max(greatest, number);
        return greatest + 1L;
    }

    private static int Runes(string text) => text.EnumerateRunes().Count();

    // Never cuts inside a character.
    private static string Cut(string text, int runesMax, int bytesMax)
    {
        var (length, bytes, runes) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            if (++runes > runesMax || (bytes += rune.Utf8SequenceLength) > bytesMax)
                break;
            length += rune.Utf16SequenceLength;
        }
        return text[..Math.Min(length, text.Length)];
    }
}
