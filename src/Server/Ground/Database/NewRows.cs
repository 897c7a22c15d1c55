namespace Paddock.Server.Ground.Database;

/// <summary>Rows to insert in bulk, stored by column: every column has one value per row.</summary>
internal sealed class NewRows(string table, int count)
{
    private readonly List<string> columns = [];
    private readonly List<Array> values = [];

    public string Table => table;
    public int Count => count;

    /// <summary>The column names, separated by commas as in an INSERT.</summary>
    public string Columns => string.Join(", ", columns);

    /// <summary>
    /// The values of each column: <c>string[]</c>, <c>long[]</c>, <c>long?[]</c> or <c>double?[]</c>.
    /// </summary>
    public IReadOnlyList<Array> Values => values;

    public NewRows With(string column, string[] texts) => Add(column, texts);

    public NewRows With(string column, long[] numbers) => Add(column, numbers);

    public NewRows With(string column, long?[] numbers) => Add(column, numbers);

    public NewRows With<T>(string column, Id<T>[] ids) => Add(column, ids.Numbers());

    public NewRows With(string column, double?[] numbers) => Add(column, numbers);

    /// <summary>Gives all rows the same key.</summary>
    public NewRows With<T>(string column, Id<T> id) => With(column, id.Value);

    /// <summary>Gives all rows the same value.</summary>
    public NewRows With(string column, long number)
    {
        var same = new long[count];
        Array.Fill(same, number);
        return Add(column, same);
    }

    private NewRows Add(string column, Array ofColumn)
    {
        if (ofColumn.Length != count)
            throw new ArgumentException($"{column}: {ofColumn.Length} values for {count} rows.", nameof(ofColumn));
        columns.Add(column);
        values.Add(ofColumn);
        return this;
    }
}
