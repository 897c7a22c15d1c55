using System.Buffers.Binary;

namespace Paddock.Runner.Sandbox.Container;

/// <summary>
/// Writes a static program that exits with 0 and has no dependencies, so that a trial container can run it on any
/// machine.
/// </summary>
internal static class TrialProgram
{
    private const int HeaderSize = 64,
        SegmentSize = 56;
    private const ulong Address = 0x400000;

    // exit_group(0) in each architecture's machine code.
    // xor edi,edi; mov eax,231; syscall
    private static ReadOnlySpan<byte> X64 => [0x31, 0xff, 0xb8, 0xe7, 0x00, 0x00, 0x00, 0x0f, 0x05];

    // mov x0,#0; mov x8,#94; svc #0
    private static ReadOnlySpan<byte> Arm64 => [0x00, 0x00, 0x80, 0xd2, 0xc8, 0x0b, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4];

    public static void Write(string file)
    {
        var isX64 = Images.ImageStore.Architecture == "amd64";
        var code = isX64 ? X64 : Arm64;
        var elf = new byte[HeaderSize + SegmentSize + code.Length];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(elf);
        Short(16, 2); // Executable.
        Short(18, isX64 ? (ushort)62 : (ushort)183);
        Int(20, 1);
        Long(24, Address + HeaderSize + SegmentSize); // Entry point.
        Long(32, HeaderSize);
        Short(52, HeaderSize);
        Short(54, SegmentSize);
        Short(56, 1);
        Int(HeaderSize, 1); // PT_LOAD.
        Int(HeaderSize + 4, 5); // Readable and executable.
        Long(HeaderSize + 16, Address);
        Long(HeaderSize + 24, Address);
        Long(HeaderSize + 32, (ulong)elf.Length);
        Long(HeaderSize + 40, (ulong)elf.Length);
        Long(HeaderSize + 48, 0x1000);
        code.CopyTo(elf.AsSpan(HeaderSize + SegmentSize));
        File.WriteAllBytes(file, elf);
        File.SetUnixFileMode(file, (UnixFileMode)0x1ed);

        void Short(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);
        void Int(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);
        void Long(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(at), value);
    }
}
