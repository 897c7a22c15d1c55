using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// The routes that each noun of a project has, such as its branches. Callers who may read the project read them;
/// creating and editing also accept the project's keys; only users delete.
/// </summary>
/// <typeparam name="TWire">The wire type of one item.</typeparam>
/// <param name="one">The noun in the singular, as the path parameter of its id is named.</param>
/// <param name="many">The noun in the plural, as it appears in the path.</param>
/// <param name="id">Reads an item's id from the path.</param>
internal sealed class NounRoutes<TWire, TId>(
    IEndpointRouteBuilder routes,
    string one,
    string many,
    Func<string, Func<Call, TId>> id
)
{
    private readonly string all = $"/v0/projects/{{project}}/{many}";
    private readonly string byId = $"/v0/projects/{{project}}/{many}/{{{one}}}";

    public NounRoutes<TWire, TId> List<TInput>(
        Func<Call, TInput> read,
        Func<Call, ProjectRow, TInput, Task<Answer>> endpoint
    )
    {
        routes.Get(all, read, OnProject.View, endpoint).GivesList<TWire>();
        return this;
    }

    public NounRoutes<TWire, TId> Create<TNew>(Func<Call, ProjectGrant, Task<Answer>> endpoint)
    {
        routes.Post(all, OnProject.May(Permission.Create), endpoint).Takes<TNew>().Gives<TWire>(201);
        return this;
    }

    public NounRoutes<TWire, TId> View(Func<Call, ProjectRow, TId, Task<Answer>> endpoint) => View(id(one), endpoint);

    /// <param name="read">Reads from path and query which item is asked for, and as of when.</param>
    public NounRoutes<TWire, TId> View<TInput>(
        Func<Call, TInput> read,
        Func<Call, ProjectRow, TInput, Task<Answer>> endpoint
    )
    {
        routes.Get(byId, read, OnProject.View, endpoint).Gives<TWire>();
        return this;
    }

    public NounRoutes<TWire, TId> Update<TPatch>(Func<Call, ProjectGrant, TId, Task<Answer>> endpoint)
    {
        routes.Patch(byId, id(one), OnProject.May(Permission.Edit), endpoint).Takes<TPatch>().Gives<TWire>();
        return this;
    }

    public NounRoutes<TWire, TId> Replace<TPut>(Func<Call, ProjectGrant, TId, Task<Answer>> endpoint)
    {
        routes.Put(byId, id(one), OnProject.May(Permission.Edit), endpoint).Takes<TPut>().Gives<TWire>();
        return this;
    }

    public NounRoutes<TWire, TId> Delete(Func<Call, ProjectByUser, TId, Task<Answer>> endpoint)
    {
        routes.Delete(byId, id(one), OnProject.UserMay(Permission.Delete), endpoint).GivesNothing();
        return this;
    }
}
