using System.Runtime.InteropServices;
using Paddock.Server.Ground.Disk;

namespace Paddock.Server.Ground.Blobs;

/// <summary>The blob store of a single machine: one file per object.</summary>
internal sealed partial class FolderStore : IBlobStore
{
    private const int BufferBytes = 256 << 10;

    // Objects are written to a draft and renamed, so a file under its own name is always complete.
    private const string Draft = ".part";

    private static readonly FileStreamOptions Private = new()
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = 0,
        UnixCreateMode = PrivateFiles.File,
    };

    private readonly string root;

    public FolderStore(string root)
    {
        this.root = root;
        Directory.CreateDirectory(root, PrivateFiles.Folder);
    }

    public async Task PutAsync(string key, Stream content, CancellationToken ct)
    {
        var path = PathOf(key);
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder, PrivateFiles.Folder);
        var draft = path + Draft;
        try
        {
            await using (var file = new FileStream(draft, Private))
            {
                await content.CopyToAsync(file, BufferBytes, ct);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
            FlushFolder(folder);
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    public Task<Stream> OpenAsync(string key, long offset, long? length, CancellationToken ct)
    {
        try
        {
            var file = new FileStream(
                PathOf(key),
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete,
                bufferSize: 0
            );
            file.Position = offset;
            return Task.FromResult<Stream>(file);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException(e.Message, e);
        }
    }

    public Task DeleteAsync(string key, CancellationToken ct)
    {
        var path = PathOf(key);
        try
        {
            File.Delete(path);
            File.Delete(path + Draft); // The draft of a server that was killed.
        }
        catch (DirectoryNotFoundException) { }
        return Task.CompletedTask;
    }

    private string PathOf(string key) => Path.Combine(root, IBlobStore.Checked(key));

    // After a power cut a file is found again only if its folder was flushed to disk too.
    private static void FlushFolder(string path)
    {
        var folder = OpenFile(path, flags: 0);
        if (folder < 0)
            throw new IOException($"{path} cannot be opened: error {Marshal.GetLastPInvokeError()}");
        try
        {
            if (Flush(folder) != 0)
                throw new IOException($"{path} cannot be written to disk: error {Marshal.GetLastPInvokeError()}");
        }
        finally
        {
            _ = CloseFile(folder);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Flush(int file);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CloseFile(int file);
}
