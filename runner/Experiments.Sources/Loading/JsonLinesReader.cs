using System.Text;
using System.Text.Json;

namespace Experiments.Sources;

/// <summary>
/// NDJSON: one JSON object a line. Scalars become their text, true and false as such; objects and arrays stay JSON; null
/// and a missing name are no field.
/// </summary>
internal sealed class JsonLinesReader : RecordReader
{
    private readonly byte[][] _wanted;
    private readonly (int Start, int Length, bool IsFound, bool IsUnescaped)[] _fields;
    private readonly List<(int NameStart, int NameLength, int Start, int Length)> _unknown = [];
    private readonly SortedSet<string> _unknownNames = new(StringComparer.Ordinal);
    private byte[] _scratch = new byte[1024];
    private int _scratchLength;

    internal JsonLinesReader(Stream stream, IReadOnlyList<string> wanted)
        : base(stream)
    {
        _wanted = [.. wanted.Select(Encoding.UTF8.GetBytes)];
        _fields = new (int, int, bool, bool)[wanted.Count];
    }

    /// <summary>Names beyond this many are not told; they are data then, not columns.</summary>
    private const int MostUnknownNames = 50;

    internal override IReadOnlyCollection<string> UnknownNames => _unknownNames;

    private protected override void WriteRest(Utf8JsonWriter json)
    {
        foreach (var (nameStart, nameLength, start, length) in _unknown)
        {
            var name = new Utf8JsonReader(RawLine.Slice(nameStart, nameLength));
            name.Read();
            var text = name.GetString()!;
            json.WritePropertyName(text);
            json.WriteRawValue(RawLine.Slice(start, length), skipInputValidation: true);
            if (_unknownNames.Count < MostUnknownNames)
            {
                _unknownNames.Add(text);
            }
        }
    }

    internal override bool TryField(int slot, out ReadOnlySpan<byte> value)
    {
        var (start, length, found, unescaped) = _fields[slot];
        value = !found ? default : unescaped ? _scratch.AsSpan(start, length) : RawLine.Slice(start, length);
        return found;
    }

    private protected override void Split()
    {
        Array.Clear(_fields);
        _scratchLength = 0;
        _unknown.Clear();
        try
        {
            var json = new Utf8JsonReader(RawLine);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                BrokenRule = "invalid_json";
                return;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var slot = SlotOf(ref json);
                var (nameStart, nameLength) = ((int)json.TokenStartIndex, json.ValueSpan.Length + 2);
                json.Read();
                var start = (int)json.TokenStartIndex;
                switch (json.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        json.Skip();
                        Set(slot, start, (int)json.BytesConsumed - start, false);
                        break;
                    case JsonTokenType.String when slot >= 0 && json.ValueIsEscaped:
                        Unescape(slot, ref json);
                        break;
                    case JsonTokenType.String:
                        Set(slot, start + 1, json.ValueSpan.Length, false);
                        break;
                    case JsonTokenType.Null:
                        break;
                    default:
                        Set(slot, start, json.ValueSpan.Length, false);
                        break;
                }

                if (slot < 0 && json.TokenType != JsonTokenType.Null)
                {
                    _unknown.Add((nameStart, nameLength, start, (int)json.BytesConsumed - start));
                }
            }

            // Whatever follows the object makes the line no JSON object: Read throws.
            json.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair, such as \ud800 alone, is an InvalidOperationException: no text can hold it.
            BrokenRule = "invalid_json";
        }
    }

    private int SlotOf(ref Utf8JsonReader json)
    {
        for (var i = 0; i < _wanted.Length; i++)
        {
            if (json.ValueTextEquals(_wanted[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private void Set(int slot, int start, int length, bool unescaped)
    {
        if (slot >= 0)
        {
            _fields[slot] = (start, length, true, unescaped);
        }
    }

    private void Unescape(int slot, ref Utf8JsonReader json)
    {
        // A text is never longer unescaped.
        var needed = _scratchLength + json.ValueSpan.Length;
        if (_scratch.Length < needed)
        {
            Array.Resize(ref _scratch, needed * 2);
        }

        var length = json.CopyString(_scratch.AsSpan(_scratchLength));
        if (_scratch.AsSpan(_scratchLength, length).Contains((byte)0))
        {
            BrokenRule = "nul_character";
        }

        Set(slot, _scratchLength, length, true);
        _scratchLength += length;
    }
}
