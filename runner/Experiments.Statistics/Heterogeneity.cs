namespace Experiments.Statistics;

/// <summary>Whether effects in independent segments are the same; every number is null where there is no answer.</summary>
/// <param name="Pooled">The inverse-variance mean of the effects.</param>
/// <param name="PooledStandardError">Its standard error.</param>
/// <param name="Q">Cochran's Q.</param>
/// <param name="DegreesOfFreedom">Segments less 1.</param>
/// <param name="PValue">P(χ² ≥ Q).</param>
/// <param name="ISquared">The share of the variation beyond chance, max(0, (Q - df)/Q).</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record HeterogeneityResult(
    double? Pooled,
    double? PooledStandardError,
    double? Q,
    int? DegreesOfFreedom,
    double? PValue,
    double? ISquared,
    string? ReasonCode);

/// <summary>
/// Cochran's test of heterogeneity. Null hypothesis: all segments have one effect. Q = Σ w(e - ē)², w = 1/SE², chi-square
/// with k - 1 degrees of freedom; I² = max(0, (Q - df)/Q).
/// </summary>
/// <remarks>
/// Cochran 1954; Higgins and Thompson 2002. Segments are disjoint sets of units, fixed before the exposure. A segment
/// without an error is left out; fewer than two leave <c>too_few_segments</c>.
/// </remarks>
public static class Heterogeneity
{
    /// <summary>Tests the effects of segments.</summary>
    /// <param name="segments">Effect and standard error of each segment.</param>
    /// <returns>The test.</returns>
    public static HeterogeneityResult Compute(IEnumerable<(double? Effect, double? StandardError)> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        (double Effect, double Weight)[] used = Usable(segments);
        if (used.Length < 2)
        {
            return new HeterogeneityResult(null, null, null, null, null, null, Reasons.TooFewSegments);
        }

        double total = used.Sum(static item => item.Weight);
        double pooled = used.Sum(item => item.Effect * (item.Weight / total));
        double q = used.Sum(item => item.Weight * (item.Effect - pooled) * (item.Effect - pooled));
        int degrees = used.Length - 1;
        return double.IsFinite(q) && double.IsFinite(pooled)
            ? new HeterogeneityResult(
                pooled,
                1 / Math.Sqrt(total),
                q,
                degrees,
                Tails.ChiSquareSurvival(q, degrees),
                q > 0 ? Math.Max(0, (q - degrees) / q) : 0,
                null)
            : new HeterogeneityResult(null, null, null, null, null, null, Reasons.OutOfRange);
    }

    internal static (double Effect, double Weight)[] Usable(
        IEnumerable<(double? Effect, double? StandardError)> segments) =>
        [.. segments
            .Where(static s => s.Effect is { } e && double.IsFinite(e) && s.StandardError is > 0 and < double.MaxValue)
            .Select(static s => (s.Effect!.Value, 1 / (s.StandardError!.Value * s.StandardError.Value)))];
}
