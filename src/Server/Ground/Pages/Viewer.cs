namespace Paddock.Server.Ground.Pages;

/// <summary>Who looks at a page, where they have signed in with the browser.</summary>
/// <param name="Proof">What each form carries, so that only a page made for this very session can have sent it.</param>
public sealed record Viewer(string Name, bool IsAdmin, string? Slug = null, string? Proof = null);
