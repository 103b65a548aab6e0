namespace Experiments.Statistics;

/// <summary>
/// What one treatment did to one metric: the effect is treatment - control throughout. Where there is no answer,
/// <see cref="ReasonCode"/> says why and every number is null; no number is ever NaN or infinite.
/// </summary>
public sealed record EffectEstimate
{
    /// <summary>The method, as a stable id such as <c>welch_t</c> (see <see cref="Methods"/>).</summary>
    public required string Method { get; init; }

    /// <summary>
    /// The alpha of the intervals; the confidence level is 1 - alpha. Split over both tails for
    /// <see cref="Alternative.TwoSided"/>, in one tail otherwise.
    /// </summary>
    public required double Alpha { get; init; }

    /// <summary>The alternative; a one-sided interval has one end, the other one is null.</summary>
    public Alternative Alternative { get; init; }

    /// <summary>d = m_t - m_c, in units of the metric.</summary>
    public double? UpliftAbsolute { get; init; }

    /// <summary>
    /// (m_t - m_c)/|m_c| as a fraction (.02 is 2 %); null where the control is zero, see
    /// <see cref="RelativeReason"/>.
    /// </summary>
    public double? UpliftRelative { get; init; }

    /// <summary>
    /// The standard error of the absolute effect, without the null hypothesis: sqrt(V_c + V_t). For proportions the
    /// variances are p(1 - p)/n, so this is not the pooled error below <see cref="Statistic"/>.
    /// </summary>
    public double? StandardError { get; init; }

    /// <summary>The test statistic (t or z); null where the p-value is an exact one.</summary>
    public double? Statistic { get; init; }

    /// <summary>Degrees of freedom of the t distribution; null where the reference is normal or exact.</summary>
    public double? DegreesOfFreedom { get; init; }

    /// <summary>The p-value of "no effect", two-sided unless <see cref="Alternative"/> says otherwise.</summary>
    public double? PValue { get; init; }

    /// <summary>Lower end of the absolute interval.</summary>
    public double? CiLower { get; init; }

    /// <summary>Upper end of the absolute interval.</summary>
    public double? CiUpper { get; init; }

    /// <summary>Lower end of the relative interval; null where it is unbounded, undefined or one-sided.</summary>
    public double? CiRelativeLower { get; init; }

    /// <summary>Upper end of the relative interval; null where it is unbounded, undefined or one-sided.</summary>
    public double? CiRelativeUpper { get; init; }

    /// <summary>
    /// Why the relative lift or an end of its interval is null (see <see cref="Reasons"/>); else null.
    /// </summary>
    public string? RelativeReason { get; init; }

    /// <summary>
    /// Cohen's d: the effect over the pooled standard deviation, sqrt(((n_c-1)s_c² + (n_t-1)s_t²)/(n_c+n_t-2)); for
    /// proportions over sqrt(p(1-p)) at the pooled rate p. Null where that deviation is 0.
    /// </summary>
    public double? EffectSize { get; init; }

    /// <summary>
    /// True where the intervals exclude "no effect" exactly when the test rejects at <see cref="Alpha"/>, by
    /// construction; false where they need not (an exact test, or an interval asked for by name).
    /// </summary>
    public bool? IntervalAgrees { get; init; }

    /// <summary>Why there is no answer (see <see cref="Reasons"/>), or null where there is one.</summary>
    public string? ReasonCode { get; init; }

    /// <summary>True where there is an answer.</summary>
    public bool HasAnswer => ReasonCode is null;

    /// <summary>An estimate without an answer.</summary>
    /// <param name="method">The method that was asked.</param>
    /// <param name="alpha">Its alpha.</param>
    /// <param name="reason">Why it has no answer, one of <see cref="Reasons"/>.</param>
    /// <returns>An estimate whose numbers are all null.</returns>
    public static EffectEstimate None(string method, double alpha, string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        return new EffectEstimate { Method = method, Alpha = alpha, ReasonCode = reason };
    }

    /// <summary>The estimate itself, or one without an answer where a number left the range of doubles.</summary>
    internal EffectEstimate OrOutOfRange()
    {
        bool finite = IsFinite(UpliftAbsolute) && IsFinite(UpliftRelative) && IsFinite(StandardError)
            && IsFinite(Statistic) && IsFinite(DegreesOfFreedom) && IsFinite(PValue) && IsFinite(CiLower)
            && IsFinite(CiUpper) && IsFinite(CiRelativeLower) && IsFinite(CiRelativeUpper) && IsFinite(EffectSize);
        return finite ? this : None(Method, Alpha, Reasons.OutOfRange) with { Alternative = Alternative };
    }

    private static bool IsFinite(double? value) => value is null || double.IsFinite(value.Value);
}
