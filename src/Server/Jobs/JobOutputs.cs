using System.Text.Json;
using Paddock.Core.Wire;

namespace Paddock.Server.Jobs;

/// <summary>What jobs wrote, a JSON document for each, beside the database.</summary>
internal sealed class JobOutputs(ServerOptions options)
{
    private readonly string folder = Path.Combine(options.DataFolder, "outputs");

    public async Task SaveAsync(Guid project, Guid job, JobOutput output)
    {
        var file = File(project, job);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var draft = $"{file}.{Guid.NewGuid():N}.part";
        await using (var stream = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
        {
            await JsonSerializer.SerializeAsync(stream, output, Wire.Default.JobOutput);
            stream.Flush(flushToDisk: true);
        }
        System.IO.File.Move(draft, file, overwrite: true);
    }

    /// <summary>Null where there is none, or it cannot be read.</summary>
    public async Task<JobOutput?> LoadAsync(Guid project, Guid job)
    {
        try
        {
            await using var stream = System.IO.File.OpenRead(File(project, job));
            return await JsonSerializer.DeserializeAsync(stream, Wire.Default.JobOutput);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException) { return null; }
    }

    private string File(Guid project, Guid job) => Path.Combine(folder, project.ToString(), $"{job}.json");
}
