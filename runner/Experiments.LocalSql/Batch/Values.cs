using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;

namespace Experiments.LocalSql.Batch;

/// <summary>Reads result values as the .NET types of their T-SQL types.</summary>
internal static class Values
{
    internal static object? Read(DuckResult rows, int index, SqlType type)
    {
        if (rows.IsNull(index))
        {
            return null;
        }

        return type.Kind switch
        {
            SqlKind.Null => null,
            SqlKind.Bit => rows.GetBoolean(index),
            SqlKind.TinyInt => rows.GetByte(index),
            SqlKind.SmallInt => rows.GetInt16(index),
            SqlKind.Int => checked((int)rows.GetInt64(index)),
            SqlKind.BigInt => rows.GetInt64(index),
            SqlKind.Decimal => rows.GetDecimal(index),
            SqlKind.Real => (float)Finite(rows.GetFloat(index)),
            SqlKind.Float => Finite(rows.GetDouble(index)),
            SqlKind.Date or SqlKind.DateTime or SqlKind.DateTime2 => Moment(rows, index),
            SqlKind.Time => rows.GetTime(index),
            SqlKind.DateTimeOffset => new DateTimeOffset(rows.GetDateTime(index), TimeSpan.Zero),
            SqlKind.VarChar or SqlKind.NVarChar => rows.GetString(index),
            SqlKind.VarBinary => rows.GetBytes(index),
            SqlKind.UniqueIdentifier => rows.GetGuid(index),
            _ => throw new InvalidOperationException("No .NET type for " + type),
        };
    }

    /// <summary>T-SQL's calendar ends with the year 9999; DuckDB's goes on.</summary>
    private static DateTime Moment(DuckResult rows, int index)
    {
        try
        {
            return rows.GetDateTime(index);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new LocalSqlException(517, "Adding a value to a date or time caused an overflow.", 0, 0, null);
        }
    }

    /// <summary>T-SQL's float has no infinity and no NaN: what DuckDB makes so is an overflow.</summary>
    private static double Finite(double value) => double.IsFinite(value)
        ? value
        : throw new LocalSqlException(8115, "Arithmetic overflow error converting expression to data type float.", 0, 0, null);

    /// <summary>A value as text, for PRINT and messages.</summary>
    internal static string Text(object? value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
