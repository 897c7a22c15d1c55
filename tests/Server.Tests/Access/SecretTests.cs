using Paddock.Server.Access;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Installation;

namespace Paddock.Server.Tests.Access;

/// <summary>A server refuses to start with an insecure setting.</summary>
public sealed class SecretTests
{
    private const string Good = "4f1d0c2b9a8e7f6d5c4b3a2918070605";

    [Theory]
    [InlineData("PADDOCK_SECRET_KEY", "")]
    [InlineData("PADDOCK_SECRET_KEY", "   ")]
    [InlineData("PADDOCK_SECRET_KEY", "short")]
    [InlineData("PADDOCK_SECRET_KEY", "0123456789abcdef0123456789abcde")] // 31 bytes.
    [InlineData("PADDOCK_SECRET_KEY", "DO_NOT_USE_THIS_IN_PRODUCTION")]
    [InlineData("PADDOCK_SECRET_KEY", "do_not_use_this_in_production_at_all")]
    [InlineData("PADDOCK_SECRET_KEY", "please-change-me-please-changeme-please")]
    [InlineData("PADDOCK_SECRET_KEY", "00000000000000000000000000000000")]
    [InlineData("PADDOCK_METRICS_TOKEN", "")]
    [InlineData("PADDOCK_METRICS_TOKEN", "0123456789abcdef")]
    [InlineData("PADDOCK_S3_ACCESS_KEY", "")]
    [InlineData("PADDOCK_S3_SECRET_KEY", "")]
    [InlineData("PADDOCK_S3_REGION", "")]
    [InlineData("PADDOCK_BLOBS", "")]
    [InlineData("PADDOCK_DATABASE", "")]
    [InlineData("PADDOCK_DATABASE", "junk")]
    [InlineData("PADDOCK_DATABASE", "Username=paddock;Password=secret")]
    [InlineData("PADDOCK_DATA", "")]
    [InlineData("PADDOCK_BIND", "")]
    [InlineData("PADDOCK_CONSOLE_URL", "")]
    [InlineData("PADDOCK_REGISTRY_URL", "")]
    [InlineData("PADDOCK_TRUSTED_PROXIES", "")]
    [InlineData("PADDOCK_TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0")]
    [InlineData("PADDOCK_TRUSTED_PROXIES", "::/0")]
    [InlineData("PADDOCK_RATE_LIMITS", "")]
    [InlineData("PADDOCK_SIGN_UP", "")]
    [InlineData("PADDOCK_SIGN_UP", "everybody")]
    [InlineData("PADDOCK_SIGN_UP", "example.com,")]
    [InlineData("PADDOCK_SIGN_UP", "*.example.com")]
    [InlineData("PADDOCK_FIRST_ADMIN", "nobody")]
    [InlineData("PADDOCK_FIRST_ADMIN", "signup")] // From any address, which is the default.
    [InlineData("PADDOCK_REPLAY", "on")]
    [InlineData("PADDOCK_ANONYMOUS_JOBS", "yes")]
    public void A_dangerous_value_is_refused_with_a_message_that_names_the_setting(string name, string value)
    {
        var refused = Assert.Throws<FormatException>(() => Read((name, value)));

        Assert.StartsWith(name, refused.Message, StringComparison.Ordinal);
        Assert.True(
            value.Length < 5
                || !name.Contains("SECRET", StringComparison.Ordinal)
                || !refused.Message.Contains(value, StringComparison.Ordinal),
            "The message repeats the secret."
        );
    }

    [Theory]
    [InlineData("PADDOCK_SECRET_KEY", Good)]
    [InlineData("PADDOCK_METRICS_TOKEN", Good)]
    [InlineData("PADDOCK_SIGN_UP", "open")]
    [InlineData("PADDOCK_SIGN_UP", "invitation")]
    [InlineData("PADDOCK_SIGN_UP", "example.com, example.org")]
    [InlineData("PADDOCK_TRUSTED_PROXIES", "10.0.0.0/8,::1")]
    public void A_valid_value_is_accepted(string name, string value) => Read((name, value));

    [Fact]
    public void The_default_settings_are_safe()
    {
        var options = Read();

        Assert.Equal(
            (true, false, false),
            (options.Access.AnonymousRuns, options.Access.AnonymousJobs, options.Access.AnonymousPushes)
        );
        Assert.Equal((FirstAdminRule.Token, false), (options.Access.FirstAdmin, options.Access.Replay));
        Assert.InRange(options.Jobs.TimeoutMax, options.Jobs.TimeoutStandard, 24 * 3600);
        Assert.Equal(64, options.SecretKey.Length);
    }

    [Theory]
    [InlineData("127.0.0.1:6610")]
    [InlineData("[::1]:6610")]
    public void Replay_mode_requires_a_loopback_address_and_a_secret_key(string bind)
    {
        var options = Read(
            ("PADDOCK_BIND", bind),
            ("PADDOCK_REPLAY", "on"),
            ("PADDOCK_FIRST_ADMIN", "signup"),
            ("PADDOCK_SECRET_KEY", "DO_NOT_USE_THIS_IN_PRODUCTION")
        );

        Assert.Equal((true, FirstAdminRule.SignUp), (options.Access.Replay, options.Access.FirstAdmin));
        Assert.Throws<FormatException>(() => Read(("PADDOCK_BIND", "10.0.0.1:6610"), ("PADDOCK_REPLAY", "on")));
        Assert.Throws<FormatException>(() =>
            Read(("PADDOCK_BIND", bind), ("PADDOCK_REPLAY", "on"), ("PADDOCK_SECRET_KEY", ""))
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData(null)] // A folder instead of the file.
    public async Task An_unusable_key_file_is_named_and_stops_the_start(string? content)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-kept-").FullName;
        var file = Path.Combine(folder, "secret-key");
        if (content is null)
            Directory.CreateDirectory(file);
        else
            File.WriteAllText(file, content);

        var ended = await BuiltProgram.RunAsync(
            BuiltProgram.Server,
            [],
            new Dictionary<string, string> { ["PADDOCK_DATA"] = folder, ["PADDOCK_BIND"] = "127.0.0.1:0" }
        );

        Directory.Delete(folder, recursive: true);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(file, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    private static ServerOptions Read(params (string Name, string Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-settings-").FullName;
        try
        {
            return ServerOptions.FromEnvironment(name =>
                Array.Find(settings, setting => setting.Name == name) is { Name: not null } found ? found.Value
                : name == "PADDOCK_DATA" ? folder
                : null
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
