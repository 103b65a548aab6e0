namespace Experiments.Runner.Catalog;

/// <summary>What a field of a catalog file holds.</summary>
internal enum CatalogFieldKind
{
    /// <summary>Text of at most a number of UTF-8 bytes.</summary>
    Text,

    /// <summary>A whole number of 32 bits.</summary>
    Int,

    /// <summary>A whole number of 64 bits.</summary>
    BigInt,

    /// <summary>A finite number.</summary>
    Float,

    /// <summary>true or false.</summary>
    Bit,

    /// <summary>A UTC time; text without an offset is UTC.</summary>
    Time,
}

/// <summary>One key of a catalog file, which is one column of its table.</summary>
/// <param name="Name">Key and column.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Size">Text: at most so many UTF-8 bytes.</param>
/// <param name="Required">Whether the file must give it.</param>
/// <param name="Default">What it is where the file does not give it.</param>
/// <param name="Allowed">The values that are known; empty for any.</param>
/// <param name="IsNote">
/// Words about a definition, not part of it: they may change without a new version, or are set once.
/// </param>
internal sealed record CatalogField(
    string Name,
    CatalogFieldKind Kind,
    int Size = 0,
    bool Required = false,
    object? Default = null,
    string[]? Allowed = null,
    bool IsNote = false);

/// <summary>One kind of row that a catalog file defines.</summary>
/// <param name="Noun">What messages call it.</param>
/// <param name="Table">Its table.</param>
/// <param name="KeyCount">How many of the first fields are the key.</param>
/// <param name="IsVersioned">A definition: the same key never changes, but for notes.</param>
/// <param name="Fields">Keys and columns, the key first.</param>
internal sealed record CatalogEntity(
    string Noun, string Table, int KeyCount, bool IsVersioned, IReadOnlyList<CatalogField> Fields)
{
    private const string Id = "experiment_id";

    /// <summary>A decision policy.</summary>
    public static CatalogEntity Policy { get; } = new(
        "policy",
        "catalog.decision_policies",
        2,
        IsVersioned: true,
        [
            new("policy_id", CatalogFieldKind.Text, 128, Required: true),
            new("policy_version", CatalogFieldKind.Int, Default: 1),
            new("min_relative_lift", CatalogFieldKind.Float, Required: true),
            new("alpha", CatalogFieldKind.Float, Required: true),
            new("guardrail_margin", CatalogFieldKind.Float, Required: true),
            new("guardrail_alpha", CatalogFieldKind.Float, Required: true),
            new("srm_alpha", CatalogFieldKind.Float, Default: .001),
            new("correction", CatalogFieldKind.Text, 16, Default: "holm", Allowed: ["holm", "bonferroni", "none"]),
            new("guardrail_power", CatalogFieldKind.Float, Default: .8),
            new("description", CatalogFieldKind.Text, 1000, IsNote: true),
        ]);

    /// <summary>A metric's definition.</summary>
    public static CatalogEntity Metric { get; } = new(
        "metric",
        "catalog.metric_definitions",
        2,
        IsVersioned: true,
        [
            new("metric_id", CatalogFieldKind.Text, 128, Required: true),
            new("metric_version", CatalogFieldKind.Int, Default: 1),
            new("metric_type", CatalogFieldKind.Text, 16, Required: true, Allowed: ["proportion", "mean"]),
            new("event_name", CatalogFieldKind.Text, 128, Required: true),
            new(
                "aggregation",
                CatalogFieldKind.Text,
                16,
                Default: "count",
                Allowed: ["count", "sum", "max", "min", "avg"]),
            new("threshold", CatalogFieldKind.Float),
            new("window_start_hours", CatalogFieldKind.Float, Default: 0.0),
            new("window_end_hours", CatalogFieldKind.Float),
            new("maturity", CatalogFieldKind.Text, 16, Default: "complete", Allowed: ["complete", "all"]),
            new("direction", CatalogFieldKind.Text, 8, Default: "increase", Allowed: ["increase", "decrease"]),
            new("unit_label", CatalogFieldKind.Text, 32, IsNote: true),
            new("owner", CatalogFieldKind.Text, 128, IsNote: true),
            new("description", CatalogFieldKind.Text, 1000, IsNote: true),
        ]);

    /// <summary>An experiment.</summary>
    public static CatalogEntity Experiment { get; } = new(
        "experiment",
        "catalog.experiments",
        1,
        IsVersioned: false,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("experiment_name", CatalogFieldKind.Text, 200),
            new("description", CatalogFieldKind.Text, 1000),
            new("unit_type", CatalogFieldKind.Text, 32, Default: "user"),
            new("analysis_mode", CatalogFieldKind.Text, 16, Allowed: ["itt", "exposed"]),
            new("start_at", CatalogFieldKind.Time, Required: true),
            new("end_at", CatalogFieldKind.Time),
            new("planned_units", CatalogFieldKind.BigInt),
            new("exclude_multi_variation", CatalogFieldKind.Bit, Default: false),
            new("policy_id", CatalogFieldKind.Text, 128, Default: "default"),
            new("policy_version", CatalogFieldKind.Int, Default: 1),
            new("salt", CatalogFieldKind.Text, 64),
            new("owner", CatalogFieldKind.Text, 128),
        ]);

    /// <summary>One arm of an experiment.</summary>
    public static CatalogEntity Variation { get; } = new(
        "variation",
        "catalog.experiment_variations",
        2,
        IsVersioned: false,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("variation_id", CatalogFieldKind.Text, 128, Required: true),
            new("is_control", CatalogFieldKind.Bit, Default: false),
            new("weight", CatalogFieldKind.Float, Required: true),
            new("description", CatalogFieldKind.Text, 400),
        ]);

    /// <summary>A metric's part in an experiment.</summary>
    public static CatalogEntity ExperimentMetric { get; } = new(
        "experiment metric",
        "catalog.experiment_metrics",
        2,
        IsVersioned: false,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("metric_id", CatalogFieldKind.Text, 128, Required: true),
            new("metric_version", CatalogFieldKind.Int, Default: 1),
            new(
                "metric_role",
                CatalogFieldKind.Text,
                16,
                Required: true,
                Allowed: ["primary", "secondary", "guardrail"]),
            new("margin", CatalogFieldKind.Float),
        ]);
}

/// <summary>One row that a catalog file defines.</summary>
/// <param name="Entity">What it is.</param>
/// <param name="Values">Its values, by field.</param>
/// <param name="Source">File and line, as messages name them.</param>
internal sealed record CatalogRow(CatalogEntity Entity, object?[] Values, string Source)
{
    /// <summary>The key as people write it: <c>metric conversion version 1</c>.</summary>
    public string Label => Entity.Table switch
    {
        "catalog.metric_definitions" or "catalog.decision_policies" =>
            $"{Entity.Noun} '{Values[0]}' version {Values[1]}",
        "catalog.experiment_variations" => $"variation '{Values[1]}' of experiment '{Values[0]}'",
        "catalog.experiment_metrics" => $"metric '{Values[1]}' in experiment '{Values[0]}'",
        _ => $"{Entity.Noun} '{Values[0]}'",
    };
}
