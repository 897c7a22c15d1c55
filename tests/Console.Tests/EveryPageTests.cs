using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;
using Xunit.Abstractions;

namespace Paddock.Console.Tests;

/// <summary>
/// What each page of the console keeps to: accessibility in both schemes, small screens, its policy and its budget of
/// bytes.
/// </summary>
public sealed class EveryPageTests(Browser browser, ITestOutputHelper told) : IClassFixture<Browser>
{
    private const int HtmlBytesMax = 40_000;
    private const int StyleBytesMax = 14_000;
    private const int KeysBytesMax = 12_000;
    private const int ExplorerBytesMax = 60_000;
    private const int Times = 5;
    private static readonly TimeSpan PageTimeMax = TimeSpan.FromMilliseconds(150);
    private const float ScreenScale = 0.6f; // Small enough to be kept in the repository, large enough to be read.
    private const string ScreensVariable = "PADDOCK_SCREENS";

    // In parts, since a slow machine takes minutes for all, and a test that takes longer is taken for one that hangs.
    private const int Parts = 4;

    // Only what is wrong, which is a fraction of the work: by default each element that is right is described, too.
    private static readonly AxeRunOptions Everything = new() { ResultTypes = [ResultType.Violations] };

    // What else axe looks at is the same in both schemes.
    private static readonly AxeRunOptions Colors = new()
    {
        ResultTypes = [ResultType.Violations],
        RunOnly = RunOnlyOptions.Rules("color-contrast", "link-in-text-block"),
    };

    public static TheoryData<int> EachPart => [.. Enumerable.Range(0, Parts)];

    [Theory, MemberData(nameof(EachPart))]
    public async Task Axe_finds_nothing_serious_in_either_scheme_and_the_browser_has_no_complaint(int part)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var pages = (await EveryPage.OfAsync(server, seed)).Where((_, i) => i % Parts == part);
        var (complaints, found) = (new List<string>(), new List<string>());

        foreach (var group in pages.GroupBy(one => one.NeedsSignIn))
        {
            var page = await browser.OpenAsync(server.Address, complaints);
            if (group.Key)
                await page.SignInAsync(seed.Admin.Token, "/perf/demo/reports");
            foreach (var one in group)
            {
                complaints.Clear();
                await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
                await page.GotoAsync(one.Path);
                found.AddRange(Serious(await page.RunAxe(Everything)).Select(text => $"{one.Name}: {text}"));
                await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
                found.AddRange(Serious(await page.RunAxe(Colors)).Select(text => $"{one.Name}, dark: {text}"));
                found.AddRange(complaints.Where(text => one.Name != "not-found").Select(text => $"{one.Name}: {text}"));
            }
        }

