using Paddock.Core.Wire;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// The routes that each noun of a project has, such as its branches: who may read the project reads them, who may create
/// and edit in it does so with its keys, too, and only users delete.
/// </summary>
/// <typeparam name="TWire">As clients see one.</typeparam>
/// <param name="one">The noun, as the path names the id of one.</param>
/// <param name="many">Its plural, as it stands in the path.</param>
/// <param name="id">Reads the id of one from the path.</param>
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

    /// <param name="read">What of path and query says which one, and of what time.</param>
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
