using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Experiments.Sources;

/// <summary>
/// Reads records of a file, one at a time, as UTF-8 bytes: no text is made of a field on its way to the database. A
/// line that is no record is handed out too, with the rule it breaks. Memory is one buffer, as long as the longest
/// record.
/// </summary>
internal abstract class RecordReader : IDisposable
{
    /// <summary>The most bytes of a record of several lines.</summary>
    private const int LongestRecord = 1 << 20;

    /// <summary>The most bytes of one line: beyond, the file is no file of records.</summary>
    private const int LongestLine = 1 << 28;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[1 << 17];
    private int _next;
    private int _end;
    private bool _streamEnded;
    private long _line;
    private int _recordStart;
    private int _recordLength;
    private int _firstLength;
    private int _firstNext;
    private ArrayBufferWriter<byte>? _rest;

    protected RecordReader(Stream stream)
    {
        _stream = stream;
        Fill(0);
        if (_buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8))
        {
            _next = 3;
        }
    }

    /// <summary>Physical line on which the current record begins, from 1.</summary>
    internal long LineNumber { get; private set; }

    /// <summary>The rule the current line breaks, null for a record.</summary>
    internal string? BrokenRule { get; private protected set; }

    /// <summary>The current record as it stands in the file, without its line end.</summary>
    internal ReadOnlySpan<byte> RawLine => _buffer.AsSpan(_recordStart, _recordLength);

    /// <summary>Moves to the next record or broken line; blank lines are passed over.</summary>
    internal bool Read()
    {
        do
        {
            if (!NextLine(isContinued: false))
            {
                return false;
            }
        }
        while (_recordLength == 0);

        LineNumber = _line;
        _firstLength = _recordLength;
        _firstNext = _next - _recordStart;
        BrokenRule = null;
        if (!Utf8.IsValid(RawLine))
        {
            BrokenRule = "invalid_utf8";
        }
        else if (RawLine.Contains((byte)0))
        {
            BrokenRule = "nul_character";
        }
        else
        {
            Split();
        }

        return true;
    }

    /// <summary>The field of a wanted column; false where the record has none.</summary>
    internal abstract bool TryField(int slot, out ReadOnlySpan<byte> value);

    /// <summary>Names in the file that are no wanted column, as far as the file is read.</summary>
    internal abstract IReadOnlyCollection<string> UnknownNames { get; }

    /// <summary>The record's fields that are no wanted column, as a JSON object; empty for none.</summary>
    internal ReadOnlySpan<byte> Rest()
    {
        _rest ??= new ArrayBufferWriter<byte>(256);
        _rest.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_rest, RestOptions))
        {
            json.WriteStartObject();
            WriteRest(json);
            json.WriteEndObject();
        }

        return _rest.WrittenCount > 2 ? _rest.WrittenSpan : default;
    }

    public void Dispose() => _stream.Dispose();

    private static readonly JsonWriterOptions RestOptions = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true,
    };

    private protected abstract void WriteRest(Utf8JsonWriter json);

    /// <summary>Splits the current line into fields, or sets the rule it breaks.</summary>
    private protected abstract void Split();

    /// <summary>Joins the next physical line to the record, for a quoted field with a line end in it.</summary>
    private protected bool Extend() =>
        _recordLength <= LongestRecord && NextLine(isContinued: true) && Utf8.IsValid(RawLine);

    /// <summary>Gives a record of several lines up after its first one; the others are read again as lines of their own.</summary>
    private protected void KeepFirstLine()
    {
        _recordLength = _firstLength;
        _next = _recordStart + _firstNext;
        _line = LineNumber;
    }

    private bool NextLine(bool isContinued)
    {
        var keep = isContinued ? _recordStart : _next;
        var searched = _next;
        while (true)
        {
            var at = _buffer.AsSpan(searched, _end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                Take(keep, searched + at, searched + at + 1);
                return true;
            }

            searched = _end;
            if (_streamEnded)
            {
                if (_next == _end)
                {
                    return false;
                }

                Take(keep, _end, _end);
                return true;
            }

            var moved = Fill(keep);
            keep -= moved;
            searched -= moved;
            _next -= moved;
            _recordStart -= moved;
        }
    }

    private void Take(int recordStart, int lineEnd, int next)
    {
        _recordStart = recordStart;
        _recordLength = lineEnd - recordStart;
        if (_recordLength > 0 && _buffer[lineEnd - 1] == '\r')
        {
            _recordLength--;
        }

        _next = next;
        _line++;
    }

    /// <summary>Reads on; gives the number of bytes by which what lies at <paramref name="keep"/> moved down.</summary>
    private int Fill(int keep)
    {
        var moved = 0;
        if (_end == _buffer.Length)
        {
            var length = _end - keep;
            if (length >= LongestLine)
            {
                throw new LoadException($"Line {_line + 1} is longer than {LongestLine >> 20} MB.");
            }

            var target = length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            Buffer.BlockCopy(_buffer, keep, target, 0, length);
            _buffer = target;
            _end = length;
            moved = keep;
        }

        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _streamEnded = read == 0;
        return moved;
    }
}
