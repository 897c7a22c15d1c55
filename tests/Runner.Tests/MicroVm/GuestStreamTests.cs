using System.Diagnostics;
using System.Text;
using Paddock.Runner.Sandbox;
using Paddock.Runner.Sandbox.MicroVm;

namespace Paddock.Runner.Tests.MicroVm;

/// <summary>
/// The guest's messages are held to their format, in whatever pieces they arrive and whatever they contain.
/// </summary>
public sealed class GuestStreamTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("paddock-guest-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private const string Mark = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void A_report_is_read_in_its_order()
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
    public void What_comes_at_the_wrong_time_or_makes_no_sense_is_dropped(string said)
    {
        var report = new GuestReport();
        report.Take(Encoding.ASCII.GetBytes(said));

        Assert.Equal((null, false), (report.ExitCode, report.Done));
    }

    [Fact]
    public void Only_the_first_exit_code_counts_and_a_late_failure_is_none()
    {
        var report = new GuestReport();
        report.Take("ready\nstart 9\nfail late\nexit 1 5\nexit 0 6\n"u8);

        Assert.Equal((1, null), (report.ExitCode, report.Failure));
        Assert.Null(report.Duration); // The report says that the command ended before it started.
    }

    [Fact]
    public void Endless_lines_and_endless_talk_are_not_kept()
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
    public void A_failure_is_printable()
    {
        var report = new GuestReport();
        report.Take("fail no \u001b[31mdisk\n"u8);

        Assert.Equal("no ?[31mdisk", report.Failure);
    }

    [Fact]
    public void Output_ends_at_its_mark_wherever_it_is_cut()
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
    public void Output_of_a_guest_that_was_killed_is_kept_without_a_mark()
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
    public void Files_are_read_however_they_are_cut()
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
    public void Files_that_break_the_frame_end_it(string sent)
    {
        using var files = new GuestFiles(["a", "b", "c"], folder, 1000);
        files.Take(Encoding.ASCII.GetBytes(sent));
        files.Take("1 1 1\nxend\n"u8);

        Assert.True(files.Garbled);
        Assert.True(files.Files.Count <= 1);
    }

    [Fact]
    public void Random_bytes_as_files_end_in_nothing_but_the_frame()
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
    public void The_console_keeps_its_end_and_the_line_that_says_why()
    {
        var console = new GuestConsole();
        for (var i = 0; i < 5000; i++)
            console.Take("[ 1.0 ] chatter that fills the memory\r\n"u8);
        console.Take("[ 2.0 ] Kernel panic - not syncing: \u001b[2Jtest\r\n[ 2.1 ] Rebooting"u8);

        Assert.Equal("[ 2.0 ] Kernel panic - not syncing: ?[2Jtest", console.LastLine);
        Assert.False(console.Says("Out of memory"));
    }

    [Fact]
    public void A_word_reaches_the_shell_as_it_is()
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
    public void Drivers_are_loaded_after_what_they_need_and_those_that_are_built_in_are_not()
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
    public void The_newest_kernel_for_clouds_is_taken_and_numbers_are_not_compared_as_text()
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
