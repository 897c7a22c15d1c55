using System.Net;
using Microsoft.Extensions.Logging.Console;
using Paddock.Server.Access.Audit;
using Paddock.Server.Access.Keys;
using Paddock.Server.Access.Organizations;
using Paddock.Server.Access.Providers;
using Paddock.Server.Access.RateLimits;
using Paddock.Server.Access.Sessions;
using Paddock.Server.Access.Users;
using Paddock.Server.Catalog.Benchmarks;
using Paddock.Server.Catalog.Branches;
using Paddock.Server.Catalog.CiTrusts;
using Paddock.Server.Catalog.Measures;
using Paddock.Server.Catalog.PinnedPlots;
using Paddock.Server.Catalog.Projects;
using Paddock.Server.Catalog.Specs;
using Paddock.Server.Catalog.Testbeds;
using Paddock.Server.Ground;
using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Ground.Http;
using Paddock.Server.Ground.Mail;
using Paddock.Server.Ground.Meters;
using Paddock.Server.Ground.Pages;
using Paddock.Server.Ground.RateLimits;
using Paddock.Server.Ground.Signals;
using Paddock.Server.Installation;
using Paddock.Server.Machines.Channels;
using Paddock.Server.Machines.Dispatch;
using Paddock.Server.Machines.Fleet;
using Paddock.Server.Machines.Jobs;
using Paddock.Server.Machines.Runners;
using Paddock.Server.Outside.Export;
using Paddock.Server.Outside.Import;
using Paddock.Server.Outside.Mcp;
using Paddock.Server.Outside.Retention;
using Paddock.Server.Outside.Webhooks;
using Paddock.Server.Registry;
using Paddock.Server.Results.Alerts;
using Paddock.Server.Results.Backtests;
using Paddock.Server.Results.Changes;
using Paddock.Server.Results.Comparisons;
using Paddock.Server.Results.Dimensions;
using Paddock.Server.Results.Metrics;
using Paddock.Server.Results.Overview;
using Paddock.Server.Results.Perf;
using Paddock.Server.Results.PinnedPlots;
using Paddock.Server.Results.Reports;
using Paddock.Server.Results.Thresholds;
using Paddock.Server.Results.Verdicts;
using Paddock.Server.Runs;

namespace Paddock.Server;

