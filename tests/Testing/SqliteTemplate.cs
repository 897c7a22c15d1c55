using Paddock.Server.Ground.Database;

namespace Paddock.Testing;

/// <summary>An empty embedded database with all of the server's tables, migrated once per process.</summary>
internal static class SqliteTemplate
{
    private const string Name = "paddock.db";
    private static readonly Lazy<byte[]> Content = new(Make);

    /// <summary>Copies the template into a data folder without a database, before a server opens it.</summary>
    public static void CopyTo(string folder)
    {
        var path = Path.Combine(folder, Name);
        if (File.Exists(path))
            return;
        // The server logs a warning if other accounts may open the file.
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
        // Closing the last connection moves everything from the write-ahead log into the file.
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
