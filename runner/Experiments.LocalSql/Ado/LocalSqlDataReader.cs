using System.Collections;
using System.Data;
using System.Data.Common;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql;

/// <summary>The results of a batch, with the types SqlClient gives.</summary>
public sealed class LocalSqlDataReader : DbDataReader
{
    private readonly LocalSqlCommand _command;
    private readonly LocalSqlConnection _connection;
    private readonly BatchRun _run;
    private readonly CommandBehavior _behavior;
    private readonly CancellationToken _cancellation;
    private readonly int _timeout;
    private ResultSet? _result;
    private bool _closed;
    private bool _ahead;
    private bool _hasRows;
    private bool _onRow;

    internal LocalSqlDataReader(
        LocalSqlCommand command, LocalSqlConnection connection, BatchRun run, CommandBehavior behavior,
        int timeout, CancellationToken cancellation)
    {
        _command = command;
        _connection = connection;
        _run = run;
        _behavior = behavior;
        _cancellation = cancellation;
        _timeout = timeout;
    }

    /// <inheritdoc/>
    public override int Depth => 0;

    /// <inheritdoc/>
    public override int FieldCount => _result?.Columns.Count ?? 0;

    /// <inheritdoc/>
    public override bool HasRows => _hasRows;

    /// <inheritdoc/>
    public override bool IsClosed => _closed;

    /// <inheritdoc/>
    public override int RecordsAffected => _run.RecordsAffected;

    /// <inheritdoc/>
    public override object this[int ordinal] => GetValue(ordinal);

    /// <inheritdoc/>
    public override object this[string name] => GetValue(GetOrdinal(name));

    internal void Begin() => Advance();

    /// <inheritdoc/>
    public override bool NextResult() => Advance();

