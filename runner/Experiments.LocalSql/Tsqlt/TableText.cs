using System.Text;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>Rows as tSQLt prints them: <c>|a|b|</c>, a line of dashes, a line a row.</summary>
internal static class TableText
{
    internal const string NewLine = "\r\n";

    private const int WidestColumn = 155;

    /// <summary>A table of texts under their headings; columns beyond 155 characters are cut in the middle.</summary>
    internal static string Of(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = headings.Select((heading, i) => Math.Min(
            WidestColumn, rows.Select(r => r[i].Length).Append(heading.Length).Max())).ToList();
        var text = new StringBuilder();
        Line(headings, '|', ' ');
        Line([.. headings.Select(static _ => "")], '+', '-');
        foreach (var row in rows)
        {
            Line(row, '|', ' ');
        }

        return text.ToString();

        void Line(IReadOnlyList<string> cells, char separator, char filler)
        {
            text.Append(text.Length == 0 ? "" : NewLine);
            for (var i = 0; i < cells.Count; i++)
            {
                text.Append(separator).Append(Cut(cells[i]).PadRight(widths[i], filler));
            }

            text.Append(separator);
        }
    }

    private static string Cut(string cell)
    {
        const int Kept = (WidestColumn - 5) / 2;
        return cell.Length <= WidestColumn ? cell : string.Concat(cell.AsSpan(0, Kept), "<...>", cell.AsSpan(cell.Length - Kept));
    }
}
