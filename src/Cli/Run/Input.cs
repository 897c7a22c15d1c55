using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;

namespace Paddock.Cli.Run;

/// <summary>The source of a run's results; chosen once, before anything is sent.</summary>
internal abstract record Input
{
    private Input() { }

    /// <summary>
    /// A benchmark to run. Its output is the result, unless files or the run's own measurements replace the output.
    /// </summary>
    public sealed record OfCommand(CommandLine Command, IReadOnlyList<string> Files, Synthetic Measured) : Input;

    public sealed record OfFiles(IReadOnlyList<string> Paths) : Input;

    public sealed record OfFileSizes(Synthetic Measured) : Input;

    /// <summary>Piped input, read to its end once; all iterations get the same text.</summary>
    public sealed record OfStandardInput(byte[] Text) : Input;

    /// <summary>A job for a runner; nothing is executed here.</summary>
    public sealed record OfRunner(Core.Wire.NewJob Job) : Input;

    /// <summary>Results that another job has measured and saved to a file.</summary>
    public sealed record OfSaved(Core.Wire.SavedRun Run) : Input;

    private const int FilesMax = 255;

    /// <exception cref="Failure">There is no source of results, or the options contradict each other.</exception>
    public static async Task<Input> ChooseAsync(RunOptions options, ParseResult args, CancellationToken ct)
    {
        var files = args.GetValue(options.File) ?? [];
        var sizes = args.GetValue(options.FileSize) ?? [];
        var buildTime = args.GetValue(options.BuildTime);
        foreach (var (name, paths) in (ReadOnlySpan<(string, string[])>)[("--file", files), ("--file-size", sizes)])
            if (paths.Length > FilesMax)
                throw new Failure($"{name} was given {paths.Length} times; at most {FilesMax} are allowed.");

        if (args.GetValue(options.Saved) is { } saved)
        {
            if (CommandLine.Of(options, args) is not null)
                throw new Failure("--saved reports the results of another job. Leave the benchmark command out.");
            return new OfSaved(await SavedRunFile.ReadAsync(saved, ct));
        }
        if (options.Images.Read(options, args) is { } job)
            return new OfRunner(job);
        if (CommandLine.Of(options, args) is { } command)
            return new OfCommand(command, files, new(buildTime, sizes));
        if (buildTime)
            throw new Failure("--build-time needs a command to time.");
        if (files.Length > 0)
            return new OfFiles(files);
        if (sizes.Length > 0)
            return new OfFileSizes(new(BuildTime: false, sizes));
        if (Console.IsInputRedirected && await StandardInputAsync(ct) is { Length: > 0 } text)
            return new OfStandardInput(text);
        throw new Failure(
            "There is nothing to report: give a benchmark command, a --file or --file-size, or pipe results in."
        );
    }

    /// <summary>A file's bytes, as results, up to the limit of <see cref="Capture"/>.</summary>
    public static async Task<byte[]> ReadFileAsync(string path, CancellationToken ct)
    {
        try
        {
            if (path.Length == 0)
                throw new FileNotFoundException("The path is empty.");
            if (Directory.Exists(path))
                throw new FileNotFoundException(
                    $"The path is a folder. To read its files, give a pattern such as '{Path.Join(path, "*.json")}'."
                );
            await using var file = File.OpenRead(path);
            return await Capture.ReadAllAsync(file, path, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"The file {path} could not be read: {e.Message}", e);
        }
    }

    public static async Task<byte[]> StandardInputAsync(CancellationToken ct)
    {
        await using var stdin = Console.OpenStandardInput();
        return await Capture.ReadAllAsync(stdin, "standard input", ct);
    }
}

/// <summary>Collects all bytes of an outside source, up to a limit.</summary>
internal sealed class Capture(string source)
{
    public const int BytesMax = 256 * 1024 * 1024;
    private const int ChunkBytes = 64 * 1024;
    private readonly ArrayBufferWriter<byte> bytes = new();

    public byte[] Bytes => bytes.WrittenSpan.ToArray();

