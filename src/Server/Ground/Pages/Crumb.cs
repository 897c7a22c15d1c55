namespace Paddock.Server.Ground.Pages;

/// <summary>A breadcrumb on the path from the start page to a page.</summary>
/// <param name="Address">The breadcrumb's path; null for the page itself.</param>
public sealed record Crumb(string Name, string? Address);
