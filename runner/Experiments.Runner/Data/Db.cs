using System.Data.Common;
using System.Globalization;
using Experiments.Connections;

namespace Experiments.Runner.Data;

/// <summary>Commands with typed parameters, and nullable values, over ADO.NET.</summary>
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

    /// <summary>Adds text as varchar of a size in bytes.</summary>
    public static DbCommand WithText(this DbCommand command, string name, string? value, int size = 128)
    {
        Parameters.AddVarChar(command, name, value, size);
        return command;
    }

    /// <summary>Adds a bigint.</summary>
    public static DbCommand WithBigInt(this DbCommand command, string name, long? value)
    {
        Parameters.AddBigInt(command, name, value);
        return command;
    }

    /// <summary>Adds an int.</summary>
    public static DbCommand WithInt(this DbCommand command, string name, int? value)
    {
        Parameters.AddInt(command, name, value);
        return command;
    }

    /// <summary>Adds a float.</summary>
    public static DbCommand WithFloat(this DbCommand command, string name, double? value)
    {
        Parameters.AddFloat(command, name, value);
        return command;
    }

    /// <summary>Adds a bit.</summary>
    public static DbCommand WithBit(this DbCommand command, string name, bool? value)
    {
        Parameters.AddBit(command, name, value);
        return command;
    }

    /// <summary>Adds a datetime2(6).</summary>
    public static DbCommand WithTime(this DbCommand command, string name, DateTime? value)
    {
        Parameters.AddDateTime2(command, name, value);
        return command;
    }

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
