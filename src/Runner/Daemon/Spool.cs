using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Paddock.Core.Wire;
using Paddock.Runner.Native;

namespace Paddock.Runner.Daemon;

/// <summary>
/// Stores the results of jobs on disk until the server has acknowledged them, so that an hour-long benchmark is not
/// lost when the process dies.
/// </summary>
internal sealed class Spool
{
    private const string Ending = ".json",
        Unfinished = ".new";
    private const int HeadBytes = 64;
    private static readonly string[] Events = ["completed", "failed", "canceled"];
    private readonly string folder;

    /// <param name="server">The server that the jobs belong to; each server has its own folder.</param>
    public Spool(string data, string server)
    {
        folder = Path.Combine(
            data,
            "spool",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(server)))[..16]
        );
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.EnumerateFiles(folder, "*" + Unfinished))
            File.Delete(file);
        foreach (var file in Directory.GetFiles(folder, "*" + Ending).Where(file => !IsWhole(file)))
            SetAside(file);
    }

    /// <summary>Stores a result durably. A later result of the same job replaces an earlier one.</summary>
    public void Keep(int slot, Guid job, RunnerEvent end) =>
        Keep(slot, job, stream => JsonSerializer.Serialize(stream, end, Wire.Default.RunnerEvent));

    /// <param name="write">Streams the message, which may be larger than the available memory.</param>
    public void Keep(int slot, Guid job, Action<Stream> write)
    {
        var file = PathOf(slot, job);
        using (
            var stream = new FileStream(
                file + Unfinished,
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(file + Unfinished, file, overwrite: true);
        Linux.SyncFolder(folder);
    }

    public void Forget(int slot, Guid job) => File.Delete(PathOf(slot, job));

    /// <summary>Moves a refused result to a folder where a person can inspect it. Only the newest are kept.</summary>
    public string SetAside(int slot, Guid job) => SetAside(PathOf(slot, job));

    private string SetAside(string file)
    {
        const int Most = 20;
        var aside = Directory.CreateDirectory(Path.Combine(folder, "refused"));
        var to = Path.Combine(aside.FullName, Path.GetFileName(file));
        File.Move(file, to, overwrite: true);
        foreach (var old in aside.GetFiles().OrderByDescending(file => file.LastWriteTimeUtc).Skip(Most))
            old.Delete();
        return to;
    }

    /// <summary>
    /// The results that a slot still has to deliver, oldest first. Slot 0 also delivers those of slots that no longer
    /// exist.
    /// </summary>
    public IReadOnlyList<(int Slot, Guid Job, string File)> Left(int slot, int slots) =>
        [
            .. new DirectoryInfo(folder)
                .GetFiles("*" + Ending)
                .OrderBy(file => file.LastWriteTimeUtc)
                .Select(file => (File: file, Of: Read(file.Name)))
                .Where(found => found.Of is var (of, _) && (of == slot || (slot == 0 && of >= slots)))
                .Select(found => (found.Of!.Value.Slot, found.Of!.Value.Job, found.File.FullName)),
        ];

    public int Count => Directory.GetFiles(folder, "*" + Ending).Length;

    private string PathOf(int slot, Guid job) => Path.Combine(folder, $"{slot}-{job}{Ending}");

    // Detects files damaged by a disk that lost flushed data, or by hand. Checks only the beginning and the end, as the
    // file may be larger than the available memory.
    private static bool IsWhole(string file)
    {
        if (Read(Path.GetFileName(file)) is null)
            return false;
        using var stream = File.OpenRead(file);
        Span<byte> head = stackalloc byte[HeadBytes],
            tail = stackalloc byte[1];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (stream.Length == 0)
            return false;
        stream.Position = stream.Length - 1;
        stream.ReadExactly(tail);
        var begins = Encoding.UTF8.GetString(head);
        return tail[0] == (byte)'}'
            && Events.Any(name => begins.StartsWith($"{{\"event\":\"{name}\",", StringComparison.Ordinal));
    }

    private static (int Slot, Guid Job)? Read(string name) =>
        name.Split('-', 2) is [var slot, var job]
        && int.TryParse(slot, out var number)
        && Guid.TryParse(job[..^Ending.Length], out var id)
            ? (number, id)
            : null;
}
