using System.Buffers;

namespace Experiments.Runner.Output;

/// <summary>RFC 4180: CRLF, a header, quotes where needed. NULL is an empty field, an empty text is "".</summary>
internal sealed class CsvWriter(TextWriter output) : IRowSetWriter
{
    private const string LineEnd = "\r\n";
    private readonly SearchValues<char> _needQuotes = SearchValues.Create(",\"\r\n");

    public async Task WriteAsync(RowSet rows, CancellationToken cancellationToken)
    {
        for (int i = 0; i < rows.Columns.Count; i++)
        {
            WriteField(rows.Columns[i].Name, i);
        }

        output.Write(LineEnd);
        await foreach (object?[] row in rows.Rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            for (int i = 0; i < row.Length; i++)
            {
                WriteField(row[i] is { } value ? ValueText.Exact(value, rows.Columns[i].IsDate) : null, i);
            }

            output.Write(LineEnd);
        }

        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void WriteField(string? text, int index)
    {
        if (index > 0)
        {
            output.Write(',');
        }

        if (text is null)
        {
            return;
        }

        if (text.Length > 0 && !text.AsSpan().ContainsAny(_needQuotes))
        {
            output.Write(text);
            return;
        }

        output.Write('"');
        output.Write(text.Replace("\"", "\"\"", StringComparison.Ordinal));
        output.Write('"');
    }
}
