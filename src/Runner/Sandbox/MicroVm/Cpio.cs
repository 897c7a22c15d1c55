using System.Globalization;
using System.Text;

namespace Paddock.Runner.Sandbox.MicroVm;

/// <summary>
/// Writes the archive that Linux unpacks into its initial root file system: cpio in the "newc" format
/// (Documentation/driver-api/early-userspace/buffer-format).
/// </summary>
internal sealed class Cpio(Stream to)
{
    private const int FolderMode = 0x41ed,
        FileMode = 0x81a4,
        ProgramMode = 0x81ed,
        LinkMode = 0xa1ff,
        Alignment = 4;
    private int inode;
    private long written;

    public void Folder(string path) => Entry(path, FolderMode, []);

    public void File(string path, ReadOnlySpan<byte> content, bool executable = false) =>
        Entry(path, executable ? ProgramMode : FileMode, content);

    public void Link(string path, string target) => Entry(path, LinkMode, Encoding.UTF8.GetBytes(target));

    /// <summary>Ends the archive. Another one may follow in the same stream.</summary>
    public void End() => Entry("TRAILER!!!", mode: 0, []);

    private void Entry(string path, int mode, ReadOnlySpan<byte> content)
    {
        var name = Encoding.UTF8.GetBytes(path + '\0');
        int[] fields =
        [
            ++inode,
            mode,
            0 /* uid */
            ,
            0 /* gid */
            ,
            1 /* links */
            ,
            0 /* time */
            ,
            content.Length,
            0,
            0,
            0,
            0 /* devices */
            ,
            name.Length,
            0, /* check */
        ];
        Write(
            Encoding.ASCII.GetBytes(
                "070701" + string.Concat(fields.Select(f => f.ToString("x8", CultureInfo.InvariantCulture)))
            )
        );
        Write(name);
        Pad();
        Write(content);
        Pad();
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        to.Write(bytes);
        written += bytes.Length;
    }

    private void Pad() => Write(stackalloc byte[(int)(-written & (Alignment - 1))]);
}
