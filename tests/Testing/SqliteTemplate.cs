using Paddock.Server.Ground.Database;

namespace Paddock.Testing;

/// <summary>An embedded database that has all of the server's tables and no row, migrated once per process.</summary>
internal static class SqliteTemplate
{
    private const string Name = "paddock.db";
    private static readonly Lazy<byte[]> Content = new(Make);

    /// <summary>Puts a copy into a data folder that has no database yet, before a server opens it.</summary>
    public static void CopyTo(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path))
            return;
        // Where others may open it, the server says so in its log.
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        using var file = new FileStream(path, options);
        file.Write(Content.Value);
    }

    private static byte[] Make()
    {
        var folder = Scratch.Folder("paddock-template-");
        var file = Path.Combine(folder, Name);
        // Closing the last connection moves everything from the log into the file.
        new SqliteDb(file, new ReadLimits(TimeSpan.FromMinutes(1), null), TimeProvider.System)
            .DisposeAsync()
            .AsTask()
            .GetAwaiter()
            .GetResult();
        var content = File.ReadAllBytes(file);
        Directory.Delete(folder, recursive: true);
        return content;
    }
}