    /// <inheritdoc/>
    public override bool Read()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_result is null)
        {
            return false;
        }

        if (_ahead)
        {
            _ahead = false;
            return _onRow = _hasRows;
        }

        return _onRow = _result.Rows.Read();
    }

    /// <inheritdoc/>
    public override Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read());
    }

    /// <inheritdoc/>
    public override Task<bool> NextResultAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Advance());
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _connection.Reader = null;
        _run.Dispose();
        _command.Finished(_run);
        if (_behavior.HasFlag(CommandBehavior.CloseConnection))
        {
            _connection.Close();
        }
    }

    /// <inheritdoc/>
    public override string GetName(int ordinal) => Column(ordinal).Name;

    /// <inheritdoc/>
    public override int GetOrdinal(string name)
    {
        for (var i = 0; i < FieldCount; i++)
        {
            if (string.Equals(Column(i).Name, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new ArgumentException($"The result has no column '{name}'.");
    }

    /// <inheritdoc/>
    public override string GetDataTypeName(int ordinal)
    {
        // A bare NULL is an int, as on the server.
        var type = Column(ordinal).Type;
        var name = (type.Kind == SqlKind.Null ? SqlType.Int : type).ToString();
        var bracket = name.IndexOf('(', StringComparison.Ordinal);
        return bracket < 0 ? name : name[..bracket];
    }

    /// <inheritdoc/>
    public override Type GetFieldType(int ordinal) => Column(ordinal).Type.Kind switch
    {
        SqlKind.Bit => typeof(bool),
        SqlKind.TinyInt => typeof(byte),
        SqlKind.SmallInt => typeof(short),
        SqlKind.Int or SqlKind.Null => typeof(int),
        SqlKind.BigInt => typeof(long),
        SqlKind.Decimal => typeof(decimal),
        SqlKind.Real => typeof(float),
        SqlKind.Float => typeof(double),
        SqlKind.Date or SqlKind.DateTime or SqlKind.DateTime2 => typeof(DateTime),
        SqlKind.Time => typeof(TimeSpan),
        SqlKind.DateTimeOffset => typeof(DateTimeOffset),
        SqlKind.VarChar or SqlKind.NVarChar => typeof(string),
        SqlKind.VarBinary => typeof(byte[]),
        SqlKind.UniqueIdentifier => typeof(Guid),
        var other => throw new InvalidOperationException("No .NET type for " + other),
    };

    /// <inheritdoc/>
    public override bool IsDBNull(int ordinal) => Rows.Rows.IsNull(ordinal);

    /// <inheritdoc/>
    public override object GetValue(int ordinal) =>
        Values.Read(Rows.Rows, ordinal, Column(ordinal).Type) ?? DBNull.Value;

    /// <inheritdoc/>
    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
        {
            values[i] = GetValue(i);
        }

        return count;
    }

    /// <inheritdoc/>
    public override bool GetBoolean(int ordinal) => Typed<bool>(ordinal);

    /// <inheritdoc/>
    public override byte GetByte(int ordinal) => Typed<byte>(ordinal);

    /// <inheritdoc/>
    public override short GetInt16(int ordinal) => Typed<short>(ordinal);

    /// <inheritdoc/>
    public override int GetInt32(int ordinal) => Typed<int>(ordinal);

    /// <inheritdoc/>
    public override long GetInt64(int ordinal) => Typed<long>(ordinal);

    /// <inheritdoc/>
    public override float GetFloat(int ordinal) => Typed<float>(ordinal);

    /// <inheritdoc/>
    public override double GetDouble(int ordinal) => Typed<double>(ordinal);

    /// <inheritdoc/>
    public override decimal GetDecimal(int ordinal) => Typed<decimal>(ordinal);

    /// <inheritdoc/>
    public override string GetString(int ordinal) => Typed<string>(ordinal);

    /// <inheritdoc/>
    public override DateTime GetDateTime(int ordinal) => Typed<DateTime>(ordinal);

    /// <inheritdoc/>
    public override Guid GetGuid(int ordinal) => Typed<Guid>(ordinal);

    /// <inheritdoc/>
    public override char GetChar(int ordinal) => throw new NotSupportedException("There is no char type here.");

    /// <inheritdoc/>
    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) =>
        Copy(Typed<byte[]>(ordinal), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) =>
        Copy(Typed<string>(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => new DbEnumerator(this);

    /// <inheritdoc/>
    public override DataTable GetSchemaTable()
    {
        var table = new DataTable("SchemaTable") { Locale = System.Globalization.CultureInfo.InvariantCulture };
        table.Columns.Add("ColumnName", typeof(string));
        table.Columns.Add("ColumnOrdinal", typeof(int));
        table.Columns.Add("ColumnSize", typeof(int));
        table.Columns.Add("NumericPrecision", typeof(short));
        table.Columns.Add("NumericScale", typeof(short));
        table.Columns.Add("DataType", typeof(Type));
        table.Columns.Add("DataTypeName", typeof(string));
        table.Columns.Add("AllowDBNull", typeof(bool));
        table.Columns.Add("IsLong", typeof(bool));
        for (var i = 0; i < FieldCount; i++)
        {
            var column = Column(i);
            table.Rows.Add(
                column.Name, i, Size(column.Type), Precision(column.Type), Scale(column.Type), GetFieldType(i),
                GetDataTypeName(i), column.IsNullable, column.Type.Length == SqlType.Max);
        }

        return table;
    }

    /// <summary>The size that the schema table tells: characters of nvarchar, else bytes.</summary>
    private static int Size(SqlType type) => type.Kind switch
    {
        SqlKind.VarChar or SqlKind.NVarChar or SqlKind.VarBinary => type.Length == SqlType.Max ? int.MaxValue : type.Length,
        SqlKind.Bit or SqlKind.TinyInt => 1,
        SqlKind.SmallInt => 2,
        SqlKind.Date => 3,
        SqlKind.Int or SqlKind.Null or SqlKind.Real => 4,
        SqlKind.BigInt or SqlKind.Float or SqlKind.DateTime => 8,
        SqlKind.UniqueIdentifier => 16,
        SqlKind.Decimal => 17,
        SqlKind.Time => 3 + ((type.Scale - 1) / 2),
        SqlKind.DateTime2 => 6 + ((type.Scale - 1) / 2),
        SqlKind.DateTimeOffset => 8 + ((type.Scale - 1) / 2),
        var other => throw new InvalidOperationException("No size of " + other),
    };

    /// <summary>The precision that SqlClient tells of a type; 255 where it has none.</summary>
    private static short Precision(SqlType type) => type.Kind switch
    {
        SqlKind.Decimal => (short)type.Precision,
        SqlKind.TinyInt => 3,
        SqlKind.SmallInt => 5,
        SqlKind.Int or SqlKind.Null => 10,
        SqlKind.BigInt => 19,
        SqlKind.Real => 7,
        SqlKind.Float => 15,
        SqlKind.DateTime => 23,
        _ => 255,
    };

    private static short Scale(SqlType type) => type.Kind switch
    {
        SqlKind.Decimal or SqlKind.Time or SqlKind.DateTime or SqlKind.DateTime2 or SqlKind.DateTimeOffset => (short)type.Scale,
        _ => 255,
    };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }

    private ResultSet Rows => _onRow
        ? _result!
        : throw new InvalidOperationException("There is no row: call Read first.");

    private ResultColumn Column(int ordinal) =>
        _result?.Columns[ordinal] ?? throw new InvalidOperationException("The command returned no result.");

    private bool Advance()
    {
        _onRow = false;
        using var timer = _timeout > 0
            ? new Timer(_ => _run.Interrupt(isTimeout: true), null, TimeSpan.FromSeconds(_timeout), Timeout.InfiniteTimeSpan)
            : null;
        using var registration = _cancellation.Register(() => _run.Interrupt(isTimeout: false));
        try
        {
            _result = _run.Next();
        }
        catch (LocalSqlException e) when (_cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, _cancellation);
        }

        _hasRows = _result is not null && _result.Rows.Read();
        _ahead = _result is not null;
        return _result is not null;
    }

    private T Typed<T>(int ordinal) => GetValue(ordinal) switch
    {
        T value => value,
        DBNull => throw new InvalidCastException($"The column '{GetName(ordinal)}' is NULL."),
        var other => throw new InvalidCastException(
            $"The column '{GetName(ordinal)}' is {Column(ordinal).Type} ({other.GetType().Name}), not {typeof(T).Name}."),
    };

    private static long Copy<T>(T[] data, long offset, T[]? buffer, int bufferOffset, int length)
    {
        if (buffer is null)
        {
            return data.Length;
        }

        var count = (int)Math.Max(0, Math.Min(length, data.Length - offset));
        Array.Copy(data, offset, buffer, bufferOffset, count);
        return count;
    }
}
