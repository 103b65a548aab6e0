using System.Data.Common;
using System.Text;
using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Connections;

/// <summary>
/// Writes rows into a table in bulk: each column in the order the writer was created with, then <see cref="EndRow"/>.
/// Rows belong to the connection's transaction.
/// </summary>
public interface IBulkWriter : IDisposable
{
    /// <summary>Rows ended so far.</summary>
    long RowsWritten { get; }

    /// <summary>Writes a bigint.</summary>
    void Append(long value);

    /// <summary>Writes a float.</summary>
    void Append(double value);

    /// <summary>Writes a bit.</summary>
    void Append(bool value);

    /// <summary>Writes a datetime2(6), or the day of a date.</summary>
    void Append(DateTime value);

    /// <summary>Writes a varchar that is UTF-8 already.</summary>
    void AppendUtf8(ReadOnlySpan<byte> value);

    /// <summary>Writes a NULL.</summary>
    void AppendNull();

    /// <summary>Ends the row.</summary>
    void EndRow();

    /// <summary>Sends what is left.</summary>
    void Complete();
}

/// <summary>Makes the bulk writer that fits a connection.</summary>
public static class BulkWriters
{
    /// <summary>Opens a writer.</summary>
    /// <param name="connection">An open connection of either engine.</param>
    /// <param name="transaction">Its transaction.</param>
    /// <param name="schema">Schema of the table.</param>
    /// <param name="table">Name of the table.</param>
    /// <param name="columns">The columns that rows carry.</param>
    public static IBulkWriter Create(
        DbConnection connection, DbTransaction? transaction, string schema, string table, IReadOnlyList<string> columns) =>
        connection switch
        {
            LocalSqlConnection local => new LocalWriter(new LocalSqlBulkWriter(local, schema, table, columns)),
            SqlConnection server => new SqlServerWriter(server, (SqlTransaction?)transaction, schema, table, columns),
            _ => throw new NotSupportedException($"No bulk load for a {connection.GetType().Name}."),
        };

    private sealed class LocalWriter(LocalSqlBulkWriter writer) : IBulkWriter
    {
        public long RowsWritten => writer.RowsWritten;

        public void Append(long value) => writer.Append(value);

        public void Append(double value) => writer.Append(value);

        public void Append(bool value) => writer.Append(value);

        public void Append(DateTime value) => writer.Append(value);

        public void AppendUtf8(ReadOnlySpan<byte> value) => writer.AppendUtf8(value);

        public void AppendNull() => writer.AppendNull();

        public void EndRow() => writer.EndRow();

        public void Complete() => writer.Complete();

        public void Dispose() => writer.Dispose();
    }

    /// <summary>SqlBulkCopy, a batch of rows at a time, so that memory stays the same however long the file is.</summary>
    private sealed class SqlServerWriter : IBulkWriter
    {
        private const int BatchRows = 20_000;

        private readonly SqlBulkCopy _copy;
        private readonly int _width;
        private readonly List<object[]> _rows = new(BatchRows);
        private object[] _row;
        private int _column;

        internal SqlServerWriter(
            SqlConnection connection, SqlTransaction? transaction, string schema, string table,
            IReadOnlyList<string> columns)
        {
            _width = columns.Count;
            _row = new object[_width];
            _copy = new SqlBulkCopy(connection, SqlBulkCopyOptions.CheckConstraints, transaction)
            {
                DestinationTableName = schema + "." + table,
                BulkCopyTimeout = 0,
                EnableStreaming = true,
            };
            for (var i = 0; i < columns.Count; i++)
            {
                _copy.ColumnMappings.Add(i, columns[i]);
            }
        }

        public long RowsWritten { get; private set; }

        public void Append(long value) => _row[_column++] = value;

        public void Append(double value) => _row[_column++] = value;

        public void Append(bool value) => _row[_column++] = value;

        public void Append(DateTime value) => _row[_column++] = value;

        public void AppendUtf8(ReadOnlySpan<byte> value) => _row[_column++] = Encoding.UTF8.GetString(value);

        public void AppendNull() => _row[_column++] = DBNull.Value;

        public void EndRow()
        {
            if (_column != _width)
            {
                throw new InvalidOperationException($"A row of {_width} columns ended after {_column}.");
            }

            _rows.Add(_row);
            _row = new object[_width];
            _column = 0;
            RowsWritten++;
            if (_rows.Count == BatchRows)
            {
                Complete();
            }
        }

        public void Complete()
        {
            if (_rows.Count > 0)
            {
                using var reader = new RowReader(_rows, _width);
                _copy.WriteToServer(reader);
                _rows.Clear();
            }
        }

        public void Dispose() => ((IDisposable)_copy).Dispose();
    }
}
