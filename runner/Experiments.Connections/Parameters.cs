using System.Data;
using System.Data.Common;

namespace Experiments.Connections;

/// <summary>
/// Typed parameters for both engines. An untyped string would travel to SQL Server as nvarchar and hash or compare
/// differently; an untyped DateTime as datetime, in steps of 3 ms.
/// </summary>
public static class Parameters
{
    /// <summary>Adds a varchar of a size in bytes.</summary>
    public static void AddVarChar(DbCommand command, string name, string? value, int size)
    {
        var parameter = Add(command, name, DbType.AnsiString, value);
        parameter.Size = size;
    }

    /// <summary>Adds a bigint.</summary>
    public static void AddBigInt(DbCommand command, string name, long? value) => Add(command, name, DbType.Int64, value);

    /// <summary>Adds an int.</summary>
    public static void AddInt(DbCommand command, string name, int? value) => Add(command, name, DbType.Int32, value);

    /// <summary>Adds a float.</summary>
    public static void AddFloat(DbCommand command, string name, double? value) => Add(command, name, DbType.Double, value);

    /// <summary>Adds a bit.</summary>
    public static void AddBit(DbCommand command, string name, bool? value) => Add(command, name, DbType.Boolean, value);

    /// <summary>Adds a datetime2(6).</summary>
    public static void AddDateTime2(DbCommand command, string name, DateTime? value)
    {
        var parameter = Add(command, name, DbType.DateTime2, value);
        parameter.Scale = 6;
    }

    private static DbParameter Add(DbCommand command, string name, DbType type, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return parameter;
    }
}
