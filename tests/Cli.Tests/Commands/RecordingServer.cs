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

/// <summary>One request as it arrived. The target is not decoded.</summary>
internal sealed record Recorded(string Method, string Target, string? Authorization, string Body)
{
    public string Line => $"{Method} {Target}";

    /// <summary>The trace context of the request.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>
/// Listens on a free port, records each request, and answers as the test says. Answers the version request, which every
/// command sends first, on its own.
/// </summary>
internal sealed class RecordingServer : IAsyncDisposable
{
    /// <summary>A status that closes the connection without an answer.</summary>
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

    /// <summary>The number of version requests.</summary>
    public int VersionCount { get; private set; }

    public IReadOnlyList<Recorded> Requests => [.. requests];

    public string Version { get; init; } = ApiClient.ApiVersion;

    /// <summary>Replaces the answer to the version request.</summary>
    public (int Status, string Body)? VersionAnswer { get; set; }

    public string ContentType { get; set; } = "application/json";

    /// <summary>A header to add to the answer: its name and value.</summary>
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
