using Paddock.Server.Ground.Database;
using Paddock.Server.Ground.Disk;
using Paddock.Server.Installation;
using Paddock.Server.Tests.Registry;

namespace Paddock.Server.Tests.Ground.Disk;

/// <summary>Only the server's own account may read the files that it stores.</summary>
public sealed class PrivateFilesTests
{
    private const UnixFileMode Open =
        PrivateFiles.Folder
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;
    private const UnixFileMode OpenFile = PrivateFiles.File | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    [Fact]
    public async Task Files_written_by_the_server_are_closed_to_other_accounts()
    {
        await using var server = await TestServer.StartAsync(Engine.Sqlite);
        var ada = await server.SignUpAsync("Ada Admin");
        (await ada.PostAsync("/v0/server/backup", new { compress = true })).Expect(201);
        using var repository = await Repository.OpenAsync(ada, "one");
        await repository.PushBlobAsync(Repository.Content(1000, seed: 1));

        var all = Entries(server.DataFolder);

        Assert.Contains(all, entry => entry.Name == "paddock.db-wal");
        Assert.Contains(all, entry => entry.Name.StartsWith("backup-paddock-", StringComparison.Ordinal));
        Assert.Contains(all, entry => entry.FullName.Contains("/blobs/registry/", StringComparison.Ordinal));
        AssertClosed(all);
    }

    [Fact]
    public async Task Files_of_an_older_installation_are_closed_at_the_next_start_with_a_log_line()
    {
        await using var server = await ServerProcess.StartAsync(Engine.Sqlite);
        using var client = new Client(server.Address, token: null);
        var ada = await client.SignUpAsync("Ada Admin", server.Tokens);
        using var repository = await Repository.OpenAsync(ada, "one");
        await repository.PushBlobAsync(Repository.Content(1000, seed: 1));
        File.WriteAllText(Path.Combine(server.DataFolder, "somebody's own"), "");
        server.Kill();
        foreach (var entry in Entries(server.DataFolder))
            entry.UnixFileMode = entry is DirectoryInfo ? Open : OpenFile;

        await server.StartAsync();

        AssertClosed([.. Entries(server.DataFolder).Where(entry => entry.Name != "somebody's own")]);
        // Not the server's file.
        Assert.Equal(OpenFile, File.GetUnixFileMode(Path.Combine(server.DataFolder, "somebody's own")));
        (await client.GetAsync("/v0/projects/one")).Expect(200);
        server.Kill();
        Assert.Contains("Other accounts of this machine could open", await server.LogAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_data_folder_needs_no_tightening()
    {
        var parent = Directory.CreateTempSubdirectory("paddock-new-").FullName;
        var folder = Path.Combine(parent, "paddock-data");

        ServerOptions.FromEnvironment(name => name == "PADDOCK_DATA" ? folder : null);

        Assert.Equal(PrivateFiles.Folder, new DirectoryInfo(folder).UnixFileMode);
        Assert.Equal(0, PrivateFiles.Tighten(folder));
        Directory.Delete(parent, recursive: true);
    }

    [Fact]
    public void A_world_writable_folder_keeps_its_mode_and_symbolic_links_are_not_followed()
    {
        var folder = Directory.CreateTempSubdirectory("paddock-open-").FullName;
        var elsewhere = Path.Combine(Directory.CreateTempSubdirectory("paddock-elsewhere-").FullName, "secret");
        File.WriteAllText(elsewhere, "");
        File.SetUnixFileMode(elsewhere, OpenFile);
        var shared = Open | UnixFileMode.OtherWrite | UnixFileMode.StickyBit;
        new DirectoryInfo(folder).UnixFileMode = shared;
        File.WriteAllText(Path.Combine(folder, "paddock.db"), "");
        File.SetUnixFileMode(Path.Combine(folder, "paddock.db"), OpenFile);
        File.CreateSymbolicLink(Path.Combine(folder, "secret-key"), elsewhere);

        Assert.Equal(1, PrivateFiles.Tighten(folder));

        Assert.Equal(shared, new DirectoryInfo(folder).UnixFileMode);
        Assert.Equal(PrivateFiles.File, File.GetUnixFileMode(Path.Combine(folder, "paddock.db")));
        Assert.Equal(OpenFile, File.GetUnixFileMode(elsewhere));
        Directory.Delete(folder, recursive: true);
        Directory.Delete(Path.GetDirectoryName(elsewhere)!, recursive: true);
    }

    private static List<FileSystemInfo> Entries(string folder) =>
        [
            new DirectoryInfo(folder),
            .. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories),
        ];

    private static void AssertClosed(List<FileSystemInfo> entries) =>
        Assert.All(entries, entry =>
            Assert.Equal(
                (entry.FullName, entry is DirectoryInfo ? PrivateFiles.Folder : PrivateFiles.File),
                (entry.FullName, entry.UnixFileMode)
            )
        );
}
