using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// One thing done to the host: a file that got another value, or a folder that was made (then without values).
/// </summary>
internal sealed record Deed(string Path, string? Old = null, string? New = null);

/// <summary>
/// What has been done to the host, so that it can be undone: each deed is on disk before it is done. The file lies
/// where it is lost when the machine starts anew, as the deeds are then, too.
/// </summary>
internal sealed class TuningJournal(string path)
{
    public static string PathOf(HostRoots roots) => $"{roots.Run}/paddock-runner/tuning.journal";

    /// <exception cref="IOException">It cannot be written down; then it must not be done.</exception>
    public void Record(Deed deed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write([.. JsonSerializer.SerializeToUtf8Bytes(deed, DeedJson.Default.Deed), (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Undoes everything, the last first.</summary>
    /// <returns>A sentence for each deed; none where there was nothing to undo.</returns>
    public IReadOnlyList<string> Undo()
    {
        var deeds = Read();
        List<string> sentences = [.. Enumerable.Reverse(deeds).Select(Undo).OfType<string>()];
        File.Delete(path);
        return sentences;
    }

    // A line without end was not finished, so what it says was not done.
    private List<Deed> Read()
    {
        if (HostRoots.Read(path) is null)
            return [];
        var lines = File.ReadAllText(path).Split('\n')[..^1];
        return [.. lines.Select(line => JsonSerializer.Deserialize(line, DeedJson.Default.Deed)!)];
    }

    private static string? Undo(Deed deed)
    {
        if (deed.New is null || deed.Old is null)
            return RemoveFolder(deed.Path);
        if (HostRoots.Read(deed.Path) is not { } now)
            return $"{deed.Path} is not there any more; it was {deed.Old}.";
        if (KernelFile.Same(now, deed.Old))
            return null; // It was never done, or is undone already.
        if (!KernelFile.Same(now, deed.New))
            return $"{deed.Path} says {now}, which is not from here; it is left, and was {deed.Old}.";
        return KernelFile.Write(deed.Path, deed.Old) is { } why
            ? $"{deed.Path} could not be set back to {deed.Old}: {why}."
            : $"{deed.Path} is {deed.Old} again.";
    }

    private static string? RemoveFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        try
        {
            Native.Linux.RemoveFolder(folder); // Of control groups: its files go with it.
            return $"{folder} is removed.";
        }
        catch (IOException e)
        {
            return $"{folder} could not be removed: {e.Message}.";
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Deed))]
internal sealed partial class DeedJson : JsonSerializerContext;

/// <summary>Files in which the kernel keeps one value.</summary>
internal static class KernelFile
{
    /// <returns>Why it could not be written; null if it was.</returns>
    public static string? Write(string path, string value)
    {
        try
        {
            using var file = new FileStream(
                path,
                FileMode.Truncate,
                FileAccess.Write,
                FileShare.ReadWrite,
                bufferSize: 0
            ); // As a shell does.
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{value}\n"));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>
    /// Whether what a file says is a value that was written to it: the kernel shows a choice with all its words, and a
    /// mask with all its digits.
    /// </summary>
    public static bool Same(string shown, string written) =>
        TuningPlan.Selected(shown) == written
        || (CpuList.ParseMask(shown) is { } a && CpuList.ParseMask(written) is { } b && a.SequenceEqual(b));
}
