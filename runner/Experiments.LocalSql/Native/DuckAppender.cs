using System.Runtime.InteropServices;
using System.Text;

namespace Experiments.LocalSql.Native;

/// <summary>
/// Bulk insertion: rows are written into DuckDB's own vectors and handed over 2,048 at a time. While the caller fills
/// one chunk, a thread of the pool appends those before, so that reading a file and storing it take two cores. An error
/// comes up with a later row, in <see cref="Complete"/> at the latest.
/// </summary>
internal sealed unsafe class DuckAppender : IDisposable
{
    private const int Capacity = 2048;

    /// <summary>Chunks after which the table takes over what is appended: one group of rows, as DuckDB stores them.</summary>
    private const int FlushEvery = 60;

    /// <summary>The most bytes of text that wait to be appended.</summary>
    private const long MostWaiting = 32L << 20;

    private readonly DuckType[] _types;
    private readonly nint[] _vectors;
    private readonly byte*[] _data;
    private byte[] _buffer = new byte[8192];
    private nint _appender;
    private nint _chunk;
    private readonly nint[] _logicalTypes;
    private readonly Queue<(nint Chunk, int Rows, long Bytes)> _full = new();
    private readonly Stack<nint> _free = new();
    private Exception? _failure;
    private readonly bool _flushes;
    private int _appended;
    private bool _isSending;
    private long _waiting;
    private long _bytes;
    private int _row;
    private int _column;

    internal DuckAppender(
        nint connection, string schema, string table, IReadOnlyList<string> columns, bool isInTransaction)
    {
        _flushes = isInTransaction;
        if (NativeMethods.Appender.Create(connection, schema, table, out _appender) != 0)
        {
            throw Failed();
        }

        foreach (var column in columns)
        {
            if (NativeMethods.Appender.AddColumn(_appender, column) != 0)
            {
                throw Failed();
            }
        }

        var count = (int)NativeMethods.Appender.ColumnCount(_appender);
        _types = new DuckType[count];
        _vectors = new nint[count];
        _data = new byte*[count];
        _logicalTypes = new nint[count];
        for (var i = 0; i < count; i++)
        {
            _logicalTypes[i] = NativeMethods.Appender.ColumnType(_appender, (ulong)i);
            _types[i] = (DuckType)NativeMethods.Types.Id(_logicalTypes[i]);
        }

        _chunk = NewChunk();
        Refresh();
    }

    ~DuckAppender() => Release();

    internal void Append(long value)
    {
        switch (_types[_column])
        {
            case DuckType.BigInt:
                ((long*)_data[_column])[_row] = value;
                break;
            case DuckType.Integer:
                ((int*)_data[_column])[_row] = checked((int)value);
                break;
            default:
                throw new InvalidOperationException($"An integer does not fit a column of type {_types[_column]}.");
        }

        _column++;
    }

    internal void Append(double value)
    {
        Require(DuckType.Double);
        ((double*)_data[_column++])[_row] = value;
    }

    internal void Append(bool value)
    {
        Require(DuckType.Boolean);
        _data[_column++][_row] = value ? (byte)1 : (byte)0;
    }

