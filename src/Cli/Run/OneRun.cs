using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Paddock.Cli.CiIdentity;
using Paddock.Cli.Forges;
using Paddock.Cli.Reports;
using Paddock.Core;
using Paddock.Core.Names;
using Paddock.Core.Wire;
using Paddock.Host;

namespace Paddock.Cli.Run;

/// <summary>One invocation of <c>paddock run</c>, from its options to its exit code.</summary>
internal sealed class OneRun(RunOptions options, ParseResult args, ApiClient api)
{
    private readonly bool quiet = args.GetValue(options.Quiet);
    private readonly ResourceId? project = args.Find(options.Project);
    private readonly DateTimeOffset? backdate = options.BackdateOf(args);
    private readonly string? folder = WorkingFolder.Find();
    private readonly RunBranch branch = options.BranchOf(args);
    private readonly Guid key = Guid.NewGuid();
    private CiExchange? exchange;
    private SavedRun? saved;

    // A CI log should show the verdict; the benchmark's output is shown only when it fails.
    private readonly bool isShown =
        args.GetValue(options.Verbose) || Environment.GetEnvironmentVariable("CI") is not ("true" or "1");
    private readonly bool isDryRun = args.GetValue(options.DryRun);
    private readonly bool allowEmpty = args.GetValue(options.AllowEmpty);

    private OutputSettings Reading => new(options, args, saved, folder);

    private PublishReport Publish => new(options, args, api, Note);

    public async Task<int> CarryOutAsync(CancellationToken ct)
    {
        RequireProject();
        if (branch.By is { } system)
            Note($"Branch {branch.Name}, according to {system}.");
        var thresholds = options.Thresholds.Read(args);
        var input = await Input.ChooseAsync(options, args, ct);
        saved = (input as Input.OfSaved)?.Run;
        if (args.GetValue(options.Save) is { } path)
            return await SaveAsync(input, path, ct);
        await api.CheckVersionAsync(ct);
        await IdentifyAsync(ct);
        if (input is Input.OfCommand && !isDryRun)
            await Preflight.CheckAsync(api, project, ct);
        using var ci = Publish.BeginCi();
        try
        {
            if (ci is not null && !isDryRun)
                await ci.StartCheckAsync(await Publish.ProjectNameAsync(project, ct), ct);
            return await ReportAsync(input, thresholds, ci, ct);
        }
        catch (Exception e) when (ci is not null)
        {
            // Runs after an interruption too, because the check must not stay open.
            await ci.FailCheckAsync(e.Message, CancellationToken.None);
            throw;
        }
    }

    // An untrusted job contacts no server: it only measures.
    private async Task<int> SaveAsync(Input input, string path, CancellationToken ct)
    {
        var reader = Reading.Reader();
        var harvest = await HarvestAsync(input, reader, ct);
        foreach (var note in Shipment.Of(harvest, reader, allowEmpty, isPaddock: true).Notes)
            Note(note);
        var environment = input is Input.OfCommand ? MachineKind.Of(MachineEnvironment.Read(new())) : null;
        var about = new SavedRun(harvest.StartTime, harvest.EndTime, Reading.Wanted(), [], environment);
        await SavedRunFile.WriteAsync(path, harvest, about, ct);
        Note($"The results were written to {path}. Nothing was sent.");
        return Exit.Success;
    }

    private Task<Harvest> HarvestAsync(Input input, LocalReader reader, CancellationToken ct) =>
        new Gathering(
            input,
            args.GetValue(options.Iter) ?? 1,
            args.GetValue(options.AllowFailure),
            quiet,
            isShown,
            reader.Count
        ).RunAsync(backdate, ct);

    // A job without a key may have an identity that the project trusts.
    private async Task IdentifyAsync(CancellationToken ct)
    {
        if (api.Credential is not null || project is null || !api.IsPaddock || isDryRun)
            return;
        if (!CiExchange.IsOffered(Environment.GetEnvironmentVariable))
            return;
        exchange = new(api, project.Value, Environment.GetEnvironmentVariable, Note);
        var why = api.IsHostOfFile
            ? $"the token is not sent to {api.Host.AbsoluteUri.TrimEnd('/')}, because only {SettingsFile.Name} names "
                + "this server. Set PADDOCK_HOST or give --host."
            : await exchange.TryAsync(ct);
        if (why is null)
            return;
        if (api.IsHostOfFile)
            exchange = null;
        Note($"The server gave no credential for this job's identity token: {why}");
        if (!args.GetValue(options.CiOnTheFly))
            api.Untrusted = why;
    }

