using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Experiments.Runner.Output;

/// <summary>
/// A table for people. Rows that are wider than the line wrap a text in the last column, or are written one column a
/// line; after <see cref="MaximumRows"/> rows the rest is counted, since a table is measured before it is drawn.
/// </summary>
internal sealed class TableWriter(RunnerConsole console) : IRowSetWriter
{
    /// <summary>The rows that a table shows.</summary>
    public const int MaximumRows = 1000;

    private const int Gap = 2;
    private const int NarrowestText = 40;

    public async Task WriteAsync(RowSet rows, CancellationToken cancellationToken)
    {
        List<string?[]> shown = [];
        long count = 0;
        await foreach (object?[] row in rows.Rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            count++;
            if (count <= MaximumRows)
            {
                shown.Add(Texts(rows.Columns, row));
            }
        }

        int[] widths = Widths(rows.Columns, shown);
        int last = widths.Length - 1;

        // A drawn table keeps a column free for each border and separator, which are empty here.
        int others = widths.Take(last).Sum() + (Gap * widths.Length) + widths.Length + 1;
        bool fits = others + widths[last] <= console.Width;
        if (fits || (last > 0 && rows.Columns[last].Type == typeof(string) && others + NarrowestText <= console.Width))
        {
            DrawTable(rows.Columns, shown, !fits);
        }
        else
        {
            WriteExpanded(rows.Columns, shown);
        }

        if (count > MaximumRows)
        {
            console.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"{count - MaximumRows:N0} of {count:N0} rows are not shown: --format csv or json writes them all."));
        }
    }

    private static string?[] Texts(IReadOnlyList<RowColumn> columns, object?[] row)
    {
        string?[] texts = new string?[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            texts[i] = row[i] is { } value ? OneLine(ValueText.Readable(value, columns[i].IsDate)) : null;
        }

        return texts;
    }

    private static string OneLine(string text) =>
        text.AsSpan().IndexOfAny('\r', '\n', '\t') < 0
            ? text
            : text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
                .Replace("\t", "\\t", StringComparison.Ordinal);

    private static int[] Widths(IReadOnlyList<RowColumn> columns, List<string?[]> rows)
    {
        int[] widths = [.. columns.Select(column => Cells(column.Name))];
        foreach (string?[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i] is { } text ? Cells(text) : 0);
            }
        }

        return widths;
    }

    private static int Cells(string text) => new Segment(text).CellCount();

    private void DrawTable(IReadOnlyList<RowColumn> columns, List<string?[]> rows, bool wrapLast)
    {
        Table table = Tables.Plain();
        for (int i = 0; i < columns.Count; i++)
        {
            if (wrapLast && i == columns.Count - 1)
            {
                Tables.AddWrappedColumn(table, columns[i].Name);
            }
            else
            {
                Tables.AddColumn(table, columns[i].Name, columns[i].IsNumeric);
            }
        }

        foreach (string?[] row in rows)
        {
            table.AddRow(row.Select(text => new Text(text ?? string.Empty)));
        }

        new Page(console.Output, console.OutputIsTerminal, console.Width).Draw(table);
    }

    private void WriteExpanded(IReadOnlyList<RowColumn> columns, List<string?[]> rows)
    {
        int width = columns.Max(column => Cells(column.Name));
        for (int r = 0; r < rows.Count; r++)
        {
            if (r > 0)
            {
                console.Output.Write('\n');
            }

            for (int i = 0; i < columns.Count; i++)
            {
                string name = columns[i].Name;
                console.Output.Write(name);
                if (rows[r][i] is { Length: > 0 } text)
                {
                    console.Output.Write(new string(' ', width - Cells(name) + Gap));
                    console.Output.Write(text);
                }

                console.Output.Write('\n');
            }
        }
    }
}
