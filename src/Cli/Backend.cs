using System.CommandLine;
using Paddock.Cli.Rest;
using Paddock.Cli.SignIn;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>Says whether a command works without a credential.</summary>
internal enum Access
{
    Public,
    Authenticated,
}

/// <summary>
/// How a command reaches its server: the options that all commands calling the API share, and how they are read.
/// </summary>
internal sealed class Backend
{
    /// <summary>
    /// There is no hosted service, so the default server is the one that <c>paddock-server</c> starts on this machine.
    /// </summary>
    public static readonly Uri DefaultHost = new("http://localhost:6610");

    private const int SecondsMax = 900;

    public Option<Uri> Host { get; } =
        DomainOption.Of<Uri>(
            "--host",
            $"Address of the server ({DefaultHost.OriginalString} unless given).",
            ReadHost,
            setting: "HOST",
            helpName: "url"
        );
    public Option<Credential> Token { get; } =
        DomainOption.Of<Credential>(
            "--token",
            "User token.",
            Credential.ReadToken,
            setting: "API_TOKEN",
            helpName: "jwt"
        );
    public Option<Credential> Key { get; } =
        DomainOption.Of<Credential>(
            "--key",
            "API key of a user or a project.",
            Credential.ReadKey,
            setting: "API_KEY",
            helpName: "key"
        );
    public Option<bool> InsecureHost { get; } =
        DomainOption.Flag("--insecure-host", "Accept the server's certificate even if it is not valid.");
    public Option<bool> NativeTls { get; } =
        DomainOption.Flag("--native-tls", "Accepted for older scripts; the system's certificates are always used.");
    public Option<int?> Timeout { get; } =
        DomainOption.Number("--timeout", "Seconds to wait for a connection (15).", 1, SecondsMax, helpName: "seconds");
    public Option<int?> Attempts { get; } =
        DomainOption.Number("--attempts", "Maximum number of attempts of a request (35).", 1, 65535, helpName: "count");
    public Option<int?> RetryAfter { get; } =
        DomainOption.Number(
            "--retry-after",
            "Seconds before the second attempt; doubled after each (1).",
            1,
            SecondsMax,
            helpName: "seconds"
        );
    public Option<int?> MaxRetryAfter { get; } =
        DomainOption.Number(
            "--max-retry-after",
            "Maximum number of seconds between two attempts (30).",
            1,
            SecondsMax,
            helpName: "seconds"
        );
    public Option<bool> Strict { get; } =
        DomainOption.Flag("--strict", "Fail when an answer does not have exactly the expected form.");

    public void AddTo(Command command)
    {
        foreach (
            var option in (ReadOnlySpan<Option>)
                [Host, Token, Key, InsecureHost, NativeTls, Timeout, Attempts, RetryAfter, MaxRetryAfter, Strict]
        )
            command.Options.Add(option);
        command.Validators.Add(Rules.NotBoth(Token, Key));
    }

    /// <exception cref="Failure">The command needs a credential and none was found, or the server's address is not http
    /// or https.</exception>
    /// <param name="attempts">How often a request is tried unless the command line says otherwise.</param>
    public ApiClient Open(ParseResult args, Access access, bool quiet = false, int attempts = 35)
    {
        var host = args.GetValue(Host) ?? DefaultHost;
        var credential = CredentialOf(args, host) ?? CredentialFile.Find(host);
        if (access == Access.Authenticated && credential is null)
            throw new Failure(
                "This command needs a credential: give --key or --token, set PADDOCK_API_KEY or PADDOCK_API_TOKEN, "
                    + "or store a key with `paddock login`."
            );
        if (host.Scheme is not ("http" or "https"))
            throw new Failure(
                $"The server {Text.Quote(host.OriginalString)} cannot be reached: its address must begin with "
                    + $"http:// or https://."
            );
        return new(host, credential, OptionsOf(args, quiet, attempts)) { IsHostOfFile = IsHostOfFile(args) };
    }

    /// <summary>The credential from the command line or an environment variable; null for none.</summary>
    /// <exception cref="Failure">Only <c>paddock.toml</c> names the server. That file may have come with somebody
    /// else's repository, and must not be able to have a key sent anywhere.</exception>
    public Credential? CredentialOf(ParseResult args, Uri host)
    {
        var credential = args.GetValue(Key) ?? args.GetValue(Token);
        return credential is null || !IsHostOfFile(args)
            ? credential
            : throw new Failure(
                $"The key or token was not sent to {host.AbsoluteUri.TrimEnd('/')}, because only {SettingsFile.Name} "
                    + "names this server. Set PADDOCK_HOST or give --host, or store a key for it with `paddock login`."
            );
    }

    private bool IsHostOfFile(ParseResult args) =>
        args.GetResult(Host) is not { Implicit: false }
        && Settings.OfEnvironment("HOST") is null
        && SettingsFile.Find("HOST") is not null;

    /// <summary>The client's timeouts, retries and checks as the command line sets them, for any server.</summary>
    public ApiOptions OptionsOf(ParseResult args, bool quiet = false, int attempts = 35)
    {
        return new()
        {
            ConnectTimeout = TimeSpan.FromSeconds(args.GetValue(Timeout) ?? 15),
            Attempts = args.GetValue(Attempts) ?? attempts,
            RetryAfter = TimeSpan.FromSeconds(args.GetValue(RetryAfter) ?? 1),
            RetryAfterMax = TimeSpan.FromSeconds(args.GetValue(MaxRetryAfter) ?? 30),
            AnyCertificate = args.GetValue(InsecureHost),
            Strict = args.GetValue(Strict),
            Quiet = quiet,
        };
    }

    internal static bool ReadHost(string text, out Uri? value, out string refusal)
    {
        refusal = $"{Text.Quote(text)} is not an address; allowed: an http or https URL";
        value = HasScheme(text) && Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null;
        return value is not null;
    }

    // Without a scheme a path would be read as a file: address.
    private static bool HasScheme(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon
        && char.IsAsciiLetter(text[0])
        && text[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.');
}
