namespace Experiments.Runner.Catalog;

/// <summary>What a type of metric takes.</summary>
/// <param name="Name">metric_type.</param>
/// <param name="Aggregations">The aggregations it may have; empty for none.</param>
/// <param name="Aggregation">The one it has where none is given.</param>
/// <param name="Threshold">The threshold it has where none is given.</param>
/// <param name="Needs">Keys that it must have.</param>
/// <param name="Takes">Keys that it may have beside those, of the keys that not every type has.</param>
internal sealed record MetricType(
    string Name,
    string[] Aggregations,
    string? Aggregation,
    double? Threshold,
    string[] Needs,
    string[] Takes)
{
    private static readonly string[] PerUnit =
        ["count", "value_count", "sum", "max", "min", "avg", "distinct_values", "distinct_days"];

    private static readonly MetricType[] Types =
    [
        new(
            "proportion",
            PerUnit,
            "count",
            1,
            ["event_name"],
            ["aggregation", "filters", "threshold", "distinct_attribute", "covariate", "covariate_hours"]),
        new(
            "mean",
            [.. PerUnit, "first_time"],
            "count",
            null,
            ["event_name"],
            [
                "aggregation", "filters", "distinct_attribute", "covariate", "covariate_hours", "cap_lower",
                "cap_upper", "winsor_lower", "winsor_upper",
            ]),
        new("ratio", [], null, null, ["numerator", "denominator"], ["covariate", "covariate_hours"]),
        new(
            "retention",
            ["distinct_days"],
            "distinct_days",
            1,
            ["event_name"],
            ["aggregation", "filters", "threshold", "covariate", "covariate_hours"]),
        new("quantile", [], null, null, ["event_name", "quantile_fraction"], ["filters"]),
        new("time_to_event", ["first_time"], "first_time", null, ["event_name"], ["aggregation", "filters"]),
    ];

    /// <summary>The types there are.</summary>
    public static IEnumerable<string> Names => Types.Select(type => type.Name);

    /// <summary>The type of a metric's row; null for one that is not known.</summary>
    public static MetricType? Of(object?[] values) =>
        Array.Find(Types, type => type.Name == (values[2] as string));

    /// <summary>The types that take a key; null for a key that every type takes.</summary>
    public static IReadOnlyList<string>? WithKey(string key)
    {
        string[] names = [.. Types.Where(type => type.Has(key)).Select(type => type.Name)];
        return names.Length == 0 ? null : names;
    }

    /// <summary>Whether it takes a key that not every type takes.</summary>
    public bool Has(string key) =>
        Needs.Contains(key, StringComparer.Ordinal) || Takes.Contains(key, StringComparer.Ordinal);
}
