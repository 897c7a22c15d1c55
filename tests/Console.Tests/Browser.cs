using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Paddock.Console.Tests;

/// <summary>
/// The distribution's Chromium without its windows, which costs half; one for all tests of a class, a fresh page for
/// each.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium-headless-shell";
    private IPlaywright? driver;
    private IBrowser? chromium;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Program))
            throw new FileNotFoundException(
                $"The console's tests need {Program}: apt-get install chromium-headless-shell."
            );
        driver = await Playwright.CreateAsync();
        chromium = await driver.Chromium.LaunchAsync(
            new()
            {
                ExecutablePath = Program,
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    /// <summary>A window in which no script runs, so that what is seen came from the server.</summary>
    public async Task<IPage> OpenWithoutScriptAsync(Uri server, int width = 1280)
    {
        var window = await chromium!.NewContextAsync(
            new()
            {
                BaseURL = server.AbsoluteUri,
                JavaScriptEnabled = false,
                ViewportSize = new() { Width = width, Height = 900 },
            }
        );
        return await window.NewPageAsync();
    }

    /// <summary>
    /// A window as most people have it. What a page's policy keeps from running, or what fails in a script, is an error
    /// of the test.
    /// </summary>
    /// <param name="errors">Filled with what the browser complains about.</param>
    public async Task<IPage> OpenAsync(
        Uri server,
        List<string> errors,
        int width = 1280,
        ColorScheme scheme = ColorScheme.Light,
        float scale = 1
    )
    {
        var window = await chromium!.NewContextAsync(
            new()
            {
                BaseURL = server.AbsoluteUri,
                ViewportSize = new() { Width = width, Height = 900 },
                ColorScheme = scheme,
                DeviceScaleFactor = scale,
            }
        );
        var page = await window.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        return page;
    }

    public async Task DisposeAsync()
    {
        if (chromium is not null)
            await chromium.DisposeAsync();
        driver?.Dispose();
    }
}

internal static class Signing
{
    /// <summary>Signs in, and is led on to where it wanted to go.</summary>
    public static async Task SignInAsync(this IPage page, string secret, string next)
    {
        await page.GotoAsync("/auth/login?next=" + Uri.EscapeDataString(next));
        await page.GetByLabel("Key or token").FillAsync(secret);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        // Asked again and again: an event of the page may have passed before somebody waits for it.
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(Regex.Escape(next) + "$"), new() { Timeout = 30_000 });
    }
}
