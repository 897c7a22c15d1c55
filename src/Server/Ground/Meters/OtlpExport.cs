using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Paddock.Server.Ground.Mail;

namespace Paddock.Server.Ground.Meters;

/// <summary>
/// Sends traces, metrics and logs to a collector by OTLP. An unreachable collector loses data but has no other effect.
/// </summary>
internal sealed class OtlpExport : IHostedService, IDisposable
{
    // These paths are polled every few seconds, or stay open for hours. Their spans would hide the others.
    private static readonly string[] Unsaid = ["/health", "/metrics", "/channel", "/events", "/stream"];

    // These categories log sign-in links, so they stay in the server's own log.
    private static readonly string[] Secret = [typeof(LogMailer).FullName!, "Paddock.Server.Access.Users.FirstAdmin"];

    private readonly TracerProvider traces;
    private readonly MeterProvider metrics;

    public OtlpExport(OtlpOptions otlp, IMeterFactory meters)
    {
        traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource(otlp))
            .AddSource(Spans.Name)
            .AddAspNetCoreInstrumentation(requests => requests.Filter = IsSaid)
            .AddOtlpExporter(exporter => otlp.Set(exporter, "traces"))
            .Build();
        metrics = Collector
            .Instruments(meters)
            .SetResourceBuilder(Resource(otlp))
            .AddOtlpExporter(exporter => otlp.Set(exporter, "metrics"))
            .Build();
    }

    public static void Add(WebApplicationBuilder builder, OtlpOptions otlp)
    {
        builder.Services.AddSingleton(otlp);
        builder.Services.AddHostedService<OtlpExport>();
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.SetResourceBuilder(Resource(otlp));
            logs.AddOtlpExporter(exporter => otlp.Set(exporter, "logs"));
        });
        foreach (var category in Secret)
            builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(category, LogLevel.None);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        traces.Dispose();
        metrics.Dispose();
    }

    private static ResourceBuilder Resource(OtlpOptions otlp) =>
        ResourceBuilder
            .CreateDefault()
            .AddService(
                otlp.Service,
                serviceVersion: ServerBuild.Version,
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"
            );

    private static bool IsSaid(HttpContext http) =>
        !Array.Exists(Unsaid, path =>
            http.Request.Path.Value!.EndsWith(path, StringComparison.Ordinal)
            || http.Request.Path.StartsWithSegments(path, StringComparison.Ordinal)
        );
}
