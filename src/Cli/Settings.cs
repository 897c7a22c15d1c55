namespace Paddock.Cli;

/// <summary>
/// Settings from the environment, first under Paddock's names, then under those that existing clients read; last from
/// the project's <c>paddock.toml</c>.
/// </summary>
internal static class Settings
{
    /// <summary>
    /// The value and the variable that held it. An empty variable counts as not set, because CI systems leave missing
    /// secrets empty.
    /// </summary>
    public static (string Value, string Variable)? Find(string name) => OfEnvironment(name) ?? SettingsFile.Find(name);

    /// <summary>Like <see cref="Find"/>, but without the settings file.</summary>
    public static (string Value, string Variable)? OfEnvironment(string name)
    {
        foreach (var prefix in Theirs.Contains(name) ? (ReadOnlySpan<string>)["PADDOCK_", "BENCHER_"] : ["PADDOCK_"])
            if (Environment.GetEnvironmentVariable(prefix + name) is { Length: > 0 } value)
                return (value, prefix + name);
        return null;
    }

    // The names that existing clients read. Any other BENCHER_ variable was set for something else.
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
