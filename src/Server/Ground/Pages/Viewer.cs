namespace Paddock.Server.Ground.Pages;

/// <summary>Who looks at a page, where they have signed in with the browser.</summary>
public sealed record Viewer(string Name, bool IsAdmin);
