using System.Globalization;
using System.Text;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Experiments.Runner.Catalog;

/// <summary>A JSON document as YAML events, so that one reader serves both and knows the lines of both.</summary>
internal sealed class JsonEvents : IParser
{
    private readonly List<ParsingEvent> _events = [];
    private int _at = -1;

    /// <summary>Reads a document.</summary>
    /// <exception cref="YamlException">The text is not JSON; the start of the exception is its place.</exception>
    public JsonEvents(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Utf8JsonReader reader = new(bytes);
        Mark start = new(0, 1, 1);
        _events.Add(new StreamStart(start, start));
        _events.Add(new DocumentStart(start, start));
        long read = 0;
        long line = 1;
        try
        {
            while (reader.Read())
            {
                line += bytes.AsSpan((int)read, (int)(reader.TokenStartIndex - read)).Count((byte)'\n');
                read = reader.TokenStartIndex;
                Mark mark = new(read, line, 1);
                _events.Add(Event(ref reader, mark));
            }
        }
        catch (JsonException exception)
        {
            Mark mark = new(0, (exception.LineNumber ?? 0) + 1, 1);
            throw new YamlException(mark, mark, exception.Message, exception);
        }

        _events.Add(new DocumentEnd(true, start, start));
        _events.Add(new StreamEnd(start, start));
    }

    /// <inheritdoc/>
    public ParsingEvent? Current => _at >= 0 && _at < _events.Count ? _events[_at] : null;

    /// <inheritdoc/>
    public bool MoveNext() => ++_at < _events.Count;

    private static ParsingEvent Event(ref Utf8JsonReader reader, Mark mark) => reader.TokenType switch
    {
        JsonTokenType.StartObject =>
            new MappingStart(AnchorName.Empty, TagName.Empty, true, MappingStyle.Flow, mark, mark),
        JsonTokenType.EndObject => new MappingEnd(mark, mark),
        JsonTokenType.StartArray =>
            new SequenceStart(AnchorName.Empty, TagName.Empty, true, SequenceStyle.Flow, mark, mark),
        JsonTokenType.EndArray => new SequenceEnd(mark, mark),
        JsonTokenType.PropertyName or JsonTokenType.String =>
            Scalar(reader.GetString()!, ScalarStyle.DoubleQuoted, mark),
        JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null =>
            Scalar(Encoding.UTF8.GetString(reader.ValueSpan), ScalarStyle.Plain, mark),
        _ => throw new InvalidOperationException(
            string.Create(CultureInfo.InvariantCulture, $"The token {reader.TokenType} is no event.")),
    };

    private static Scalar Scalar(string value, ScalarStyle style, Mark mark) => new(
        AnchorName.Empty,
        TagName.Empty,
        value,
        style,
        style == ScalarStyle.Plain,
        style != ScalarStyle.Plain,
        mark,
        mark);
}
