namespace Paddock.Server.Ground.Pages;

/// <summary>
/// What the viewer of a project's page may do, so that the page offers no action that would be refused.
/// </summary>
public sealed record ProjectRights(bool Create, bool Edit, bool Delete, bool Manage);
