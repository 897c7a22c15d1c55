using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Paddock.Console.Tests;

/// <summary>
/// The distribution's headless Chromium, which halves the cost. All tests of a class share one browser; each gets a
/// fresh page.
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

    /// <summary>Opens a page without JavaScript, so everything in it came from the server.</summary>
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
    /// Opens a page with the usual settings. Script errors and violations of the content security policy fail the test.
    /// </summary>
    /// <param name="errors">Receives the errors that the browser reports.</param>
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
    /// <summary>Signs in, and waits for the redirect to the requested page.</summary>
    public static async Task SignInAsync(this IPage page, string secret, string next)
    {
        await page.GotoAsync("/auth/login?next=" + Uri.EscapeDataString(next));
        await page.GetByLabel("Key or token").FillAsync(secret);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        // Polls the URL, because the navigation event may have passed before the test waits for it.
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(Regex.Escape(next) + "$"), new() { Timeout = 30_000 });
    }
}
