using System.Data;
using System.Data.Common;
using System.Globalization;

namespace Experiments.Runner.Data;

/// <summary>Typed parameters and values over ADO.NET. No value travels untyped, so none changes its type on the way.</summary>
internal static class Db
{
    /// <summary>A command without a time limit: a refresh takes as long as it takes.</summary>
    public static DbCommand Command(DbConnection connection, string text, DbTransaction? transaction = null)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.CommandTimeout = 0;
        command.Transaction = transaction;
        return command;
    }

    /// <summary>Adds a parameter; null is NULL.</summary>
    public static DbCommand With(this DbCommand command, string name, DbType type, object? value, int size = 0)
    {
        DbParameter parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        if (type == DbType.AnsiString)
        {
            parameter.Size = size;
        }
        else if (type == DbType.DateTime2)
        {
            parameter.Scale = 6;
        }

        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Adds text as varchar.</summary>
    public static DbCommand WithText(this DbCommand command, string name, string? value, int size = 128) =>
        command.With(name, DbType.AnsiString, value, size);

    /// <summary>Adds a bigint.</summary>
    public static DbCommand WithBigInt(this DbCommand command, string name, long? value) =>
        command.With(name, DbType.Int64, value);

    /// <summary>Adds an int.</summary>
    public static DbCommand WithInt(this DbCommand command, string name, int? value) =>
        command.With(name, DbType.Int32, value);

    /// <summary>Adds a float.</summary>
    public static DbCommand WithFloat(this DbCommand command, string name, double? value) =>
        command.With(name, DbType.Double, value);

    /// <summary>Adds a bit.</summary>
    public static DbCommand WithBit(this DbCommand command, string name, bool? value) =>
        command.With(name, DbType.Boolean, value);

    /// <summary>Adds a datetime2(6).</summary>
    public static DbCommand WithTime(this DbCommand command, string name, DateTime? value) =>
        command.With(name, DbType.DateTime2, value);

    /// <summary>Reads all rows of a query.</summary>
    public static async Task<List<T>> QueryAsync<T>(
        DbCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                rows.Add(read(reader));
            }
        }

        return rows;
    }

    /// <summary>The text of a column, or null.</summary>
    public static string? Text(this DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>The number of a bigint or int column, or null.</summary>
    public static long? BigInt(this DbDataReader reader, int column) =>
        reader.IsDBNull(column)
            ? null
            : Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);

    /// <summary>The number of a float column, or null.</summary>
    public static double? Float(this DbDataReader reader, int column) =>
        reader.IsDBNull(column)
            ? null
            : Convert.ToDouble(reader.GetValue(column), CultureInfo.InvariantCulture);

    /// <summary>The time of a datetime2 column, or null.</summary>
    public static DateTime? Time(this DbDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetDateTime(column);

    /// <summary>A bit; NULL is false.</summary>
    public static bool Bit(this DbDataReader reader, int column) =>
        !reader.IsDBNull(column) && Convert.ToBoolean(reader.GetValue(column), CultureInfo.InvariantCulture);
}
