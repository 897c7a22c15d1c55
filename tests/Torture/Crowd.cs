using System.Globalization;
using Paddock.Torture.Members;

namespace Paddock.Torture;

/// <summary>Clients of every kind that use one server, or several behind one address, at the same time.</summary>
internal sealed class Crowd : IDisposable
{
    private const int Reporters = 3;
    private const int Rigs = 2;

    private readonly List<Member> members = [];
    private readonly List<Line> lines = [];
    private readonly List<Reporter> reporters = [];
    private readonly Findings findings;
    private readonly Jobs jobs;
    private readonly Pusher pusher;
    private readonly Reader reader;
    private readonly Line books;
    private readonly string project;
    private HashSet<int> allowed = [];

    private Crowd(Uri address, JobWorld world, IEnumerable<(string Name, string Key)> rigs, Findings findings, int seed)
    {
        (this.findings, project, User) = (findings, world.Project, world.Admin);
        var user = User;
        Line NewLine()
        {
            var line = new Line(address, user.Token, findings);
            lines.Add(line);
            return line;
        }
        books = NewLine();
        jobs = new(NewLine(), findings, project);
        for (var i = 0; i < Reporters; i++)
            reporters.Add(new(NewLine(), findings, project, number: 1 + i, seed + i));
        members.AddRange(reporters);
        members.Add(new Submitter(NewLine(), jobs, world));
        foreach (var (name, key) in rigs)
            members.Add(new Rig(() => address, name, key, jobs, findings));
        pusher = new Pusher(
            () => Repository.OpenAsync(address, project, user.Email, user.Token),
            findings,
            seed + 10,
            status => allowed.Contains(status)
        );
        members.Add(pusher);
        members.Add(new Tinkerer(NewLine(), findings, project));
        members.Add(new Founder(NewLine(), findings, user.Slug));
        members.Add(reader = new Reader(NewLine(), findings, project, seed + 11));
    }

    /// <summary>The administrator, who created everything.</summary>
    public TestUser User { get; }

    /// <summary>The number of all answers, and of those that reported a temporary failure.</summary>
    public (int All, int Away) Answers => (lines.Sum(line => line.Answers), lines.Sum(line => line.Away));

    /// <summary>The number of confirmed things, by kind.</summary>
    public string Confirmed =>
        string.Join(
            ", ",
            members
                .Select(member => member.Confirmed)
                .GroupBy(one => one.Noun, one => one.Count)
                .Select(noun => string.Create(CultureInfo.InvariantCulture, $"{noun.Sum():N0} {noun.Key}"))
        );

    /// <param name="address">The address that the clients use: the server's or a proxy's.</param>
    /// <param name="server">A server that answers while the world is created.</param>
    public static async Task<Crowd> GatherAsync(Uri address, ServerProcess server, Findings findings, int seed)
    {
        using var client = new Client(server.Address, token: null);
        var world = await JobWorld.MakeAsync(client, server.Tokens);
        var rigs = new List<(string, string)>();
        for (var i = 0; i < Rigs; i++)
            rigs.Add(await world.CreateRunnerAsync($"Rig {i}"));
        return new(address, world, rigs, findings, seed);
    }

    /// <summary>Sets the statuses, besides 503, that are acceptable during the present fault.</summary>
    public void Allow(params HashSet<int> statuses)
    {
        allowed = statuses;
        lines.ForEach(line => line.Allowed = statuses);
    }

    /// <summary>Sets how long a runner waits for a silent server before it reconnects.</summary>
    public void BePatient(TimeSpan patience)
    {
        foreach (var rig in members.OfType<Rig>())
            rig.Patience = patience;
    }

    /// <summary>Lets all clients work until canceled; then each finishes what it has begun.</summary>
    public Task WorkAsync(CancellationToken until) =>
        Task.WhenAll(members.Select(member => Task.Run(() => WorkAsync(member, until), CancellationToken.None)));

    /// <summary>Checks, while no client works, that everything confirmed exists, and nothing else.</summary>
    /// <param name="all">True to check everything since the beginning, not only new things.</param>
    public async Task CheckAsync(bool all)
    {
        foreach (var member in members)
            await TryAsync(member, () => member.CheckAsync(all));
        await TryAsync(reader, CheckTotalsAsync);
    }

    /// <summary>Reads every report from a server whose database is damaged.</summary>
    public async Task LookAsync(Findings met)
    {
        foreach (var reporter in reporters)
            await reporter.LookAsync(books, met);
    }

    /// <summary>Reads every image from a server whose files were truncated.</summary>
    /// <returns>How many layers were refused or cut off.</returns>
    public Task<int> LookAtImagesAsync() => pusher.LookAtCutAsync();

    public void Dispose() => lines.ForEach(line => line.Dispose());

    private async Task CheckTotalsAsync()
    {
        var path = $"/v0/projects/{project}/reports?per_page=1";
        var reports = await books.UntilAsync(HttpMethod.Get, path, null, 200);
        var expected = reporters.Sum(reporter => reporter.Kept) + jobs.Confirmed;
        if (reports is not null && reports.TotalCount != expected)
            findings.Add($"HALF THERE: {expected} reports were confirmed, and there are {reports.TotalCount}");
        var points = await reader.PointsAsync();
        var onMain = reporters.Sum(reporter => reporter.KeptOn("main"));
        if (points is not null && points != onMain)
            findings.Add($"LOST: the plot of main has {points} points, and {onMain} reports were confirmed");
    }

    private async Task WorkAsync(Member member, CancellationToken until)
    {
        while (!until.IsCancellationRequested || member.IsMidWay)
            await TryAsync(member, member.StepAsync);
    }

    private async Task TryAsync(Member member, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e)
        {
            findings.Add($"{member.GetType().Name}: {e.GetType().Name}: {e.Message}");
            await Task.Delay(100);
        }
    }
}
