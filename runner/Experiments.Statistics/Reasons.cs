namespace Experiments.Statistics;

/// <summary>Stable codes that say why there is no answer, or no relative one.</summary>
public static class Reasons
{
    /// <summary>An arm has no units.</summary>
    public const string NoData = "no_data";

    /// <summary>An arm has fewer than two units, so that it has no variance.</summary>
    public const string TooFewUnits = "too_few_units";

    /// <summary>Neither arm varies, so that there is no scale to measure the effect on.</summary>
    public const string ZeroVariance = "zero_variance";

    /// <summary>An input is NaN, infinite, or a negative variance.</summary>
    public const string InvalidInput = "invalid_input";

    /// <summary>A result does not fit a double.</summary>
    public const string OutOfRange = "out_of_range";

    /// <summary>The control's mean or rate is zero: a lift relative to it is undefined.</summary>
    public const string ControlZero = "control_zero";

    /// <summary>
    /// Fieller's set is everything outside an interval: the control's mean is not distinguishable from zero, the
    /// effect is distinguishable from some lifts.
    /// </summary>
    public const string FiellerExclusive = "fieller_exclusive";

    /// <summary>Fieller's set is the whole line: the data exclude no lift.</summary>
    public const string FiellerUnbounded = "fieller_unbounded";

    /// <summary>Fieller's set is a half line: the control's mean is exactly at the edge of its interval.</summary>
    public const string FiellerHalfLine = "fieller_half_line";

    /// <summary>The interval of the relative lift has no upper end.</summary>
    public const string UnboundedAbove = "unbounded_above";

    /// <summary>The means differ in sign, or one is zero: their ratio has no logarithm.</summary>
    public const string SignsDiffer = "signs_differ";

    /// <summary>The denominator of a ratio sums to zero.</summary>
    public const string ZeroDenominator = "zero_denominator";

    /// <summary>Units are in an arm whose planned weight was zero.</summary>
    public const string ZeroWeightArm = "zero_weight_arm_has_units";

    /// <summary>Fewer than two arms have a weight: there is no ratio to check.</summary>
    public const string OneArm = "one_arm";

    /// <summary>The cap of a winsorised metric is zero or below the smallest positive value.</summary>
    public const string CapDegenerate = "cap_degenerate";

    /// <summary>So few independent observations that a bounding rank of the quantile falls off the sample.</summary>
    public const string TooFewObservations = "too_few_observations";

    /// <summary>So many equal values at the quantile that both of its bounds are that value.</summary>
    public const string AtomAtQuantile = "atom_at_quantile";

    /// <summary>A covariate does not vary.</summary>
    public const string CovariateConstant = "covariate_constant";

    /// <summary>A covariate is a linear function of the others.</summary>
    public const string CovariateCollinear = "covariate_collinear";

    /// <summary>No unit has a value of the covariate.</summary>
    public const string CovariateMissing = "covariate_missing";

    /// <summary>The covariate was measured, even in part, after the anchor, so that the treatment may have moved it.</summary>
    public const string CovariateAfterAnchor = "covariate_after_anchor";

    /// <summary>A look before the arms are large enough for an asymptotic sequence.</summary>
    public const string TooEarly = "too_early";

    /// <summary>The intervals of the looks have no point in common: the effect moved over time.</summary>
    public const string SequenceInconsistent = "sequence_inconsistent";

    /// <summary>A look after the plan has spent all of its alpha.</summary>
    public const string SpendingComplete = "spending_complete";

    /// <summary>The test has no confidence sequence.</summary>
    public const string NoConfidenceSequence = "no_confidence_sequence";

    /// <summary>The test has no group sequential form.</summary>
    public const string NoGroupSequential = "no_group_sequential";

    /// <summary>A posterior is not a bound that may be looked at repeatedly at a stated error.</summary>
    public const string BayesianNotMonitored = "bayesian_not_monitored";

    /// <summary>A Bayesian result belongs to no family of p-values.</summary>
    public const string BayesianNotInFamily = "bayesian_not_in_family";

    /// <summary>A guardrail is tested at alpha without a correction within its arm.</summary>
    public const string GuardrailUncorrected = "guardrail_uncorrected";

    /// <summary>The p-value of one look of several, as if it were the only one.</summary>
    public const string NominalPMonitored = "nominal_p_monitored";

    /// <summary>The correction needs a dependence of the p-values that is not known to hold.</summary>
    public const string DependenceUnknown = "dependence_unknown";

    /// <summary>The planned weights changed, and the method cannot be stratified by period.</summary>
    public const string WeightsChanged = "weights_changed";

    /// <summary>Fewer than two segments with an effect.</summary>
    public const string TooFewSegments = "too_few_segments";

    /// <summary>Fewer than three experiments with an effect.</summary>
    public const string TooFewExperiments = "too_few_experiments";

    /// <summary>Too few days.</summary>
    public const string TooFewDays = "too_few_days";

    /// <summary>The pooled and the stratified effect have different signs.</summary>
    public const string SignReversed = "sign_reversed";

    /// <summary>One of the pooled and the stratified effect is significant, the other is not.</summary>
    public const string SignificanceChanged = "significance_changed";

    /// <summary>A comparison of which one side has no answer.</summary>
    public const string NotEvaluable = "not_evaluable";

    /// <summary>The design's assignments do not bound the effect or the lift.</summary>
    public const string NoInterval = "no_interval";
}
