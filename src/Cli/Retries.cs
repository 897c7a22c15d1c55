using Polly;
using Polly.Retry;

namespace Paddock.Cli;

/// <summary>When a request is repeated: after no answer and after a server's own failure, ever more slowly; never after a refusal.</summary>
internal static class Retries
{
    public static ResiliencePipeline<Answer> Pipeline(ApiOptions options)
    {
        if (options.Attempts == 1) return ResiliencePipeline<Answer>.Empty;
        return new ResiliencePipelineBuilder<Answer>().AddRetry(new RetryStrategyOptions<Answer>
        {
            ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Result is { MayBeRepeated: true }),
            MaxRetryAttempts = options.Attempts - 1,
            DelayGenerator = attempt => ValueTask.FromResult<TimeSpan?>(Wait(options, attempt.AttemptNumber)),
            OnRetry = attempt =>
            {
                if (!options.Quiet) Note(options, attempt);
                return default;
            },
        }).Build();
    }

    /// <param name="failed">How many attempts failed before the last one: 0 after the first.</param>
    internal static TimeSpan Wait(ApiOptions options, int failed)
    {
        const int doublingsMax = 16; // More would only overflow: both ends are at most 15 minutes.
        var wait = options.RetryAfter * Math.Pow(2, Math.Min(failed, doublingsMax));
        return wait < options.RetryAfterMax ? wait : options.RetryAfterMax;
    }

    private static void Note(ApiOptions options, OnRetryArguments<Answer> attempt) =>
        Output.Note($"Send attempt #{attempt.AttemptNumber + 1}/{options.Attempts}: {attempt.Outcome.Result?.Describe("the server").Split('\n')[0]}"
            + $"\nWaiting {attempt.RetryDelay.TotalSeconds:0} s before the next one.");
}
