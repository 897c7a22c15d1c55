namespace Paddock.Server.Ground.Pages;

/// <summary>The user who views a page and has signed in with the browser.</summary>
/// <param name="Proof">The anti-forgery token in each form, which proves that a page made for this very session sent
/// it.</param>
public sealed record Viewer(string Name, bool IsAdmin, string? Slug = null, string? Proof = null);
