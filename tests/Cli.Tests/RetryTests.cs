using Paddock.Cli.Tests.Commands;

namespace Paddock.Cli.Tests;

public sealed class RetryTests
{
    private const string Results = """{"a":{"latency":{"value":1}}}""";
    private const string Broken =
        """{"request_id":"01890000-0000-7000-8000-000000000001","error_code":"e-1","message":"the disk is full"}""";

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 6)]
    [InlineData(2, 12)]
    [InlineData(3, 20)]
    [InlineData(65_000, 20)]
    public void The_retry_delay_doubles_up_to_its_limit(int failed, int seconds) =>
        Assert.Equal(
            TimeSpan.FromSeconds(seconds),
            Retries.Wait(
                new() { RetryAfter = TimeSpan.FromSeconds(3), RetryAfterMax = TimeSpan.FromSeconds(20) },
                failed
            )
        );

    [Fact]
    public void The_first_retry_delay_is_capped_by_the_limit() =>
        Assert.Equal(
            TimeSpan.FromSeconds(2),
            Retries.Wait(
                new() { RetryAfter = TimeSpan.FromSeconds(9), RetryAfterMax = TimeSpan.FromSeconds(2) },
                failed: 0
            )
        );

    [Fact]
    public async Task A_request_is_retried_when_the_server_recovers()
    {
        var asked = 0;
        await using var server = await RecordingServer.StartAsync(_ => ++asked == 1 ? (503, Broken) : (200, "[]"));

        var ended = await PaddockProgram.RunAsync(["project", "list", "--host", server.Host, "--attempts", "3"]);

        Assert.Equal((0, "[]\n"), (ended.ExitCode, ended.Output));
        Assert.Equal(2, server.Requests.Count);
        Assert.Contains("Send attempt #1/3: Status: 503", ended.Error);
    }

    [Fact]
    public async Task A_request_fails_after_the_last_attempt_when_the_server_does_not_recover()
    {
        await using var server = await RecordingServer.StartAsync(500, Broken);

        var ended = await PaddockProgram.RunAsync(["project", "list", "--host", server.Host, "--attempts", "2"]);

        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Equal(2, server.Requests.Count);
        Assert.Contains("\nthe disk is full\nStatus: 500 Internal Server Error\n", ended.Error);
        Assert.Contains(
            "Request ID: 01890000-0000-7000-8000-000000000001\nError Code: e-1\nGave up after 2 attempts.",
            ended.Error
        );
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(409)]
    [InlineData(429)]
    public async Task A_refused_request_is_not_retried(int status)
    {
        await using var server = await RecordingServer.StartAsync(status, """{"request_id":"r","message":"no"}""");

        var ended = await PaddockProgram.RunAsync(["project", "list", "--host", server.Host]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Single(server.Requests);
        Assert.StartsWith($"\nno\nStatus: {status} ", ended.Error);
        Assert.DoesNotContain("Headers:", ended.Error);
        Assert.DoesNotContain("Gave up", ended.Error);
    }

    [Fact]
    public async Task A_server_error_that_is_not_in_the_form_of_the_API_is_not_retried()
    {
        await using var server = await RecordingServer.StartAsync(502, "<html>Bad gateway</html>");

        var ended = await PaddockProgram.RunAsync(["project", "list", "--host", server.Host]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Single(server.Requests);
        Assert.StartsWith(
            $"\n{server.Host} sent an answer that is not from this API: <html>Bad gateway</html>\nStatus: 502 Bad "
                + $"Gateway\nHeaders: ",
            ended.Error
        );
    }

    [Fact]
    public async Task Every_attempt_sends_the_same_idempotency_key()
    {
        var asked = 0;
        await using var server = await RecordingServer.StartAsync(_ =>
            ++asked == 1 ? (500, Broken) : (400, """{"request_id":"r","message":"no"}""")
        );

        await PaddockProgram.RunAsync(
            ["run", "--host", server.Host, "--project", "p", "--attempts", "2"],
            input: Results
        );

        Assert.Equal(["POST /v0/run", "POST /v0/run"], server.Requests.Select(r => r.Line));
        Assert.Equal(server.Requests[0].Body, server.Requests[1].Body);
    }

    [Fact]
    public async Task Another_API_version_of_the_server_causes_a_warning_and_is_named_when_a_request_fails()
    {
        await using var server = await RecordingServer.StartAsync(
            _ => (400, """{"request_id":"r","message":"no"}"""),
            version: "0.7.0"
        );

        var loud = await PaddockProgram.RunAsync(["run", "--host", server.Host, "--project", "p"], input: Results);
        var quiet = await PaddockProgram.RunAsync(
            ["run", "--host", server.Host, "--project", "p", "--quiet"],
            input: Results
        );

        Assert.Contains("warning: the server at", loud.Error);
        Assert.DoesNotContain("warning:", quiet.Error);
        Assert.Contains("Possible cause: the server has version 0.7.0 of the API", quiet.Error);
    }

    [Theory]
    [InlineData(501)]
    [InlineData(505)]
    public async Task A_request_that_the_server_cannot_support_is_not_retried(int status)
    {
        await using var server = await RecordingServer.StartAsync(status, Broken);

        await PaddockProgram.RunAsync(["project", "list", "--host", server.Host]);

        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("http://name-that-does-not-exist.invalid")]
    [InlineData("https to an http server")]
    public async Task An_unknown_host_or_a_failed_TLS_handshake_is_not_retried(string host)
    {
        await using var server = await RecordingServer.StartAsync();
        if (host == "https to an http server")
            host = server.Host.Replace("http:", "https:", StringComparison.Ordinal);
        var clock = System.Diagnostics.Stopwatch.StartNew();

        var ended = await PaddockProgram.RunAsync(["project", "list", "--host", host, "--retry-after", "60"]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"No answer from {host}", ended.Error);
        Assert.DoesNotContain("Send attempt", ended.Error);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 50);
    }

    [Fact]
    public async Task A_large_request_is_retried_at_most_twice_when_the_server_closes_the_connection()
    {
        await using var server = await ClosingServer.StartAsync();

        var ended = await PaddockProgram.RunAsync(
            ["run", "--host", server.Host, "--project", "p", "--quiet", "--attempts", "35"],
            input: new string('x', 16 << 20)
        );

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("The server may not accept a body as large as this one.", ended.Error);
        Assert.InRange(server.Closed, 1, 3);
    }

    // Retries must be logged: a CI log without output for minutes looks like a hang.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_wait_of_more_than_ten_seconds_is_logged_even_when_the_command_is_quiet(bool quiet)
    {
        var (clock, said) = (new HandClock(), new List<string>());
        using var progress = new AttemptProgress(new() { Attempts = 35, Quiet = quiet }, "http://h", said.Add, clock);

        progress.Begin();
        clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(said);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["Waiting for an answer from http://h, attempt 1 of 35, 0:10."], said);

        progress.Failed(
            1,
            Answer.None(new HttpRequestException("Connection refused"), wasSending: false),
            TimeSpan.FromSeconds(60)
        );
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(
            quiet
                ? "Attempt 1 of 35 failed (No answer from http://h: Connection refused); the next attempt is in 31 s, "
                    + "0:40."
                : "Send attempt #1/35: No answer from http://h: Connection refused\nWaiting 60 s before the next one.",
            said[^1]
        );

        progress.Begin();
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("Waiting for an answer from http://h, attempt 2 of 35, 1:10.", said[^1]);
    }
}
