namespace Paddock.Cli;

/// <summary>
/// Settings from the environment, under our names first and then under those that existing clients read; then from the
/// file
/// <c>paddock.toml</c> of the project.
/// </summary>
internal static class Settings
{
    /// <summary>
    /// The value and the variable that held it; an empty variable counts as not set, as CI systems leave them for
    /// missing secrets.
    /// </summary>
    public static (string Value, string Variable)? Find(string name) => OfEnvironment(name) ?? SettingsFile.Find(name);

    /// <summary>The same without what the file says.</summary>
    public static (string Value, string Variable)? OfEnvironment(string name)
    {
        foreach (var prefix in Theirs.Contains(name) ? (ReadOnlySpan<string>)["PADDOCK_", "BENCHER_"] : ["PADDOCK_"])
            if (Environment.GetEnvironmentVariable(prefix + name) is { Length: > 0 } value)
                return (value, prefix + name);
        return null;
    }

    // What existing clients read; a BENCHER_ variable beyond these means something else to whoever set it.
    private static readonly string[] Theirs =
    [
        "HOST",
        "API_TOKEN",
        "API_KEY",
        "PROJECT",
        "BRANCH",
        "TESTBED",
        "ADAPTER",
        "CMD",
    ];
}
