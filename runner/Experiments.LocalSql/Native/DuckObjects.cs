using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Experiments.LocalSql.Native;

/// <summary>An error of DuckDB, in its own words.</summary>
internal sealed class DuckException(string message) : Exception(message);

/// <summary>DuckDB's type ids (duckdb.h, DUCKDB_TYPE_*).</summary>
internal enum DuckType
{
    Invalid = 0,
    Boolean = 1,
    TinyInt = 2,
    SmallInt = 3,
    Integer = 4,
    BigInt = 5,
    UTinyInt = 6,
    USmallInt = 7,
    UInteger = 8,
    UBigInt = 9,
    Float = 10,
    Double = 11,
    Timestamp = 12,
    Date = 13,
    Time = 14,
    HugeInt = 16,
    VarChar = 17,
    Blob = 18,
    Decimal = 19,
    Uuid = 27,
    TimestampTz = 31,
}

/// <summary>An open DuckDB instance; a file is open in one process at a time.</summary>
internal sealed class DuckDatabase : SafeHandle
{
    private DuckDatabase(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    internal static DuckDatabase Open(string path, IReadOnlyDictionary<string, string> settings)
    {
        if (NativeMethods.Startup.CreateConfig(out var config) != 0)
        {
            throw new DuckException("DuckDB gave no configuration.");
        }

        try
        {
            foreach (var (name, value) in settings)
            {
                if (NativeMethods.Startup.SetConfig(config, name, value) != 0)
                {
                    throw new DuckException($"DuckDB does not take the setting {name} = {value}.");
                }
            }

            if (NativeMethods.Startup.Open(path, out var database, config, out var error) == 0)
            {
                return new DuckDatabase(database);
            }

            var message = Marshal.PtrToStringUTF8(error) ?? "DuckDB gave no reason.";
            NativeMethods.Startup.Free(error);
            throw new DuckException(message);
        }
        finally
        {
            NativeMethods.Startup.DestroyConfig(ref config);
        }
    }

    internal DuckConnection Connect() => NativeMethods.Startup.Connect(handle, out var connection) == 0
        ? new DuckConnection(connection)
        : throw new DuckException("DuckDB gave no connection.");

    protected override bool ReleaseHandle()
    {
        NativeMethods.Startup.Close(ref handle);
        return true;
    }
}

/// <summary>A DuckDB connection: one transaction at a time, one thread at a time but for <see cref="Interrupt"/>.</summary>
internal sealed class DuckConnection : SafeHandle
{
    internal DuckConnection(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    /// <summary>Runs one statement or several.</summary>
    internal void Execute(string sql)
    {
        var result = default(DuckResultStruct);
        try
        {
            if (NativeMethods.Query.Execute(handle, sql, ref result) != 0)
            {
                throw new DuckException(ErrorOf(ref result));
            }
        }
        finally
        {
            NativeMethods.Query.DestroyResult(ref result);
        }
    }

    internal DuckStatement Prepare(string sql)
    {
        var state = NativeMethods.Prepared.Prepare(handle, sql, out var statement);
        if (state == 0)
        {
            return new DuckStatement(statement);
        }

        var message = Marshal.PtrToStringUTF8(NativeMethods.Prepared.PrepareError(statement)) ?? "DuckDB gave no reason.";
        NativeMethods.Prepared.Destroy(ref statement);
        throw new DuckException(message);
    }

    internal DuckAppender CreateAppender(
        string schema, string table, IReadOnlyList<string> columns, bool isInTransaction) =>
        new(handle, schema, table, columns, isInTransaction);

    internal void Interrupt() => NativeMethods.Startup.Interrupt(handle);

    internal static string ErrorOf(ref DuckResultStruct result) =>
        Marshal.PtrToStringUTF8(NativeMethods.Query.ResultError(ref result)) ?? "DuckDB gave no reason.";

    protected override bool ReleaseHandle()
    {
        NativeMethods.Startup.Disconnect(ref handle);
        return true;
    }
}

/// <summary>A prepared statement with numbered parameters ($1, $2, …).</summary>
internal sealed class DuckStatement : SafeHandle
{
    internal DuckStatement(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;

    internal int ParameterCount => (int)NativeMethods.Prepared.ParameterCount(handle);

    /// <summary>Binds a value; the index counts from 1.</summary>
    internal unsafe void Bind(int index, object? value)
    {
        var i = (ulong)index;
        var state = value switch
        {
            null or DBNull => NativeMethods.Prepared.BindNull(handle, i),
            bool v => NativeMethods.Prepared.BindBoolean(handle, i, v),
            byte v => NativeMethods.Prepared.BindInt32(handle, i, v),
            short v => NativeMethods.Prepared.BindInt32(handle, i, v),
            int v => NativeMethods.Prepared.BindInt32(handle, i, v),
            long v => NativeMethods.Prepared.BindInt64(handle, i, v),
            float v => NativeMethods.Prepared.BindDouble(handle, i, v),
            double v => NativeMethods.Prepared.BindDouble(handle, i, v),
            decimal v => BindText(i, v.ToString(CultureInfo.InvariantCulture)),
            string v => BindText(i, v),
            Guid v => BindText(i, v.ToString()),
            byte[] v => BindBlob(i, v),
            DateTime v => NativeMethods.Prepared.BindTimestamp(handle, i, Microseconds(v)),
            DateOnly v => NativeMethods.Prepared.BindTimestamp(handle, i, Microseconds(v.ToDateTime(TimeOnly.MinValue))),
            DateTimeOffset v => NativeMethods.Prepared.BindTimestampTz(handle, i, Microseconds(v.UtcDateTime)),
            TimeSpan v => NativeMethods.Prepared.BindTime(handle, i, v.Ticks / TimeSpan.TicksPerMicrosecond),
            _ => throw new ArgumentException($"No DuckDB value for a {value.GetType().Name}.", nameof(value)),
        };
        if (state != 0)
        {
            throw new DuckException($"Parameter {index.ToString(CultureInfo.InvariantCulture)} could not be bound.");
        }
    }

    internal DuckResult Execute()
    {
        var result = default(DuckResultStruct);
        if (NativeMethods.Prepared.Execute(handle, ref result) == 0)
        {
            return new DuckResult(result);
        }

        var message = DuckConnection.ErrorOf(ref result);
        NativeMethods.Query.DestroyResult(ref result);
        throw new DuckException(message);
    }

    internal static long Microseconds(DateTime value) =>
        (value.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    protected override bool ReleaseHandle()
    {
        NativeMethods.Prepared.Destroy(ref handle);
        return true;
    }

    private unsafe int BindText(ulong index, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* p = bytes)
        {
            return NativeMethods.Prepared.BindText(handle, index, p, (ulong)bytes.Length);
        }
    }

    private unsafe int BindBlob(ulong index, byte[] bytes)
    {
        fixed (byte* p = bytes)
        {
            return NativeMethods.Prepared.BindBlob(handle, index, p, (ulong)bytes.Length);
        }
    }
}
