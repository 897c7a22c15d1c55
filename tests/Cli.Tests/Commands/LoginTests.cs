using Paddock.Server.Ground.Database;

namespace Paddock.Cli.Tests.Commands;

public sealed class LoginTests : IAsyncLifetime
{
    private readonly Folder folder = Folder.New();
    private TestServer server = null!;
    private TestUser ada = null!;

    public async Task InitializeAsync()
    {
        server = await TestServer.StartAsync(Engine.Sqlite);
        ada = await server.SignUpAsync("Ada Admin");
    }

    public async Task DisposeAsync()
    {
        folder.Dispose();
        ada.Dispose();
        await server.DisposeAsync();
    }

    private string CredentialsPath => Path.Combine(folder.Path, "paddock", "credentials.json");

    [Fact]
    public async Task A_key_stored_by_login_is_used_for_its_server_until_logout()
    {
        var key = (string)
            (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = "laptop" })).Expect(201)["key"]!;

        var login = await RunAsync(["login"], input: key + "\n");
        Assert.True(login.ExitCode == 0, login.Error);
        Assert.DoesNotContain(key, login.Output + login.Error, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CredentialsPath));
        Assert.Equal(0, (await RunAsync(["org", "create", "--name", "Acme"])).ExitCode);

        Assert.Equal(0, (await RunAsync(["logout"])).ExitCode);
        var after = await RunAsync(["org", "create", "--name", "Other"]);
        Assert.Equal(1, after.ExitCode);
        Assert.Contains("paddock login", after.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_the_server_rejects_is_not_stored()
    {
        var login = await RunAsync(["login"], input: "bencher_user_" + new string('x', 30) + "\n");

        Assert.Equal(1, login.ExitCode);
        Assert.Contains("401", login.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(CredentialsPath));
    }

    [Fact]
    public async Task A_credentials_file_that_other_users_can_read_is_refused()
    {
        folder.Write(
            "paddock/credentials.json",
            $$"""{"{{server.Address.GetLeftPart(UriPartial.Authority)}}":"bencher_user_{{new string('x', 30)}}"}"""
        );
        File.SetUnixFileMode(CredentialsPath, UnixFileMode.UserRead | UnixFileMode.GroupRead);

        var ended = await RunAsync(["org", "list"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("chmod 600", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_is_stored_in_the_keyring_if_the_keyring_accepts_it(bool takesIt)
    {
        if (!OperatingSystem.IsLinux())
            return; // The fake stands in for secret-tool, which only Linux has.
        var kept = Path.Combine(folder.Path, "kept");
        var program = folder.Write(
            "bin/secret-tool",
            $$"""
            #!/bin/sh
            case "$1" in
            store) {{(takesIt ? $"echo \"$*\" > '{kept}.words'; cat > '{kept}'" : "exit 1")}} ;;
            lookup) [ "$2 $3 $4 $5" = "service paddock server {{Server}}" ] && cat '{{kept}}' ;;
            clear) rm '{{kept}}' ;;
            esac

            """
        );
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] keyring =
        [
            "PADDOCK_KEYRING",
            "",
            "DBUS_SESSION_BUS_ADDRESS",
            "unix:path=/nowhere",
            "PATH",
            $"{Path.GetDirectoryName(program)}:{Environment.GetEnvironmentVariable("PATH")}",
        ];
        var key = (string)
            (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = "laptop" })).Expect(201)["key"]!;

        var login = await RunAsync(["login"], input: key + "\n", keyring);

        Assert.True(login.ExitCode == 0, login.Error);
        Assert.Equal(takesIt, File.Exists(kept));
        Assert.Equal(!takesIt, File.Exists(CredentialsPath));
        if (takesIt)
        {
            Assert.Equal(key, await File.ReadAllTextAsync(kept));
            Assert.DoesNotContain(key, await File.ReadAllTextAsync(kept + ".words"), StringComparison.Ordinal);
            Assert.Contains("stored in the keyring", login.Output, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await RunAsync(["org", "create", "--name", "Acme"], input: null, keyring)).ExitCode);
        Assert.Equal(0, (await RunAsync(["logout"], input: null, keyring)).ExitCode);
        Assert.False(File.Exists(kept));
        Assert.Equal(1, (await RunAsync(["org", "create", "--name", "Other"], input: null, keyring)).ExitCode);
    }

    [Fact]
    public async Task A_key_is_stored_in_the_desktop_keyring_until_logout()
    {
        var key = (string)
            (await ada.PostAsync("/v0/users/ada-admin/keys", new { name = "laptop" })).Expect(201)["key"]!;
        var script = folder.Write(
            "desktop.sh",
            """
            printf 'password of the keyring' | gnome-keyring-daemon --unlock --components=secrets >&2 || exit 10
            "$PROGRAM" login --host "$SERVER" || exit 11
            "$PROGRAM" org create --name Acme --host "$SERVER" >&2 || exit 12
            secret-tool search --all service paddock | sed 's/^/found: /'
            "$PROGRAM" logout --host "$SERVER" || exit 13
            "$PROGRAM" org create --name Other --host "$SERVER" >&2 && exit 14
            secret-tool search --all service paddock | sed 's/^/left: /'

            """
        );

        var ended = await BuiltProgram.RunAsync(
            "dbus-run-session",
            ["--", "sh", script],
            new Dictionary<string, string>
            {
                ["HOME"] = folder.Path,
                ["XDG_CONFIG_HOME"] = folder.Path,
                ["XDG_DATA_HOME"] = folder.Path,
                ["PADDOCK_KEYRING"] = "",
                ["PROGRAM"] = BuiltProgram.Cli,
                ["SERVER"] = Server,
            },
            input: key + "\n",
            folder.Path
        );

        Assert.True(ended.ExitCode == 0, $"{ended.ExitCode}: {ended.Output}{ended.Error}");
        Assert.Contains("stored in the keyring", ended.Output, StringComparison.Ordinal);
        Assert.Contains($"found: secret = {key}", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("left: ", ended.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(CredentialsPath));
    }

    private string Server => server.Address.GetLeftPart(UriPartial.Authority);

    private Task<Ended> RunAsync(string[] args, string? input = null, params string[] env) =>
        PaddockProgram.RunAsync(
            [.. args, "--host", server.Address.ToString()],
            input,
            env: ["XDG_CONFIG_HOME", folder.Path, .. env is [] ? ["PADDOCK_KEYRING", "off"] : env]
        );
}
