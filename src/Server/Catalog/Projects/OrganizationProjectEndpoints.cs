using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.RateLimits;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The projects of one organization.</summary>
internal sealed class OrganizationProjectEndpoints(
    Db db,
    ListLimits limits,
    CreationLimits creations,
    TimeProvider time
)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var projects = ActivatorUtilities.CreateInstance<OrganizationProjectEndpoints>(routes.ServiceProvider);
        routes
            .Get(
                "/v0/organizations/{organization}/projects",
                OrganizationList.Of,
                OnOrganization.Hidden,
                projects.ListAsync
            )
            .GivesList<Project>();
        routes
            .Post(
                "/v0/organizations/{organization}/projects",
                OnOrganization.Open(Permission.Create),
                projects.CreateAsync
            )
            .Takes<NewProject>()
            .Gives<Project>(201);
    }

    private async Task<Answer> ListAsync(Call call, OrganizationGrant granted, OrganizationList asked)
    {
        var ((page, name, search), organization) = (asked, granted.Organization);
        var (rows, total) = await db.ReadAsync(
            sql =>
                ProjectTable.ListAsync(
                    sql,
                    SqlText.Of($"projects.organization_id = {organization.Id}"),
                    name,
                    search,
                    page,
                    call.Aborted
                ),
            call.Aborted
        );
        return Answer.List(rows.ConvertAll(row => row.ToWire()), total, Wire.Default.IReadOnlyListProject);
    }

    public async Task<Answer> CreateAsync(Call call, OrganizationGrant granted)
    {
        var (organization, caller) = granted;
        var body = await call.BodyAsync(Wire.Default.NewProject);
        var now = time.GetUtcNow();
        var made = await db.WriteAsync(async sql =>
        {
            if (await ProjectTable.HasNameAsync(sql, organization.Id, body.Name.Value))
                throw Refusal.Conflict(
                    $"name: \"{organization.Slug}\" has a project {Text.Quote(body.Name.Value)} already"
                );
            await limits.MakeRoomAsync(sql, ProjectTable.Limit, organization.Id, now);
            var project = await ProjectTable.InsertAsync(
                sql,
                organization,
                Guid.CreateVersion7(now),
                body.Name.Value,
                body.Slug ?? Slug.FromName(body.Name.Value),
                body.Url?.Value,
                body.Visibility ?? Visibility.Public,
                caller.User,
                now
            );
            await creations.CheckAsync(sql, project, now);
            return project;
        });
        return Answer.Created(made.ToWire(), Wire.Default.Project);
    }
}
