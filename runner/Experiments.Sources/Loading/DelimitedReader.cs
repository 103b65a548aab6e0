using System.Text;

namespace Experiments.Sources;

/// <summary>
/// CSV and TSV with a header, by RFC 4180: quoted fields, doubled quotes, line ends inside quotes. A quote that is never
/// closed costs its own line, not the rest of the file.
/// </summary>
internal sealed class DelimitedReader : RecordReader
{
    private readonly byte _separator;
    private readonly int[] _slots;
    private readonly bool _isQuoted;
    private readonly int[] _unknown = [];
    private readonly byte[][] _unknownNames = [];
    private (int Start, int Length, bool IsDoubled)[] _fields = new (int, int, bool)[16];
    private byte[] _scratch = new byte[1024];
    private int _count;

    /// <summary>Reads the header and finds the wanted columns in it.</summary>
    /// <param name="stream">The file, unpacked.</param>
    /// <param name="separator">A comma or a tab.</param>
    /// <param name="wanted">Names of columns; a slot is an index into them.</param>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="layout">The names of the fields where the file has no header.</param>
    internal DelimitedReader(
        Stream stream, char separator, IReadOnlyList<string> wanted, string file, IReadOnlyList<string>? layout = null)
        : base(stream)
    {
        _separator = (byte)separator;
        _isQuoted = separator == ',';
        if (layout is null && (!Read() || BrokenRule is not null))
        {
            throw new LoadException($"The file '{file}' has no header line that can be read.");
        }

        var header = new List<string>();
        for (var i = 0; layout is null && i < _count; i++)
        {
            header.Add(Encoding.UTF8.GetString(Field(i)).Trim());
        }

        header.AddRange(layout ?? []);
        Header = header;
        var repeated = header.GroupBy(static h => h, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1 && wanted.Contains(g.Key));
        if (repeated is not null)
        {
            throw new LoadException($"The file '{file}' has the column '{repeated.Key}' twice.");
        }

        _slots = [.. wanted.Select(name => header.IndexOf(name))];
        _unknown = [.. Enumerable.Range(0, header.Count).Where(i => header[i].Length > 0 && !_slots.Contains(i))];
        _unknownNames = [.. _unknown.Select(i => Encoding.UTF8.GetBytes(header[i]))];
    }

    internal override IReadOnlyCollection<string> UnknownNames => [.. _unknown.Select(i => Header[i])];

    /// <summary>The names in the header.</summary>
    internal IReadOnlyList<string> Header { get; } = [];

    internal override bool TryField(int slot, out ReadOnlySpan<byte> value)
    {
        var index = _slots[slot];
        value = index < 0 ? default : Field(index);
        return index >= 0;
    }

    private protected override void WriteRest(System.Text.Json.Utf8JsonWriter json)
    {
        for (var i = 0; i < _unknown.Length; i++)
        {
            var value = Field(_unknown[i]);
            if (!value.IsEmpty)
            {
                json.WriteString(_unknownNames[i], value);
            }
        }
    }

    private protected override void Split()
    {
        var line = RawLine;
        _count = 0;
        if (!_isQuoted || !line.Contains((byte)'"'))
        {
            var start = 0;
            while (true)
            {
                var at = line[start..].IndexOf(_separator);
                if (at < 0)
                {
                    Add(start, line.Length - start, false);
                    break;
                }

                Add(start, at, false);
                start += at + 1;
            }
        }
        else if (!SplitQuoted())
        {
            KeepFirstLine();
            BrokenRule = "bad_quotes";
            return;
        }

        if (Header.Count > 0 && _count != Header.Count)
        {
            BrokenRule = "field_count";
        }
    }

    private bool SplitQuoted()
    {
        var position = 0;
        while (true)
        {
            var line = RawLine;
            if (position < line.Length && line[position] == '"')
            {
                var start = position + 1;
                var doubled = false;
                var at = start;
                while (true)
                {
                    var quote = RawLine[at..].IndexOf((byte)'"');
                    if (quote < 0)
                    {
                        // The field goes on in the next line, if there is one.
                        at = RawLine.Length;
                        if (!Extend())
                        {
                            return false;
                        }

                        continue;
                    }

                    at += quote;
                    if (at + 1 < RawLine.Length && RawLine[at + 1] == '"')
                    {
                        doubled = true;
                        at += 2;
                        continue;
                    }

                    break;
                }

                Add(start, at - start, doubled);
                position = at + 1;
                if (position < RawLine.Length && RawLine[position] != _separator)
                {
                    return false;
                }
            }
            else
            {
                var at = line[position..].IndexOf(_separator);
                var length = at < 0 ? line.Length - position : at;
                if (line.Slice(position, length).Contains((byte)'"'))
                {
                    return false;
                }

                Add(position, length, false);
                position += length;
            }

            if (position >= RawLine.Length)
            {
                return true;
            }

            position++;
            if (position == RawLine.Length)
            {
                Add(position, 0, false);
                return true;
            }
        }
    }

    private void Add(int start, int length, bool doubled)
    {
        if (_count == _fields.Length)
        {
            Array.Resize(ref _fields, _count * 2);
        }

        _fields[_count++] = (start, length, doubled);
    }

    private ReadOnlySpan<byte> Field(int index)
    {
        var (start, length, doubled) = _fields[index];
        var raw = RawLine.Slice(start, length);
        if (!doubled)
        {
            return raw;
        }

        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }

        var count = 0;
        for (var i = 0; i < raw.Length; i++)
        {
            _scratch[count++] = raw[i];
            if (raw[i] == '"')
            {
                i++;
            }
        }

        return _scratch.AsSpan(0, count);
    }
}
