namespace Experiments.Statistics;

/// <summary>
/// The part that all tests of a linear contrast share: from estimates, their variances and a reference distribution
/// to p-value and intervals. Degrees of freedom of null mean the normal distribution.
/// </summary>
internal static class Estimates
{
    /// <summary>The upper quantile of the reference distribution that goes with alpha and the alternative.</summary>
    internal static double Critical(double alpha, double? degrees, Alternative alternative)
    {
        double tail = alternative switch
        {
            Alternative.TwoSided => alpha / 2,
            Alternative.Greater or Alternative.Less => alpha,
            _ => throw new ArgumentOutOfRangeException(nameof(alternative), alternative, "No such alternative."),
        };
        if (!(tail < .5))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "A one-sided alpha is below one half.");
        }

        return degrees is { } df ? Tails.StudentTUpperQuantile(tail, df) : Tails.NormalUpperQuantile(tail);
    }

    internal static double PValue(double statistic, double? degrees, Alternative alternative) => alternative switch
    {
        Alternative.TwoSided when degrees is { } df => Tails.StudentTTwoSided(statistic, df),
        Alternative.TwoSided => Tails.NormalTwoSided(statistic),
        Alternative.Greater => Survival(statistic, degrees),
        Alternative.Less => Survival(-statistic, degrees),
        _ => throw new ArgumentOutOfRangeException(nameof(alternative), alternative, "No such alternative."),
    };

    internal static double Survival(double statistic, double? degrees) =>
        degrees is { } df ? Tails.StudentTSurvival(statistic, df) : Tails.NormalSurvival(statistic);

    /// <summary>The lower end, or null where the alternative leaves none.</summary>
    internal static double? Lower(double? end, Alternative alternative) =>
        alternative == Alternative.Less ? null : end;

    /// <summary>The upper end, or null where the alternative leaves none.</summary>
    internal static double? Upper(double? end, Alternative alternative) =>
        alternative == Alternative.Greater ? null : end;

    /// <summary>The whole estimate; the caller has made sure that the variance is positive.</summary>
    /// <param name="method">The method's id.</param>
    /// <param name="alpha">Alpha of the intervals.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="difference">The effect.</param>
    /// <param name="variance">Its squared standard error.</param>
    /// <param name="degrees">Degrees of freedom, or null.</param>
    /// <param name="relative">What the relative interval divides by what.</param>
    /// <param name="effectSize">Cohen's d, or null.</param>
    internal static EffectEstimate Build(
        string method,
        double alpha,
        Alternative alternative,
        double difference,
        double variance,
        double? degrees,
        in Ratio relative,
        double? effectSize)
    {
        double error = Math.Sqrt(variance);
        double statistic = difference / error;
        if (!double.IsFinite(error) || !double.IsFinite(statistic) || (degrees is { } df && !(df > 0)))
        {
            return EffectEstimate.None(method, alpha, Reasons.OutOfRange);
        }

        double critical = Critical(alpha, degrees, alternative);
        RelativeInterval lift = RelativeLift.Fieller(
            relative.Control,
            relative.ControlVariance,
            relative.Treatment,
            relative.TreatmentVariance,
            critical,
            relative.Covariance);
        return new EffectEstimate
        {
            Method = method,
            Alpha = alpha,
            Alternative = alternative,
            UpliftAbsolute = difference,
            UpliftRelative = lift.Lift,
            StandardError = error,
            Statistic = statistic,
            DegreesOfFreedom = degrees,
            PValue = PValue(statistic, degrees, alternative),
            CiLower = Lower(difference - (critical * error), alternative),
            CiUpper = Upper(difference + (critical * error), alternative),
            CiRelativeLower = Lower(lift.Lower, alternative),
            CiRelativeUpper = Upper(lift.Upper, alternative),
            RelativeReason = lift.Reason,
            EffectSize = effectSize,
            IntervalAgrees = true,
        }.OrOutOfRange();
    }

    /// <summary>The two quantities a lift compares, with the variances of both.</summary>
    internal readonly record struct Ratio(
        double Control, double ControlVariance, double Treatment, double TreatmentVariance, double Covariance = 0);
}
