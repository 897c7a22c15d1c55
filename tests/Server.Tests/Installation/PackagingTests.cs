using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Paddock.Server.Tests.Installation;

/// <summary>The files in the packages besides the programs. packaging/try.sh tests the packages themselves.</summary>
public sealed partial class PackagingTests
{
    // Variables of the runner, of the command line, and of the scripts themselves.
    private static readonly string[] Others =
    [
        "PADDOCK_HOST",
        "PADDOCK_RUNNER",
        "PADDOCK_IMAGE",
        "PADDOCK_DOWNLOAD",
        "PADDOCK_TRY_ROOT",
    ];

    private static string Folder => Path.Combine(BuiltProgram.Root, "packaging");

    [Fact]
    public void Every_setting_in_the_packaging_files_is_documented()
    {
        var docs = File.ReadAllText(Path.Combine(BuiltProgram.Root, "docs", "configuration.md"));
        var known = Setting().Matches(docs).Select(match => match.Value).Concat(Others).ToHashSet();

        var named = Directory
            .EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Append(Path.Combine(BuiltProgram.Root, "tools", "package.cs"))
            .SelectMany(file => Setting().Matches(File.ReadAllText(file)).Select(match => (file, match.Value)));

        Assert.DoesNotContain(named, one => !known.Contains(one.Value));
    }

    [Fact]
    public async Task The_install_script_installs_the_archive_of_its_platform_and_refuses_an_altered_one()
    {
        var (from, to) = (Scratch.Folder("paddock-install-"), Scratch.Folder("paddock-installed-"));
        var platform = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        var archive = Path.Combine(from, $"paddock-9.9.9-{platform}.tar.gz");
        Write(archive, $"paddock-9.9.9-{platform}/paddock", "#!/bin/sh\necho paddock 9.9.9\n");
        File.WriteAllText(
            Path.Combine(from, "SHA256SUMS"),
            $"{new string('0', 64)}  paddock-9.9.9-linux-other.tar.gz\n{Sum(archive)}  {Path.GetFileName(archive)}\n"
        );
        string[] arguments = [Path.Combine(Folder, "install.sh"), "--to", to, "paddock"];
        var environment = new Dictionary<string, string> { ["PADDOCK_DOWNLOAD"] = from };

        var installed = await BuiltProgram.RunAsync("/bin/sh", arguments, environment);
        Assert.Equal(
            (0, $"{to}/paddock: paddock 9.9.9\n", ""),
            (installed.ExitCode, installed.Output, installed.Error)
        );

        File.Delete(Path.Combine(to, "paddock"));
        Write(archive, $"paddock-9.9.9-{platform}/paddock", "#!/bin/sh\necho something else\n");
        var refused = await BuiltProgram.RunAsync("/bin/sh", arguments, environment);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("nothing was installed", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(to, "paddock")));

        var unknown = await BuiltProgram.RunAsync("/bin/sh", [arguments[0], "--everything"], environment);
        Assert.Equal(2, unknown.ExitCode);
    }

    private static void Write(string archive, string name, string text)
    {
        using var tar = new TarWriter(new GZipStream(File.Create(archive), CompressionLevel.Fastest));
        tar.WriteEntry(
            new PaxTarEntry(TarEntryType.RegularFile, name)
            {
                Mode = (UnixFileMode)0x1ed,
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
            }
        );
    }

    private static string Sum(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    [GeneratedRegex("PADDOCK_[A-Z0-9_]+")]
    private static partial Regex Setting();
}