/// <summary>Builds the server from its services and endpoints.</summary>
public static class ServerApp
{
    /// <param name="time">The clock for everything that expires. Null selects the database's clock on PostgreSQL and
    /// the system's on SQLite.</param>
    internal static WebApplication Build(ServerOptions options, TimeProvider? time = null)
    {
        PrivateFiles.MaskOthers();
        var tightened = PrivateFiles.Tighten(options.DataFolder);
        var reads = new ReadLimits(options.Limits.QueryTimeMax, options.Limits.ConnectionsMax);
        // A start takes a fifth less time when the database opens meanwhile.
        var opening = Task.Run(() => Db.Open(options.Database, options.DataFolder, reads, options.Limits.Clock));
        // All settings are in ServerOptions. The default builders would also watch the working folder, data included,
        // for configuration files.
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Services.AddRoutingCore();
        builder
            .Logging.AddConsole(console => console.FormatterName = LogLine.Name)
            .AddConsoleFormatter<LogLine, ConsoleFormatterOptions>();
        builder
            .Logging.SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            // Otherwise each request creates an activity and a scope for a log that is never written.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestLineSize = 128 << 10; // A plot URL lists up to 255 UUIDs of each kind.
                // Only until ApiMiddleware takes over the limit.
                kestrel.Limits.MaxRequestBodySize = options.RequestBodyBytesMax;
                // A client that does not read its answer is disconnected.
                kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 4096, gracePeriod: TimeSpan.FromSeconds(10));
                kestrel.Listen(IPEndPoint.Parse(options.Bind));
            });
        if (options.Database != "sqlite")
            time ??= new DatabaseClock(TimeProvider.System);
        var clock = time as DatabaseClock;
        AddServices(builder.Services, options, opening, time ?? TimeProvider.System);
        if (options.Otlp is { } otlp)
            OtlpExport.Add(builder, otlp);
        if (clock is not null)
            builder.Services.AddSingleton(clock).AddHostedService<ClockWorker>();
        var app = builder.Build();
        if (tightened > 0)
            app.Logger.LogWarning(
                "Other accounts of this machine could open {Count} files and folders in {Folder}; now only the "
                    + "server's own account can",
                tightened,
                options.DataFolder
            );
        var beginning = Task.Run(() => BeginAsync(app, clock));
        _ = Task.Run(app.Services.GetRequiredService<Collector>); // The first endpoint that needs it waits for it.
        app.UseMiddleware<TidyPath>();
        app.UseRouting();
        app.UseMiddleware<ApiMiddleware>();
        app.UseWebSockets();
        MapEndpoints(app);
        app.RefuseUndeclared();
        beginning.GetAwaiter().GetResult();
        return app;
    }

    // Migrates the database, among others, before the first request.
    private static async Task BeginAsync(WebApplication app, DatabaseClock? clock)
    {
        var db = app.Services.GetRequiredService<Db>();
        if (clock is not null)
            await clock.SetAsync(db);
        await ServerTable.EnsureAsync(db, app.Services.GetRequiredService<TimeProvider>());
        await app.Services.GetRequiredService<FirstAdmin>().AnnounceAsync();
    }

    private static void AddServices(
        IServiceCollection services,
        ServerOptions options,
        Task<Db> opening,
        TimeProvider time
    )
    {
        services.AddSingleton(options);
        services.AddSingleton<BaseOptions>(options);
        services.AddSingleton(options.Access);
        services.AddSingleton(options.Registry);
        services.AddSingleton(options.Mcp);
        services.AddSingleton(time);
        services.AddSingleton(_ => opening.GetAwaiter().GetResult());
        services.AddSingleton(options.Limits);
        services.AddSingleton(options.Lists);
        services.AddSingleton<DiskSpace>();
        services.AddSingleton<OutageLog>();
        services.AddSingleton<ErrorDialects>();
        services.AddSingleton(ErrorDialect.V0);
        services.AddSingleton<ErrorDialect>(OciErrors.Dialect);
        services.AddSingleton<ErrorDialect>(FleetErrors.Dialect);
        AddFollowers(services);
        services.AddSingleton(new Shares(places: Math.Max(1, Environment.ProcessorCount / 2)));
        services.AddSingleton<IsWatched>(WebhookTable.IsWatchedAsync);
        services.AddSingleton<PackPoints>();
        services.AddHostedService(provider => provider.GetRequiredService<PackPoints>());
        services.AddSingleton<NewNames>();
        services.AddSingleton<CreationLimits>();
        services.AddSingleton<NamesAhead>();
        services.AddSingleton<LongRuns>();
        services.AddSingleton<RecordHistory>();
        services.AddSingleton<ImportBencher>();
        services.AddSingleton<Archives>();
        services.AddSingleton<RemoveMetrics>();
        services.AddSingleton<SweepRetention>();
        services.AddHostedService<RetentionWorker>();
        services.AddSingleton(options.Webhooks);
        services.AddSingleton<WebhookHttp>();
        services.AddHostedService<WebhookWorker>();
        services.AddSingleton<Jwt>();
        services.AddSingleton<TokenOwners>();
        services.AddSingleton<Invitation>();
        services.AddSingleton<AddressChange>();
        services.AddSingleton<FirstAdmin>();
        services.AddSingleton<RateLimiters>();
        services.AddHostedService<ShareCounts>();
        services.AddSingleton<BrowserSession>();
        services.AddSingleton<ApiKeyUses>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUses>());
        services.AddSingleton<AuditWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<AuditWorker>());
        services.AddSingleton<Callers>();
        services.AddSingleton<UserAccess>();
        services.AddSingleton<OrganizationAccess>();
        services.AddSingleton<ProjectAccess>();
        services.AddSingleton<DeleteOrganization>();
        services.AddSingleton<DeleteProject>();
        services.AddSingleton(_ => options.Blobs.Open(options.DataFolder));
        services.AddSingleton<OciTokens>();
        services.AddSingleton<OciBearers>();
        services.AddSingleton<RegistryAccess>();
        services.AddSingleton<UploadHashes>();
        services.AddSingleton<RemoveParts>();
        services.AddSingleton<ReceiveUpload>();
        services.AddSingleton<Quota>();
        services.AddSingleton<CollectGarbage>();
        services.AddHostedService<GarbageWorker>();
        services.AddSingleton<MailText>();
        if (options.Mail is { } smtp)
        {
            services.AddSingleton(smtp);
            services.AddSingleton<MailQueue>();
            services.AddSingleton<IMailer>(provider => provider.GetRequiredService<MailQueue>());
            services.AddHostedService<MailWorker>();
        }
        else
            services.AddSingleton<IMailer, LogMailer>();
        services.AddSingleton<SignUp>();
        services.AddSingleton<ProviderHttp>();
        services.AddSingleton<ProviderSignIn>();
        foreach (var provider in options.Providers)
            services.AddSingleton<IIdentityProvider>(all =>
                provider.Api is null
                    ? ActivatorUtilities.CreateInstance<OpenIdProvider>(all, provider)
                    : ActivatorUtilities.CreateInstance<GitHubProvider>(all, provider)
            );
        services.AddSingleton<Backup>();
        services.AddSingleton(options.Issuers);
        services.AddSingleton<IssuerKeys>();
        services.AddSingleton(options.Jobs);
        services.AddSingleton<JobImages>();
        services.AddSingleton<JobSecrets>();
        services.AddSingleton<JobOutputs>();
        services.AddSingleton<ConfirmJob>();
        services.AddSingleton<ProcessConfirmation>();
        services.AddSingleton<ProcessJob>();
        services.AddSingleton<HearRunner>();
        services.AddSingleton<ChannelServices>();
        services.AddSingleton<JobWatch>();
        services.AddSingleton<ChangeWatch>();
        services.AddSingleton<JobQueue>();
        services.AddSingleton<RunnerAccess>();
        services.AddSingleton<FleetAccess>();
        services.AddSingleton<FleetAnswers>();
        services.AddSingleton<FleetBoard>();
        services.AddSingleton<BoardStream>();
        services.AddSingleton<FleetWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<FleetWatch>());
        services.AddSingleton<Collector>();
        services.AddSingleton<SeeJob>();
        services.AddSingleton<Dispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<Dispatcher>());
    }

    // Handlers that upper wings register with lower ones: they end a deleted project's jobs, or copy a start point's
    // thresholds.
    private static void AddFollowers(IServiceCollection services)
    {
        services.AddSingleton<IOwnedByOrganization>(provider => provider.GetRequiredService<DeleteProject>());
        services.AddSingleton<IOwnedByOrganization, ArchiveRunners>();
        services.AddSingleton<IEndsWithProject, EndJobs>();
        services.AddSingleton<IEndsWithReport, EndJobs>();
        services.AddSingleton<ITakenFromStartPoint>(CloneThresholds.Instance);
    }

    private static void MapRegistry(WebApplication app)
    {
        var routes = ActivatorUtilities.CreateInstance<RegistryRoutes>(app.Services, app);
        BaseEndpoint.Map(routes);
        BlobEndpoints.Map(routes);
        UploadEndpoints.Map(routes);
        ManifestEndpoints.Map(routes);
        TagEndpoints.Map(routes);
        ReferrerEndpoints.Map(routes);
        OciTokenEndpoints.Map(app);
    }

    // Maps every endpoint: one line per noun.
    private static void MapEndpoints(WebApplication app)
    {
        ServerEndpoints.Map(app);
        HostedEndpoints.Map(app);
        HealthEndpoints.Map(app);
        AuthEndpoints.Map(app);
        ProviderEndpoints.Map(app);
        UserEndpoints.Map(app);
        TokenEndpoints.Map(app);
        UserKeyEndpoints.Map(app);
        OrganizationEndpoints.Map(app);
        MemberEndpoints.Map(app);
        SsoEndpoints.Map(app);
        AuditEndpoints.Map(app);
        InvitationEndpoints.Map(app);
        ProjectEndpoints.Map(app);
        OrganizationProjectEndpoints.Map(app);
        ProjectKeyEndpoints.Map(app);
        CiTrustEndpoints.Map(app);
        CiCredentialEndpoints.Map(app);
        CiTrustPages.Map(app);
        ApiKeyEndpoints.Map(app);
        ApiKeyPages.Map(app);
        SpecEndpoints.Map(app);
        RunnerEndpoints.Map(app);
        ChannelEndpoint.Map(app);
        JobEndpoints.Map(app);
        JobStreams.Map(app);
        FleetEndpoints.Map(app);
        FleetStream.Map(app);
        BoardEndpoints.Map(app);
        FleetPages.Map(app);
        ScrapeEndpoint.Map(app);
        UsageEndpoints.Map(app);
        BranchEndpoints.Map(app);
        TestbedEndpoints.Map(app);
        BenchmarkEndpoints.Map(app);
        MeasureEndpoints.Map(app);
        ThresholdEndpoints.Map(app);
        ReportEndpoints.Map(app);
        RunEndpoints.Map(app);
        HistoryEndpoints.Map(app);
        BencherEndpoints.Map(app);
        ExportEndpoints.Map(app);
        RetentionEndpoints.Map(app);
        RetentionPages.Map(app);
        WebhookEndpoints.Map(app);
        WebhookPages.Map(app);
        AlertEndpoints.Map(app);
        ChangeEndpoints.Map(app);
        ChangeStream.Map(app);
        VerdictEndpoints.Map(app);
        VerdictPages.Map(app);
        BacktestPages.Map(app);
        PlotEndpoints.Map(app);
        PerfEndpoints.Map(app);
        MetricEndpoints.Map(app);
        McpEndpoint.Map(app);
        MapRegistry(app);
        ReportPages.Map(app);
        PerfPages.Map(app);
        EmbedPages.Map(app);
        ChangePages.Map(app);
        ComparePages.Map(app);
        AlertPages.Map(app);
        PlotRedirects.Map(app);
        StartPages.Map(app);
        OverviewPages.Map(app);
        OrganizationPages.Map(app);
        OrganizationProjectPages.Map(app);
        AuditPages.Map(app);
        UsagePages.Map(app);
        UserKeyPages.Map(app);
        UserSettingsPages.Map(app);
        ProjectSettingsPages.Map(app);
        ServerPages.Map(app);
        DimensionPages.Map(app);
        ThresholdPages.Map(app);
        PinnedPlotPages.Map(app);
        MetricPages.Map(app);
        JobPages.Map(app);
        RunnerPages.Map(app);
        MachineForms.Map(app);
        SpecPages.Map(app);
        SignInPages.Map(app);
        SessionPages.Map(app);
        ProviderPages.Map(app);
        SignUpPages.Map(app);
        SetupPages.Map(app);
        AddressPages.Map(app);
        Asset.MapAll(app);
    }
}
