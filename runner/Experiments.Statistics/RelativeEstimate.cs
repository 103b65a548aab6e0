namespace Experiments.Statistics;

/// <summary>
/// A relative lift with its own test; without an answer the numbers are null and the reason is given.
/// </summary>
/// <param name="Lift">(m_t - m_c)/|m_c|, a fraction.</param>
/// <param name="StandardError">
/// Its standard error; for <see cref="RelativeLift.LogDelta"/> that of the logarithm of the ratio.
/// </param>
/// <param name="DegreesOfFreedom">Degrees of freedom of the t distribution.</param>
/// <param name="Statistic">Estimate over standard error, on the scale of the standard error.</param>
/// <param name="PValue">
/// The p-value on this scale, two-sided unless an alternative was given. It is not the p-value of the absolute effect: the two differ where the control
/// is noisy.
/// </param>
/// <param name="Lower">Lower end of the interval; null where it is one-sided.</param>
/// <param name="Upper">Upper end of the interval; null where it is one-sided.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public readonly record struct RelativeEstimate(
    double? Lift,
    double? StandardError,
    double? DegreesOfFreedom,
    double? Statistic,
    double? PValue,
    double? Lower,
    double? Upper,
    string? ReasonCode);
