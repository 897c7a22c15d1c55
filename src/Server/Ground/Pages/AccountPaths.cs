namespace Paddock.Server.Ground.Pages;

/// <summary>Where people sign in and up, and the pages of who has signed in.</summary>
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
