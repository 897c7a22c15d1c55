using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Daemon;
using Paddock.Runner.Images;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Tests;

/// <summary>What is decided without touching anything.</summary>
public sealed class DecisionTests
{
    [Theory]
    [InlineData("e|c", null, null, "e c")]
    [InlineData("e|c", "x y", null, "x y")]
    [InlineData("e|c", "x", "z", "x z")]
    [InlineData("e|c", null, "z", "e z")]
    [InlineData("|c", null, null, "c")]
    [InlineData("|", null, null, "")]
    public void The_command_is_the_jobs_or_the_images(string image, string? entrypoint, string? cmd, string command)
    {
        var (first, second) = (image.Split('|')[0], image.Split('|')[1]);
        var config = new ImageConfig(Env: ["PATH=/x", "A=1", "broken"], Entrypoint: Words(first), Cmd: Words(second));
        var invocation = Invocation.Of(config, Order() with { Entrypoint = Words(entrypoint), Cmd = Words(cmd), Env = new Dictionary<string, string> { ["A"] = "2" } });
        Assert.Equal(command, string.Join(' ', invocation.Command));
        Assert.Equal(("/x", "2", "/"), (invocation.Environment["PATH"], invocation.Environment["A"], invocation.WorkingDirectory));
    }

    [Theory]
    [InlineData(1, 1, 0, 1, null)]
    [InlineData(2, 1, 0, 1, "1")]
    [InlineData(2, 2, 0, 1, "0-1")]
    [InlineData(4, 8, 0, 1, "0-3")]
    [InlineData(8, 4, 0, 1, "2-5")]
    [InlineData(8, 3, 1, 2, "5-7")]
    [InlineData(8, 9, 1, 2, "5-7")]
    [InlineData(2, 1, 0, 2, "")]
    public void A_job_gets_the_cores_of_its_slot(int online, int wanted, int slot, int slots, string? cores) =>
        Assert.Equal(cores, CoreShare.Of(CpuLayout.Of([.. Enumerable.Range(0, online)]), wanted, slot, slots) is { } share ? CpuList.Format(share) : null);

    [Fact]
    public void A_message_is_cut_at_its_longest_texts_until_it_fits()
    {
        var results = new[] { new IterationOutput(0, Stdout: new('"', 50_000), Stderr: "short"), new IterationOutput(0, Output: new Dictionary<string, string> { ["/f"] = new('\u00fc', 30_000), ["/g"] = "{}" }) };
        RunnerEvent Message(IReadOnlyList<IterationOutput> fitting) => new Completed(Guid.Empty, fitting);
        var cut = FitMessage.Cut(results, 40_000, Message);
        var length = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Message(cut), Wire.Default.RunnerEvent).Length;
        Assert.InRange(length, 30_000, 40_000);
        Assert.Equal(("short", "{}"), (cut[0].Stderr, cut[1].Output!["/g"]));
        Assert.Equal(["stdout"], cut[0].Truncated!);
        Assert.Equal(["/f"], cut[1].Truncated!);
        Assert.Same(results, FitMessage.Cut(results, 10_000_000, Message));
    }

    [Theory]
    [InlineData("registry.example.com/a/b:v1", "https://registry.example.com/", "a/b", "v1")]
    [InlineData("localhost:5000/a", "http://localhost:5000/", "a", "latest")]
    [InlineData("http://10.0.0.1:80/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "http://10.0.0.1/", "a", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_reference_is_read_as_people_write_it(string text, string registry, string repository, string tagOrDigest)
    {
        Assert.True(Reference.TryParse(text, out var reference, out var refusal), refusal);
        Assert.Equal((registry, repository, tagOrDigest), (reference!.Registry.ToString(), reference.Repository, reference.TagOrDigest));
    }

    [Theory, InlineData("ubuntu"), InlineData("a/b"), InlineData("host.example/UPPER"), InlineData("host.example/a@sha256:12"), InlineData("")]
    public void What_is_no_reference_is_refused(string text) => Assert.False(Reference.TryParse(text, out _, out _));

    [Fact]
    public void Waiting_grows_to_half_a_minute_and_begins_anew_after_success()
    {
        var backoff = new Backoff(new Random(7));
        var waits = Enumerable.Range(0, 12).Select(_ => backoff.Next()).ToList();
        Assert.InRange(waits[0].TotalSeconds, 0.25, 0.5);
        Assert.All(waits, wait => Assert.InRange(wait.TotalSeconds, 0.25, 30));
        Assert.InRange(waits[^1].TotalSeconds, 15, 30);
        backoff.Reset();
        Assert.InRange(backoff.Next().TotalSeconds, 0.25, 0.5);
    }

    [Fact]
    public async Task Nobody_prepares_while_somebody_measures()
    {
        var quiet = new Quiet();
        var first = await quiet.MeasuringAsync(CancellationToken.None);
        var second = await quiet.MeasuringAsync(CancellationToken.None);
        var (entered, prepared) = (new TaskCompletionSource(), new TaskCompletionSource());
        var preparing = quiet.PreparingAsync(async () =>
        {
            entered.SetResult();
            await prepared.Task;
            return 1;
        }, CancellationToken.None);
        first.Dispose();
        Assert.False(entered.Task.IsCompleted);
        second.Dispose();
        await entered.Task;
        var third = quiet.MeasuringAsync(CancellationToken.None);
        Assert.False(third.IsCompleted);
        prepared.SetResult();
        Assert.Equal(1, await preparing);
        (await third).Dispose();
    }

    [Fact]
    public void File_sizes_and_build_times_are_one_document_of_what_was_asked_for()
    {
        var files = new CollectedFile[] { new("/a/x", [], 5, false), new("b/x", [], 7, false), new("y/", [], 1, false) };
        Assert.Equal("""{"x":{"file-size":{"value":7,"lower_value":null,"upper_value":null}},"y":{"file-size":{"value":1,"lower_value":null,"upper_value":null}}}""", PseudoFile.Of(Order() with { FileSize = true }, default, files));
        Assert.Equal("""{"make all":{"build-time":{"value":1.23,"lower_value":null,"upper_value":null}}}""", PseudoFile.Of(Order() with { BuildTime = true, Cmd = ["make", "all"] }, TimeSpan.FromSeconds(1.234), []));
        Assert.Null(PseudoFile.Of(Order() with { FileSize = true }, default, []));
    }

    private static string[]? Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static JobOrder Order() => new()
    {
        Id = Guid.Empty, Reference = "r", ImageName = "app:v1", Sandbox = "container", Limits = new(1, 1, 1, Network: false), Timeout = TimeSpan.FromSeconds(1),
    };
}
