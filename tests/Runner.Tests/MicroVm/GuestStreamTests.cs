using System.Diagnostics;
using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.MicroVm;

namespace Paddock.Runner.Tests.MicroVm;

/// <summary>
/// The runner accepts a guest's messages only in their format, however they are split and whatever they contain.
/// </summary>
public sealed class GuestStreamTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("paddock-guest-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private const string Mark = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void A_guest_report_can_be_read_byte_by_byte()
    {
        var report = new GuestReport();
        foreach (var b in "ready\nstart 1000000\nexit 3 3500000\noom 1\ndone\n"u8)
            report.Take([b]);

        Assert.Equal(
            (true, true, 3, true, true),
            (report.Ready, report.Started, report.ExitCode, report.KilledForMemory, report.Done)
        );
        Assert.Equal(TimeSpan.FromMilliseconds(2.5), report.Duration);
    }

    [Theory]
    [InlineData("exit 0 1\n")]
    [InlineData("ready\nexit 0 1\n")]
    [InlineData("ready\nstart 1\nexit 256 2\nexit -1 2\nexit\nexit 1e1 2\n")]
    [InlineData("ready\nstart 1\ndone\n")]
    public void Invalid_or_out_of_order_lines_of_a_guest_report_are_dropped(string said)
    {
        var report = new GuestReport();
        report.Take(Encoding.ASCII.GetBytes(said));

        Assert.Equal((null, false), (report.ExitCode, report.Done));
    }

    [Fact]
    public void Only_the_first_exit_code_counts_and_a_late_failure_is_ignored()
    {
        var report = new GuestReport();
        report.Take("ready\nstart 9\nfail late\nexit 1 5\nexit 0 6\n"u8);

        Assert.Equal((1, null), (report.ExitCode, report.Failure));
        Assert.Null(report.Duration); // The report says that the command ended before it started.
    }

    [Fact]
    public void Endless_lines_and_too_many_lines_are_discarded()
    {
        var report = new GuestReport();
        for (var i = 0; i < 1000; i++)
            report.Take(new byte[10_000]);
        report.Take("\nready\n"u8);
        Assert.True(report.Ready);

        for (var i = 0; i < 300; i++)
            report.Take("nonsense\n"u8);
        report.Take("start 1\n"u8);
        Assert.False(report.Started); // The guest has used up its allowed lines.
    }

    [Fact]
    public void Control_characters_in_a_guest_failure_are_replaced()
    {
        var report = new GuestReport();
        report.Take("fail no \u001b[31mdisk\n"u8);

        Assert.Equal("no ?[31mdisk", report.Failure);
    }

    [Fact]
    public void Output_ends_at_its_end_mark_however_it_is_split()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 2000; round++)
        {
            var text = new byte[random.Next(200)];
            random.NextBytes(text);
            if (random.Next(3) == 0 && text.Length > 40)
                Encoding.ASCII.GetBytes(Mark[..20]).CopyTo(text, text.Length - 20); // An incomplete mark.
            var limit = random.Next(0, 250);
            using var output = new GuestOutput(Path.Combine(folder, "out"), limit, Mark);
            byte[] all = [.. text, .. Encoding.ASCII.GetBytes(Mark)];
            for (var at = 0; at < all.Length; )
            {
                Assert.False(output.Ended);
                var length = Math.Min(random.Next(1, 50), all.Length - at);
                output.Take(all.AsSpan(at, length));
                at += length;
            }
            output.Take("more that comes too late"u8);

            Assert.True(output.Ended, $"seed {seed}, round {round}");
            Assert.Equal(text.Take(limit), output.Captured.Bytes);
            Assert.Equal(text.Length > limit, output.Captured.Truncated);
        }
    }

    [Fact]
    public void Output_of_a_killed_guest_is_kept_without_an_end_mark()
    {
        Assert.Equal(("abc", false), Kept("abc"));
        Assert.Equal(("abcd", true), Kept("abc", "defghijklmnopqrstuvwxyzdefghijklmnopqrstuvwxyz"));

        (string, bool) Kept(params string[] parts)
        {
            using var output = new GuestOutput(Path.Combine(folder, "killed"), 4, Mark);
            foreach (var part in parts)
                output.Take(Encoding.ASCII.GetBytes(part));
            return (Encoding.ASCII.GetString(output.Captured.Bytes), output.Captured.Truncated);
        }
    }

    [Fact]
    public void Files_are_read_however_their_stream_is_split()
    {
        byte[] sent = [.. "1 5 5\nhello0 0 0\n2 100 3\nabcend\n"u8];
        foreach (var size in new[] { 1, 2, 3, 7, 1000 })
        {
            using var files = new GuestFiles(["a", "b", "c"], folder, 1000);
            foreach (var chunk in sent.Chunk(size))
                files.Take(chunk);

            Assert.True(files.Ended);
            Assert.False(files.Garbled);
            Assert.Equal(
                [("a", 0, false), ("b", 5, false), ("c", 3, true)],
                files.Files.Select(f => (f.Path, f.Bytes.Length, f.Truncated))
            );
        }
    }

    [Theory]
    [InlineData("3 5 5\nhello")] // An index that the runner did not ask for.
    [InlineData("0 5 5\nhello0 5 5\nhello")] // The same file twice.
    [InlineData("0 2000000000 2000000000\n")] // Exceeds the size limit.
    [InlineData("0 5 6\nhello!")]
    [InlineData("-1 5 5\nhello")]
    [InlineData("0 5\nhello")]
    [InlineData("0 99999999999999999999 5\nhello")]
    [InlineData("\n")]
    [InlineData("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    public void Files_with_an_invalid_frame_end_the_transfer(string sent)
    {
        using var files = new GuestFiles(["a", "b", "c"], folder, 1000);
        files.Take(Encoding.ASCII.GetBytes(sent));
        files.Take("1 1 1\nxend\n"u8);

        Assert.True(files.Garbled);
        Assert.True(files.Files.Count <= 1);
    }

    [Fact]
    public void Random_bytes_as_files_stay_within_the_size_limit()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string letters = "0123456789 \nend";
        for (var round = 0; round < 2000; round++)
        {
            using var files = new GuestFiles(["a", "b", "c"], folder, 100);
            for (var i = 0; i < 20; i++)
                files.Take([
                    .. Enumerable.Range(0, random.Next(20)).Select(_ => (byte)letters[random.Next(letters.Length)]),
                ]);

            Assert.True(files.Files.Sum(f => f.Bytes.Length) <= 100, $"seed {seed}");
        }
    }

    [Fact]
    public void The_console_keeps_its_end_and_finds_the_line_with_the_kernel_panic()
    {
        var console = new GuestConsole();
        for (var i = 0; i < 5000; i++)
            console.Take("[ 1.0 ] chatter that fills the memory\r\n"u8);
        console.Take("[ 2.0 ] Kernel panic - not syncing: \u001b[2Jtest\r\n[ 2.1 ] Rebooting"u8);

        Assert.Equal("[ 2.0 ] Kernel panic - not syncing: ?[2Jtest", console.LastLine);
        Assert.False(console.Says("Out of memory"));
    }

    [Fact]
    public void A_quoted_word_reaches_the_shell_of_the_guest_unchanged()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        const string letters = "ab'\"\\$`!*?~ \t\n;&|<>(){}[]#=é\u0001";
        var words = Enumerable
            .Range(0, 200)
            .Select(_ =>
                string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => letters[random.Next(letters.Length)]))
            )
            .ToList();

        using var shell = Process.Start(
            new ProcessStartInfo(
                "/bin/busybox",
                ["sh", "-c", $"printf '%s\\001\\002' {string.Join(' ', words.Select(Guest.Quote))}"]
            )
            {
                RedirectStandardOutput = true,
            }
        )!;

        Assert.Equal(words, shell.StandardOutput.ReadToEnd().Split("\u0001\u0002")[..^1]);
    }

    [Fact]
    public void Drivers_are_loaded_after_their_dependencies_and_built_in_drivers_are_skipped()
    {
        string[] dependencies =
        [
            "kernel/virtio_mmio.ko.xz: kernel/virtio.ko.xz kernel/virtio-ring.ko.xz",
            "kernel/virtio.ko.xz: kernel/virtio-ring.ko.xz",
            "kernel/virtio-ring.ko.xz:",
            "kernel/virtio_blk.ko.xz: kernel/virtio.ko.xz kernel/virtio-ring.ko.xz",
        ];

        Assert.Equal(
            ["kernel/virtio-ring.ko.xz", "kernel/virtio.ko.xz", "kernel/virtio_mmio.ko.xz", "kernel/virtio_blk.ko.xz"],
            GuestKernel.Order(dependencies, ["kernel/fs/ext4/ext4.ko"], ["virtio_mmio", "ext4", "virtio_blk"])
        );
        Assert.Throws<FileNotFoundException>(() => GuestKernel.Order(dependencies, [], ["ext4"]));
    }

    [Fact]
    public void The_cloud_kernel_with_the_numerically_highest_version_is_chosen()
    {
        var boot = Directory.CreateTempSubdirectory("paddock-boot-").FullName;
        try
        {
            Assert.Null(GuestKernel.Find(image: null, boot));
            foreach (
                var name in new[]
                {
                    "vmlinuz-6.12.9-amd64",
                    "vmlinuz-6.1.0-9-cloud-amd64",
                    "vmlinuz-6.1.0-56-cloud-amd64",
                    "config-6.1.0-99-cloud-amd64",
                }
            )
                File.WriteAllText(Path.Combine(boot, name), "");

            var found = GuestKernel.Find(image: null, boot, "/modules")!;
            Assert.Equal(
                ("6.1.0-56-cloud-amd64", "/modules/6.1.0-56-cloud-amd64"),
                (found.Version, found.ModuleFolder)
            );
        }
        finally
        {
            Directory.Delete(boot, recursive: true);
        }
    }
}
