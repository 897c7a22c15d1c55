namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// Thrown when a unit of work would create more names than <see cref="ProjectRow.NewNamesAtOnceMax"/>; the names must
/// then be created beforehand, in batches.
/// </summary>
internal sealed class TooManyNewNames(ProjectRow project) : Exception("Too many new names for one unit of work.")
{
    public ProjectRow Project => project;
}
