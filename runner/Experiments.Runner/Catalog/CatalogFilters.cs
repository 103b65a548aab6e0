using System.Globalization;

namespace Experiments.Runner.Catalog;

/// <summary>One row of catalog.metric_filters, without its metric.</summary>
/// <param name="Number">Conditions of one number hold where one of its rows does; all numbers must hold.</param>
/// <param name="Place">value_number.</param>
/// <param name="Attribute">The attribute of the event.</param>
/// <param name="Operator">equals, in, range, is_null or not_null.</param>
/// <param name="Text">The value of equals and in.</param>
/// <param name="Low">The lower bound of range, which belongs to it.</param>
/// <param name="High">The upper bound of range, which does not.</param>
internal sealed record CatalogFilter(
    int Number, int Place, string Attribute, string Operator, string? Text, decimal? Low, decimal? High)
{
    /// <summary>What it asks, whatever its numbers.</summary>
    internal string Condition => string.Create(
        CultureInfo.InvariantCulture,
        $"{Attribute.Length}:{Attribute} {Operator} {Text?.Length ?? -1}:{Text} {Shortest(Low)} {Shortest(High)}");

    /// <summary>A decimal without the zeros at its end.</summary>
    internal static decimal? Shortest(decimal? value) => value / 1.0000000000000000000000000000m;
}

/// <summary>
/// The filters of a metric. They are the same as others that ask the same, in whatever order: numbers only tell
/// conditions apart.
/// </summary>
internal sealed class CatalogFilters : IEquatable<CatalogFilters>
{
    private readonly string _canonical;

    /// <summary>Takes rows; conditions and values are numbered anew in the order of their numbers.</summary>
    public CatalogFilters(IEnumerable<CatalogFilter> rows)
    {
        List<CatalogFilter> all = [];
        int number = 0;
        foreach (IGrouping<int, CatalogFilter> condition in rows.GroupBy(row => row.Number).OrderBy(rows => rows.Key))
        {
            number++;
            int place = 0;
            foreach (CatalogFilter row in condition.OrderBy(row => row.Place))
            {
                place++;
                all.Add(row with
                {
                    Number = number,
                    Place = place,
                    Low = CatalogFilter.Shortest(row.Low),
                    High = CatalogFilter.Shortest(row.High),
                });
            }
        }

        Rows = all;
        _canonical = string.Join(
            '\u0002',
            Conditions
                .Select(condition => string.Join(
                    '\u0001', condition.Select(row => row.Condition).Distinct().Order(StringComparer.Ordinal)))
                .Distinct()
                .Order(StringComparer.Ordinal));
    }

    /// <summary>The rows, in order.</summary>
    public IReadOnlyList<CatalogFilter> Rows { get; }

    /// <summary>The rows of each condition.</summary>
    public IEnumerable<IReadOnlyList<CatalogFilter>> Conditions =>
        Rows.GroupBy(row => row.Number).Select(rows => rows.ToList());

    /// <summary>Whether each condition asks one thing of one attribute, so that it can be written by its operator.</summary>
    public bool IsPlain => Conditions.All(rows =>
        rows.All(row => row.Attribute == rows[0].Attribute && row.Operator == rows[0].Operator)
        && (rows.Count == 1 || rows[0].Operator == "in")
        && rows.All(row => row.Operator switch
        {
            "equals" or "in" => row is { Text: not null, Low: null, High: null },
            "range" => row.Text is null && (row.Low is not null || row.High is not null),
            "is_null" or "not_null" => row is { Text: null, Low: null, High: null },
            _ => false,
        }));

    public bool Equals(CatalogFilters? other) =>
        other is not null && string.Equals(_canonical, other._canonical, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as CatalogFilters);

    public override int GetHashCode() => _canonical.GetHashCode(StringComparison.Ordinal);

    /// <summary>What they ask, in words.</summary>
    public override string ToString() => string.Join(" and ", Conditions.Select(rows =>
        string.Join(" or ", rows.GroupBy(row => (row.Attribute, row.Operator)).Select(Describe))));

    private static string Describe(IGrouping<(string Attribute, string Operator), CatalogFilter> rows)
    {
        CatalogFilter first = rows.First();
        return rows.Key.Operator switch
        {
            "equals" => $"{first.Attribute} = '{first.Text}'",
            "in" => $"{first.Attribute} in ({string.Join(", ", rows.Select(row => $"'{row.Text}'"))})",
            "range" => first.Attribute
                + (first.Low is { } low ? string.Create(CultureInfo.InvariantCulture, $" from {low}") : string.Empty)
                + (first.High is { } high ? string.Create(CultureInfo.InvariantCulture, $" below {high}") : string.Empty),
            "is_null" => $"{first.Attribute} is null",
            "not_null" => $"{first.Attribute} is not null",
            _ => $"{first.Attribute} {first.Operator}",
        };
    }
}
