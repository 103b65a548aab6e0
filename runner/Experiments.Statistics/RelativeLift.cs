namespace Experiments.Statistics;

/// <summary>
/// The lift relative to the control, L = (m_t - m_c)/|m_c|, and three confidence sets for it. For a negative control
/// mean L = 1 - R, R = m_t/m_c, so that the sign of L is the sign of the difference.
/// </summary>
public static class RelativeLift
{
    /// <summary>
    /// Fieller's confidence set: all L that the test of d - L |m_c| = 0 does not reject,
    /// (d - L |m_c|)² ≤ q² Var(d - L |m_c|). Exact under normal means; it excludes 0 exactly when |d| &gt; q SE.
    /// </summary>
    /// <param name="controlMean">m_c.</param>
    /// <param name="controlVariance">V_c, the squared standard error of m_c.</param>
    /// <param name="treatmentMean">m_t.</param>
    /// <param name="treatmentVariance">V_t, the squared standard error of m_t.</param>
    /// <param name="critical">q, the two-sided critical value (normal, t, or a sequential one), positive.</param>
    /// <param name="covariance">C, the covariance of the two means; 0 for independent arms.</param>
    /// <returns>
    /// With A = m_c² - q² V_c: A &gt; 0 a bounded interval; A &lt; 0 the outside of an interval
    /// (<c>fieller_exclusive</c>, the excluded lifts are given) or, where no lift is excluded, the whole line
    /// (<c>fieller_unbounded</c>); A = 0 a half line (<c>fieller_half_line</c>). A control of exactly 0 has no lift
    /// (<c>control_zero</c>).
    /// </returns>
    /// <remarks>
    /// Fieller 1954; Gleser and Hwang 1987. Solved in L and not in R = 1 + L, and with the smaller root as
    /// product over larger root, so that a small lift of a large mean keeps its digits and its sign.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The critical value is not positive and finite.</exception>
    public static RelativeInterval Fieller(
        double controlMean,
        double controlVariance,
        double treatmentMean,
        double treatmentVariance,
        double critical,
        double covariance = 0)
    {
        if (!(critical > 0 && double.IsFinite(critical)))
        {
            throw new ArgumentOutOfRangeException(nameof(critical), critical, "A critical value is positive.");
        }

        if (!double.IsFinite(controlMean) || !double.IsFinite(treatmentMean) || !double.IsFinite(covariance)
            || !double.IsFinite(controlVariance) || !double.IsFinite(treatmentVariance)
            || controlVariance < 0 || treatmentVariance < 0)
        {
            return new RelativeInterval(null, null, null, Reasons.InvalidInput);
        }

        if (controlMean == 0)
        {
            return new RelativeInterval(null, null, null, Reasons.ControlZero);
        }

        // The contrast is d - L |m_c|: a negative control turns the sign of |m_c|'s covariance with d.
        double sign = Math.Sign(controlMean);
        double mean = Math.Abs(controlMean);
        double lift = (treatmentMean - controlMean) / mean;

        // In units of the control mean: every quantity below is relative, at no risk of overflow.
        double vc = controlVariance / mean / mean;
        double vt = treatmentVariance / mean / mean;
        double cov = covariance / mean / mean;
        double square = critical * critical;
        double varianceOfDifference = vc + vt - (2 * cov);
        double covarianceWithControl = sign * (cov - vc);
        double a = 1 - (square * vc);
        double b = lift - (square * covarianceWithControl);
        double d = (lift * lift) - (square * varianceOfDifference);
        double discriminant = square * (
            varianceOfDifference - (2 * lift * covarianceWithControl) + (lift * lift * vc)
            - (square * ((vc * varianceOfDifference) - (covarianceWithControl * covarianceWithControl))));
        if (!double.IsFinite(lift) || !double.IsFinite(d) || !double.IsFinite(discriminant))
        {
            return new RelativeInterval(null, null, null, Reasons.OutOfRange);
        }

        if (a == 0)
        {
            // -2 b L + d <= 0.
            double? lower = b > 0 ? d / (2 * b) : null;
            double? upper = b < 0 ? d / (2 * b) : null;
            return new RelativeInterval(lift, lower, upper, Reasons.FiellerHalfLine);
        }

        if (discriminant <= 0 && a < 0)
        {
            return new RelativeInterval(lift, null, null, Reasons.FiellerUnbounded);
        }

        // A > 0 has a discriminant of at least 0 but for rounding.
        double root = Math.Sqrt(Math.Max(0, discriminant));
        double far = b + (b < 0 ? -root : root);
        double first = far / a;
        double second = far == 0 ? 0 : d / far;
        double low = Math.Min(first, second);
        double high = Math.Max(first, second);

        // A bounded set holds the estimate, whatever rounding does to a set of one point.
        return a > 0
            ? new RelativeInterval(lift, Math.Min(low, lift), Math.Max(high, lift), null)
            : new RelativeInterval(lift, null, null, Reasons.FiellerExclusive, low, high);
    }

