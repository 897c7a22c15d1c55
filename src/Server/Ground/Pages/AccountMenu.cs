namespace Paddock.Server.Ground.Pages;

/// <summary>The menu of a signed-in user's account pages.</summary>
internal static class AccountMenu
{
    /// <param name="current">The path of the current page.</param>
    public static Menu Of(string current) =>
        new(
            "Pages of your account",
            [
                new("Account", AccountPaths.SignIn, current == AccountPaths.SignIn),
                new("Settings", AccountPaths.Settings, current == AccountPaths.Settings),
                new("Keys", AccountPaths.Keys, current == AccountPaths.Keys),
                new("Sessions", AccountPaths.Sessions, current == AccountPaths.Sessions),
                new("Organizations", OrganizationPaths.All, current == OrganizationPaths.All),
            ]
        );
}
