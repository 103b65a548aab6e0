using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql;

/// <summary>
/// A typed parameter. Text is <see cref="DbType.AnsiString"/> with a size and a time is <see cref="DbType.DateTime2"/>:
/// the untyped forms would travel to SQL Server as nvarchar and datetime, and mean something else there.
/// </summary>
public sealed class LocalSqlParameter : DbParameter
{
    private DbType? _type;

    /// <inheritdoc/>
    public override DbType DbType
    {
        get => _type ?? Inferred(Value);
        set => _type = value;
    }

    /// <inheritdoc/>
    public override ParameterDirection Direction { get; set; } = ParameterDirection.Input;

    /// <inheritdoc/>
    public override bool IsNullable { get; set; }

    /// <inheritdoc/>
    [AllowNull]
    public override string ParameterName { get; set; } = "";

    /// <inheritdoc/>
    public override int Size { get; set; }

    /// <inheritdoc/>
    public override byte Precision { get; set; } = 38;

    /// <inheritdoc/>
    public override byte Scale { get; set; } = 6;

    /// <inheritdoc/>
    [AllowNull]
    public override string SourceColumn { get; set; } = "";

    /// <inheritdoc/>
    public override bool SourceColumnNullMapping { get; set; }

    /// <inheritdoc/>
    public override object? Value { get; set; }

    /// <inheritdoc/>
    public override void ResetDbType() => _type = null;

    internal BatchParameter ToBatchParameter()
    {
        var value = Value is DBNull ? null : Value;
        var type = DbType switch
        {
            DbType.AnsiString => SqlType.VarChar(Size is > 0 and <= 8000 ? Size : SqlType.Max),
            DbType.Int64 => SqlType.BigInt,
            DbType.Int32 => SqlType.Int,
            DbType.Int16 => SqlType.SmallInt,
            DbType.Byte => SqlType.TinyInt,
            DbType.Boolean => SqlType.Bit,
            DbType.Double => SqlType.Float,
            DbType.Single => SqlType.Real,
            DbType.Decimal => SqlType.Decimal(Precision, Scale),
            DbType.DateTime2 => SqlType.DateTime2,
            DbType.Date => SqlType.Date,
            DbType.Time => SqlType.Time,
            DbType.DateTimeOffset => SqlType.DateTimeOffset,
            DbType.Binary => SqlType.VarBinary(Size is > 0 and <= 8000 ? Size : SqlType.Max),
            DbType.Guid => SqlType.UniqueIdentifier,
            DbType.String => throw Untyped("DbType.AnsiString with a size: a string would travel as nvarchar"),
            DbType.DateTime => throw Untyped("DbType.DateTime2: a DateTime would travel as datetime, in steps of 3 ms"),
            var other => throw Untyped($"another type: {other} has no place in the subset"),
        };
        return new BatchParameter(
            ParameterName.TrimStart('@'), type, Normalised(value),
            Direction is ParameterDirection.Output or ParameterDirection.InputOutput);
    }

    private static object? Normalised(object? value) => value switch
    {
        DateTime v => new DateTime(v.Ticks - (v.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Unspecified),
        double v when !double.IsFinite(v) => throw new ArgumentException("A float holds finite numbers only."),
        _ => value,
    };

    private static DbType Inferred(object? value) => value switch
    {
        long => DbType.Int64,
        int => DbType.Int32,
        short => DbType.Int16,
        byte => DbType.Byte,
        bool => DbType.Boolean,
        double => DbType.Double,
        float => DbType.Single,
        decimal => DbType.Decimal,
        byte[] => DbType.Binary,
        Guid => DbType.Guid,
        DateTimeOffset => DbType.DateTimeOffset,
        DateOnly => DbType.Date,
        TimeSpan => DbType.Time,
        DateTime => DbType.DateTime,
        _ => DbType.String,
    };

    private ArgumentException Untyped(string instead) => new($"The parameter {ParameterName} needs {instead}.");
}

/// <summary>The parameters of a command.</summary>
public sealed class LocalSqlParameterCollection : DbParameterCollection
{
    private readonly List<LocalSqlParameter> _items = [];

    /// <inheritdoc/>
    public override int Count => _items.Count;

    /// <inheritdoc/>
    public override object SyncRoot => _items;

    internal IReadOnlyList<LocalSqlParameter> Items => _items;

    /// <inheritdoc/>
    public override int Add(object value)
    {
        _items.Add((LocalSqlParameter)value);
        return _items.Count - 1;
    }

    /// <inheritdoc/>
    public override void AddRange(Array values)
    {
        foreach (var value in values)
        {
            Add(value);
        }
    }

    /// <inheritdoc/>
    public override void Clear() => _items.Clear();

    /// <inheritdoc/>
    public override bool Contains(object value) => _items.Contains((LocalSqlParameter)value);

    /// <inheritdoc/>
    public override bool Contains(string value) => IndexOf(value) >= 0;

    /// <inheritdoc/>
    public override void CopyTo(Array array, int index) => ((ICollection)_items).CopyTo(array, index);

    /// <inheritdoc/>
    public override IEnumerator GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    public override int IndexOf(object value) => _items.IndexOf((LocalSqlParameter)value);

    /// <inheritdoc/>
    public override int IndexOf(string parameterName) => _items.FindIndex(p =>
        string.Equals(p.ParameterName.TrimStart('@'), parameterName.TrimStart('@'), StringComparison.Ordinal));

    /// <inheritdoc/>
    public override void Insert(int index, object value) => _items.Insert(index, (LocalSqlParameter)value);

    /// <inheritdoc/>
    public override void Remove(object value) => _items.Remove((LocalSqlParameter)value);

    /// <inheritdoc/>
    public override void RemoveAt(int index) => _items.RemoveAt(index);

    /// <inheritdoc/>
    public override void RemoveAt(string parameterName) => _items.RemoveAt(IndexOf(parameterName));

    /// <inheritdoc/>
    protected override DbParameter GetParameter(int index) => _items[index];

    /// <inheritdoc/>
    protected override DbParameter GetParameter(string parameterName) => _items[IndexOf(parameterName)];

    /// <inheritdoc/>
    protected override void SetParameter(int index, DbParameter value) => _items[index] = (LocalSqlParameter)value;

    /// <inheritdoc/>
    protected override void SetParameter(string parameterName, DbParameter value) =>
        _items[IndexOf(parameterName)] = (LocalSqlParameter)value;
}