    /// <summary>
    /// Fieller's set of any effect, adjusted ones too, at a critical value of one's choice: a quantile, the half width of
    /// a confidence sequence over its standard error, or the bound c_k of a group sequential look.
    /// </summary>
    /// <param name="moments">The effect and the control's mean it is relative to.</param>
    /// <param name="critical">q, positive.</param>
    /// <returns>The set (see the other overload); it excludes 0 exactly when |d| &gt; q SE.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The critical value is not positive and finite.</exception>
    public static RelativeInterval Fieller(in EffectMoments moments, double critical)
    {
        Estimates.Ratio ratio = moments.ToRatio();
        return Fieller(
            ratio.Control, ratio.ControlVariance, ratio.Treatment, ratio.TreatmentVariance, critical, ratio.Covariance);
    }

    /// <summary>Fieller's set for two arms at Welch's critical value t_{ν, α/2}.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The two-sided alpha, inside (0, 1).</param>
    /// <returns>The set (see the other overload), or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public static RelativeInterval Fieller(MeanArm control, MeanArm treatment, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return new RelativeInterval(null, null, null, reason);
        }

        double critical = Tails.StudentTUpperQuantile(alpha / 2, WelchTTest.DegreesOfFreedom(control, treatment));
        return Fieller(control.Mean, control.VarianceOfMean, treatment.Mean, treatment.VarianceOfMean, critical);
    }

    /// <summary>
    /// The delta method: SE² = V_t/m_c² + V_c m_t²/m_c⁴, interval L ± t_{ν, α/2} SE with Welch's ν of the means.
    /// Null hypothesis: L = 0.
    /// </summary>
    /// <param name="control">The control arm; its mean should be over ten standard errors from 0.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative; a one-sided interval has one end.</param>
    /// <returns>The lift. <c>control_zero</c> where m_c is 0; else as for <see cref="WelchTTest"/>.</returns>
    /// <remarks>
    /// Deng, Knoblich, Lu 2018. Its one-sided error rates drift as the control gets noisy (1.67 and 3.28 % at a
    /// nominal 2.5 % where the control's coefficient of variation is 5 %);
    /// <see cref="Fieller(MeanArm, MeanArm, double)"/> has no such drift.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static RelativeEstimate Delta(
        MeanArm control, MeanArm treatment, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return None(reason);
        }

        if (control.Mean == 0)
        {
            return None(Reasons.ControlZero);
        }

        double lift = (treatment.Mean - control.Mean) / Math.Abs(control.Mean);
        double ratio = treatment.Mean / control.Mean;
        double error = Math.Sqrt(treatment.VarianceOfMean + (control.VarianceOfMean * ratio * ratio))
            / Math.Abs(control.Mean);
        double degrees = WelchTTest.DegreesOfFreedom(control, treatment);
        double statistic = lift / error;
        if (!double.IsFinite(statistic))
        {
            return None(error == 0 ? Reasons.ZeroVariance : Reasons.OutOfRange);
        }

        double half = Estimates.Critical(alpha, degrees, alternative) * error;
        return OrOutOfRange(new RelativeEstimate(
            lift,
            error,
            degrees,
            statistic,
            Estimates.PValue(statistic, degrees, alternative),
            Estimates.Lower(lift - half, alternative),
            Estimates.Upper(lift + half, alternative),
            null));
    }

    /// <summary>
    /// The delta method for any effect, adjusted ones too, with the full gradient: L = D/|m_c|,
    /// SE² = [Var(D) - 2 L' Cov(D, m_c) + L'² V_c]/m_c², L' = D/m_c.
    /// </summary>
    /// <param name="moments">The effect and the control's mean it is relative to.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative; a one-sided interval has one end.</param>
    /// <returns>The lift; <c>control_zero</c> where m_c is 0, <c>zero_variance</c> without noise.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static RelativeEstimate Delta(
        in EffectMoments moments, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (moments.ControlMean == 0)
        {
            return None(Reasons.ControlZero);
        }

        double ratio = moments.Difference / moments.ControlMean;
        double variance = moments.Variance - (2 * ratio * moments.Covariance)
            + (ratio * ratio * moments.ControlVariance);
        double lift = moments.Difference / Math.Abs(moments.ControlMean);
        double error = Math.Sqrt(Math.Max(0, variance)) / Math.Abs(moments.ControlMean);
        double statistic = lift / error;
        if (!double.IsFinite(statistic))
        {
            return None(error == 0 ? Reasons.ZeroVariance : Reasons.OutOfRange);
        }

        double half = Estimates.Critical(alpha, moments.DegreesOfFreedom, alternative) * error;
        return OrOutOfRange(new RelativeEstimate(
            lift,
            error,
            moments.DegreesOfFreedom,
            statistic,
            Estimates.PValue(statistic, moments.DegreesOfFreedom, alternative),
            Estimates.Lower(lift - half, alternative),
            Estimates.Upper(lift + half, alternative),
            null));
    }

    /// <summary>
    /// The delta method on the logarithm of the ratio R = m_t/m_c: SE² = V_t/m_t² + V_c/m_c², ends R exp(± q SE) - 1,
    /// q = t_{ν, α/2} with Satterthwaite's ν of the two terms. Null hypothesis: R = 1. For proportions it is Katz's
    /// interval of the risk ratio.
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative; a one-sided interval has one end.</param>
    /// <returns>
    /// The lift, its standard error on the log scale. <c>control_zero</c> where m_c is 0, <c>signs_differ</c> where
    /// the means differ in sign or m_t is 0. For two negative means the ends are 1 - R and change places.
    /// </returns>
    /// <remarks>Katz, Baptista, Azen, Pike 1978.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static RelativeEstimate LogDelta(
        MeanArm control, MeanArm treatment, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return None(reason);
        }

        if (control.Mean == 0)
        {
            return None(Reasons.ControlZero);
        }

        double ratio = treatment.Mean / control.Mean;
        if (!(ratio > 0))
        {
            return None(Reasons.SignsDiffer);
        }

        double vt = treatment.VarianceOfMean / treatment.Mean / treatment.Mean;
        double vc = control.VarianceOfMean / control.Mean / control.Mean;
        double degrees = WelchTTest.Satterthwaite(vc, control.N - 1, vt, treatment.N - 1);
        if (!double.IsFinite(degrees))
        {
            return None(Reasons.OutOfRange);
        }

        double critical = Estimates.Critical(alpha, degrees, alternative);
        (double lower, double upper, double error) = LogInterval(ratio, vc + vt, critical);
        double statistic = Math.Log(ratio) / error;
        if (control.Mean < 0)
        {
            // The lift is 1 - R: a larger ratio of two negative means is a smaller treatment.
            (lower, upper) = (-upper, -lower);
            statistic = -statistic;
        }

        return OrOutOfRange(new RelativeEstimate(
            (treatment.Mean - control.Mean) / Math.Abs(control.Mean),
            error,
            degrees,
            statistic,
            Estimates.PValue(statistic, degrees, alternative),
            Estimates.Lower(lower, alternative),
            Estimates.Upper(upper, alternative),
            null));
    }

    internal static (double Lower, double Upper, double Error) LogInterval(
        double ratio, double squaredError, double critical)
    {
        double error = Math.Sqrt(squaredError);
        double factor = Math.Exp(critical * error);
        return ((ratio / factor) - 1, (ratio * factor) - 1, error);
    }

    private static string? ReasonAgainst(MeanArm control, MeanArm treatment) =>
        WelchTTest.ReasonAgainst(control, treatment)
        ?? (control.Variance == 0 && treatment.Variance == 0 ? Reasons.ZeroVariance : null);

    private static RelativeEstimate None(string reason) => new(null, null, null, null, null, null, null, reason);

    private static RelativeEstimate OrOutOfRange(RelativeEstimate estimate)
    {
        bool finite = double.IsFinite(estimate.Lift!.Value) && double.IsFinite(estimate.StandardError!.Value)
            && double.IsFinite(estimate.Statistic!.Value) && double.IsFinite(estimate.PValue ?? 0)
            && double.IsFinite(estimate.DegreesOfFreedom ?? 0) && double.IsFinite(estimate.Lower ?? 0)
            && double.IsFinite(estimate.Upper ?? 0);
        return finite ? estimate : None(Reasons.OutOfRange);
    }
}
