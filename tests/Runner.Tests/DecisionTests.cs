using Paddock.Core.Wire;
using Paddock.Runner.Channel;
using Paddock.Runner.Daemon;
using Paddock.Runner.Images;
using Paddock.Runner.Jobs;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Tuning;

namespace Paddock.Runner.Tests;

/// <summary>
/// The runner's pure functions: the command, cores and limits of a job, the size of messages, and image references.
/// </summary>
public sealed class DecisionTests
{
    [Theory]
    [InlineData("e|c", null, null, "e c")]
    [InlineData("e|c", "x y", null, "x y")]
    [InlineData("e|c", "x", "z", "x z")]
    [InlineData("e|c", null, "z", "e z")]
    [InlineData("|c", null, null, "c")]
    [InlineData("|", null, null, "")]
    public void The_command_and_variables_of_a_job_override_those_of_its_image(
        string image,
        string? entrypoint,
        string? cmd,
        string command
    )
    {
        var (first, second) = (image.Split('|')[0], image.Split('|')[1]);
        var config = new ImageConfig(Env: ["PATH=/x", "A=1", "broken"], Entrypoint: Words(first), Cmd: Words(second));
        var invocation = Invocation.Of(
            config,
            Order() with
            {
                Entrypoint = Words(entrypoint),
                Cmd = Words(cmd),
                Env = new Dictionary<string, string> { ["A"] = "2" },
            }
        );
        Assert.Equal(command, string.Join(' ', invocation.Command));
        Assert.Equal(
            ("/x", "2", "/"),
            (invocation.Environment["PATH"], invocation.Environment["A"], invocation.WorkingDirectory)
        );
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
        Assert.Equal(
            cores,
            CoreShare.Of(CpuLayout.Of([.. Enumerable.Range(0, online)]), wanted, slot, slots) is { } share
                ? CpuList.Format(share)
                : null
        );

    [Theory]
    [InlineData(40_000)]
    [InlineData(5_000)]
    [InlineData(10_000_000)]
    public void A_message_over_the_size_limit_is_cut_in_its_longest_texts(int bytesMax)
    {
        var folder = Directory.CreateTempSubdirectory("paddock-message-").FullName;
        try
        {
            IterationResult[] results =
            [
                new(0, Text(new('"', 50_000)), Text("short"), null, TimeSpan.FromSeconds(1), []),
                new(
                    0,
                    Captured.Nothing,
                    Captured.Nothing,
                    [
                        ("/f", Text(new('\u00fc', 30_000))),
                        ("/g", Text("{}")),
                        ("\0bencher", Text("a\ud83d\ude00b")),
                        ("/raw", Captured.Of([0x61, 0xff, 0xe2, 0x82], Path.Combine(folder, "raw"))),
                    ],
                    TimeSpan.Zero,
                    ["/g"]
                ),
            ];
            using var stream = new MemoryStream();
            new ResultMessage
            {
                Job = Guid.Empty,
                Results = results,
                IsPaddock = true,
                BytesMax = bytesMax,
            }.WriteTo(stream);
            var read = Assert.IsType<Completed>(
                System.Text.Json.JsonSerializer.Deserialize(stream.ToArray(), Wire.Default.RunnerEvent)
            );
            if (bytesMax < 1_000_000)
                Assert.InRange(stream.Length, bytesMax / 2, bytesMax);
            Assert.Equal(
                ("short", "{}", "a\ud83d\ude00b", "a\ufffd\ufffd"),
                (
                    read.Results[0].Stderr,
                    read.Results[1].Output!["/g"],
                    read.Results[1].Output!["\0bencher"],
                    read.Results[1].Output!["/raw"]
                )
            );
            Assert.Equal(bytesMax < 1_000_000 ? ["stdout"] : null, read.Results[0].Truncated);
            Assert.Equal(bytesMax < 1_000_000 ? ["/g", "/f"] : ["/g"], read.Results[1].Truncated!);
            Assert.Matches("^\"+$", read.Results[0].Stdout);
            Assert.Matches("^\u00fc+$", read.Results[1].Output!["/f"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Captured Text(string text) =>
            Captured.Of(System.Text.Encoding.UTF8.GetBytes(text), Path.Combine(folder, Guid.NewGuid().ToString("n")));
    }

    [Fact]
    public void Iterations_share_one_output_budget_and_later_iterations_get_the_unused_part()
    {
        var limits = new Limits(1, 1, 1, false) { OutputBytes = 1000, FileBytes = 1000 };
        using var outputs = new JobOutputs("/nonexistent", bytesMax: 9000, iterations: 6);
        Assert.Equal((500L, 600L), (outputs.Next(limits).OutputBytes, outputs.Next(limits).FileBytes));
        using var most = new JobOutputs("/nonexistent", bytesMax: 1 << 20, iterations: ClaimCheck.IterationsMax);
        var kept = 0L;
        for (var i = 0u; i < ClaimCheck.IterationsMax; i++)
        {
            var next = most.Next(limits);
            var result = new IterationResult(
                0,
                new("x", next.OutputBytes, true),
                new("x", next.OutputBytes, true),
                [("f", new("x", next.FileBytes, true))],
                TimeSpan.Zero,
                []
            );
            kept += result.Texts.Sum(text => text.Length);
            most.Add(result);
        }
        Assert.InRange(kept, 1, 1 << 20);
    }

    [Theory]
    [InlineData("spec", "cpu", "0")]
    [InlineData("spec", "cpu", "-1")]
    [InlineData("spec", "cpu", "2147483647")]
    [InlineData("spec", "memory", "-1")]
    [InlineData("spec", "memory", "0")]
    [InlineData("spec", "memory", "9223372036854775807")]
    [InlineData("spec", "disk", "-1")]
    [InlineData("spec", "disk", "9223372036854775807")]
    [InlineData("config", "timeout", "0")]
    [InlineData("config", "timeout", "-2147483648")]
    [InlineData("config", "iter", "4294967295")]
    [InlineData("config", "cmd", "[\"a\\u0000b\"]")]
    [InlineData("config", "cmd", "[null]")]
    [InlineData("config", "entrypoint", "[\"\\u0000\"]")]
    [InlineData("config", "env", "{\"A=B\":\"c\"}")]
    [InlineData("config", "env", "{\"\":\"c\"}")]
    [InlineData("config", "env", "{\"A\":\"\\u0000\"}")]
    [InlineData("config", "file_paths", "[\"\"]")]
    [InlineData("config", "file_paths", "[\"/a\\u0000\"]")]
    [InlineData("", "oci_token", "\"a\\r\\nHost: b\"")]
    public void A_job_with_an_invalid_value_is_refused(string part, string field, string value)
    {
        var claim = System.Text.Json.Nodes.JsonNode.Parse(
            $$"""
            {"event":"job","uuid":"{{Guid.NewGuid()}}","oci_token":"t","timeout":1,"created":"2026-01-01T00:00:00Z",
             "spec":{"uuid":"{{Guid.NewGuid()}}","name":"a","slug":"a","os":"linux","architecture":"{{JobOrder.Architecture}}","sandbox":null,"cpu":1,"memory":268435456,"disk":67108864,"network":false,
                     "fallback":null,"created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","archived":null},
             "config":{"registry":"http://a/","project":"{{Guid.NewGuid()}}","digest":"sha256:{{new string(
                '0',
                64
            )}}","timeout":300} }
            """
        )!;
        Assert.Null(Order().Refusal);
        Assert.Null(JobOrder.Of(Claim(), limits => limits).Refusal);
        (part.Length == 0 ? claim : claim[part]!)[field] = System.Text.Json.Nodes.JsonNode.Parse(value);
        Assert.NotNull(JobOrder.Of(Claim(), limits => limits).Refusal);

        Claim Claim() =>
            (Claim)System.Text.Json.JsonSerializer.Deserialize(claim.ToJsonString(), Wire.Default.ServerEvent)!;
    }

    [Fact]
    public void A_secret_is_found_only_as_a_whole_argument_or_value()
    {
        var texts = System.Text.Encoding.ASCII.GetBytes("up\0--key\0abc\0--key=abc\0A=abc\0abcd\0xabc\0abc");
        Assert.Equal([9, 19, 25, 39], Runner.Native.StartSecrets.Find(texts, "abc"u8.ToArray()));
    }

    [Theory]
    [InlineData("registry.example.com/a/b:v1", "https://registry.example.com/", "a/b", "v1")]
    [InlineData("localhost:5000/a", "http://localhost:5000/", "a", "latest")]
    [InlineData(
        "http://10.0.0.1:80/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "http://10.0.0.1/",
        "a",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    )]
    public void An_image_reference_is_parsed_into_registry_repository_and_tag_or_digest(
        string text,
        string registry,
        string repository,
        string tagOrDigest
    )
    {
        Assert.True(Reference.TryParse(text, out var reference, out var refusal), refusal);
        Assert.Equal(
            (registry, repository, tagOrDigest),
            (reference!.Registry.ToString(), reference.Repository, reference.TagOrDigest)
        );
    }

    [
        Theory,
        InlineData("ubuntu"),
        InlineData("a/b"),
        InlineData("host.example/UPPER"),
        InlineData("host.example/a@sha256:12"),
        InlineData("")
    ]
    public void An_invalid_image_reference_is_refused(string text) =>
        Assert.False(Reference.TryParse(text, out _, out _));

    [Fact]
    public void The_backoff_delay_grows_to_30_seconds_and_is_reset_after_a_success()
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
    public async Task Preparing_a_job_and_measuring_another_never_overlap()
    {
        var quiet = new Quiet();
        var first = await quiet.MeasuringAsync(CancellationToken.None);
        var second = await quiet.MeasuringAsync(CancellationToken.None);
        var (entered, prepared) = (new TaskCompletionSource(), new TaskCompletionSource());
        var preparing = quiet.PreparingAsync(
            async () =>
            {
                entered.SetResult();
                await prepared.Task;
                return 1;
            },
            CancellationToken.None
        );
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
    public void Requested_file_sizes_and_build_times_form_one_document()
    {
        var files = new CollectedFile[]
        {
            new("/a/x", Captured.Nothing, 5),
            new("b/x", Captured.Nothing, 7),
            new("y/", Captured.Nothing, 1),
        };
        Assert.Equal(
            """{"x":{"file-size":{"value":7,"lower_value":null,"upper_value":null}},"y":{"file-size":{"value":1,"lower_value":null,"upper_value":null}}}""",
            PseudoFile.Of(Order() with { FileSize = true }, default, files)
        );
        Assert.Equal(
            """{"make all":{"build-time":{"value":1.23,"lower_value":null,"upper_value":null}}}""",
            PseudoFile.Of(Order() with { BuildTime = true, Cmd = ["make", "all"] }, TimeSpan.FromSeconds(1.234), [])
        );
        Assert.Null(PseudoFile.Of(Order() with { FileSize = true }, default, []));
    }

    private static string[]? Words(string? text) => text?.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static JobOrder Order() =>
        new()
        {
            Id = Guid.Empty,
            Reference = "r",
            ImageName = "app:v1",
            Sandbox = "container",
            Limits = new(1, 1, 1, Network: false),
            Timeout = TimeSpan.FromSeconds(1),
        };
}
