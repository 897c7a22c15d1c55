using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Paddock.Testing;

/// <summary>A mail as an SMTP server has received it.</summary>
public sealed record TakenMail(bool IsSecure, string? User, IReadOnlyList<string> To, string Raw);

/// <summary>A real SMTP server for one test, on a free port; it ends with the test.</summary>
public sealed class SmtpServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly BlockingCollection<string> lines = [];

    private SmtpServer(JsonObject options)
    {
        var script = Path.Combine(BuiltProgram.Root, "tests", "Smtp", "server.js");
        if (!Directory.Exists(Path.Combine(BuiltProgram.Root, "tests", "Smtp", "node_modules")))
            throw new FileNotFoundException($"The packages of {script} are not there: npm ci --prefix tests/Smtp");
        process = Process.Start(
            new ProcessStartInfo("node", [script, options.ToJsonString()])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is { } line)
                lines.Add(line);
        };
        process.BeginOutputReadLine();
    }

    public int Port { get; private set; }

    /// <param name="tls">none, starttls, or tls.</param>
    /// <param name="refuse">How many mails it refuses at first, and with which code.</param>
    public static SmtpServer Start(
        string tls = "none",
        (string Certificate, string Key)? pair = null,
        string? user = null,
        string? password = null,
        (int Times, int Code)? refuse = null,
        int port = 0
    )
    {
        var server = new SmtpServer(
            new()
            {
                ["tls"] = tls,
                ["key"] = pair?.Key,
                ["cert"] = pair?.Certificate,
                ["user"] = user,
                ["password"] = password,
                ["refuse"] = refuse?.Times,
                ["code"] = refuse?.Code,
                ["port"] = port,
            }
        );
        server.Port = (int)JsonNode.Parse(server.Line())!["port"]!;
        return server;
    }

    /// <summary>The next mail received.</summary>
    public TakenMail Take()
    {
        var mail = JsonNode.Parse(Line())!;
        return new(
            (bool)mail["secure"]!,
            (string?)mail["user"],
            [.. mail["to"]!.AsArray().Select(to => (string)to!)],
            (string)mail["raw"]!
        );
    }

    public bool IsEmpty => lines.Count == 0;

    /// <summary>A self-signed certificate for localhost and its key, in PEM.</summary>
    public static (string Certificate, string Key) NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                0,
                critical: true
            )
        );
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        lines.Dispose();
    }

    private string Line() =>
        lines.TryTake(out var line, Patience)
            ? line
            : throw new TimeoutException(
                $"The SMTP server said nothing within "
                    + $"{Patience}{(process.HasExited ? ": " + process.StandardError.ReadToEnd() : "")}."
            );
}
