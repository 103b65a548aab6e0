namespace Experiments.Statistics.Decisions;

/// <summary>What is to be done with a variation.</summary>
public enum DecisionOutcome
{
    /// <summary>All gates passed.</summary>
    Ship,

    /// <summary>The variation does harm, or not enough good.</summary>
    DoNotShip,

    /// <summary>The data do not say yet.</summary>
    Inconclusive,

    /// <summary>The data cannot be trusted.</summary>
    Invalid,
}

/// <summary>What a gate guards.</summary>
public enum GateKind
{
    /// <summary>The soundness of the data.</summary>
    Quality,

    /// <summary>A metric that must not get worse.</summary>
    Guardrail,

    /// <summary>The metric that is to improve.</summary>
    Primary,

    /// <summary>The planned sample and end.</summary>
    Plan,
}

/// <summary>One gate of a decision.</summary>
/// <param name="Order">Its place, from 1.</param>
/// <param name="Name">A stable snake_case name.</param>
/// <param name="Kind">What it guards.</param>
/// <param name="MetricId">The metric, for gates on one.</param>
/// <param name="Threshold">The number compared with; null where there is none.</param>
/// <param name="Observed">The number found, in the desired direction for lifts; null where there is none.</param>
/// <param name="Passed">True, false, or null where the gate could not be evaluated.</param>
/// <param name="ReasonCode">Why it could not be evaluated, or the code of its failure.</param>
/// <param name="Sentence">What was found, with the numbers.</param>
public sealed record Gate(
    int Order,
    string Name,
    GateKind Kind,
    string? MetricId,
    double? Threshold,
    double? Observed,
    bool? Passed,
    string? ReasonCode,
    string Sentence);

/// <summary>The decision on one variation.</summary>
/// <param name="VariationId">The variation.</param>
/// <param name="Outcome">What is to be done.</param>
/// <param name="Code">A stable snake_case code for why (see <see cref="DecisionCodes"/>).</param>
/// <param name="Sentence">The decision in words: lift, interval and the gate that decided it.</param>
/// <param name="Gates">Every gate, in order.</param>
/// <param name="PrimaryMetricId">The primary metric; null where the experiment has none.</param>
/// <param name="AdjustedPValue">The primary's p-value corrected over the variations; null without one.</param>
/// <param name="RemainingUnits">
/// For an inconclusive variation, the units of all arms still needed for the plan and for the minimum lift and the
/// guardrails' margins to be detectable; null otherwise, or where no number can be given.
/// </param>
/// <param name="IsBest">True for the shippable variation with the largest lower bound of the lift.</param>
public sealed record Decision(
    string VariationId,
    DecisionOutcome Outcome,
    string Code,
    string Sentence,
    IReadOnlyList<Gate> Gates,
    string? PrimaryMetricId,
    double? AdjustedPValue,
    long? RemainingUnits,
    bool IsBest);

/// <summary>The codes of decisions, and the words of outcomes and gate kinds as they are stored.</summary>
public static class DecisionCodes
{
    /// <summary>Ship: every gate passed.</summary>
    public const string AllGatesPassed = "all_gates_passed";

    /// <summary>Invalid: a required quality gate failed.</summary>
    public const string QualityGateFailed = "quality_gate_failed";

    /// <summary>Invalid: a required quality gate could not be evaluated.</summary>
    public const string QualityGateNotEvaluable = "quality_gate_not_evaluable";

    /// <summary>Do not ship: a guardrail failed.</summary>
    public const string GuardrailFailed = "guardrail_failed";

    /// <summary>Do not ship: the primary metric is significantly worse.</summary>
    public const string PrimaryWorse = "primary_worse";

    /// <summary>Do not ship: at the planned end the primary's upper bound is below the minimum lift.</summary>
    public const string LiftBelowMinimum = "lift_below_minimum";

    /// <summary>Inconclusive: the planned sample or the planned end is not reached, or not named.</summary>
    public const string TooEarly = "too_early";

    /// <summary>Inconclusive: the primary could not be evaluated.</summary>
    public const string PrimaryNotEvaluable = "primary_not_evaluable";

    /// <summary>Inconclusive: a guardrail could not be evaluated.</summary>
    public const string GuardrailNotEvaluable = "guardrail_not_evaluable";

    /// <summary>Inconclusive: the primary's p-value is not below alpha.</summary>
    public const string PrimaryNotSignificant = "primary_not_significant";

    /// <summary>Inconclusive: the primary's lift is not above the minimum, though its upper bound may be.</summary>
    public const string LiftNotAboveMinimum = "lift_not_above_minimum";

    /// <summary>Do not ship, of a complete policy: a metric deteriorated significantly.</summary>
    public const string Deteriorated = "deteriorated";

    /// <summary>Inconclusive, of a complete policy: no success metric is superior.</summary>
    public const string NotSuperior = "not_superior";

    /// <summary>Inconclusive, of a complete policy: a guardrail is not shown to be non-inferior.</summary>
    public const string NotNonInferior = "not_noninferior";

    /// <summary>An outcome as stored.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <returns><c>ship</c>, <c>do_not_ship</c>, <c>inconclusive</c> or <c>invalid</c>.</returns>
    public static string ToCode(this DecisionOutcome outcome) => outcome switch
    {
        DecisionOutcome.Ship => "ship",
        DecisionOutcome.DoNotShip => "do_not_ship",
        DecisionOutcome.Inconclusive => "inconclusive",
        DecisionOutcome.Invalid => "invalid",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "No such outcome."),
    };

    /// <summary>A gate kind as stored.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns><c>quality</c>, <c>guardrail</c>, <c>primary</c> or <c>plan</c>.</returns>
    public static string ToCode(this GateKind kind) => kind switch
    {
        GateKind.Quality => "quality",
        GateKind.Guardrail => "guardrail",
        GateKind.Primary => "primary",
        GateKind.Plan => "plan",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind."),
    };
}
