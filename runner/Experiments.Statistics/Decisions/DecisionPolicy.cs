namespace Experiments.Statistics.Decisions;

/// <summary>How p-values are corrected over the variations of an experiment.</summary>
public enum VariationCorrection
{
    /// <summary>Holm 1979.</summary>
    Holm,

    /// <summary>Bonferroni.</summary>
    Bonferroni,

    /// <summary>No correction.</summary>
    None,
}

/// <summary>A decision policy: the numbers a decision is made by. The code only evaluates them.</summary>
/// <param name="PolicyId">The policy.</param>
/// <param name="PolicyVersion">Its version.</param>
/// <param name="MinRelativeLift">
/// The lift in the desired direction the primary metric has to exceed, .02 is 2 %.
/// </param>
/// <param name="Alpha">The level of the primary metric's two-sided p-value, corrected over the variations.</param>
/// <param name="GuardrailMargin">The relative degradation a guardrail may show, .01 is 1 %.</param>
/// <param name="GuardrailAlpha">The level of a guardrail's two-sided p-value, not corrected.</param>
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
    VariationCorrection Correction,
    double GuardrailPower)
{
    /// <summary>
    /// The default policy: ship above +2 % at p &lt; .05 with no guardrail below -1 % at p &lt; .10, sample ratio at
    /// p &lt; .001, Holm over variations, guardrail power .8.
    /// </summary>
    public static DecisionPolicy Default { get; } =
        new("default", 1, .02, .05, .01, .10, .001, VariationCorrection.Holm, .8);

    /// <summary>Reads a correction as the catalog spells it.</summary>
    /// <param name="text"><c>holm</c>, <c>bonferroni</c> or <c>none</c>.</param>
    /// <returns>The correction.</returns>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static VariationCorrection ParseCorrection(string text) => text switch
    {
        "holm" => VariationCorrection.Holm,
        "bonferroni" => VariationCorrection.Bonferroni,
        "none" => VariationCorrection.None,
        _ => throw new ArgumentException($"A correction is holm, bonferroni or none; it is '{text}'.", nameof(text)),
    };
}
