using Paddock.Core.Names;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Catalog.Projects;

/// <summary>The paging and the filter of a list of named things.</summary>
internal sealed record NamedList(Page Page, NamedFilter Filter)
{
    public static NamedList Of<TName>(Call call)
        where TName : class, IText<TName>
    {
        Page.Sort(call, "name");
        return new(Page.Of(call), NamedFilter.Of<TName>(call));
    }
}

/// <summary>The same for lists that can also be sorted by creation time.</summary>
internal sealed record CreatedList(Page Page, NamedFilter Filter, bool ByCreation)
{
    public static CreatedList Of(Call call) =>
        new(Page.Of(call), NamedFilter.Of<ResourceName>(call), Page.Sort(call, "name", "created") == "created");
}