    private async Task<int> ReportAsync(Input input, ReportThresholds? thresholds, ICiReport? ci, CancellationToken ct)
    {
        var startPoint = await RunStartPoint.FindAsync(options, args, api, branch, folder, Note, ct);
        var context = await Context.GatherAsync(folder, ct);
        // Outside a repository, a project of v0's scripts keeps the name that v0 gives it.
        if (project?.Slug is { } slug && (context.ContainsKey(RunContext.RepoName) || args.Has(options.Branch)))
            context.Add(RunContext.ProjectName, slug);
        var job = (input as Input.OfRunner)?.Job;
        var reader = Reading.Reader();
        Task<Harvest> GatherAsync(CancellationToken ct) => HarvestAsync(input, reader, ct);
        var harvest =
            job is not null ? Harvest.OfNothing()
            : saved is not null ? SavedRunFile.HarvestOf(saved)
            : await GatherAsync(ct);
        var shipment = job is not null
            ? Shipment.Nothing
            : Shipment.Of(harvest, reader, isDryRun ? null : allowEmpty, api.IsPaddock);
        foreach (var note in shipment.Notes)
            Note(note);
        // Results measured elsewhere, or long ago, say nothing about this machine.
        if (input is Input.OfCommand && api.IsPaddock && backdate is null)
            context.Add(
                RunContext.Environment,
                JsonSerializer.Serialize(MachineKind.Of(MachineEnvironment.Read(new())), Wire.Default.RunEnvironment)
            );
        if (saved?.Environment is { } elsewhere)
            context.Add(
                RunContext.Environment,
                JsonSerializer.Serialize(MachineKind.Of(elsewhere), Wire.Default.RunEnvironment)
            );
        if (folder is not null && harvest.Names(folder))
            context.Add(RunContext.Folder, folder);
        if (harvest.Failed is [.., var failed])
            context.Add(RunContext.ExitCode, failed.ExitCode.ToString(CultureInfo.InvariantCulture));
        if (args.GetValue(options.StartPointHash) is not null)
            context.Add(RunContext.FormerStartPoint, "true");
        byte[] BodyOf(Shipment sent) =>
            Body.Of(Request(harvest, sent, startPoint, thresholds, context) with { Job = job }, Wire.Default.NewRun);
        var request = new RunRequest(harvest, reader, BodyOf);
        if (isDryRun)
        {
            Publish.Show(request.BodyOf(shipment));
            return Exit.Success;
        }
        if (exchange is not null)
            await exchange.RenewAsync(ct);
        var answer = await request.SendAsync(api, shipment, Note, ct);
        var report = ApiClient.Read(answer, Wire.Default.Report);
        answer = RerunsInPlace.WithoutToken(answer, report);
        if (report.Job is { } uuid)
        {
            var remote = new RemoteRun(api, report, uuid, quiet, args.GetValue(options.Images.Raw));
            if (args.GetValue(options.Images.Detach))
                Note(remote.Detached);
            else
            {
                var interval = TimeSpan.FromSeconds(args.GetValue(options.Images.JobPollInterval) ?? 5);
                answer = await remote.AwaitAsync(
                    interval,
                    job?.Timeout,
                    late => Publish.RunAsync(ApiClient.Read(late, Wire.Default.Report), late, ci: null, ct),
                    ct
                );
                report = ApiClient.Read(answer, Wire.Default.Report);
                if (!args.GetValue(options.NoConfirm) && await remote.ConfirmAsync(report, interval, ct) is { } pairs)
                    (answer, report) = (pairs, ApiClient.Read(pairs, Wire.Default.Report));
            }
        }
        if (input is Input.OfCommand && !args.GetValue(options.NoConfirm))
        {
            var reruns = new RerunsInPlace(
                api,
                GatherAsync,
                reader,
                args.GetValue(options.Confirm),
                sent => new(sent.Results, Reading.With(sent), ContextOf(sent, context)),
                Note
            );
            if (await reruns.RunAsync(report, ct) is { } confirmed)
                (answer, report) = (confirmed, ApiClient.Read(confirmed, Wire.Default.Report));
        }
        await Publish.RunAsync(report, answer, ci, ct);
        RequireResults(report);
        return AlertExit.Of(
            report,
            args.GetValue(options.ErrorOnAlert),
            args.GetValue(options.ErrorOnImprovement),
            Note
        );
    }

    /// <exception cref="Failure">The report is complete, but holds no result.</exception>
    private void RequireResults(Report report)
    {
        var isLater = report.Job is not null && args.GetValue(options.Images.Detach);
        if (!allowEmpty && !isLater && report.Results is { } results && results.All(iteration => iteration.Count == 0))
            throw new Failure(
                "This run measured nothing: the recorded report has no result. To accept that, give --allow-empty."
            );
    }

    private NewRun Request(
        Harvest harvest,
        Shipment sent,
        NewStartPoint? startPoint,
        ReportThresholds? thresholds,
        Dictionary<string, string> context
    ) =>
        new(
            harvest.StartTime,
            harvest.EndTime,
            sent.Results,
            Project: project,
            // The key stays the same for every attempt, so that a lost answer does not create a second report.
            IdempotencyKey: key,
            Branch: branch.Name,
            Hash: args.GetValue(options.Hash),
            StartPoint: startPoint,
            Testbed: args.Find(options.Testbed),
            SpecReset: args.GetValue(options.SpecReset) ? true : null,
            Thresholds: thresholds,
            Settings: Reading.With(sent),
            Context: ContextOf(sent, context)
        );

    private static Dictionary<string, string> ContextOf(Shipment sent, Dictionary<string, string> context) =>
        sent.SetSizes is { } sizes ? new(context) { [RunContext.SetSizes] = string.Join(',', sizes) } : context;

    private void RequireProject()
    {
        if (project is not null || options.Images.NamesProject(args))
            return;
        if (api.Credential is { IsProjectKey: true })
            throw new Failure(
                "The key of a project requires `--project`, or the variable PADDOCK_PROJECT, or an --image that is "
                    + "named after the project."
            );
        if (Environment.GetEnvironmentVariable("CI") == "true" && !args.GetValue(options.CiOnTheFly))
            throw new Failure(
                "In CI a project is only created on request: give --project, or give --ci-on-the-fly to create a "
                    + "project."
            );
    }

    private void Note(string text)
    {
        if (!quiet)
            Output.Note(text);
    }
}
