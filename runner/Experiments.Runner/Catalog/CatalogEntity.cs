using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;

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

    /// <summary>A metric and its version, in two columns.</summary>
    Metric,

    /// <summary>The filters of a metric, in rows of their own.</summary>
    Filters,
}

/// <summary>A metric that another one is made of.</summary>
/// <param name="Id">metric_id.</param>
/// <param name="Version">metric_version.</param>
internal sealed record MetricReference(string Id, int Version);

/// <summary>The numbers that a field takes.</summary>
/// <param name="Holds">Whether a number is one of them.</param>
/// <param name="Wanted">What messages say is needed.</param>
internal sealed record CatalogRange(Func<double, bool> Holds, string Wanted)
{
    /// <summary>A share, without its ends.</summary>
    public static CatalogRange Share { get; } = new(x => x is > 0 and < 1, "a number above 0 and below 1");

    /// <summary>A share, with its ends.</summary>
    public static CatalogRange Weight { get; } = new(x => x is >= 0 and <= 1, "a number from 0 to 1");

    /// <summary>A length of time, in hours.</summary>
    public static CatalogRange Hours { get; } = new(x => x is > 0 and <= MostHours, "hours above 0 and up to 438000");

    /// <summary>A length of time that may be none, in hours.</summary>
    public static CatalogRange HoursOrNone { get; } = new(x => x is >= 0 and <= MostHours, "hours from 0 to 438000");

    /// <summary>A bound between buckets.</summary>
    public static CatalogRange Bucket { get; } = new(x => x is >= 0 and <= 10000, "a whole number from 0 to 10000");

    /// <summary>A number of buckets that leaves some.</summary>
    public static CatalogRange Buckets { get; } = new(x => x is >= 1 and <= 9999, "a whole number from 1 to 9999");

    /// <summary>A number of weeks.</summary>
    public static CatalogRange Weeks { get; } = new(x => x is >= 0 and <= 2600, "a whole number from 0 to 2600");

    /// <summary>A number above 0.</summary>
    public static CatalogRange Positive { get; } = new(x => x > 0, "a number above 0");

    /// <summary>A number that is not negative.</summary>
    public static CatalogRange NotNegative { get; } = new(x => x >= 0, "a number of at least 0");

    /// <summary>A number of looks.</summary>
    public static CatalogRange Looks { get; } = new(x => x is >= 1 and <= 1000, "a whole number from 1 to 1000");

    private const double MostHours = 438000;
}

/// <summary>One key of a catalog file.</summary>
/// <param name="Name">The key; the column too, where it has one.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Size">Text: at most so many UTF-8 bytes.</param>
/// <param name="Required">Whether the file must give it.</param>
/// <param name="Default">What it is where the file does not give it, and what NULL in the catalog means.</param>
/// <param name="Allowed">The values that are known; null for any.</param>
/// <param name="Range">The numbers that it takes; null for any.</param>
/// <param name="IsNote">Words about a definition, not part of it: they may change without a new version.</param>
/// <param name="IsKept">Where the file does not give it, it stays as the catalog has it.</param>
/// <param name="Derived">The default that depends on the row's other values.</param>
internal sealed record CatalogField(
    string Name,
    CatalogFieldKind Kind,
    int Size = 0,
    bool Required = false,
    object? Default = null,
    string[]? Allowed = null,
    CatalogRange? Range = null,
    bool IsNote = false,
    bool IsKept = false,
    Func<object?[], object?>? Derived = null)
{
    /// <summary>Its columns in the entity's table.</summary>
    public IReadOnlyList<string> Columns { get; } = Kind switch
    {
        CatalogFieldKind.Metric => [Name + "_metric_id", Name + "_metric_version"],
        CatalogFieldKind.Filters => [],
        _ => [Name],
    };

    /// <summary>What it is in a row that does not give it.</summary>
    public object? DefaultIn(object?[] values) => Derived is null ? Default : Derived(values);
}

