using System.Text.RegularExpressions;
using Paddock.Server.Access.Providers;
using Paddock.Server.Ground.Database;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests;

public sealed partial class SettingsTests
{
    [Fact]
    public void The_docs_list_exactly_the_settings_that_are_read()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-settings-").FullName;
        var read = new HashSet<string>();
        ServerOptions.FromEnvironment(name =>
        {
            read.Add(name);
            return name switch
            {
                "PADDOCK_DATA" => folder,
                // Other settings are read only if these are set.
                "PADDOCK_OIDC_ISSUER" => "https://id.example.com",
                "PADDOCK_SMTP_HOST" => "mail.example.com",
                "PADDOCK_MAIL_FROM" => "paddock@example.com",
                _ => name.Contains("_CLIENT_", StringComparison.Ordinal) ? "ours" : null,
            };
        });
        Directory.Delete(folder, recursive: true);

        var docs = File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "configuration.md"));
        var listed = Row.Matches(docs).SelectMany(match => match.Groups[1].Captures).Select(name => name.Value);
        Assert.Equal(read.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_sign_in_provider_with_empty_settings_is_off_and_with_half_of_them_is_refused()
    {
        static string? Empty(string name) =>
            name.Contains("_CLIENT_", StringComparison.Ordinal) || name == "PADDOCK_OIDC_ISSUER" ? "" : null;

        Assert.Empty(ProviderOptions.FromEnvironment(Empty));
        var half = Assert.Throws<FormatException>(() =>
            ProviderOptions.FromEnvironment(name => name == "PADDOCK_GOOGLE_CLIENT_ID" ? "ours" : Empty(name))
        );
        Assert.Contains("PADDOCK_GOOGLE_CLIENT_SECRET", half.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| (?:`((?:PADDOCK|OTEL)_\w+)`(?:, )?)+ \|", RegexOptions.Multiline)]
    private static partial Regex Row { get; }
}
