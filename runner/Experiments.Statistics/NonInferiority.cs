using Experiments.Statistics.Decisions;

namespace Experiments.Statistics;

/// <summary>The outcome of a non-inferiority test; every number is null where there is no answer.</summary>
/// <param name="Statistic">T, large where the treatment is not worse than the margin allows.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom; null where the reference is normal.</param>
/// <param name="PValue">The one-sided p-value of "worse than the margin".</param>
/// <param name="Bound">
/// The one-sided confidence bound of the effect m_t - m_c: lower where increase is good, upper where decrease is; null
/// for tests of a relative margin and for score tests.
/// </param>
/// <param name="IsNonInferior">Whether the p-value is below alpha.</param>
/// <param name="TwoSidedPValue">The two-sided p-value of "no effect", reported beside.</param>
/// <param name="IsSignificantlyWorse">
/// Whether the effect is in the wrong direction with a one-sided p-value below alpha; both this and
/// <paramref name="IsNonInferior"/> may hold.
/// </param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public readonly record struct NonInferiorityResult(
    double? Statistic,
    double? DegreesOfFreedom,
    double? PValue,
    double? Bound,
    bool? IsNonInferior,
    double? TwoSidedPValue,
    bool? IsSignificantlyWorse,
    string? ReasonCode);

/// <summary>
/// Non-inferiority: T = [s(m_t - m_c) + margin]/SE with s = +1 where increase is good and -1 where decrease is. Null
/// hypothesis: the treatment is worse than the control by at least the margin. One-sided at the stated alpha
/// (Wellek 2010). The margin is fixed in the plan.
/// </summary>
public static class NonInferiority
{
    /// <summary>The t test of means against an absolute margin, Welch's SE and degrees of freedom.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="margin">The degradation allowed, in units of the metric, at least 0.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test; reasons as for <see cref="WelchTTest"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static NonInferiorityResult Absolute(
        MeanArm control, MeanArm treatment, double margin, DesiredDirection direction, double alphaOneSided)
    {
        Tails.ThrowIfNotProbability(alphaOneSided);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        double alpha = 2 * alphaOneSided < 1 ? 2 * alphaOneSided : .5;
        EffectEstimate effect = WelchTTest.Compute(control, treatment, alpha);
        if (!effect.HasAnswer)
        {
            return None(effect.ReasonCode!);
        }

        double sign = Sign(direction);
        double difference = effect.UpliftAbsolute!.Value;
        double error = effect.StandardError!.Value;
        double degrees = effect.DegreesOfFreedom!.Value;
        double statistic = ((sign * difference) + margin) / error;
        double pValue = Tails.StudentTSurvival(statistic, degrees);
        double worse = Tails.StudentTCdf(sign * effect.Statistic!.Value, degrees);
        return new NonInferiorityResult(
            statistic,
            degrees,
            pValue,
            difference - (sign * Tails.StudentTUpperQuantile(alphaOneSided, degrees) * error),
            pValue < alphaOneSided,
            effect.PValue,
            worse < alphaOneSided,
            null);
    }

    /// <summary>
    /// The t test of means against a margin relative to the control, as the linear contrast that carries the noise of
    /// the control's mean: s d + nim |m_c| (<see cref="Margins"/>), Satterthwaite's degrees of freedom.
    /// </summary>
    /// <param name="control">The control arm; its mean may be negative.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="relativeMargin">nim, the degradation allowed as a fraction of |m_c|, at least 0.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test; <c>control_zero</c> where m_c is 0, else reasons as for <see cref="WelchTTest"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static NonInferiorityResult Relative(
        MeanArm control, MeanArm treatment, double relativeMargin, DesiredDirection direction, double alphaOneSided)
    {
        Tails.ThrowIfNotProbability(alphaOneSided);
        ArgumentOutOfRangeException.ThrowIfNegative(relativeMargin);
        if (WelchTTest.ReasonAgainst(control, treatment) is { } reason)
        {
            return None(reason);
        }

        MarginResult result = Margins.NonInferior(
            EffectMoments.Of(control, treatment), relativeMargin, true, direction, alphaOneSided);
        return result.ReasonCode is { } none
            ? None(none)
            : new NonInferiorityResult(
                result.Statistic,
                result.DegreesOfFreedom,
                result.PValue,
                null,
                result.Holds,
                2 * Math.Min(result.SuperiorPValue!.Value, result.WorsePValue!.Value),
                result.IsSignificantlyWorse,
                null);
    }

    /// <summary>
    /// The z test of rates against a margin relative to the control, as the linear contrast that carries the noise of
    /// the control's rate: m_t - (1 - nim) m_c where increase is good, (1 + nim) m_c - m_t where decrease is.
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="relativeMargin">nim, the degradation allowed as a fraction of the control, at least 0.</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <returns>The test, variances p(1 - p)/n; <c>zero_variance</c> where neither arm varies.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static NonInferiorityResult Relative(
        BinomialArm control,
        BinomialArm treatment,
        double relativeMargin,
        DesiredDirection direction,
        double alphaOneSided)
    {
        Tails.ThrowIfNotProbability(alphaOneSided);
        ArgumentOutOfRangeException.ThrowIfNegative(relativeMargin);
        control.ThrowIfImpossible(nameof(control));
        treatment.ThrowIfImpossible(nameof(treatment));
        if (control.N < 1 || treatment.N < 1)
        {
            return None(Reasons.NoData);
        }

        double sign = Sign(direction);
        double allowed = 1 - (sign * relativeMargin);
        double variance = treatment.VarianceOfRate + (allowed * allowed * control.VarianceOfRate);
        if (variance == 0)
        {
            return None(Reasons.ZeroVariance);
        }

        double statistic = sign * (treatment.Rate - (allowed * control.Rate)) / Math.Sqrt(variance);
        double difference = sign * TwoProportionTest.Difference(control, treatment);
        double z = difference / Math.Sqrt(treatment.VarianceOfRate + control.VarianceOfRate);
        double pValue = Tails.NormalSurvival(statistic);
        return new NonInferiorityResult(
            statistic,
            null,
            pValue,
            null,
            pValue < alphaOneSided,
            double.IsFinite(z) ? Tails.NormalTwoSided(z) : null,
            double.IsFinite(z) ? Tails.NormalCdf(z) < alphaOneSided : null,
            null);
    }

    /// <summary>
    /// The score test of rates against an absolute margin: the variance is taken at the maximum likelihood estimates
    /// under p_t - p_c = -s margin (Farrington and Manning 1990; with N/(N - 1), Miettinen and Nurminen 1985).
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="margin">The degradation allowed, as a difference of rates inside (0, 1).</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="alphaOneSided">One-sided alpha, inside (0, 1).</param>
    /// <param name="miettinenNurminen">Whether the variance takes the factor N/(N - 1).</param>
    /// <returns>The test; defined for any counts.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static NonInferiorityResult Score(
        BinomialArm control,
        BinomialArm treatment,
        double margin,
        DesiredDirection direction,
        double alphaOneSided,
        bool miettinenNurminen = false)
    {
        Tails.ThrowIfNotProbability(alphaOneSided);
        Tails.ThrowIfNotProbability(margin);
        control.ThrowIfImpossible(nameof(control));
        treatment.ThrowIfImpossible(nameof(treatment));
        if (control.N < 1 || treatment.N < 1)
        {
            return None(Reasons.NoData);
        }

        double sign = Sign(direction);
        double total = (double)control.N + treatment.N;
        double variance = ScoreIntervals.VarianceAt(control, treatment, -sign * margin)
            * (miettinenNurminen ? total / (total - 1) : 1);
        double statistic = ((sign * TwoProportionTest.Difference(control, treatment)) + margin) / Math.Sqrt(variance);
        if (!double.IsFinite(statistic))
        {
            return None(Reasons.ZeroVariance);
        }

        double null0 = Math.Sqrt(ScoreIntervals.VarianceAt(control, treatment, 0));
        double z = null0 > 0 ? sign * TwoProportionTest.Difference(control, treatment) / null0 : 0;
        double pValue = Tails.NormalSurvival(statistic);
        return new NonInferiorityResult(
            statistic,
            null,
            pValue,
            null,
            pValue < alphaOneSided,
            Tails.NormalTwoSided(z),
            Tails.NormalCdf(z) < alphaOneSided,
            null);
    }

    /// <summary>
    /// Equivalence by two one-sided tests: both "worse than -margin" and "better than +margin" are rejected, which is
    /// the 1 - 2 alpha interval inside ±margin (Schuirmann 1987).
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="margin">The difference allowed either way, in units of the metric, at least 0.</param>
    /// <returns>
    /// The p-values of the lower and the upper test; the larger one is the p-value of the procedure. Null where
    /// <see cref="WelchTTest"/> has no answer.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="margin"/> is negative.</exception>
    public static (double Lower, double Upper)? Equivalence(MeanArm control, MeanArm treatment, double margin)
    {
        NonInferiorityResult lower = Absolute(control, treatment, margin, DesiredDirection.Increase, .05);
        NonInferiorityResult upper = Absolute(control, treatment, margin, DesiredDirection.Decrease, .05);
        return lower.PValue is { } low && upper.PValue is { } high ? (low, high) : null;
    }

    internal static double Sign(DesiredDirection direction) => direction switch
    {
        DesiredDirection.Increase => 1,
        DesiredDirection.Decrease => -1,
        _ => throw new ArgumentOutOfRangeException(nameof(direction), direction, "No such direction."),
    };

    private static NonInferiorityResult None(string reason) => new(null, null, null, null, null, null, null, reason);
}
