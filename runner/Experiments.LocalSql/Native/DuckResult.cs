using System.Runtime.InteropServices;
using System.Text;

namespace Experiments.LocalSql.Native;

/// <summary>The rows of a statement, read chunk by chunk straight from DuckDB's vectors.</summary>
internal sealed unsafe class DuckResult : IDisposable
{
    private readonly DuckType[] _types;
    private readonly byte[] _scales;
    private readonly byte[] _widths;
    private readonly byte*[] _data;
    private readonly ulong*[] _validity;
    private DuckResultStruct _result;
    private nint _chunk;
    private ulong _size;
    private ulong _row;
    private bool _disposed;

    internal DuckResult(DuckResultStruct result)
    {
        _result = result;
        ColumnCount = (int)NativeMethods.Query.ColumnCount(ref _result);
        _types = new DuckType[ColumnCount];
        _scales = new byte[ColumnCount];
        _widths = new byte[ColumnCount];
        _data = new byte*[ColumnCount];
        _validity = new ulong*[ColumnCount];
        for (var i = 0; i < ColumnCount; i++)
        {
            var type = NativeMethods.Query.ColumnLogicalType(ref _result, (ulong)i);
            _types[i] = (DuckType)NativeMethods.Types.Id(type);
            if (_types[i] == DuckType.Decimal)
            {
                _scales[i] = NativeMethods.Types.DecimalScale(type);
                _widths[i] = NativeMethods.Types.DecimalWidth(type);
            }

            NativeMethods.Types.Destroy(ref type);
        }
    }

    ~DuckResult() => Release();

    internal int ColumnCount { get; }

    internal long RowsChanged => (long)NativeMethods.Query.RowsChanged(ref _result);

    internal long RowCount => (long)NativeMethods.Query.RowCount(ref _result);

    /// <summary>Whether the statement returned rows (DUCKDB_RESULT_TYPE_QUERY_RESULT).</summary>
    internal bool IsQueryResult => NativeMethods.Query.ReturnType(_result) == 3;

    internal DuckType ColumnType(int index) => _types[index];

    internal string ColumnName(int index) =>
        Marshal.PtrToStringUTF8(NativeMethods.Query.ColumnName(ref _result, (ulong)index)) ?? "";

    internal bool Read()
    {
        if (_chunk != 0 && ++_row < _size)
        {
            return true;
        }

        do
        {
            if (_chunk != 0)
            {
                NativeMethods.Chunks.Destroy(ref _chunk);
                _chunk = 0;
            }

            _chunk = NativeMethods.Query.FetchChunk(_result);
            if (_chunk == 0)
            {
                return false;
            }

            _size = NativeMethods.Chunks.Size(_chunk);
            _row = 0;
        }
        while (_size == 0);

        for (var i = 0; i < ColumnCount; i++)
        {
            var vector = NativeMethods.Chunks.Vector(_chunk, (ulong)i);
            _data[i] = NativeMethods.Chunks.Data(vector);
            _validity[i] = NativeMethods.Chunks.Validity(vector);
        }

        return true;
    }

    internal bool IsNull(int index) =>
        _validity[index] != null && (_validity[index][_row / 64] & (1UL << (int)(_row % 64))) == 0;

    internal bool GetBoolean(int index) => _types[index] == DuckType.Boolean
        ? At<byte>(index) != 0
        : GetInt64(index) != 0;

    internal byte GetByte(int index) => checked((byte)GetInt64(index));

    internal short GetInt16(int index) => checked((short)GetInt64(index));

    internal int GetInt32(int index) => checked((int)GetInt64(index));

    internal long GetInt64(int index) => _types[index] switch
    {
        DuckType.Boolean => At<byte>(index),
        DuckType.TinyInt => At<sbyte>(index),
        DuckType.SmallInt => At<short>(index),
        DuckType.Integer => At<int>(index),
        DuckType.BigInt => At<long>(index),
        DuckType.UTinyInt => At<byte>(index),
        DuckType.USmallInt => At<ushort>(index),
        DuckType.UInteger => At<uint>(index),
        DuckType.UBigInt => checked((long)At<ulong>(index)),
        DuckType.HugeInt => checked((long)At<Int128>(index)),
        _ => throw Mismatch(index, "an integer"),
    };

