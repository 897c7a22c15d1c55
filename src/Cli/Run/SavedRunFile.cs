using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Cli.Run;

/// <summary>
/// The file in which an untrusted job, such as one for a pull request from a fork, saves its results. The job that
/// reports the file must not trust anything in it.
/// </summary>
internal static class SavedRunFile
{
    /// <exception cref="Failure">The file cannot be written.</exception>
    public static async Task WriteAsync(string path, Harvest harvest, SavedRun about, CancellationToken ct)
    {
        var saved = about with
        {
            Outputs =
            [
                .. harvest.Outputs.Select(one => new SavedOutput(
                    new(one.Bytes),
                    one.Iteration,
                    one.File,
                    one.ExitCode
                )),
            ],
            ExitCode = harvest.Failed is [.., var last] ? last.ExitCode : null,
        };
        try
        {
            await File.WriteAllBytesAsync(path, Body.Of(saved, Wire.Default.SavedRun), ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"The file {path} could not be written: {e.Message}", e);
        }
    }

    /// <exception cref="Failure">The file does not exist, or was not written by <c>--save</c>.</exception>
    public static async Task<SavedRun> ReadAsync(string path, CancellationToken ct)
    {
        try
        {
            var options = new JsonSerializerOptions(Body.Lenient) { MaxDepth = 16 };
            return JsonSerializer.Deserialize(
                await Input.ReadFileAsync(path, ct),
                (System.Text.Json.Serialization.Metadata.JsonTypeInfo<SavedRun>)options.GetTypeInfo(typeof(SavedRun))
            ) ?? throw new Failure($"{path} was not written by --save.");
        }
        catch (JsonException e)
        {
            throw new Failure($"{path} was not written by --save, or is damaged: {e.Message}", e);
        }
    }

    /// <summary>The saved outputs, as if they had been measured here.</summary>
    public static Harvest HarvestOf(SavedRun saved) =>
        new(
            [
                .. saved.Outputs.Select(one => new HarnessOutput(
                    one.Text.Bytes.ToArray(),
                    one.File,
                    one.Iteration,
                    one.ExitCode
                )),
            ],
            saved.ExitCode is { } code ? [new FailedCommand(Iteration: 0, code, Results: 0)] : [],
            saved.StartTime,
            saved.EndTime
        );
}
