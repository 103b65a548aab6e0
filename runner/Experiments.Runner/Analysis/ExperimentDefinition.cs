using System.Globalization;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>An arm as the catalog defines it.</summary>
internal sealed record VariationDefinition(string VariationId, bool IsControl, double Weight);

/// <summary>A prior; of the relative effect where it is normal, of both rates where it is a beta one.</summary>
internal sealed record PriorDefinition(PriorKind Kind, double Mean, double Deviation, double A, double B)
{
    /// <summary>A lift whose probability to be exceeded is asked for.</summary>
    public double? Threshold { get; init; }

    /// <summary>The prior as results name it.</summary>
    public string Text => Kind switch
    {
        PriorKind.Flat => "flat",
        PriorKind.Normal => string.Create(CultureInfo.InvariantCulture, $"normal({Mean:R}, {Deviation:R}) of the lift"),
        PriorKind.Beta => string.Create(CultureInfo.InvariantCulture, $"beta({A:R}, {B:R}) of each rate"),
        _ => throw new InvalidOperationException("No such prior: " + Kind),
    };
}

/// <summary>What an experiment's row asks of a metric beyond its definition.</summary>
internal sealed record MetricOptions
{
    /// <summary>No options.</summary>
    public static MetricOptions None { get; } = new();

    /// <summary>Whether the test is one-sided, in the desired direction.</summary>
    public bool IsOneSided { get; init; }

    /// <summary>Whether margins are in units of the metric, not relative to the control.</summary>
    public bool IsAbsoluteMargin { get; init; }

    /// <summary>The margin of superiority; none is 0.</summary>
    public double? SuperiorityMargin { get; init; }

    /// <summary>The margin of equivalence; none: not tested.</summary>
    public double? EquivalenceMargin { get; init; }

    /// <summary>The test asked for by name.</summary>
    public TestMethod? TestMethod { get; init; }

    /// <summary>The interval of proportions; none: the score interval.</summary>
    public ProportionInterval? ProportionInterval { get; init; }

    /// <summary>The interval of the lift; none: Fieller's.</summary>
    public LiftInterval? LiftInterval { get; init; }

    /// <summary>The prior; none: no posterior.</summary>
    public PriorDefinition? Prior { get; init; }
}

/// <summary>A metric's part in the experiment, with what its definition says about reading it.</summary>
internal sealed record MetricDefinition(
    string MetricId, int Version, string Type, DesiredDirection Direction, MetricRole Role, double? Margin)
{
    /// <summary>What is asked of it beyond its definition.</summary>
    public MetricOptions Options { get; init; } = MetricOptions.None;

    /// <summary>Whether it is asked of the blocks of a switchback experiment.</summary>
    public bool IsSwitchback { get; init; }
}

/// <summary>How the experiment is watched.</summary>
internal sealed record SequentialPlan(
    string PlanId, int PlanVersion, Monitoring Kind, long PlannedUnits, int? PlannedLooks, Spending Spending)
{
    /// <summary>How the type II error is spent; null without futility bounds.</summary>
    public Spending? Futility { get; init; }

    /// <summary>The power that futility bounds keep.</summary>
    public double FutilityPower { get; init; } = .8;
}

/// <summary>All that the catalog says about one experiment.</summary>
internal sealed record ExperimentDefinition(
    string ExperimentId,
    string Name,
    string? AnalysisMode,
    DateTime? EndAt,
    long? PlannedUnits,
    DecisionPolicy Policy,
    IReadOnlyList<VariationDefinition> Variations,
    IReadOnlyList<MetricDefinition> Metrics,
    string Hash)
{
    /// <summary>The start; null where it is not known.</summary>
    public DateTime? StartAt { get; init; }

    /// <summary>The sequential plan; null for a fixed horizon.</summary>
    public SequentialPlan? Plan { get; init; }

    /// <summary>The attribute of units that names their region, of a switchback experiment; else null.</summary>
    public string? RegionAttribute { get; init; }

    /// <summary>Whether blocks of time are randomised, not units.</summary>
    public bool IsSwitchback => RegionAttribute is not null;

    /// <summary>The control.</summary>
    public VariationDefinition Control => Variations[0];

    /// <summary>The others.</summary>
    public IEnumerable<VariationDefinition> Treatments => Variations.Skip(1);
}
