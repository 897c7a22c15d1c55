namespace Paddock.Server.Ground.Pages;

/// <summary>Where people sign in and up; every page links there.</summary>
internal static class AccountPaths
{
    public const string SignIn = "/auth/login";
    public const string SignUp = "/auth/signup";
    public const string Claim = "/auth/claim";
}
