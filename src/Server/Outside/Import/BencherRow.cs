using System.Data.Common;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Outside.Import;

/// <summary>A row of a foreign database; its values must obey the limits that apply to requests.</summary>
internal sealed class BencherRow(DbDataReader reader) : PostgresRow(reader)
{
    private const int CharsMax = 4096;
    private const long YearMax = 7_258_118_400; // The end of 2199, the limit for dates in requests.
    private const uint IterationMax = 99_999;

    public override string Text()
    {
        var column = Column;
        var text = base.Text();
        if (text.Length > CharsMax)
            throw new InvalidDataException(
                $"a text in column {column} has {text.Length} characters; allowed: {CharsMax} at most"
            );
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new InvalidDataException($"a text in column {column} has a null character")
            : text;
    }

    public override double Double()
    {
        var number = base.Double();
        return double.IsFinite(number)
            ? number
            : throw new InvalidDataException($"a value is {number}; allowed: a finite number");
    }

    /// <summary>The start or end time of a run, in seconds.</summary>
    public long RunTime()
    {
        var seconds = Long();
        return seconds is >= 0 and < YearMax
            ? seconds
            : throw new InvalidDataException(
                $"a report has the time {seconds}, which is not in the years 1970 to 2199"
            );
    }

    public uint Iteration()
    {
        var iteration = Long();
        return iteration is >= 0 and <= IterationMax
            ? (uint)iteration
            : throw new InvalidDataException($"a result has the iteration {iteration}; allowed: 0 to {IterationMax}");
    }
}
