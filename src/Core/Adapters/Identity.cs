using System.Security.Cryptography;
using System.Text;
using Paddock.Core.Names;

namespace Paddock.Core.Adapters;

/// <summary>A parameter with which a benchmark was run.</summary>
/// <param name="IsCircumstance">True for where the benchmark ran (a job, a virtual machine) rather than what it ran.
/// Such a parameter is part of a name, even of the full name, only if it distinguishes two benchmarks of the same
/// output. Otherwise a new version of a runtime would end the history of every benchmark.</param>
internal readonly record struct Parameter(string Key, string Value, bool IsCircumstance = false);

/// <summary>
/// Everything that distinguishes a benchmark from others of a project: the name that the harness gives, its package,
/// and its parameters. The name that people see only has those parts that tell it from similar benchmarks.
/// </summary>
internal sealed class Identity(string plain, IReadOnlyList<Parameter> parameters, string? package = null)
    : IEquatable<Identity>
{
    private const int HashBytes = 4;

    public string Plain => plain;
    public string? Package => package;
    public IReadOnlyList<Parameter> Parameters => parameters;

    /// <summary>The value of a parameter; null if there is none.</summary>
    public string? this[string key]
    {
        get
        {
            foreach (var one in parameters)
                if (one.Key == key)
                    return one.Value;
            return null;
        }
    }

    /// <summary>The text with the package, all parameters, and those circumstances whose keys are given.</summary>
    public string Full(IReadOnlySet<string>? circumstances = null) =>
        Text(withPackage: true, one => !one.IsCircumstance || circumstances?.Contains(one.Key) is true);

    /// <summary>"sort [size=1000, text=a b]", with the wanted parameters only.</summary>
    public string Text(bool withPackage, Func<Parameter, bool> isWanted)
    {
        var text = new StringBuilder(withPackage && package is { Length: > 0 } ? $"{package}.{plain}" : plain);
        var separator = " [";
        foreach (var one in parameters.Where(isWanted))
        {
            text.Append(separator).Append(one.Key).Append('=').Append(one.Value);
            separator = ", ";
        }
        if (separator != " [")
            text.Append(']');
        return text.ToString();
    }

    public override string ToString() => Full();

    public bool Equals(Identity? other) =>
        other is not null
        && plain == other.Plain
        && package == other.Package
        && parameters.SequenceEqual(other.Parameters);

    public override bool Equals(object? obj) => Equals(obj as Identity);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(plain);
        hash.Add(package);
        foreach (var one in parameters)
            hash.Add(one.Value);
        return hash.ToHashCode();
    }

    /// <summary>
    /// Makes a text a valid name. A text that is too long is truncated and ends with a hash of the whole text, so that
    /// it stays unique.
    /// </summary>
    public static string Fitting(string text)
    {
        if (BenchmarkName.TryParse(text, out _))
            return text;
        text = text.Replace('\0', '\ufffd');
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (utf8.Length <= BenchmarkName.BytesMax)
            return text;
        var tail = "…" + Convert.ToHexStringLower(SHA256.HashData(utf8).AsSpan(0, HashBytes));
        var length = BenchmarkName.BytesMax - Encoding.UTF8.GetByteCount(tail);
        while ((utf8[length] & 0xc0) == 0x80)
            length--; // Not within a character.
        return Encoding.UTF8.GetString(utf8, 0, length) + tail;
    }
}
