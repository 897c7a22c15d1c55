using System.Text.RegularExpressions;
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
                // Others are read only beside these.
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

    [GeneratedRegex(@"^\| (?:`(PADDOCK_\w+)`(?:, )?)+ \|", RegexOptions.Multiline)]
    private static partial Regex Row { get; }
}
