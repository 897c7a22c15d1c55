using System.Runtime.InteropServices;

namespace Paddock.Runner.Images;

/// <summary>Decompresses with the distribution's libzstd, which Debian's package manager itself needs.</summary>
internal sealed partial class Zstandard : ReadStream
{
    // Layers do not use windows beyond 128 MiB; a larger one would only exhaust memory.
    private const int WindowLogMaxParameter = 100,
        WindowLogMax = 27;

    private readonly Stream inner;
    private readonly byte[] input = new byte[128 << 10];
    private nint context;
    private int start,
        end;
    private bool frameOpen;

    public Zstandard(Stream inner)
    {
        this.inner = inner;
        try
        {
            context = ZSTD_createDCtx();
        }
        catch (DllNotFoundException e)
        {
            throw new ImageException(
                "The image has zstd layers, and libzstd is not installed on this machine (Debian: libzstd1)",
                cause: e
            );
        }
        _ = ZSTD_DCtx_setParameter(context, WindowLogMaxParameter, WindowLogMax);
    }

    public override unsafe int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (start == end)
            {
                (start, end) = (0, inner.Read(input));
                if (end == 0)
                    return frameOpen ? throw new ImageException("A zstd layer ends in the middle", again: true) : 0;
            }
            fixed (
                byte* from = input,
                    to = buffer
            )
            {
                var (source, target) = (new Buffer(from, end, start), new Buffer(to, buffer.Length, 0));
                var left = ZSTD_decompressStream(context, ref target, ref source);
                if (ZSTD_isError(left) != 0)
                    throw new ImageException(
                        $"A zstd layer is damaged: {Marshal.PtrToStringUTF8(ZSTD_getErrorName(left))}"
                    );
                frameOpen = left != 0;
                start = (int)source.Position;
                if (target.Position > 0)
                    return (int)target.Position;
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (context != 0)
            _ = ZSTD_freeDCtx(context);
        context = 0;
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private unsafe struct Buffer(byte* bytes, int size, int position)
    {
        public byte* Bytes = bytes;
        public nuint Size = (nuint)size;
        public nuint Position = (nuint)position;
    }

    [LibraryImport("libzstd.so.1")]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_DCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport("libzstd.so.1")]
    private static partial nuint ZSTD_decompressStream(nint context, ref Buffer output, ref Buffer input);

    [LibraryImport("libzstd.so.1")]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport("libzstd.so.1")]
    private static partial nint ZSTD_getErrorName(nuint code);
}
