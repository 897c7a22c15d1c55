namespace Paddock.Server.Ground.Pages;

/// <summary>
/// What the reader of a project's page may do there, so that it offers nothing that would be refused.
/// </summary>
public sealed record ProjectRights(bool Create, bool Edit, bool Delete, bool Manage);
