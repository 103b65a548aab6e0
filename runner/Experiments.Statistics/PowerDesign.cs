using Experiments.Statistics.Decisions;

namespace Experiments.Statistics;

/// <summary>What is measured in a planned experiment.</summary>
public enum PowerMetric
{
    /// <summary>A mean, or anything with a variance a unit: ratios (n Var(r)), quantiles, cluster ratios.</summary>
    Mean,

    /// <summary>A proportion; its variances come from the rates, the null error is the pooled one.</summary>
    Proportion,

    /// <summary>Mann-Whitney; the effect is P(T &gt; C) + P(T = C)/2 - 1/2 (Noether 1987).</summary>
    Rank,

    /// <summary>Log-rank; units are events, the effect is the hazard ratio - 1 (Schoenfeld 1981).</summary>
    TimeToEvent,
}

/// <summary>What a planned test claims.</summary>
public enum PowerGoal
{
    /// <summary>A difference.</summary>
    Difference,

    /// <summary>Not worse by the margin, one-sided at alpha.</summary>
    NonInferiority,

    /// <summary>Better by more than the margin, one-sided at alpha.</summary>
    SuperiorityByMargin,

    /// <summary>Within the margin either way, two one-sided tests at alpha each.</summary>
    Equivalence,
}

/// <summary>A planned experiment, as far as its sample size depends on it.</summary>
public sealed record PowerDesign
{
    /// <summary>What is measured.</summary>
    public PowerMetric Metric { get; init; } = PowerMetric.Mean;

    /// <summary>What the test claims.</summary>
    public PowerGoal Goal { get; init; } = PowerGoal.Difference;

    /// <summary>The control's mean, ratio or rate.</summary>
    public double Baseline { get; init; }

    /// <summary>The variance of one unit; not read for proportions, ranks and times.</summary>
    public double Variance { get; init; }

    /// <summary>The treatment's variance; null for the control's.</summary>
    public double? TreatmentVariance { get; init; }

    /// <summary>The weights of the arms, the control's first; on any scale, all positive.</summary>
    public IReadOnlyList<double> Weights { get; init; } = [1, 1];

    /// <summary>Alpha: two-sided unless <see cref="Alternative"/> or the goal is one-sided.</summary>
    public double Alpha { get; init; } = .05;

    /// <summary>The alternative of a difference.</summary>
    public Alternative Alternative { get; init; }

    /// <summary>Which way is good; read for margins.</summary>
    public DesiredDirection Direction { get; init; } = DesiredDirection.Increase;

    /// <summary>The margin, at least 0.</summary>
    public double Margin { get; init; }

    /// <summary>Whether the margin is a fraction of the baseline.</summary>
    public bool IsMarginRelative { get; init; }

    /// <summary>The correction over the treatments: none, Bonferroni or Dunnett.</summary>
    public Correction Correction { get; init; } = Correction.None;

    /// <summary>ρ of the metric and its covariate; the variance is (1 - ρ²) of itself.</summary>
    public double CovariateCorrelation { get; init; }

    /// <summary>How many times the variance a unit is larger for clustering, 1 + (m - 1) ICC.</summary>
    public double DesignEffect { get; init; } = 1;

    /// <summary>Units a randomised cluster, from which degrees of freedom are counted; 1 for none.</summary>
    public double UnitsPerCluster { get; init; } = 1;

    /// <summary>How often one looks.</summary>
    public Monitoring Monitoring { get; init; }

    /// <summary>Equally spaced looks of a group sequential plan.</summary>
    public int Looks { get; init; } = 5;

    /// <summary>How a group sequential plan spends its alpha.</summary>
    public Spending Spending { get; init; } = new(SpendingFamily.OBrienFleming);

    /// <summary>N* of a confidence sequence; null for the sample at hand.</summary>
    public double? PlannedUnits { get; init; }

    /// <summary>Guardrails that have to pass too: the power asked for is corrected to 1 - β/(G + 1).</summary>
    public int Guardrails { get; init; }
}

/// <summary>One point of a power curve.</summary>
/// <param name="Units">Units of all arms.</param>
/// <param name="Days">Days until they have come and matured; null without traffic.</param>
/// <param name="Power">The power for the effect; null where none was given.</param>
/// <param name="DetectableEffect">The smallest effect with the power asked for; null where there is none.</param>
public readonly record struct PowerPoint(double Units, int? Days, double? Power, double? DetectableEffect);
