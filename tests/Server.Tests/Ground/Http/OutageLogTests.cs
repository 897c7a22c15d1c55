using Microsoft.Extensions.Logging;
using Npgsql;
using Paddock.Server.Ground.Blobs;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>An outage is logged in one line for all background work together.</summary>
public sealed class OutageLogTests
{
    [Fact]
    public void Background_work_logs_a_database_outage_once_and_without_a_stack_trace()
    {
        var (clock, lines) = (new HandClock(), new Lines());
        var outages = new OutageLog(clock, lines);
        var away = Thrown(new NpgsqlException("Failed to connect to 10.0.0.1:5432"));

        for (var i = 0; i < 100; i++)
        {
            Assert.True(outages.Takes(away));
            Assert.True(outages.Takes(Thrown(new InvalidOperationException("around", away))));
            clock.Advance(TimeSpan.FromSeconds(10));
        }

        var line = Assert.Single(lines.All);
        Assert.Contains(
            "The database cannot be reached: Failed to connect to 10.0.0.1:5432.",
            line,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", line, StringComparison.Ordinal);
        Assert.True(outages.Takes(new BlobStoreFailure("the bucket does not answer", away)));
        Assert.Equal(2, lines.All.Count); // A different outage.
        clock.Advance(OutageLog.OverAfter + TimeSpan.FromSeconds(1));
        Assert.True(outages.Takes(away));
        Assert.Equal(3, lines.All.Count); // The previous outage was over.
    }

    [Fact]
    public void Other_failures_are_not_treated_as_an_outage()
    {
        var lines = new Lines();

        Assert.False(new OutageLog(new HandClock(), lines).Takes(new InvalidOperationException("a fault of ours")));
        Assert.Empty(lines.All);
    }

    private static Exception Thrown(Exception e)
    {
        try
        {
            throw e;
        }
        catch (Exception caught)
        {
            return caught;
        }
    }

    private sealed class Lines : ILogger<OutageLog>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => All.Add(formatter(state, exception) + exception);
    }
}