        Assert.Empty(found);
    }

    [Fact]
    public async Task On_a_phone_no_page_is_to_be_scrolled_sideways()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var pages = await EveryPage.OfAsync(server, seed);
        var wide = new List<string>();

        foreach (var group in pages.GroupBy(one => one.NeedsSignIn))
        {
            var page = await browser.OpenWithoutScriptAsync(server.Address, width: 390);
            if (group.Key)
                await page.SignInAsync(seed.Admin.Token, "/perf/demo/reports");
            foreach (var one in group)
            {
                await page.GotoAsync(one.Path);
                if (await page.EvaluateAsync<int>("document.documentElement.scrollWidth") is > 390 and var width)
                    wide.Add($"{one.Name}: {width}");
            }
        }

        Assert.Empty(wide);
    }

    [Fact]
    public async Task The_style_and_a_list_of_a_hundred_benchmarks_keep_to_their_bytes()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var user = await server.SignUpAsync("Ada Admin");
        var project = await user.CreateProjectAsync("Demo");
        for (var i = 0; i < 40; i++)
            await user.RunAsync(
                new(
                    project,
                    Run.Latencies([
                        .. Enumerable
                            .Range(0, 100)
                            .Select(one => ($"suite/group {one / 10}/benchmark {one}", 100.0 + one + i * 7 % 5)),
                    ])
                )
            );
        using var reader = new PageReader(server.Address);

        // A page has 50 rows, each with the picture of 40 runs: twice as much must still keep to the budget of 100
        // rows.
        var list = Packed((await reader.GetAsync("/perf/demo/benchmarks")).Text);
        var report = Packed((await reader.GetAsync("/perf/demo/reports")).Text);
        var style = Packed((await reader.GetAsync(StyleOf((await reader.GetAsync("/perf/demo")).Text))).Text);

        Assert.True(
            2 * list <= HtmlBytesMax,
            $"100 benchmarks are {2 * list} bytes of HTML, packed; allowed: {HtmlBytesMax}"
        );
        Assert.True(
            2 * report <= HtmlBytesMax,
            $"100 reports are {2 * report} bytes of HTML, packed; allowed: {HtmlBytesMax}"
        );
        Assert.True(style <= StyleBytesMax, $"The style is {style} bytes, packed; allowed: {StyleBytesMax}");
    }

    [Fact]
    public async Task Every_page_keeps_to_its_bytes_and_milliseconds()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var pages = await EveryPage.OfAsync(server, seed);
        using var member = await PageReader.SignInAsync(server, seed.Admin.Token);
        var over = new List<string>();

        foreach (var page in pages)
        {
            var (bytes, quickest) = (0L, TimeSpan.MaxValue);
            for (var n = 0; n < Times; n++) // The quickest: what else the machine does is no fault of the page.
            {
                var began = Stopwatch.GetTimestamp();
                bytes = Packed((await member.GetAsync(page.Path, ("Accept", "text/html"))).Text);
                quickest = TimeSpan.FromTicks(Math.Min(quickest.Ticks, Stopwatch.GetElapsedTime(began).Ticks));
            }
            told.WriteLine($"{page.Name, -24} {bytes, 7:N0} bytes {quickest.TotalMilliseconds, 7:0.0} ms");
            if (bytes > HtmlBytesMax || quickest > PageTimeMax)
                over.Add($"{page.Name}: {bytes} bytes, {quickest.TotalMilliseconds:0} ms");
        }
        foreach (var (name, bytesMax) in ((string, int)[])[("keys", KeysBytesMax), ("explorer", ExplorerBytesMax)])
        {
            var address = Regex.Match(
                (await member.GetAsync("/perf/demo/explore")).Text,
                $"/console/assets/{name}-[0-9a-f]+[.]js"
            );
            var bytes = Packed((await member.GetAsync(address.Value)).Text);
            told.WriteLine($"{name + ".js", -24} {bytes, 7:N0} bytes");
            if (bytes > bytesMax)
                over.Add($"{name}.js: {bytes} bytes");
        }

        Assert.Empty(over);
    }

    /// <summary>
    /// Not a check: with PADDOCK_SCREENS it draws the pictures of docs/console.md, as dotnet run dev.cs -- screens
    /// asks.
    /// </summary>
    [Fact]
    public async Task Screens_are_drawn_where_they_are_asked_for()
    {
        if (Environment.GetEnvironmentVariable(ScreensVariable) is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var pages = await EveryPage.OfAsync(server, seed);
        foreach (
            var (suffix, width, scheme) in ((string, int, ColorScheme)[])
                [("", 1280, ColorScheme.Light), ("-dark", 1280, ColorScheme.Dark), ("-phone", 390, ColorScheme.Light)]
        )
        {
            if (suffix.Length > 0 && Environment.GetEnvironmentVariable(ScreensVariable + "_ALL") is null)
                continue;
            foreach (var group in pages.GroupBy(one => one.NeedsSignIn))
            {
                var page = await browser.OpenAsync(
                    server.Address,
                    [],
                    width,
                    scheme,
                    suffix.Length == 0 ? ScreenScale : 1
                );
                if (group.Key)
                    await page.SignInAsync(seed.Admin.Token, "/perf/demo/reports");
                foreach (var one in group)
                {
                    await page.GotoAsync(one.Path);
                    await page.ScreenshotAsync(
                        new() { Path = Path.Combine(folder, $"{one.Name}{suffix}.png"), Scale = ScreenshotScale.Device }
                    );
                }
            }
        }
    }

    private static IEnumerable<string> Serious(AxeResult result) =>
        result
            .Violations.Where(violation => violation.Impact is "serious" or "critical")
            .SelectMany(violation => violation.Nodes.Take(3).Select(node => $"{violation.Id}: {node.Html}"));

    private static string StyleOf(string page) =>
        WebUtility.HtmlDecode(page.Split("rel=\"stylesheet\" href=\"")[1].Split('"')[0]);

    private static long Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.Length;
    }
}
