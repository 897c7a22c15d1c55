namespace Paddock.Server.Catalog.Projects;

/// <summary>
/// A unit of work would make more names than <see cref="ProjectRow.NewNamesAtOnceMax"/>: they are to be made ahead, in
/// slices.
/// </summary>
internal sealed class TooManyNewNames(ProjectRow project) : Exception("Too many new names for one unit of work.")
{
    public ProjectRow Project => project;
}
