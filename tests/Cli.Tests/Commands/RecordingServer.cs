using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Paddock.Cli.Tests.Commands;

/// <summary>One request as it arrived; the target is untouched by any decoding.</summary>
internal sealed record Recorded(string Method, string Target, string? Authorization, string Body)
{
    public string Line => $"{Method} {Target}";

    /// <summary>The trace that it belongs to.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>
/// Listens on a free port, writes down what arrives, and answers what it is told to; the version that every command
/// asks for first is its own.
/// </summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    /// <summary>Instead of a status: the connection is closed without an answer.</summary>
    public const int Reset = 0;

    private readonly WebApplication app;
    private readonly ConcurrentQueue<Recorded> requests = [];
    private readonly Func<Recorded, (int Status, string Body)> answer;

    private RecordingServer(WebApplication app, Func<Recorded, (int, string)> answer)
    {
        (this.app, this.answer) = (app, answer);
        app.Run(RecordAsync);
    }

    public string Host =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>How often the version was asked for.</summary>
    public int VersionCount { get; private set; }

    public IReadOnlyList<Recorded> Requests => [.. requests];

    public string Version { get; init; } = ApiClient.ApiVersion;

    /// <summary>What is answered to the question for the version, when that is not the version.</summary>
    public (int Status, string Body)? VersionAnswer { get; set; }

    public string ContentType { get; set; } = "application/json";

    /// <summary>A header of the answer to a request: its name and value.</summary>
    public Func<Recorded, (string Name, string Value)?> Header { get; set; } = _ => null;

    public static Task<RecordingServer> StartAsync(int status = 200, string body = "{}") =>
        StartAsync(_ => (status, body));

    public static async Task<RecordingServer> StartAsync(
        Func<Recorded, (int Status, string Body)> answer,
        string? version = null
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new RecordingServer(builder.Build(), answer) { Version = version ?? ApiClient.ApiVersion };
        await server.app.StartAsync();
        return server;
    }

    private async Task RecordAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var request = new Recorded(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.Authorization,
            await reader.ReadToEndAsync()
        )
        {
            TraceParent = (string?)context.Request.Headers.TraceParent,
        };
        var (status, body) = (200, $$"""{"version":"{{Version}}"}""");
        if (request.Target == "/v0/server/version")
        {
            VersionCount++;
            if (VersionAnswer is { } other)
                (status, body) = other;
        }
        else
        {
            requests.Enqueue(request);
            (status, body) = answer(request);
        }
        if (status == Reset)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = status;
        if (Header(request) is var (name, value))
            context.Response.Headers[name] = value;
        if (status == 204)
            return;
        context.Response.ContentType = ContentType;
        await context.Response.WriteAsync(body);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
