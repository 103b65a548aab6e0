using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experiments.Runner.Catalog;

/// <summary>
/// A document as YAML: lists of mappings line by line, what is within them on one line. Text that another reader could
/// take for anything else is quoted, so that every YAML reader reads the same.
/// </summary>
internal static class YamlText
{
    private const string Words = " true false yes no on off null y n ";

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./ ()%+$';=<>");

    /// <summary>Writes sections of rows.</summary>
    public static string Write(JsonObject document)
    {
        if (document.Count == 0)
        {
            return "{}\n";
        }

        StringBuilder text = new();
        foreach ((string section, JsonNode? rows) in document)
        {
            text.Append(section).Append(":\n");
            foreach (JsonNode? row in rows!.AsArray())
            {
                WriteItem(text, row!.AsObject());
            }
        }

        return text.ToString();
    }

    private static void WriteItem(StringBuilder text, JsonObject item)
    {
        string lead = "  - ";
        foreach ((string key, JsonNode? value) in item)
        {
            text.Append(lead).Append(Text(key)).Append(':');
            lead = "    ";
            if (value is JsonArray list && list.Any(child => child is JsonObject))
            {
                foreach (JsonNode? child in list)
                {
                    text.Append("\n      - ");
                    WriteInline(text, child!);
                }
            }
            else
            {
                text.Append(' ');
                WriteInline(text, value!);
            }

            text.Append('\n');
        }
    }

    private static void WriteInline(StringBuilder text, JsonNode node)
    {
        switch (node)
        {
            case JsonObject mapping:
                text.Append('{');
                WriteEach(text, mapping, pair =>
                {
                    text.Append(Text(pair.Key)).Append(": ");
                    WriteInline(text, pair.Value!);
                });
                text.Append('}');
                break;
            case JsonArray list:
                text.Append('[');
                WriteEach(text, list, item => WriteInline(text, item!));
                text.Append(']');
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                text.Append(Text(value.GetValue<string>()));
                break;
            default:
                text.Append(node.ToJsonString());
                break;
        }
    }

    private static void WriteEach<T>(StringBuilder text, IEnumerable<T> items, Action<T> write)
    {
        bool isFirst = true;
        foreach (T item in items)
        {
            text.Append(isFirst ? string.Empty : ", ");
            isFirst = false;
            write(item);
        }
    }

    private static string Text(string value) => IsPlain(value) ? value : Quote(value);

    private static bool IsPlain(string value)
    {
        if (DateTime.TryParseExact(
            value,
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out _))
        {
            return true;
        }

        return value.Length > 0
            && (char.IsAsciiLetter(value[0]) || value[0] == '_')
            && value[^1] != ' '
            && !value.AsSpan().ContainsAnyExcept(Plain)
            && !Words.Contains($" {value} ", StringComparison.OrdinalIgnoreCase);
    }

    private static string Quote(string value)
    {
        StringBuilder text = new("\"");
        foreach (char c in value)
        {
            switch (c)
            {
                case '"' or '\\':
                    text.Append('\\').Append(c);
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ' or (>= '\u007f' and <= '\u00a0') or '\u2028' or '\u2029' or '\ufeff' or >= '\ufffe':
                    text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    text.Append(c);
                    break;
            }
        }

        return text.Append('"').ToString();
    }
}
