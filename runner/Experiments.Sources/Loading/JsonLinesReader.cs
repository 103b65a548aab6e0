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
    private readonly (int Start, int Length, bool IsFound, bool IsEscaped)[] _fields;
    private byte[] _scratch = new byte[1024];

    internal JsonLinesReader(Stream stream, IReadOnlyList<string> wanted)
        : base(stream)
    {
        _wanted = [.. wanted.Select(Encoding.UTF8.GetBytes)];
        _fields = new (int, int, bool, bool)[wanted.Count];
    }

    internal override bool TryField(int slot, out ReadOnlySpan<byte> value)
    {
        var (start, length, found, escaped) = _fields[slot];
        if (!found)
        {
            value = default;
            return false;
        }

        value = RawLine.Slice(start, length);
        if (escaped)
        {
            value = Unescaped(start, length);
        }

        return true;
    }

    private protected override void Split()
    {
        Array.Clear(_fields);
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
                json.Read();
                var start = (int)json.TokenStartIndex;
                switch (json.TokenType)
                {
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        json.Skip();
                        Set(slot, start, (int)json.BytesConsumed - start, false);
                        break;
                    case JsonTokenType.String:
                        Set(slot, start + 1, json.ValueSpan.Length, json.ValueIsEscaped);
                        break;
                    case JsonTokenType.Null:
                        break;
                    default:
                        Set(slot, start, json.ValueSpan.Length, false);
                        break;
                }
            }

            // Whatever follows the object makes the line no JSON object: Read throws.
            json.Read();
        }
        catch (JsonException)
        {
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

    private void Set(int slot, int start, int length, bool escaped)
    {
        if (slot >= 0)
        {
            _fields[slot] = (start, length, true, escaped);
        }
    }

    private ReadOnlySpan<byte> Unescaped(int start, int length)
    {
        if (_scratch.Length < length)
        {
            _scratch = new byte[length];
        }

        var json = new Utf8JsonReader(RawLine.Slice(start - 1, length + 2));
        json.Read();
        return _scratch.AsSpan(0, json.CopyString(_scratch));
    }
}
