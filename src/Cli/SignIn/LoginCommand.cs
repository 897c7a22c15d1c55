using System.CommandLine;

namespace Paddock.Cli.SignIn;

/// <summary>
/// <c>paddock login</c> and <c>paddock logout</c>: keep a server's key in the keyring, or in a file that only its owner
/// can read, so that no command line and no variable has to hold the key.
/// </summary>
internal static class LoginCommand
{
    public static Command CreateLogin()
    {
        var command = new Command("login");
        var backend = new Backend();
        backend.AddTo(command);
        command.SetAction(
            async (args, ct) =>
            {
                var host = args.GetValue(backend.Host) ?? Backend.DefaultHost;
                var credential = backend.CredentialOf(args, host) ?? Ask(host);
                using var api = new ApiClient(host, credential, backend.OptionsOf(args));
                await CheckAsync(api, ct);
                var place = CredentialFile.Keep(host, credential);
                Output.Line($"Signed in to {host.AbsoluteUri.TrimEnd('/')}. The credential is stored in {place}.");
                return Exit.Success;
            }
        );
        return command;
    }

    public static Command CreateLogout()
    {
        var host = DomainOption.Of<Uri>(
            "--host",
            "Address of the server.",
            Backend.ReadHost,
            setting: "HOST",
            helpName: "url"
        );
        var command = new Command("logout") { host };
        command.SetAction(args =>
        {
            var address = args.GetValue(host) ?? Backend.DefaultHost;
            Output.Line(
                CredentialFile.Forget(address)
                    ? $"The credential for {address.AbsoluteUri.TrimEnd('/')} was deleted on this machine. It stays "
                        + $"valid until it is revoked: paddock user key revoke."
                    : $"There was no credential for {address.AbsoluteUri.TrimEnd('/')}."
            );
            return Exit.Success;
        });
        return command;
    }

    /// <exception cref="Failure">The server does not accept the credential.</exception>
    private static async Task CheckAsync(ApiClient api, CancellationToken ct)
    {
        await api.CheckVersionAsync(ct);
        // A project's key may not list organizations. Listing projects fails with 400 or 401 only when the key is
        // invalid.
        var answer = await api.AskAsync(
            api.Credential!.IsProjectKey ? "/v0/projects?per_page=1" : "/v0/organizations?per_page=1",
            ct
        );
        api.Succeeded(answer);
    }

    private static Credential Ask(Uri host)
    {
        var text = Console.IsInputRedirected
            ? Console.In.ReadLine()
            : Hidden($"Key or token for {host.AbsoluteUri.TrimEnd('/')}: ");
        text = text?.Trim() ?? "";
        if (Credential.ReadKey(text, out var key, out _))
            return key!;
        return Credential.ReadToken(text, out var token, out _)
            ? token!
            : throw new Failure(
                "This is neither the key of a user or a project nor a token. Create a key with: paddock user key "
                    + "create YOUR-NAME --name laptop"
            );
    }

    private static string Hidden(string prompt)
    {
        Output.Error.Write(prompt);
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } pressed)
        {
            if (pressed.Key == ConsoleKey.Backspace)
                typed.Length = Math.Max(0, typed.Length - 1);
            else if (!char.IsControl(pressed.KeyChar))
                typed.Append(pressed.KeyChar);
        }
        Output.Note("");
        return typed.ToString();
    }
}
