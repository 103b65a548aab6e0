using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;

namespace Experiments.LocalSql;

/// <summary>
/// Bulk insertion into a table of the local engine, column by column, row by row, through DuckDB's appender; inside the
/// connection's open transaction if there is one. Nothing is written before <see cref="Complete"/> in a transaction of
/// its own, or before the commit in one of the caller's.
/// </summary>
public sealed class LocalSqlBulkWriter : IDisposable
{
    private readonly DuckAppender _appender;
    private readonly Session _session;
    private readonly CatalogObject _target;

    /// <summary>Opens a writer.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="schema">Schema of the table.</param>
    /// <param name="table">Name of the table.</param>
    /// <param name="columns">The columns that rows carry, in their order; the others get NULL or their default.</param>
    public LocalSqlBulkWriter(LocalSqlConnection connection, string schema, string table, IReadOnlyList<string> columns)
    {
        _session = connection.Session;
        var item = connection.Session.Catalog.Find(schema, table)
            ?? throw new LocalSqlException(208, $"Invalid object name '{schema}.{table}'.", 0, 0, null);
        _target = item;
        foreach (var column in columns)
        {
            var known = item.Columns.FirstOrDefault(c => string.Equals(c.Name, column, StringComparison.Ordinal))
                ?? throw new LocalSqlException(207, $"Invalid column name '{column}' of {schema}.{table}.", 0, 0, null);
            if (known.IsComputed)
            {
                throw new LocalSqlException(271, Refuse.ComputedText(column), 0, 0, null);
            }
        }

        try
        {
            _appender = connection.Session.Native.CreateAppender(
                schema, table, columns, isInTransaction: _session.TransactionCount > 0);
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, null, null, target: _target);
        }
    }

    /// <summary>Rows ended so far.</summary>
    public long RowsWritten { get; private set; }

    /// <summary>Writes an int or bigint.</summary>
    public void Append(long value) => _appender.Append(value);

    /// <summary>Writes a float.</summary>
    public void Append(double value) => _appender.Append(value);

    /// <summary>Writes a bit.</summary>
    public void Append(bool value) => _appender.Append(value);

    /// <summary>Writes a datetime2(6), or the day of a date.</summary>
    public void Append(DateTime value) => _appender.Append(value);

    /// <summary>Writes a text.</summary>
    public void Append(ReadOnlySpan<char> value) => _appender.Append(value);

    /// <summary>Writes a text that is UTF-8 already.</summary>
    public void AppendUtf8(ReadOnlySpan<byte> value) => _appender.AppendUtf8(value);

    /// <summary>Writes a NULL.</summary>
    public void AppendNull() => _appender.AppendNull();

    /// <summary>Ends the row; every column must have been written.</summary>
    public void EndRow()
    {
        Checked(_appender.EndRow);
        RowsWritten++;
    }

    /// <summary>Hands over the last rows; a violated constraint comes up here at the latest.</summary>
    public void Complete()
    {
        Checked(_appender.Complete);
        _session.DataIsChanged();
    }

    /// <inheritdoc/>
    public void Dispose() => _appender.Dispose();

    private void Checked(Action work)
    {
        try
        {
            work();
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, null, null, target: _target);
        }
    }
}
