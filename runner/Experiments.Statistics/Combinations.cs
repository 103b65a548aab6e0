namespace Experiments.Statistics;

/// <summary>How often an experiment is looked at.</summary>
public enum Monitoring
{
    /// <summary>Once, at its planned end.</summary>
    FixedHorizon,

    /// <summary>At any time, by <see cref="AsymptoticConfidenceSequence"/>.</summary>
    ConfidenceSequence,

    /// <summary>At planned looks, by <see cref="GroupSequential"/>.</summary>
    GroupSequential,
}

/// <summary>What kind of test a metric takes.</summary>
public enum TestKind
{
    /// <summary>Means, with or without covariates.</summary>
    Mean,

    /// <summary>Proportions by a normal test.</summary>
    Proportion,

    /// <summary>Proportions by an exact test.</summary>
    ExactProportion,

    /// <summary>Ratios of sums, with or without covariates.</summary>
    Ratio,

    /// <summary>Quantiles.</summary>
    Quantile,

    /// <summary>Mann-Whitney.</summary>
    Rank,

    /// <summary>Log-rank.</summary>
    TimeToEvent,

    /// <summary>A posterior.</summary>
    Bayesian,
}

/// <summary>Which p-values of a monitored experiment enter a family.</summary>
public enum MonitoredPValue
{
    /// <summary>That of the look as if it were the only one.</summary>
    Nominal,

    /// <summary>The running minimum of a confidence sequence.</summary>
    RunningMinimum,

    /// <summary>The repeated p-value of a group sequential plan.</summary>
    Repeated,
}

/// <summary>
/// Which methods may be combined. What is refused has a reason code and no number, since its error rates are not what
/// its name says.
/// </summary>
public static class Combinations
{
    /// <summary>Whether a test may be monitored so.</summary>
    /// <param name="monitoring">How often one looks.</param>
    /// <param name="kind">The test.</param>
    /// <returns>
    /// Null where it may: means, ratios and proportions with the θ and error of the look, quantiles with their own error
    /// and the guard on the first look; rank and log-rank tests at group sequential looks. Else
    /// <c>no_confidence_sequence</c>, <c>no_group_sequential</c> or <c>bayesian_not_monitored</c>.
    /// </returns>
    public static string? Refusal(Monitoring monitoring, TestKind kind) => (monitoring, kind) switch
    {
        (Monitoring.FixedHorizon, _) => null,
        (_, TestKind.Bayesian) => Reasons.BayesianNotMonitored,
        (Monitoring.ConfidenceSequence, TestKind.ExactProportion or TestKind.Rank or TestKind.TimeToEvent) =>
            Reasons.NoConfidenceSequence,
        (Monitoring.GroupSequential, TestKind.ExactProportion) => Reasons.NoGroupSequential,
        (Monitoring.ConfidenceSequence or Monitoring.GroupSequential, _) => null,
        _ => throw new ArgumentOutOfRangeException(nameof(monitoring), monitoring, "No such monitoring."),
    };

    /// <summary>Whether p-values of a monitored experiment may be corrected so.</summary>
    /// <param name="monitoring">How often one looks.</param>
    /// <param name="pValues">Which p-values enter.</param>
    /// <param name="correction">The correction.</param>
    /// <returns>
    /// Null where it may. Else <c>nominal_p_monitored</c> (a p-value of one look of several) or
    /// <c>dependence_unknown</c>: running minima have no known positive dependence, so that Hochberg, Hommel and
    /// Benjamini-Hochberg are out and Holm, Bonferroni or Benjamini-Yekutieli are in; Dunnett's law is that of one look.
    /// </returns>
    public static string? Refusal(Monitoring monitoring, MonitoredPValue pValues, Correction correction)
    {
        MonitoredPValue right = monitoring switch
        {
            Monitoring.FixedHorizon => MonitoredPValue.Nominal,
            Monitoring.ConfidenceSequence => MonitoredPValue.RunningMinimum,
            Monitoring.GroupSequential => MonitoredPValue.Repeated,
            _ => throw new ArgumentOutOfRangeException(nameof(monitoring), monitoring, "No such monitoring."),
        };
        return pValues != right
            ? Reasons.NominalPMonitored
            : monitoring == Monitoring.FixedHorizon
                ? null
                : correction is Correction.Hochberg or Correction.Hommel or Correction.BenjaminiHochberg
                    or Correction.Dunnett
                    ? Reasons.DependenceUnknown
                    : null;
    }

    /// <summary>Whether a test may enter a family of corrected p-values.</summary>
    /// <param name="kind">The test.</param>
    /// <param name="isGuardrail">Whether it is a guardrail's non-inferiority test.</param>
    /// <returns>
    /// Null where it may. Else <c>bayesian_not_in_family</c>, or <c>guardrail_uncorrected</c>: guardrails are an
    /// intersection-union test, each at alpha, uncorrected within an arm.
    /// </returns>
    public static string? FamilyRefusal(TestKind kind, bool isGuardrail) =>
        kind == TestKind.Bayesian
            ? Reasons.BayesianNotInFamily
            : isGuardrail ? Reasons.GuardrailUncorrected : null;

    /// <summary>Whether periods with different weights may be analysed together.</summary>
    /// <param name="monitoring">How often one looks.</param>
    /// <param name="kind">The test.</param>
    /// <returns>
    /// Null where the effect is post-stratified by period (log-rank: by strata); else <c>weights_changed</c>: the
    /// analysis starts at the last change.
    /// </returns>
    public static string? EpochRefusal(Monitoring monitoring, TestKind kind) =>
        monitoring != Monitoring.FixedHorizon || kind is TestKind.Quantile or TestKind.Rank
            ? Reasons.WeightsChanged
            : null;
}
