namespace Paddock.Server.Ground.Pages;

/// <summary>A step on the way from the start to a page.</summary>
/// <param name="Address">Null for the page itself.</param>
public sealed record Crumb(string Name, string? Address);
