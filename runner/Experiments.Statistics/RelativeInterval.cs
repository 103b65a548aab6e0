namespace Experiments.Statistics;

/// <summary>The lift relative to the control with its confidence set, as fractions: .02 is 2 %.</summary>
/// <param name="Lift">(m_t - m_c)/|m_c|; null where the control is zero.</param>
/// <param name="Lower">The lower end; null where there is none.</param>
/// <param name="Upper">The upper end; null where there is none.</param>
/// <param name="Reason">Null for a bounded interval; else one of <see cref="Reasons"/> that names the set.</param>
/// <param name="ExcludedLower">
/// The lower end of the lifts that are excluded, where the set is the complement of an interval.
/// </param>
/// <param name="ExcludedUpper">The upper end of the excluded lifts.</param>
public readonly record struct RelativeInterval(
    double? Lift,
    double? Lower,
    double? Upper,
    string? Reason,
    double? ExcludedLower = null,
    double? ExcludedUpper = null);
