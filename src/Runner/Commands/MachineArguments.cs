using System.CommandLine;
using Paddock.Runner.Daemon;
using Paddock.Runner.Images;

namespace Paddock.Runner.Commands;

/// <summary>The machine options that all commands share.</summary>
internal sealed class MachineArguments
{
    private readonly Option<string> data = Settings.Text(
        "--data",
        $"Folder for images, scratch space and results ({DataFolder.Standard}).",
        "path",
        setting: "RUNNER_DATA"
    );
    private readonly Option<string> runtime = Settings.Text(
        "--runtime",
        "OCI runtime for containers: runc, crun or a path (the first that works).",
        "name",
        setting: "RUNNER_RUNTIME"
    );
    private readonly Option<bool> allowHost = Settings.Flag(
        "--allow-host",
        "Let jobs that ask for the host sandbox run without any isolation.",
        ["--danger-allow-no-sandbox"],
        "ALLOW_HOST",
        "DANGER_ALLOW_NO_SANDBOX"
    );
    private readonly Option<string> kernel = Settings.Text(
        "--guest-kernel",
        "Kernel image for micro VMs, with its drivers in /lib/modules (the distribution's newest).",
        "path",
        setting: "GUEST_KERNEL"
    );
    private readonly Option<bool> allowEmulation = Settings.Flag(
        "--allow-emulation",
        "Emulate micro VMs if there is no KVM; for tests only.",
        setting: "ALLOW_EMULATION"
    );
    private readonly Option<long> download = Settings.Number(
        "--max-download-size",
        "Maximum number of bytes to download for one image, compressed",
        ImageLimits.Default.DownloadBytesMax,
        1,
        long.MaxValue
    );
    private readonly Option<long> unpacked = Settings.Number(
        "--max-unpacked-size",
        "Maximum number of bytes of one image, unpacked",
        UnpackLimits.Default.BytesMax,
        1,
        long.MaxValue
    );
    private readonly Option<long> store = Settings.Number(
        "--max-store-size",
        "Bytes of unpacked images to keep",
        ImageLimits.Default.StoreBytesMax,
        0,
        long.MaxValue
    );
    private readonly Option<int> output = Settings.Number(
        "--max-output-size",
        "Maximum number of bytes for each of stdout, stderr and all files of an iteration",
        25 << 20,
        1,
        1 << 30
    );
    private readonly Option<long> jobOutput = Settings.Number(
        "--max-job-output-size",
        "Maximum number of bytes for the output of all iterations of a job",
        128L << 20,
        1 << 16,
        1L << 40
    );
    private readonly Option<int> files = Settings.Number(
        "--max-file-count",
        "Maximum number of files to read after an iteration",
        255,
        0,
        100_000
    );
    private readonly Option<int> grace = Settings.Number(
        "--grace-period",
        "Seconds between asking a command to end and killing it",
        1,
        1,
        900
    );

    private readonly Option<int> noise = Settings.Number(
        "--noise-duration",
        "Seconds to measure the noise of the cores before each job; 0 turns this off",
        1,
        0,
        60
    );
    private readonly Option<bool> noIsolation = Settings.Flag(
        "--no-isolation",
        "Use every core for benchmarks, and reserve none for this program."
    );
    private readonly TuningArguments tuning = new();

    public void AddTo(Command command)
    {
        tuning.AddTo(command);
        foreach (
            var option in (Option[])
                [
                    data,
                    runtime,
                    allowHost,
                    kernel,
                    allowEmulation,
                    download,
                    unpacked,
                    store,
                    output,
                    jobOutput,
                    files,
                    grace,
                    noise,
                    noIsolation,
                ]
        )
            command.Options.Add(option);
    }

    public MachineOptions Of(ParseResult args) =>
        new()
        {
            Data = args.GetValue(data) ?? DataFolder.Standard,
            Runtime = args.GetValue(runtime),
            AllowHost = args.GetValue(allowHost),
            GuestKernel = args.GetValue(kernel),
            AllowEmulation = args.GetValue(allowEmulation),
            Images = new(
                args.GetValue(download),
                args.GetValue(store),
                UnpackLimits.Default with
                {
                    BytesMax = args.GetValue(unpacked),
                }
            ),
            OutputBytesMax = args.GetValue(output),
            JobOutputBytesMax = args.GetValue(jobOutput),
            FilesMax = args.GetValue(files),
            Tuning = tuning.Of(args),
            NoiseDuration = TimeSpan.FromSeconds(args.GetValue(noise)),
            Isolate = !args.GetValue(noIsolation),
            Grace = TimeSpan.FromSeconds(args.GetValue(grace)),
        };
}
