using System.Text.Json;
using System.Text.Json.Serialization;
using Paddock.Host;

namespace Paddock.Runner.Tuning;

/// <summary>
/// One change of the host: a file with a new value, or a created folder (without values).
/// </summary>
internal sealed record Deed(string Path, string? Old = null, string? New = null);

/// <summary>
/// A write-ahead journal of the changes to the host, so that they can be undone. Each change is recorded before it is
/// made. The file does not survive a reboot, and neither do the changes.
/// </summary>
internal sealed class TuningJournal(string path)
{
    public static string PathOf(HostRoots roots) => $"{roots.Run}/paddock-runner/tuning.journal";

    /// <exception cref="IOException">The change could not be recorded, so it must not be made.</exception>
    public void Record(Deed deed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write([.. JsonSerializer.SerializeToUtf8Bytes(deed, DeedJson.Default.Deed), (byte)'\n']);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Undoes all changes, the last first.</summary>
    /// <returns>A sentence for each change that had to be undone.</returns>
    public IReadOnlyList<string> Undo()
    {
        var deeds = Read();
        List<string> sentences = [.. Enumerable.Reverse(deeds).Select(Undo).OfType<string>()];
        File.Delete(path);
        return sentences;
    }

    // A line without an end was not completely written, so its change was never made.
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
            return $"{deed.Path} no longer exists; its value was {deed.Old}.";
        if (KernelFile.Same(now, deed.Old))
            return null; // The change was never made, or is already undone.
        if (!KernelFile.Same(now, deed.New))
            return $"{deed.Path} is {now}, which another program has set; it stays. Its value was {deed.Old}.";
        return KernelFile.Write(deed.Path, deed.Old) is { } why
            ? $"{deed.Path} could not be restored to {deed.Old}: {why}."
            : $"{deed.Path} is {deed.Old} again.";
    }

    private static string? RemoveFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return null;
        try
        {
            Native.Linux.RemoveFolder(folder); // A control group's files are removed with its folder.
            return $"{folder} was removed.";
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

/// <summary>Kernel files that each hold one value.</summary>
internal static class KernelFile
{
    /// <returns>Why the value could not be written; null when it was.</returns>
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
            ); // Opened as a shell's redirection does.
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{value}\n"));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>
    /// True when the shown content of a file equals a written value. They can differ in form: the kernel shows a choice
    /// with all its words, and a mask with all its digits.
    /// </summary>
    public static bool Same(string shown, string written) =>
        TuningPlan.Selected(shown) == written
        || (CpuList.ParseMask(shown) is { } a && CpuList.ParseMask(written) is { } b && a.SequenceEqual(b));
}
