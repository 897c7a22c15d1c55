namespace Paddock.Server.Ground.Pages;

/// <summary>The menu of the pages that only administrators see.</summary>
internal static class AdminMenu
{
    /// <param name="current">The path of the current page.</param>
    public static Menu Of(string current)
    {
        (string Name, string Address)[] all =
        [
            ("Server", AdminPaths.Server),
            ("Users", AdminPaths.Users),
            ("Fleet", AdminPaths.Fleet),
            ("Runners", AdminPaths.Runners),
            ("Specs", AdminPaths.Specs),
            ("Audit log", AdminPaths.Audit),
        ];
        return new(
            "Pages of the server",
            [.. all.Select(entry => new MenuEntry(entry.Name, entry.Address, entry.Address == current))]
        );
    }
}
