using Polly;
using Polly.Retry;

namespace Paddock.Cli;

/// <summary>
/// Decides when a request is retried: after no answer and after a server failure, with growing waits; never after a
/// refusal.
/// </summary>
internal static class Retries
{
    // A server that closes the connection on a large body will do so again; a network that broke once may recover.
    private const int BrokenWhileSendingMax = 3;

    public static async Task<Answer> RunAsync(
        ApiOptions options,
        string host,
        Func<CancellationToken, Task<Answer>> attempt,
        CancellationToken ct
    )
    {
        using var progress = new AttemptProgress(options, host, Output.Note, TimeProvider.System);
        if (options.Attempts == 1)
            return await attempt(ct);
        var broken = 0;
        var pipeline = new ResiliencePipelineBuilder<Answer>()
            .AddRetry(
                new RetryStrategyOptions<Answer>
                {
                    ShouldHandle = of =>
                        ValueTask.FromResult(
                            of.Outcome.Result is { MayBeRepeated: true } answer
                                && !(answer.BrokeWhileSending && ++broken >= BrokenWhileSendingMax)
                        ),
                    MaxRetryAttempts = options.Attempts - 1,
                    DelayGenerator = of => ValueTask.FromResult<TimeSpan?>(Wait(options, of.AttemptNumber)),
                    OnRetry = of =>
                    {
                        progress.Failed(of.AttemptNumber + 1, of.Outcome.Result!, of.RetryDelay);
                        return default;
                    },
                }
            )
            .Build();
        return await pipeline.ExecuteAsync(
            async token =>
            {
                progress.Begin();
                return await attempt(token);
            },
            ct
        );
    }

    /// <param name="failed">How many attempts failed before the last one: 0 after the first.</param>
    internal static TimeSpan Wait(ApiOptions options, int failed)
    {
        const int doublingsMax = 16; // More would only overflow: both waits are at most 15 minutes.
        var wait = options.RetryAfter * Math.Pow(2, Math.Min(failed, doublingsMax));
        return wait < options.RetryAfterMax ? wait : options.RetryAfterMax;
    }
}

/// <summary>
/// Tells the user what a request waits for. Each failed attempt is noted unless the command is quiet. A wait of ten
/// seconds is noted even then, so the log of a hanging job shows the cause.
/// </summary>
internal sealed class AttemptProgress : IDisposable
{
    internal static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(10),
        SpokenEvery = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly ApiOptions options;
    private readonly string host;
    private readonly Action<string> note;
    private readonly TimeProvider time;
    private readonly long began;
    private readonly ITimer timer;
    private int attempt;
    private string? failure;
    private (long At, TimeSpan For)? waiting;

    public AttemptProgress(ApiOptions options, string host, Action<string> note, TimeProvider time)
    {
        (this.options, this.host, this.note, this.time) = (options, host, note, time);
        began = time.GetTimestamp();
        attempt = 1;
        timer = time.CreateTimer(_ => Speak(), state: null, SilenceMax, SpokenEvery);
    }

    /// <summary>Records that the next attempt has started.</summary>
    public void Begin()
    {
        lock (gate)
        {
            if (waiting is not null)
                attempt++;
            waiting = null;
        }
    }

    /// <param name="number">The number of the attempt that failed, from 1.</param>
    /// <param name="wait">The time until the next attempt.</param>
    public void Failed(int number, Answer answer, TimeSpan wait)
    {
        lock (gate)
        {
            (attempt, failure, waiting) = (number, answer.Brief(host), (time.GetTimestamp(), wait));
            if (!options.Quiet)
                note(
                    $"Send attempt #{number}/{options.Attempts}: {failure}\nWaiting {wait.TotalSeconds:0} s before "
                        + $"the next one."
                );
        }
    }

    public void Dispose() => timer.Dispose();

    private void Speak()
    {
        lock (gate)
        {
            var elapsed = Run.Heartbeat.Clock(time.GetElapsedTime(began));
            if (waiting is not var (at, wait))
                note($"Waiting for an answer from {host}, attempt {attempt} of {options.Attempts}, {elapsed}.");
            else if (options.Quiet)
                note(
                    $"Attempt {attempt} of {options.Attempts} failed ({failure}); the next attempt is in "
                        + $"{Left(at, wait):0} s, {elapsed}."
                );
        }
    }

    private double Left(long at, TimeSpan wait) => Math.Max(0, (wait - time.GetElapsedTime(at)).TotalSeconds);
}
