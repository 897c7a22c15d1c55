using System.Text;

namespace Paddock.Core.Adapters.Reading;

/// <summary>A small table with UTF-8 keys. A lookup allocates no string.</summary>
internal sealed class ByteKeys<T>
{
    private readonly (byte[] Key, T Value)[][] byLength;

    public ByteKeys(IEnumerable<(string Key, T Value)> entries)
    {
        var encoded = entries.Select(entry => (Key: Encoding.UTF8.GetBytes(entry.Key), entry.Value)).ToArray();
        var lengths = Enumerable.Range(0, encoded.Max(entry => entry.Key.Length) + 1);
        byLength = [.. lengths.Select(length => encoded.Where(entry => entry.Key.Length == length).ToArray())];
    }

    public bool TryGet(ReadOnlySpan<byte> key, out T? value)
    {
        value = default;
        if (key.Length >= byLength.Length)
            return false;
        foreach (var entry in byLength[key.Length])
        {
            if (!key.SequenceEqual(entry.Key))
                continue;
            value = entry.Value;
            return true;
        }
        return false;
    }
}
