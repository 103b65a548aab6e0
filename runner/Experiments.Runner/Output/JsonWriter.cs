using System.Text.Encodings.Web;
using System.Text.Json;

namespace Experiments.Runner.Output;

/// <summary>An array of objects, one object a line, written as the rows come.</summary>
internal sealed class JsonWriter(TextWriter output, string indent = "") : IRowSetWriter
{
    private readonly JavaScriptEncoder _encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public async Task WriteAsync(RowSet rows, CancellationToken cancellationToken)
    {
        await WriteArrayAsync(rows, cancellationToken).ConfigureAwait(false);
        output.Write('\n');
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The array without a line end, so that it may stand inside a document.</summary>
    public async Task WriteArrayAsync(RowSet rows, CancellationToken cancellationToken)
    {
        string[] names = [.. UniqueNames(rows.Columns).Select(Text)];
        bool first = true;
        output.Write('[');
        await foreach (object?[] row in rows.Rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            output.Write(first ? "\n" : ",\n");
            first = false;
            output.Write(indent);
            output.Write("  ");
            WriteObject(names, rows.Columns, row);
        }

        output.Write(first ? "]" : "\n" + indent + "]");
    }

    /// <summary>One row as an object, without a line end.</summary>
    public void WriteObject(IReadOnlyList<RowColumn> columns, object?[] row) =>
        WriteObject([.. UniqueNames(columns).Select(Text)], columns, row);

    private void WriteObject(string[] names, IReadOnlyList<RowColumn> columns, object?[] row)
    {
        output.Write('{');
        for (int i = 0; i < row.Length; i++)
        {
            output.Write(i == 0 ? "\"" : ", \"");
            output.Write(names[i]);
            output.Write("\": ");
            WriteValue(row[i], columns[i].IsDate);
        }

        output.Write('}');
    }

    private static IEnumerable<string> UniqueNames(IReadOnlyList<RowColumn> columns)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < columns.Count; i++)
        {
            string name = columns[i].Name.Length > 0 ? columns[i].Name : $"column_{i + 1}";
            string unique = name;
            for (int n = 2; !seen.Add(unique); n++)
            {
                unique = $"{name}_{n}";
            }

            yield return unique;
        }
    }

    private string Text(string text) => JsonEncodedText.Encode(text, _encoder).ToString();

    private void WriteValue(object? value, bool isDate)
    {
        switch (value)
        {
            case null:
            case double d when !double.IsFinite(d):
            case float f when !float.IsFinite(f):
                output.Write("null");
                break;
            case bool bit:
                output.Write(bit ? "true" : "false");
                break;
            case double or float or decimal or long or int or short or byte:
                output.Write(ValueText.Exact(value));
                break;
            default:
                output.Write('"');
                output.Write(Text(ValueText.Exact(value, isDate)));
                output.Write('"');
                break;
        }
    }
}
