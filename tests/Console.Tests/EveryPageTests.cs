using System.IO.Compression;
using System.Net;
using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;

namespace Paddock.Console.Tests;

/// <summary>
/// What each page of the console keeps to: accessibility in both schemes, small screens, its policy and its budget of
/// bytes.
/// </summary>
public sealed class EveryPageTests(Browser browser) : IClassFixture<Browser>
{
    private const int HtmlBytesMax = 40_000;
    private const int StyleBytesMax = 14_000;
    private const float ScreenScale = 0.6f; // Small enough to be kept in the repository, large enough to be read.
    private const string ScreensVariable = "PADDOCK_SCREENS";

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Axe_finds_nothing_serious_and_the_browser_has_no_complaint(ColorScheme scheme)
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var seed = await ChangesSeed.MakeAsync(server);
        var pages = await EveryPage.OfAsync(server, seed);
        var (complaints, found) = (new List<string>(), new List<string>());

        foreach (var group in pages.GroupBy(one => one.NeedsSignIn))
        {
            var page = await browser.OpenAsync(server.Address, complaints, scheme: scheme);
            if (group.Key)
                await page.SignInAsync(seed.Admin.Token, "/perf/demo/reports");
            foreach (var one in group)
            {
                complaints.Clear();
                await page.GotoAsync(one.Path);
                var result = await page.RunAxe();
                found.AddRange(
                    result
                        .Violations.Where(IsSerious)
                        .SelectMany(violation =>
                            violation.Nodes.Take(3).Select(node => $"{one.Name}: {violation.Id}: {node.Html}")
                        )
                );
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

    private static bool IsSerious(AxeResultItem violation) => violation.Impact is "serious" or "critical";

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