    internal float GetFloat(int index) =>
        _types[index] == DuckType.Float ? At<float>(index) : (float)GetDouble(index);

    internal double GetDouble(int index) => _types[index] switch
    {
        DuckType.Double => At<double>(index),
        DuckType.Float => At<float>(index),
        DuckType.Decimal => (double)GetDecimal(index),
        _ => GetInt64(index),
    };

    internal decimal GetDecimal(int index)
    {
        if (_types[index] != DuckType.Decimal)
        {
            return GetInt64(index);
        }

        var unscaled = _widths[index] switch
        {
            <= 4 => At<short>(index),
            <= 9 => At<int>(index),
            <= 18 => At<long>(index),
            _ => At<Int128>(index),
        };
        var negative = unscaled < 0;
        var magnitude = negative ? (UInt128)(-unscaled) : (UInt128)unscaled;
        var scale = _scales[index];

        // A decimal of .NET holds 96 bits and 28 digits after the point.
        while (scale > 0 && (magnitude >> 96 != 0 || scale > 28) && magnitude % 10 == 0)
        {
            magnitude /= 10;
            scale--;
        }

        if (magnitude >> 96 != 0 || scale > 28)
        {
            throw new OverflowException("A decimal of more than 28 digits does not fit .NET's decimal.");
        }

        return new decimal(
            (int)(uint)(magnitude & uint.MaxValue), (int)(uint)((magnitude >> 32) & uint.MaxValue),
            (int)(uint)((magnitude >> 64) & uint.MaxValue), negative, scale);
    }

    internal string GetString(int index)
    {
        if (_types[index] != DuckType.VarChar)
        {
            throw Mismatch(index, "a text");
        }

        var span = Bytes(index);
        return span.IsEmpty ? "" : Encoding.UTF8.GetString(span);
    }

    internal byte[] GetBytes(int index) => _types[index] == DuckType.Blob
        ? Bytes(index).ToArray()
        : throw Mismatch(index, "binary");

    /// <summary>A timestamp or date as a DateTime of unspecified kind.</summary>
    internal DateTime GetDateTime(int index) => _types[index] switch
    {
        DuckType.Timestamp or DuckType.TimestampTz
            => new DateTime(DateTime.UnixEpoch.Ticks + (At<long>(index) * TimeSpan.TicksPerMicrosecond)),
        DuckType.Date => new DateTime(DateTime.UnixEpoch.Ticks + (At<int>(index) * TimeSpan.TicksPerDay)),
        _ => throw Mismatch(index, "a time"),
    };

    internal TimeSpan GetTime(int index) => _types[index] == DuckType.Time
        ? TimeSpan.FromMicroseconds(At<long>(index))
        : throw Mismatch(index, "a time of day");

    internal Guid GetGuid(int index)
    {
        if (_types[index] != DuckType.Uuid)
        {
            throw Mismatch(index, "a uniqueidentifier");
        }

        // DuckDB keeps a UUID as a signed 128-bit number with its highest bit flipped.
        var value = At<UInt128>(index) ^ ((UInt128)1 << 127);
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new Guid(bytes, bigEndian: true);
    }

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_chunk != 0)
        {
            NativeMethods.Chunks.Destroy(ref _chunk);
        }

        NativeMethods.Query.DestroyResult(ref _result);
    }

    private T At<T>(int index)
        where T : unmanaged => ((T*)_data[index])[_row];

    /// <summary>A string_t: length, then 12 bytes in place or 4 of prefix and a pointer.</summary>
    private ReadOnlySpan<byte> Bytes(int index)
    {
        var item = _data[index] + (_row * 16);
        var length = *(int*)item;
        return length <= 12
            ? new ReadOnlySpan<byte>(item + 4, length)
            : new ReadOnlySpan<byte>(*(byte**)(item + 8), length);
    }

    private InvalidCastException Mismatch(int index, string wanted) =>
        new($"The column '{ColumnName(index)}' is {_types[index]} and no {wanted}.");
}
