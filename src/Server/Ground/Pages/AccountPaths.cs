namespace Paddock.Server.Ground.Pages;

/// <summary>The paths of the sign-in and sign-up pages, and of a signed-in user's pages.</summary>
internal static class AccountPaths
{
    public const string Home = "/console";
    public const string SignIn = "/auth/login";
    public const string SignUp = "/auth/signup";
    public const string SignOut = "/auth/logout";
    public const string Claim = "/auth/claim";
    public const string Settings = "/console/users/settings";
    public const string Keys = "/console/users/keys";
    public const string Sessions = "/console/users/sessions";
}
