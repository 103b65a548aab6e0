using System.Runtime.CompilerServices;
using System.Text.Unicode;

namespace Experiments.Sources;

/// <summary>Writes lines of UTF-8 through one buffer, and counts them.</summary>
internal sealed class LineWriter(string path) : IDisposable
{
    private const int LongestLine = 1024;

    private readonly FileStream _file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1);
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _used;

    internal long Lines { get; private set; }

    internal void Write([InterpolatedStringHandlerArgument("")] ref LineHandler line)
    {
        _used += line.Length;
        _buffer[_used++] = (byte)'\n';
        Lines++;
    }

    /// <summary>A line of bytes that need be no UTF-8.</summary>
    internal void WriteBytes(ReadOnlySpan<byte> line)
    {
        line.CopyTo(Room());
        _used += line.Length;
        _buffer[_used++] = (byte)'\n';
        Lines++;
    }

    public void Dispose()
    {
        _file.Write(_buffer, 0, _used);
        _file.Dispose();
    }

    private Span<byte> Room()
    {
        if (_buffer.Length - _used < LongestLine + 1)
        {
            _file.Write(_buffer, 0, _used);
            _used = 0;
        }

        return _buffer.AsSpan(_used, LongestLine);
    }

    /// <summary>Formats straight into the writer's buffer, in the invariant culture.</summary>
    [InterpolatedStringHandler]
    internal ref struct LineHandler
    {
        private readonly Span<byte> _room;
        private Utf8.TryWriteInterpolatedStringHandler _inner;
        private readonly bool _fits;

        public LineHandler(int literalLength, int formattedCount, LineWriter writer)
        {
            _room = writer.Room();
            _inner = new Utf8.TryWriteInterpolatedStringHandler(
                literalLength, formattedCount, _room, System.Globalization.CultureInfo.InvariantCulture, out _fits);
        }

        internal int Length => _fits && Utf8.TryWrite(_room, ref _inner, out var length)
            ? length
            : throw new InvalidOperationException("A line is longer than the writer's room.");

        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);
    }
}
