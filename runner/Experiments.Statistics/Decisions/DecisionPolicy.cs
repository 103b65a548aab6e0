namespace Experiments.Statistics.Decisions;

/// <summary>What a policy asks for.</summary>
public enum PolicyKind
{
    /// <summary>The primary metric's lift and significance, and guardrails that are not degraded.</summary>
    Default,

    /// <summary>Success metrics superior, guardrails non-inferior, nothing deteriorated.</summary>
    Complete,
}

/// <summary>A decision policy: the numbers a decision is made by. The code only evaluates them.</summary>
/// <param name="PolicyId">The policy.</param>
/// <param name="PolicyVersion">Its version.</param>
/// <param name="MinRelativeLift">
/// The lift in the desired direction the primary metric has to exceed, .02 is 2 %. A complete policy reads it only to say
/// how many more units are needed.
/// </param>
/// <param name="Alpha">
/// The level of the primary metric's two-sided p-value, corrected over the variations; in a complete policy half of it is
/// that of the one-sided tests of superiority.
/// </param>
/// <param name="GuardrailMargin">The relative degradation a guardrail may show, .01 is 1 %.</param>
/// <param name="GuardrailAlpha">
/// The level of a guardrail's two-sided p-value, not corrected; in a complete policy that of its one-sided test of
/// non-inferiority.
/// </param>
/// <param name="SrmAlpha">The level of the sample ratio check.</param>
/// <param name="Correction">The correction over variations.</param>
/// <param name="GuardrailPower">The power at which a guardrail has to be able to see its margin.</param>
public sealed record DecisionPolicy(
    string PolicyId,
    int PolicyVersion,
    double MinRelativeLift,
    double Alpha,
    double GuardrailMargin,
    double GuardrailAlpha,
    double SrmAlpha,
    Correction Correction,
    double GuardrailPower)
{
    /// <summary>
    /// The default policy: ship above +2 % at p &lt; .05 with no guardrail below -1 % at p &lt; .10, sample ratio at
    /// p &lt; .001, Holm over variations, guardrail power .8.
    /// </summary>
    public static DecisionPolicy Default { get; } = new("default", 1, .02, .05, .01, .10, .001, Correction.Holm, .8);

    /// <summary>What the policy asks for.</summary>
    public PolicyKind Kind { get; init; }

    /// <summary>The level of the tests of deterioration, split over the metrics tested; complete policies only.</summary>
    public double DeteriorationAlpha { get; init; } = .05;

    /// <summary>Whole weeks of data that are needed; complete policies only.</summary>
    public int MinWeeks { get; init; } = 1;

    /// <summary>
    /// Which p-values are corrected together: <c>variations</c> of a metric, metrics of a <c>role</c>, or all of the
    /// <c>experiment</c> but its guardrails.
    /// </summary>
    public string CorrectionFamily { get; init; } = "variations";

    /// <summary>The primary's share of alpha under a preferential alpha.</summary>
    public double PrimaryShare { get; init; } = .5;
}
