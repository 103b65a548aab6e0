namespace Experiments.Statistics.Decisions;

/// <summary>What a metric is for in an experiment.</summary>
public enum MetricRole
{
    /// <summary>The metric the experiment is to improve.</summary>
    Primary,

    /// <summary>Reported, in no gate.</summary>
    Secondary,

    /// <summary>Must not get worse.</summary>
    Guardrail,
}

/// <summary>Which way a metric is good.</summary>
public enum DesiredDirection
{
    /// <summary>More is better.</summary>
    Increase,

    /// <summary>Less is better.</summary>
    Decrease,
}

/// <summary>What is known of one metric in one variation against the control.</summary>
/// <param name="VariationId">The variation.</param>
/// <param name="MetricId">The metric.</param>
/// <param name="Role">Its role in the experiment.</param>
/// <param name="Direction">Which way it is good.</param>
/// <param name="Effect">The effect of the variation, intervals at the policy's alpha.</param>
/// <param name="MdeRelative">
/// The relative effect the data could detect at the policy's alpha for this role (a guardrail: its own) and power
/// (<see cref="MinimumDetectableEffect"/>), or null where that is not known.
/// </param>
/// <param name="Margin">A guardrail's own margin as a fraction; null: the policy's.</param>
public sealed record MetricEvidence(
    string VariationId,
    string MetricId,
    MetricRole Role,
    DesiredDirection Direction,
    EffectEstimate Effect,
    double? MdeRelative,
    double? Margin = null)
{
    /// <summary>
    /// The p-value corrected in the policy's family; null: the engine corrects the primaries over the variations.
    /// </summary>
    public double? AdjustedPValue { get; init; }

    /// <summary>The one-sided tests; a complete policy needs them.</summary>
    public MarginEvidence? Margins { get; init; }
}

/// <summary>The one-sided tests of a metric in one variation, in the desired direction.</summary>
/// <param name="SuperiorityPValue">Of "not better than the margin of superiority"; null without an answer.</param>
/// <param name="IsNonInferior">Whether "worse than the margin" is rejected at the guardrails' alpha.</param>
/// <param name="NonInferiorityPValue">Of "worse than the margin"; null where a bound over all looks decides.</param>
/// <param name="Bound">The one-sided bound of the effect at the worse end, on the scale of the margin.</param>
/// <param name="WorsePValue">Of "not worse".</param>
/// <param name="IsAbsolute">Whether margin and bound are in units of the metric.</param>
public sealed record MarginEvidence(
    double? SuperiorityPValue,
    bool? IsNonInferior,
    double? NonInferiorityPValue,
    double? Bound,
    double? WorsePValue,
    bool IsAbsolute = false);

/// <summary>The sample ratio check at one stage.</summary>
/// <param name="Stage">The stage, such as <c>assigned</c> or <c>exposed</c>.</param>
/// <param name="PValue">The p-value; null where there is no answer.</param>
/// <param name="UnitsWithoutWeight">Units in arms without a weight; any of them fails the gate.</param>
/// <param name="ReasonCode">Why there is no answer.</param>
public sealed record SampleRatioEvidence(
    string Stage, double? PValue, long UnitsWithoutWeight = 0, string? ReasonCode = null)
{
    /// <summary>Whether the p-value is that of the e-process, which may be looked at while the experiment runs.</summary>
    public bool IsSequential { get; init; }

    /// <summary>The variation that is furthest from its weight; null where it is not known.</summary>
    public string? WorstVariationId { get; init; }

    /// <summary>How many units more than expected it has.</summary>
    public double WorstDifference { get; init; }

    /// <summary>Its residual in standard errors.</summary>
    public double? WorstResidual { get; init; }
}

/// <summary>A quality check beyond sample ratio and reconciliation.</summary>
/// <param name="Name">A stable snake_case name.</param>
/// <param name="Passed">Whether it passed; null where it could not be evaluated.</param>
/// <param name="Detail">A sentence with the numbers.</param>
/// <param name="Threshold">What was allowed, if it is a number.</param>
/// <param name="Observed">What was found, if it is a number.</param>
/// <param name="ReasonCode">Why it could not be evaluated.</param>
/// <param name="IsRequired">False: reported, but without a say in the decision.</param>
public sealed record QualityCheck(
    string Name,
    bool? Passed,
    string Detail,
    double? Threshold = null,
    double? Observed = null,
    string? ReasonCode = null,
    bool IsRequired = true);

/// <summary>Whether the data can be trusted.</summary>
/// <param name="SampleRatios">The sample ratio checks; without any the data are not known to be sound.</param>
/// <param name="IsReconciled">Whether every source row is accounted for; null where that is not known.</param>
/// <param name="ReconciliationDifference">Source rows that are not accounted for, if counted.</param>
/// <param name="OtherChecks">Further checks.</param>
public sealed record QualityEvidence(
    IReadOnlyList<SampleRatioEvidence> SampleRatios,
    bool? IsReconciled,
    long? ReconciliationDifference = null,
    IReadOnlyList<QualityCheck>? OtherChecks = null);

/// <summary>
/// How far the experiment has come. A fixed-horizon decision is conclusive only when both parts are met.
/// </summary>
/// <param name="PlannedUnits">Units planned over all arms; null where the experiment names none.</param>
/// <param name="ObservedUnits">Units of all arms so far, the control included.</param>
/// <param name="PlannedEnd">The planned end, UTC; null where the experiment names none.</param>
/// <param name="DataWatermark">The time up to which data are loaded, UTC; null without data.</param>
public sealed record PlanEvidence(
    long? PlannedUnits, long ObservedUnits, DateTime? PlannedEnd, DateTime? DataWatermark)
{
    /// <summary>The start, UTC; null where it is not known.</summary>
    public DateTime? Start { get; init; }

    /// <summary>Whether a sequential plan is followed, whose p-values and intervals the metrics' effects carry.</summary>
    public bool IsSequential { get; init; }

    /// <summary>Whether both the planned sample and the planned end are reached.</summary>
    public bool IsReached =>
        ObservedUnits >= PlannedUnits && PlannedEnd is not null && DataWatermark >= PlannedEnd;

    /// <summary>Whole weeks of data between the start and the planned end; null where the start is not known.</summary>
    public int? FullWeeks => Start is null || DataWatermark is null
        ? null
        : (int)Math.Max(0, Math.Floor(
            ((PlannedEnd < DataWatermark ? PlannedEnd.Value : DataWatermark.Value) - Start.Value).TotalDays / 7));
}
