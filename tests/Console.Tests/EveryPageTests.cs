using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;
using Paddock.Server.Ground.Database;
using Xunit.Abstractions;

namespace Paddock.Console.Tests;

/// <summary>
/// The rules for every page of the console: accessibility in both color schemes, the keyboard, small screens, the
/// content security policy and size budgets. <c>dotnet run dev.cs -- screens</c> makes the table in docs/console.md
/// from the findings of these tests.
/// </summary>
public sealed class EveryPageTests(Browser browser, DemoServer demo, ITestOutputHelper told)
    : IClassFixture<Browser>,
        IClassFixture<DemoServer>
{
    private const int HtmlBytesMax = 40_000;
    private const int StyleBytesMax = 14_000;
    private const int KeysBytesMax = 12_000;
    private const int ExplorerBytesMax = 60_000;
    private const int Times = 5;
    private static readonly TimeSpan PageTimeMax = TimeSpan.FromMilliseconds(150);
    private const float ScreenScale = 0.6f; // Small enough to keep in the repository, large enough to read.
    private const string ScreensVariable = "PADDOCK_SCREENS";

    // Split, because all pages take minutes on a slow machine, and a longer test counts as hung.
    private const int Parts = 4;

    // Reports violations only, which is a fraction of the work: by default, axe also describes each correct element.
    private const string Everything = "{ resultTypes: ['violations'] }";

    // Everything else that axe checks is the same in both color schemes.
    private const string Colors =
        "{ resultTypes: ['violations'], runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }";
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    public static TheoryData<int> EachPart => [.. Enumerable.Range(0, Parts)];

    [Theory, MemberData(nameof(EachPart))]
    public async Task Every_page_is_accessible_and_causes_no_browser_errors(int part)
    {
        var (server, seed) = (demo.Server, demo.Seed);
        var pages = demo.Pages.Where((_, i) => i % Parts == part);
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
                found.AddRange(await AskAxeAsync(page, one, "axe, light", Everything));
                var (stops, missed) = await ReachAsync(page);
                PageTable.Note(one, "keyboard", missed.Count == 0 ? $"✓ {stops}" : $"{missed.Count} not reached");
                found.AddRange(missed.Select(text => $"{one.Name}: {text}"));
                await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
                found.AddRange(await AskAxeAsync(page, one, "axe, dark", Colors));
                var heard = complaints.Where(text => one.Name != "not-found").ToList();
                found.AddRange(heard.Select(text => $"{one.Name}: {text}"));
            }
        }

        Assert.Empty(found);
    }

    private static async Task<IEnumerable<string>> AskAxeAsync(IPage page, EveryPage one, string column, string options)
    {
        var serious = await SeriousAsync(page, options);
        PageTable.Note(one, column, serious.Count == 0 ? "✓" : $"{serious.Count} findings");
        return serious.SelectMany(violation =>
            violation["nodes"]!
                .AsArray()
                .Take(3)
                .Select(node => $"{one.Name}, {column}: {violation["id"]}: {node!["html"]}")
        );
    }

    // Injects axe once for both color schemes. The library's own call injects it each time, and also into an empty page
    // for the results, which only pages with frames need; these pages have no frames.
    private static async Task<List<JsonNode>> SeriousAsync(IPage page, string options)
    {
        Assert.Single(page.Frames);
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
            await page.EvaluateAsync(Axe);
        var violations = JsonNode.Parse(
            await page.EvaluateAsync<string>(
                $"async () => JSON.stringify((await axe.run(document, {options})).violations)"
            )
        )!;
        return
        [
            .. violations.AsArray().Select(one => one!).Where(one => (string?)one["impact"] is "serious" or "critical"),
        ];
    }

    [Fact]
    public async Task Accessibility_violations_are_detected()
    {
        var page = await browser.OpenAsync(demo.Server.Address, []);
        await page.SetContentAsync(
            "<html lang=en><title>Bad</title><main><h1>Bad</h1><img src=x><p style='color: #eee'>pale</p></main></html>"
        );

        var everything = await SeriousAsync(page, Everything);
        var colors = await SeriousAsync(page, Colors);

        Assert.Equal(
            ["color-contrast", "image-alt"],
            everything.Select(one => (string)one["id"]!).Order(StringComparer.Ordinal)
        );
        Assert.Equal(["color-contrast"], colors.Select(one => (string)one["id"]!));
    }

    // Everything that can be clicked is reached by Tab in page order, and the first stop skips the menus.
    private static async Task<(int Stops, List<string> Missed)> ReachAsync(IPage page)
    {
        const string clickable = "summary, button, a[href], input:not([type=hidden]), select, textarea";
        var missed = (
            await page.EvaluateAsync<string[]>(
                $$"""
                () => {
                  // A picture that leads where the link of its title does is one stop, not two.
                  const isOnlyForPointers = one => one.matches("a[aria-hidden=true]")
                    && [...document.links].some(other => other.href === one.href && other.tabIndex === 0);
                  return [...document.querySelectorAll("body *")]
                  .filter(one => one.checkVisibility() && !one.closest("svg") && !one.disabled && !isOnlyForPointers(one)
                    && (one.tabIndex > 0 || (one.matches("[onclick], [role=button], {{clickable}}") && one.tabIndex < 0)))
                  .map(one => `not in the order of the keys: ${one.outerHTML.slice(0, 120)}`);
                }
                """
            )
        ).ToList();
        var stops = await page.EvaluateAsync<int>(
            $$"""
            () => [...document.querySelectorAll("{{clickable}}, [tabindex='0']")]
              .filter(one => one.checkVisibility() && !one.closest("svg") && !one.disabled).length
            """
        );
        if (await page.Locator(".skip").CountAsync() == 0)
            return (stops, missed); // An embedded plot has no menu to skip.
        await page.EvaluateAsync("() => document.activeElement?.blur()");
        await page.Keyboard.PressAsync("Tab");
        if (!await page.EvaluateAsync<bool>("() => document.activeElement.matches('.skip')"))
            missed.Add("the first stop does not lead past the menus");
        if (await page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle") == "none")
            missed.Add("the focus is not to be seen");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.PressAsync("Tab");
        if (
            await page.EvaluateAsync<bool>(
                "() => document.activeElement.matches('header *, nav *') && !document.activeElement.closest('main')"
            )
        )
            missed.Add("past the menus the next stop is a menu again");
        return (stops, missed);
    }

    [Fact]
    public async Task No_page_scrolls_sideways_on_a_phone()
    {
        var (server, seed, pages) = (demo.Server, demo.Seed, demo.Pages);
        var wide = new List<string>();

        foreach (var group in pages.GroupBy(one => one.NeedsSignIn))
        {
            var page = await browser.OpenWithoutScriptAsync(server.Address, width: 390);
            if (group.Key)
                await page.SignInAsync(seed.Admin.Token, "/perf/demo/reports");
            foreach (var one in group)
            {
                await page.GotoAsync(one.Path);
                var width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
                PageTable.Note(one, "390 pixels", width <= 390 ? "✓" : $"{width} wide");
                if (width > 390)
                    wide.Add($"{one.Name}: {width}");
            }
        }

        Assert.Empty(wide);
    }

    [Fact]
    public async Task The_style_sheet_and_lists_of_100_rows_stay_within_their_size_budgets()
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

        // A page has 50 rows, each with a sparkline of 40 runs. Twice the size must still keep to the budget of 100
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
    public async Task Every_page_stays_within_its_size_and_time_budget()
    {
        var (server, seed, pages) = (demo.Server, demo.Seed, demo.Pages);
        using var member = await PageReader.SignInAsync(server, seed.Admin.Token);
        var over = new List<string>();

        using var anybody = new PageReader(server.Address);

        foreach (var page in pages)
        {
            var (bytes, quickest) = (0L, TimeSpan.MaxValue);
            for (var n = 0; n < Times; n++) // The fastest: other load is not the page's fault.
            {
                var began = Stopwatch.GetTimestamp();
                var reply = await (page.NeedsSignIn ? member : anybody).GetAsync(page.Path, ("Accept", "text/html"));
                if (reply.Status != (page.Name == "not-found" ? 404 : 200))
                    over.Add($"{page.Name}: {reply.Status}");
                bytes = Packed(reply.Text);
                quickest = TimeSpan.FromTicks(Math.Min(quickest.Ticks, Stopwatch.GetElapsedTime(began).Ticks));
            }
            told.WriteLine($"{page.Name, -24} {bytes, 7:N0} bytes {quickest.TotalMilliseconds, 7:0.0} ms");
            PageTable.Note(page, "exists", "✓");
            PageTable.Note(page, "bytes", Whole(bytes));
            PageTable.Note(page, "ms", Whole(Math.Ceiling(quickest.TotalMilliseconds)));
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

    [Fact]
    public async Task The_table_of_pages_in_the_docs_has_every_page_and_no_empty_cell()
    {
        var pages = demo.Pages;

        var docs = await File.ReadAllTextAsync(Path.Combine(BuiltProgram.Root, "docs", "console.md"));
        var rows = PageTable.RowsOf(docs);

        Assert.Equal(pages.Select(page => page.Name), rows.Select(row => row[0]));
        Assert.All(rows, row => Assert.Equal(1 + PageTable.Columns.Length, row.Length));
        Assert.All(rows, row => Assert.DoesNotContain(row, string.IsNullOrWhiteSpace));
    }

    /// <summary>
    /// Not a test: with PADDOCK_SCREENS, takes the screenshots of docs/console.md for dotnet run dev.cs -- screens.
    /// </summary>
    [Fact]
    public async Task Screenshots_are_taken_on_request()
    {
        if (Environment.GetEnvironmentVariable(ScreensVariable) is not { Length: > 0 } folder)
            return;
        Directory.CreateDirectory(folder);
        var (server, seed, pages) = (demo.Server, demo.Seed, demo.Pages);
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

    private static string Whole(double number) => number.ToString("N0", CultureInfo.InvariantCulture);

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
