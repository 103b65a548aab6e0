using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>Assertions about the rows of tables.</summary>
internal static class TableAssertions
{
    private const string OnlyExpected = "<";
    private const string InBoth = "=";
    private const string OnlyActual = ">";

    internal static void Empty(TsqltCall call)
    {
        var name = call.Text("@TableName");
        var table = Assertions.Require(call, name, "");
        var quoted = NameOf(name, table);
        var (columns, rows) = call.Batch.Query($"SELECT {ColumnList(table)} FROM {quoted}");
        if (rows.Count > 0)
        {
            throw call.Failure(
                call.Text("@Message"),
                $"{quoted} was not empty:{TableText.NewLine}"
                + TableText.Of(
                    [.. columns.Select(static c => c.Name)],
                    [.. rows.Select(r => columns.Select((c, i) => new Variant(r[i], c.Type).Cell).ToList())]));
        }
    }

    /// <summary>
    /// Compares two tables as bags of rows, over the columns of the expected one. A row that both have as often is marked
    /// =, one that only the expected table has &lt;, one that only the actual table has &gt;.
    /// </summary>
    internal static void Equal(TsqltCall call)
    {
        var (expectedName, actualName) = (call.Text("@Expected"), call.Text("@Actual"));
        var expected = Assertions.Require(call, expectedName, "");
        var actual = Assertions.Require(call, actualName, "");
        var columns = ColumnList(expected);
        var (types, rows) = call.Batch.Query(
            $"SELECT 1 AS _left_, {columns} FROM {NameOf(expectedName, expected)} "
            + $"UNION ALL SELECT 0 AS _left_, {columns} FROM {NameOf(actualName, actual)}");
        var marked = Compare(types, rows);
        if (marked.TrueForAll(static r => r.Mark == InBoth))
        {
            return;
        }

        var message = call.Text("@Message");
        throw call.Failure(
            (message is null ? "" : message + TableText.NewLine) + call.Text("@FailMsg") + TableText.NewLine,
            TableText.Of(
                ["_m_", .. types.Skip(1).Select(static t => t.Name)],
                [.. marked.Select(r => r.Values.Skip(1)
                    .Select((v, i) => new Variant(v, types[i + 1].Type).Cell).Prepend(r.Mark).ToList())]));
    }

    private static List<(string Mark, object?[] Values)> Compare(IReadOnlyList<ResultColumn> types, List<object?[]> rows)
    {
        var marked = new List<(string Mark, object?[] Values)>();
        foreach (var group in rows.GroupBy(static r => r, new RowComparer(types)))
        {
            var expected = group.Count(static r => (int)r[0]! == 1);
            var actual = group.Count() - expected;
            marked.AddRange(Enumerable.Repeat((InBoth, group.Key), Math.Min(expected, actual)));
            marked.AddRange(Enumerable.Repeat((OnlyExpected, group.Key), Math.Max(0, expected - actual)));
            marked.AddRange(Enumerable.Repeat((OnlyActual, group.Key), Math.Max(0, actual - expected)));
        }

        return [.. marked.OrderBy(static r => r.Mark, StringComparer.Ordinal).ThenBy(static r => r.Values, new RowOrder())];
    }

    private static string ColumnList(CatalogObject table) =>
        string.Join(", ", table.Columns.Select(static c => ObjectName.Quote(c.Name)));

    private static string NameOf(string? name, CatalogObject table) =>
        ObjectName.Parse(name) is { IsTemporary: true } ? ObjectName.Quote(table.Name) : ObjectName.Quote(table);

    /// <summary>Rows that GROUP BY would put together: NULL with NULL, texts but for trailing blanks.</summary>
    private sealed class RowComparer(IReadOnlyList<ResultColumn> types) : IEqualityComparer<object?[]>
    {
        public bool Equals(object?[]? x, object?[]? y)
        {
            for (var i = 1; i < types.Count; i++)
            {
                if (!new Variant(x![i], types[i].Type).SameAs(new Variant(y![i], types[i].Type)))
                {
                    return false;
                }
            }

            return true;
        }

        public int GetHashCode(object?[] obj)
        {
            var hash = new HashCode();
            foreach (var value in obj.Skip(1))
            {
                hash.Add(value switch
                {
                    string text => text.TrimEnd(' '),
                    byte[] bytes => Convert.ToHexString(bytes),
                    _ => value,
                });
            }

            return hash.ToHashCode();
        }
    }

    /// <summary>NULL first, then by value, column by column; SQL Server leaves the order within a mark open.</summary>
    private sealed class RowOrder : IComparer<object?[]>
    {
        public int Compare(object?[]? x, object?[]? y)
        {
            for (var i = 1; i < x!.Length; i++)
            {
                var order = (x[i], y![i]) switch
                {
                    (null, null) => 0,
                    (null, _) => -1,
                    (_, null) => 1,
                    (string a, string b) => string.CompareOrdinal(a, b),
                    (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
                    (IComparable a, { } b) => a.CompareTo(b),
                    _ => throw new InvalidOperationException("No order of " + x[i]!.GetType()),
                };
                if (order != 0)
                {
                    return order;
                }
            }

            return 0;
        }
    }
}