    internal void Append(DateTime value)
    {
        if (_types[_column] == DuckType.Date)
        {
            ((int*)_data[_column++])[_row] = (int)((value.Date - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerDay);
            return;
        }

        Require(DuckType.Timestamp);
        ((long*)_data[_column++])[_row] = DuckStatement.Microseconds(value);
    }

    internal void Append(ReadOnlySpan<char> value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (_buffer.Length < most)
        {
            _buffer = new byte[most];
        }

        AppendUtf8(_buffer.AsSpan(0, Encoding.UTF8.GetBytes(value, _buffer)));
    }

    internal void AppendUtf8(ReadOnlySpan<byte> value)
    {
        Require(DuckType.VarChar);
        if (value.Length <= 12)
        {
            // A short string lies inside its string_t: length, then the bytes.
            var item = _data[_column] + (_row * 16);
            ((long*)item)[0] = 0;
            ((long*)item)[1] = 0;
            *(int*)item = value.Length;
            value.CopyTo(new Span<byte>(item + 4, 12));
        }
        else
        {
            fixed (byte* p = value)
            {
                NativeMethods.Chunks.AssignText(_vectors[_column], (ulong)_row, p, (ulong)value.Length);
            }
        }

        _bytes += value.Length;
        _column++;
    }

    internal void AppendNull()
    {
        var vector = _vectors[_column++];
        NativeMethods.Chunks.EnsureValidity(vector);
        NativeMethods.Chunks.Validity(vector)[_row / 64] &= ~(1UL << (_row % 64));
    }

    internal void EndRow()
    {
        if (_column != _types.Length)
        {
            throw new InvalidOperationException($"A row of {_types.Length} columns ended after {_column}.");
        }

        _column = 0;
        if (++_row == Capacity)
        {
            Send();
        }
    }

    /// <summary>Hands over what is left; errors of the table's constraints come up here.</summary>
    internal void Complete()
    {
        WaitUntilSent();
        ThrowIfFailed();
        if (_row > 0)
        {
            Append(_chunk, _row);
            _row = 0;
            _bytes = 0;
            Refresh();
        }

        Flush();
    }

    public void Dispose()
    {
        WaitUntilSent();
        Release();
        GC.SuppressFinalize(this);
    }

    private void Require(DuckType type)
    {
        if (_types[_column] != type)
        {
            throw new InvalidOperationException($"A {type} does not fit a column of type {_types[_column]}.");
        }
    }

    /// <summary>Queues the full chunk and goes on with another.</summary>
    private void Send()
    {
        lock (_full)
        {
            while (_isSending && _waiting > MostWaiting)
            {
                Monitor.Wait(_full);
            }

            ThrowIfFailed();
            _full.Enqueue((_chunk, _row, _bytes));
            _waiting += _bytes;
            if (!_isSending)
            {
                _isSending = true;
                _ = Task.Run(AppendQueued);
            }

            _chunk = _free.Count > 0 ? _free.Pop() : NewChunk();
        }

        _row = 0;
        _bytes = 0;
        Refresh();
    }

    private void AppendQueued()
    {
        while (true)
        {
            (nint Chunk, int Rows, long Bytes) next;
            lock (_full)
            {
                if (_failure is not null || !_full.TryDequeue(out next))
                {
                    _isSending = false;
                    Monitor.PulseAll(_full);
                    return;
                }
            }

            Exception? failure = null;
            try
            {
                Append(next.Chunk, next.Rows);
                if (_flushes && ++_appended % FlushEvery == 0)
                {
                    Flush();
                }
            }
            catch (Exception e)
            {
                // Thrown again on the caller's thread.
                failure = e;
            }

            lock (_full)
            {
                _failure = failure;
                _free.Push(next.Chunk);
                _waiting -= next.Bytes;
                Monitor.PulseAll(_full);
            }
        }
    }

    private void WaitUntilSent()
    {
        lock (_full)
        {
            while (_isSending)
            {
                Monitor.Wait(_full);
            }
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new DuckException(failure.Message);
        }
    }

    private void Append(nint chunk, int rows)
    {
        NativeMethods.Chunks.SetSize(chunk, (ulong)rows);
        if (NativeMethods.Appender.AppendChunk(_appender, chunk) != 0)
        {
            throw Failed();
        }

        NativeMethods.Chunks.Reset(chunk);
    }

    private void Flush()
    {
        if (NativeMethods.Appender.Flush(_appender) != 0)
        {
            throw Failed();
        }
    }

    private nint NewChunk()
    {
        fixed (nint* types = _logicalTypes)
        {
            return NativeMethods.Chunks.Create(types, (ulong)_logicalTypes.Length);
        }
    }

    private void Refresh()
    {
        for (var i = 0; i < _types.Length; i++)
        {
            _vectors[i] = NativeMethods.Chunks.Vector(_chunk, (ulong)i);
            _data[i] = NativeMethods.Chunks.Data(_vectors[i]);
        }
    }

    private DuckException Failed() =>
        new(Marshal.PtrToStringUTF8(NativeMethods.Appender.Error(_appender)) ?? "DuckDB gave no reason.");

    private void Release()
    {
        if (_chunk != 0)
        {
            NativeMethods.Chunks.Destroy(ref _chunk);
            _chunk = 0;
            foreach (var other in _full.Select(static f => f.Chunk).Concat(_free))
            {
                var chunk = other;
                NativeMethods.Chunks.Destroy(ref chunk);
            }

            for (var i = 0; i < _logicalTypes.Length; i++)
            {
                NativeMethods.Types.Destroy(ref _logicalTypes[i]);
            }
        }

        if (_appender != 0)
        {
            _ = NativeMethods.Appender.Destroy(ref _appender);
            _appender = 0;
        }
    }
}
