using Paddock.Runner.Tests.Images;

namespace Paddock.Runner.Tests.MicroVm;

/// <summary>The built program runs an image in OCI layout in a microVM.</summary>
public sealed class MicroVmCommandTests
{
    [Fact]
    public async Task Run_starts_an_image_in_a_microVM_and_without_KVM_only_if_emulation_is_allowed()
    {
        using var image = TestImage.Busybox();
        var data = Directory.CreateTempSubdirectory("paddock-data-").FullName;
        string[] run =
        [
            "run",
            "--image",
            image.Folder,
            "--data",
            data,
            "--sandbox",
            "firecracker",
            "--noise-duration",
            "0",
            "--memory",
            "192",
            "--file",
            "/made",
            "--entrypoint",
            "/bin/sh",
            "--cmd",
        ];
        try
        {
            var ended = await BuiltProgram.RunAsync(
                BuiltProgram.Runner,
                [.. run, "-c", "echo from the guest; echo made > /made; exit 0", "--allow-emulation"]
            );

            Assert.True(ended.ExitCode == 0, ended.Error);
            Assert.Equal("from the guest\nmade\n", ended.Output);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }
}
