using System.Data.Common;
using System.Runtime.CompilerServices;

namespace Experiments.Runner.Output;

/// <summary>One column of a row set.</summary>
/// <param name="Name">Its name; a column without one has an empty name.</param>
/// <param name="Type">What its values are, as the CLR knows them.</param>
/// <param name="IsDate">Whether its values are calendar days, though they may travel as date and time.</param>
internal sealed record RowColumn(string Name, Type Type, bool IsDate = false)
{
    /// <summary>Whether the values are numbers, which stand at the right of a table's column.</summary>
    public bool IsNumeric =>
        Type == typeof(double) || Type == typeof(float) || Type == typeof(decimal) || Type == typeof(long)
        || Type == typeof(int) || Type == typeof(short) || Type == typeof(byte) || Type == typeof(bool);
}

/// <summary>Rows on their way out: columns, and values that are read once, in order, as they come.</summary>
internal sealed class RowSet(IReadOnlyList<RowColumn> columns, IAsyncEnumerable<object?[]> rows)
{
    public IReadOnlyList<RowColumn> Columns { get; } = columns;

    /// <summary>Values by column; NULL is null. An array may be reused: keep a copy of it, never itself.</summary>
    public IAsyncEnumerable<object?[]> Rows { get; } = rows;

    /// <summary>The current result set of a reader; the reader stays the caller's.</summary>
    public static RowSet FromReader(DbDataReader reader)
    {
        RowColumn[] columns = new RowColumn[reader.FieldCount];
        for (int i = 0; i < columns.Length; i++)
        {
            columns[i] = new RowColumn(
                reader.GetName(i),
                reader.GetFieldType(i),
                string.Equals(reader.GetDataTypeName(i), "date", StringComparison.OrdinalIgnoreCase));
        }

        return new RowSet(columns, ReadAsync(reader, columns.Length));
    }

    /// <summary>Rows that are already here.</summary>
    public static RowSet Of(IReadOnlyList<RowColumn> columns, IEnumerable<object?[]> rows) =>
        new(columns, EnumerateAsync(rows));

    private static async IAsyncEnumerable<object?[]> ReadAsync(
        DbDataReader reader, int count, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        object?[] values = new object?[count];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            for (int i = 0; i < count; i++)
            {
                object value = reader.GetValue(i);
                values[i] = value is DBNull ? null : value;
            }

            yield return values;
        }
    }

    private static async IAsyncEnumerable<object?[]> EnumerateAsync(IEnumerable<object?[]> rows)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (object?[] row in rows)
        {
            yield return row;
        }
    }
}

/// <summary>A way to write a row set.</summary>
internal interface IRowSetWriter
{
    /// <summary>Writes all rows; a row set is written once.</summary>
    Task WriteAsync(RowSet rows, CancellationToken cancellationToken);
}
