using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Xunit.Sdk;

namespace Paddock.Cli.Tests.Watch;

/// <summary>
/// The built <c>paddock</c> while it runs: a test reads its standard output so far, and presses keys.
/// </summary>
internal sealed partial class FollowedProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process process;
    private readonly StringBuilder seen = new();
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FollowedProgram(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = "xterm";
        process = Process.Start(start)!;
        _ = Task.Run(ReadAsync);
    }

    public static FollowedProgram Piped(params string[] args) => new(BuiltProgram.Cli, args);

    /// <summary>Runs on a terminal of 140 by 20, which util-linux's <c>script</c> provides.</summary>
    public static FollowedProgram OnTerminal(string args) =>
        new("script", ["-qec", $"stty cols 140 rows 20; '{BuiltProgram.Cli}' {args}", "/dev/null"]);

    /// <summary>
    /// Waits until the program has written this text since the last call, not counting terminal control sequences.
    /// </summary>
    public async Task SeesAsync(string text)
    {
        var until = Stopwatch.StartNew();
        while (true)
        {
            Task news;
            lock (seen)
            {
                var plain = Order.Replace(seen.ToString(), "");
                if (plain.IndexOf(text, StringComparison.Ordinal) is >= 0 and var at)
                {
                    seen.Clear().Append(plain.AsSpan(at + text.Length));
                    return;
                }
                news = more.Task;
            }
            if (until.Elapsed > Patience || await Task.WhenAny(news, Task.Delay(Patience)) != news)
                throw new XunitException($"It should show \"{text}\", and showed:\n{seen}");
        }
    }

    public async Task PressAsync(string keys)
    {
        await process.StandardInput.WriteAsync(keys);
        await process.StandardInput.FlushAsync();
    }

    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await process.StandardOutput.ReadAsync(buffer) is > 0 and var count)
            lock (seen)
            {
                seen.Append(buffer, 0, count);
                var told = more;
                more = new(TaskCreationOptions.RunContinuationsAsynchronously);
                told.SetResult();
            }
    }

    [GeneratedRegex(@"\e\[[0-9;?]*[a-zA-Z]")]
    private static partial Regex Order { get; }
}