/// <summary>One kind of row that a catalog file defines.</summary>
/// <param name="Noun">What messages call it.</param>
/// <param name="Section">The list of the file, or of an experiment, that holds it.</param>
/// <param name="Table">Its table.</param>
/// <param name="KeyCount">How many of the first fields are the key.</param>
/// <param name="Fields">Its keys, those that identify it first.</param>
internal sealed record CatalogEntity(
    string Noun, string Section, string Table, int KeyCount, IReadOnlyList<CatalogField> Fields)
{
    /// <summary>The policy of an experiment that names none.</summary>
    public const string DefaultPolicy = "default";

    private const string Id = "experiment_id";

    private static readonly string[] Modes = ["itt", "exposed"];

    /// <summary>A definition: the same key never changes, but for notes.</summary>
    public bool IsVersioned { get; init; }

    /// <summary>It belongs to an experiment, whose id is the first of its key.</summary>
    public bool IsChild { get; init; }

    /// <summary>A decision policy.</summary>
    public static CatalogEntity Policy { get; } = new(
        "policy",
        "policies",
        "catalog.decision_policies",
        2,
        [
            new("policy_id", CatalogFieldKind.Text, 128, Required: true),
            new("policy_version", CatalogFieldKind.Int, Default: 1),
            new("min_relative_lift", CatalogFieldKind.Float, Required: true),
            new("alpha", CatalogFieldKind.Float, Required: true),
            new("guardrail_margin", CatalogFieldKind.Float, Required: true),
            new("guardrail_alpha", CatalogFieldKind.Float, Required: true),
            new("srm_alpha", CatalogFieldKind.Float, Default: .001),
            new("correction", CatalogFieldKind.Text, 32, Default: "holm", Allowed: [.. OptionNames.Corrections.Keys]),
            new(
                "correction_family",
                CatalogFieldKind.Text,
                16,
                Default: OptionNames.OverVariations,
                Allowed: [OptionNames.OverVariations, OptionNames.ByRole, OptionNames.OverExperiment]),
            new("primary_share", CatalogFieldKind.Float, Default: .5, Range: CatalogRange.Share),
            new("guardrail_power", CatalogFieldKind.Float, Default: .8),
            new("policy_kind", CatalogFieldKind.Text, 16, Default: "default", Allowed: ["default", "complete"]),
            new("deterioration_alpha", CatalogFieldKind.Float, Default: .05, Range: CatalogRange.Share),
            new("min_weeks", CatalogFieldKind.Int, Default: 1, Range: CatalogRange.Weeks),
            new("description", CatalogFieldKind.Text, 1000, IsNote: true),
        ])
    {
        IsVersioned = true,
    };

    /// <summary>A number that the quality views judge by.</summary>
    public static CatalogEntity Threshold { get; } = new(
        "threshold",
        "thresholds",
        "catalog.quality_thresholds",
        1,
        [
            new("threshold_id", CatalogFieldKind.Text, 64, Required: true),
            new("threshold_value", CatalogFieldKind.Float, Required: true),
            new("description", CatalogFieldKind.Text, 400, IsKept: true),
        ]);

    /// <summary>A dimension of units.</summary>
    public static CatalogEntity Dimension { get; } = new(
        "dimension",
        "dimensions",
        "catalog.dimensions",
        1,
        [
            new("dimension_id", CatalogFieldKind.Text, 64, Required: true),
            new("attribute", CatalogFieldKind.Text, 128, Derived: values => values[0]),
            new("description", CatalogFieldKind.Text, 1000),
        ]);

    /// <summary>A layer of experiments that exclude each other.</summary>
    public static CatalogEntity Layer { get; } = new(
        "layer",
        "layers",
        "catalog.layers",
        1,
        [
            new("layer_id", CatalogFieldKind.Text, 128, Required: true),
            new("salt", CatalogFieldKind.Text, 64, Required: true),
            new("description", CatalogFieldKind.Text, 1000),
        ]);

    /// <summary>Units that take part in no experiment.</summary>
    public static CatalogEntity Holdout { get; } = new(
        "holdout",
        "holdouts",
        "catalog.holdouts",
        1,
        [
            new("holdout_id", CatalogFieldKind.Text, 128, Required: true),
            new("salt", CatalogFieldKind.Text, 64, Required: true),
            new("bucket_count", CatalogFieldKind.Int, Required: true, Range: CatalogRange.Buckets),
            new("start_at", CatalogFieldKind.Time, Required: true),
            new("end_at", CatalogFieldKind.Time),
            new("description", CatalogFieldKind.Text, 1000),
        ]);

    /// <summary>A metric's definition.</summary>
    public static CatalogEntity Metric { get; } = new(
        "metric",
        "metrics",
        "catalog.metric_definitions",
        2,
        [
            new("metric_id", CatalogFieldKind.Text, 128, Required: true),
            new("metric_version", CatalogFieldKind.Int, Default: 1),
            new("metric_type", CatalogFieldKind.Text, 16, Required: true, Allowed: [.. MetricType.Names]),
            new("event_name", CatalogFieldKind.Text, 128),
            new("filters", CatalogFieldKind.Filters),
            new(
                "aggregation",
                CatalogFieldKind.Text,
                16,
                Derived: values => MetricType.Of(values)?.Aggregation),
            new("distinct_attribute", CatalogFieldKind.Text, 128),
            new("threshold", CatalogFieldKind.Float, Derived: values => MetricType.Of(values)?.Threshold),
            new("quantile_fraction", CatalogFieldKind.Float, Range: CatalogRange.Share),
            new("numerator", CatalogFieldKind.Metric),
            new("denominator", CatalogFieldKind.Metric),
            new("window_start_hours", CatalogFieldKind.Float, Default: 0.0),
            new("window_end_hours", CatalogFieldKind.Float),
            new("delay_hours", CatalogFieldKind.Float, Range: CatalogRange.HoursOrNone),
            new("eligibility_hours", CatalogFieldKind.Float, Range: CatalogRange.Hours),
            new("maturity", CatalogFieldKind.Text, 16, Default: "complete", Allowed: ["complete", "all"]),
            new("cap_lower", CatalogFieldKind.Float),
            new("cap_upper", CatalogFieldKind.Float),
            new("winsor_lower", CatalogFieldKind.Float, Range: CatalogRange.Share),
            new("winsor_upper", CatalogFieldKind.Float, Range: CatalogRange.Share),
            new("winsor_nonzero", CatalogFieldKind.Bit, Default: false),
            new("covariate", CatalogFieldKind.Metric),
            new("covariate_hours", CatalogFieldKind.Float, Range: CatalogRange.Hours),
            new("direction", CatalogFieldKind.Text, 8, Default: "increase", Allowed: ["increase", "decrease"]),
            new("unit_label", CatalogFieldKind.Text, 32, IsNote: true),
            new("owner", CatalogFieldKind.Text, 128, IsNote: true),
            new("description", CatalogFieldKind.Text, 1000, IsNote: true),
            new("valid_from", CatalogFieldKind.Time, IsNote: true, IsKept: true),
        ])
    {
        IsVersioned = true,
    };

    /// <summary>How an experiment is watched.</summary>
    public static CatalogEntity SequentialPlan { get; } = new(
        "plan",
        "plans",
        "catalog.sequential_plans",
        2,
        [
            new("plan_id", CatalogFieldKind.Text, 128, Required: true),
            new("plan_version", CatalogFieldKind.Int, Default: 1),
            new(
                "plan_kind",
                CatalogFieldKind.Text,
                32,
                Required: true,
                Allowed: [OptionNames.ConfidenceSequence, OptionNames.GroupSequential]),
            new("planned_units", CatalogFieldKind.BigInt, Required: true),
            new("planned_looks", CatalogFieldKind.Int, Range: CatalogRange.Looks),
            new("spending", CatalogFieldKind.Text, 32, Allowed: [.. OptionNames.Spendings.Keys]),
            new("spending_parameter", CatalogFieldKind.Float),
            new("futility_spending", CatalogFieldKind.Text, 32, Allowed: [.. OptionNames.Spendings.Keys]),
            new("futility_parameter", CatalogFieldKind.Float),
            new("futility_power", CatalogFieldKind.Float, Range: CatalogRange.Share),
            new("fixed_at", CatalogFieldKind.Time, Required: true),
            new("description", CatalogFieldKind.Text, 1000, IsNote: true),
        ])
    {
        IsVersioned = true,
    };

    /// <summary>An experiment.</summary>
    public static CatalogEntity Experiment { get; } = new(
        "experiment",
        "experiments",
        "catalog.experiments",
        1,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("experiment_name", CatalogFieldKind.Text, 200, Derived: values => values[0]),
            new("description", CatalogFieldKind.Text, 1000),
            new("unit_type", CatalogFieldKind.Text, 32, Default: "user"),
            new("cluster_attribute", CatalogFieldKind.Text, 128),
            new("region_attribute", CatalogFieldKind.Text, 128),
            new("burn_in_hours", CatalogFieldKind.Float, Range: CatalogRange.HoursOrNone),
            new("analysis_mode", CatalogFieldKind.Text, 16, Allowed: Modes),
            new("computed_modes", CatalogFieldKind.Text, 16, Default: "both", Allowed: ["both", .. Modes]),
            new("trigger_event", CatalogFieldKind.Text, 128),
            new("start_at", CatalogFieldKind.Time, Required: true),
            new("end_at", CatalogFieldKind.Time),
            new("planned_units", CatalogFieldKind.BigInt),
            new("exclude_multi_variation", CatalogFieldKind.Bit, Default: false),
            new("policy_id", CatalogFieldKind.Text, 128, Default: DefaultPolicy),
            new("policy_version", CatalogFieldKind.Int, Default: 1),
            new("plan_id", CatalogFieldKind.Text, 128),
            new("plan_version", CatalogFieldKind.Int, Default: 1),
            new("salt", CatalogFieldKind.Text, 64),
            new("layer_id", CatalogFieldKind.Text, 128),
            new("layer_from", CatalogFieldKind.Int, Range: CatalogRange.Bucket),
            new("layer_to", CatalogFieldKind.Int, Range: CatalogRange.Bucket),
            new("owner", CatalogFieldKind.Text, 128),
        ]);

    /// <summary>One arm of an experiment.</summary>
    public static CatalogEntity Variation { get; } = new(
        "variation",
        "variations",
        "catalog.experiment_variations",
        2,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("variation_id", CatalogFieldKind.Text, 128, Required: true),
            new("is_control", CatalogFieldKind.Bit, Default: false),
            new("weight", CatalogFieldKind.Float, Required: true),
            new("description", CatalogFieldKind.Text, 400),
        ])
    {
        IsChild = true,
    };

    /// <summary>A metric's part in an experiment.</summary>
    public static CatalogEntity ExperimentMetric { get; } = new(
        "experiment metric",
        "metrics",
        "catalog.experiment_metrics",
        2,
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
            new("margin_kind", CatalogFieldKind.Text, 16, Default: "relative", Allowed: ["relative", "absolute"]),
            new("superiority_margin", CatalogFieldKind.Float, Range: CatalogRange.NotNegative),
            new("equivalence_margin", CatalogFieldKind.Float, Range: CatalogRange.Positive),
            new("test_method", CatalogFieldKind.Text, 64, Allowed: [.. OptionNames.TestMethods.Keys]),
            new("sidedness", CatalogFieldKind.Text, 16, Default: "two_sided", Allowed: ["two_sided", "one_sided"]),
            new("proportion_interval", CatalogFieldKind.Text, 32, Allowed: [.. OptionNames.ProportionIntervals.Keys]),
            new("relative_interval", CatalogFieldKind.Text, 16, Allowed: [.. OptionNames.RelativeIntervals.Keys]),
            new("prior_kind", CatalogFieldKind.Text, 16, Allowed: [.. OptionNames.Priors.Keys]),
            new("prior_mean", CatalogFieldKind.Float),
            new("prior_sd", CatalogFieldKind.Float, Range: CatalogRange.Positive),
            new("prior_alpha", CatalogFieldKind.Float, Range: CatalogRange.Positive),
            new("prior_beta", CatalogFieldKind.Float, Range: CatalogRange.Positive),
            new("posterior_threshold", CatalogFieldKind.Float),
        ])
    {
        IsChild = true,
    };

    /// <summary>A dimension that an experiment is broken down by.</summary>
    public static CatalogEntity ExperimentDimension { get; } = new(
        "experiment dimension",
        "dimensions",
        "catalog.experiment_dimensions",
        2,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("dimension_id", CatalogFieldKind.Text, 64, Required: true),
        ])
    {
        IsChild = true,
    };

    /// <summary>A further covariate of a metric: that of another metric of the experiment.</summary>
    public static CatalogEntity ExperimentCovariate { get; } = new(
        "experiment covariate",
        "covariates",
        "catalog.experiment_metric_covariates",
        3,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("metric_id", CatalogFieldKind.Text, 128, Required: true),
            new("covariate_metric_id", CatalogFieldKind.Text, 128, Required: true),
        ])
    {
        IsChild = true,
    };

    /// <summary>The weight of a variation from a time on.</summary>
    public static CatalogEntity WeightChange { get; } = new(
        "weight change",
        "weight_changes",
        "catalog.experiment_weight_changes",
        3,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("effective_at", CatalogFieldKind.Time, Required: true),
            new("variation_id", CatalogFieldKind.Text, 128, Required: true),
            new("weight", CatalogFieldKind.Float, Required: true, Range: CatalogRange.Weight),
        ])
    {
        IsChild = true,
    };

    /// <summary>A block of a switchback experiment: the variation that a region had for a time.</summary>
    public static CatalogEntity ExperimentBlock { get; } = new(
        "block",
        "blocks",
        "catalog.experiment_blocks",
        3,
        [
            new(Id, CatalogFieldKind.Text, 128, Required: true),
            new("region", CatalogFieldKind.Text, 128, Required: true),
            new("block_start_at", CatalogFieldKind.Time, Required: true),
            new("block_end_at", CatalogFieldKind.Time, Required: true),
            new(
                "stratum",
                CatalogFieldKind.Text,
                128,
                Derived: values => (values[2] as DateTime?)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            new("variation_id", CatalogFieldKind.Text, 128, Required: true),
        ])
    {
        IsChild = true,
    };

    /// <summary>All, in the order in which rows are written: a row comes after the rows it refers to.</summary>
    public static IReadOnlyList<CatalogEntity> All { get; } =
    [
        Policy, Threshold, Dimension, Layer, Holdout, Metric, SequentialPlan, Experiment, Variation, ExperimentMetric,
        ExperimentCovariate, ExperimentDimension, WeightChange, ExperimentBlock,
    ];

    /// <summary>The lists of a file, in their order.</summary>
    public static string Sections { get; } =
        string.Join(", ", All.Where(entity => !entity.IsChild).Select(entity => entity.Section));

    /// <summary>The place of a field; -1 where there is none of the name.</summary>
    public int IndexOf(string name)
    {
        for (int i = 0; i < Fields.Count; i++)
        {
            if (string.Equals(Fields[i].Name, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>What the file or the catalog leaves open becomes its default.</summary>
    public void FillDefaults(object?[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] ??= Fields[i].DefaultIn(values);
        }
    }
}

/// <summary>One row that a catalog file defines, or that the catalog has.</summary>
/// <param name="Entity">What it is.</param>
/// <param name="Values">Its values, by field.</param>
/// <param name="Source">File and line, as messages name them; empty for a row of the catalog.</param>
internal sealed record CatalogRow(CatalogEntity Entity, object?[] Values, string Source)
{
    /// <summary>What identifies it among the rows of its entity.</summary>
    public string Key => string.Join('\0', Values.Take(Entity.KeyCount).Select(value => ValueText.Exact(value!)));

    /// <summary>The key as a table shows it: <c>conversion version 1</c>.</summary>
    public string KeyText => Entity.IsVersioned
        ? $"{Values[0]} version {Values[1]}"
        : string.Join(", ", Values.Take(Entity.KeyCount).Select(value => ValueText.Exact(value!)));

    /// <summary>The key as people write it: <c>metric 'conversion' version 1</c>.</summary>
    public string Label
    {
        get
        {
            if (Entity.IsVersioned)
            {
                return $"{Entity.Noun} '{Values[0]}' version {Values[1]}";
            }

            if (Entity == CatalogEntity.WeightChange)
            {
                return $"weight of '{Values[2]}' from {ValueText.Exact(Values[1]!)} in experiment '{Values[0]}'";
            }

            if (Entity == CatalogEntity.ExperimentBlock)
            {
                return $"block of region '{Values[1]}' from {ValueText.Exact(Values[2]!)} in experiment '{Values[0]}'";
            }

            if (!Entity.IsChild)
            {
                return $"{Entity.Noun} '{Values[0]}'";
            }

            return Entity == CatalogEntity.Variation
                ? $"variation '{Values[1]}' of experiment '{Values[0]}'"
                : $"{Entity.Noun.Split(' ')[^1]} '{Values[1]}' in experiment '{Values[0]}'";
        }
    }

    /// <summary>Whether every deployment brings it: a threshold, or the default policy.</summary>
    public bool IsBuiltIn => Entity == CatalogEntity.Threshold
        || (Entity == CatalogEntity.Policy && (string)Values[0]! == CatalogEntity.DefaultPolicy);

    /// <summary>The value of a field.</summary>
    public object? this[string field] => Values[Entity.IndexOf(field)];
}
