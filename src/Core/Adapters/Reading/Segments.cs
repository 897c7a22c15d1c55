using System.Collections;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Paddock.Core.Adapters.Reading;

/// <summary>
/// A list made of pieces. A single growing array of thousands of items lands on the large object heap. Each such array
/// triggers a full garbage collection, which takes longer than reading a report.
/// </summary>
internal sealed class Segments<T> : IReadOnlyList<T>
{
    private const int PieceBytes = 64 << 10; // Below the threshold of the large object heap, whatever the item size.

    private static readonly int Bits = BitOperations.Log2((uint)(PieceBytes / Unsafe.SizeOf<T>()));
    private static readonly int Size = 1 << Bits;
    private const int SizeMin = 4;

    private T[][] pieces =
    [
        [],
    ];

    public Segments() { }

    /// <summary>A list of this many default values; the count is a power of two.</summary>
    public Segments(int count)
    {
        pieces = new T[Math.Max(1, count >> Bits)][];
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = new T[Math.Min(count, Size)];
        Count = count;
    }

    public int Count { get; private set; }

    public ref T this[int index] => ref pieces[index >> Bits][index & (Size - 1)];

    T IReadOnlyList<T>.this[int index] =>
        (uint)index < (uint)Count ? this[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public void Add(T item)
    {
        var (piece, at) = (Count >> Bits, Count & (Size - 1));
        if (piece == pieces.Length)
        {
            Array.Resize(ref pieces, piece * 2);
            for (var i = piece; i < pieces.Length; i++)
                pieces[i] = [];
        }
        if (at == pieces[piece].Length)
            Array.Resize(ref pieces[piece], Math.Clamp(at * 2, piece == 0 ? SizeMin : Size, Size));
        pieces[piece][at] = item;
        Count++;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