    /// <summary>
    /// Reads a stream to its end and passes each piece to <paramref name="seen"/> as it arrives. A broken stream counts
    /// as ended.
    /// </summary>
    public async Task ReadAsync(Stream stream, Action<ReadOnlyMemory<byte>>? seen, CancellationToken ct)
    {
        var chunk = new byte[ChunkBytes];
        while (true)
        {
            int read;
            try
            {
                read = await stream.ReadAsync(chunk, ct);
            }
            catch (IOException)
            {
                return;
            }
            if (read == 0)
                return;
            if (bytes.WrittenCount + read > BytesMax)
                throw new Failure(
                    $"{source} has more than {BytesMax / (1024 * 1024)} MiB; no report can be that large."
                );
            bytes.Write(chunk.AsSpan(0, read));
            seen?.Invoke(chunk.AsMemory(0, read));
        }
    }

    public static async Task<byte[]> ReadAllAsync(Stream stream, string source, CancellationToken ct)
    {
        var capture = new Capture(source);
        await capture.ReadAsync(stream, seen: null, ct);
        return capture.Bytes;
    }
}

/// <summary>
/// Measurements of a command from outside: how long it runs, and how large the files are that it makes.
/// </summary>
internal sealed record Synthetic(bool BuildTime, IReadOnlyList<string> FileSizes)
{
    public bool IsAny => BuildTime || FileSizes.Count > 0;

    /// <summary>One document of Bencher Metric Format with every requested measurement.</summary>
    /// <exception cref="Failure">A file does not exist.</exception>
    public byte[] Measure(CommandLine? command, TimeSpan elapsed)
    {
        OrderedDictionary<string, (string Measure, double Value)> sizes = [];
        foreach (var path in FileSizes.SelectMany(FilePattern.Expand))
            sizes[FileSize.NameOf(path)] = ("file-size", FileSize.Of(path));
        return Encoding.UTF8.GetBytes(
            Output.Pretty(writer =>
            {
                writer.WriteStartObject();
                if (BuildTime && command is not null)
                    Write(command.ToString(), "build-time", Math.Round(elapsed.TotalSeconds, 2));
                foreach (var (name, (measure, value)) in sizes)
                    Write(name, measure, value);
                writer.WriteEndObject();

                void Write(string benchmark, string measure, double value)
                {
                    writer.WriteStartObject(benchmark);
                    writer.WriteStartObject(measure);
                    writer.WriteNumber("value", value);
                    writer.WriteNull("lower_value");
                    writer.WriteNull("upper_value");
                    writer.WriteEndObject();
                    writer.WriteEndObject();
                }
            })
        );
    }
}

/// <summary>A benchmark to run, either by a shell or directly.</summary>
internal sealed record CommandLine(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>
    /// The name of a build time's benchmark: all words joined by spaces. A program without arguments keeps a trailing
    /// space.
    /// </summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Program} {string.Join(' ', Arguments)}");

    /// <summary>
    /// The given command, or null. A single string goes to the shell; several words are a program and its arguments.
    /// </summary>
    /// <exception cref="Failure">A shell was named for a command that uses none.</exception>
    public static CommandLine? Of(RunOptions options, ParseResult args) =>
        System.OperatingSystem.IsWindows() ? Of(options, args, "cmd", "/C") : Of(options, args, "/bin/sh", "-c");

    /// <inheritdoc cref="Of(RunOptions, ParseResult)"/>
    /// <param name="standardShell">The default shell of the system on which the command runs.</param>
    /// <param name="standardFlag">That shell's flag before a command.</param>
    public static CommandLine? Of(RunOptions options, ParseResult args, string standardShell, string standardFlag)
    {
        string[] words =
            args.GetValue(options.Command) is { Length: > 0 } given ? given
            : Settings.Find("CMD") is var (text, _) ? [text]
            : [];
        if (words.Length == 0)
            return null;
        var (shell, flag) = (args.GetValue(options.Shell), args.GetValue(options.ShellFlag));
        if (args.GetValue(options.Exec))
            return new(words[0], words[1..]);
        if (words.Length == 1)
            return new(shell ?? standardShell, [flag ?? standardFlag, words[0]]);
        if (shell is not null || flag is not null)
            throw new Failure(
                "--shell and --flag are for a command that is one string; this one has several words and is run "
                    + "without a shell."
            );
        return new(words[0], words[1..]);
    }
}
