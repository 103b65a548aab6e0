using Experiments.Statistics.Decisions;

namespace Experiments.Statistics;

/// <summary>A normal prior on the relative effect (.02 is 2 %).</summary>
/// <param name="Mean">Its mean.</param>
/// <param name="Variance">Its variance, positive.</param>
public readonly record struct RelativePrior(double Mean, double Variance);

/// <summary>A posterior of an effect; every number is null where there is no answer.</summary>
/// <param name="Mean">The posterior mean of the effect, treatment - control.</param>
/// <param name="StandardDeviation">The posterior standard deviation; null where the posterior is not normal.</param>
/// <param name="Lower">Lower end of the equal-tailed credible interval.</param>
/// <param name="Upper">Its upper end.</param>
/// <param name="ChanceToBeatControl">P(the treatment is better), in the desired direction.</param>
/// <param name="ExpectedLossTreatment">What choosing the treatment loses on average, where the control is better.</param>
/// <param name="ExpectedLossControl">What choosing the control loses on average.</param>
/// <param name="ChanceAboveThreshold">
/// P(the effect in the desired direction exceeds the threshold asked for); null where none was.
/// </param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record PosteriorEstimate(
    double? Mean,
    double? StandardDeviation,
    double? Lower,
    double? Upper,
    double? ChanceToBeatControl,
    double? ExpectedLossTreatment,
    double? ExpectedLossControl,
    double? ChanceAboveThreshold,
    string? ReasonCode)
{
    /// <summary>A posterior without an answer.</summary>
    /// <param name="reason">Why, one of <see cref="Reasons"/>.</param>
    /// <returns>The posterior.</returns>
    public static PosteriorEstimate None(string reason) =>
        new(null, null, null, null, null, null, null, null, reason);
}

/// <summary>
/// The normal posterior of an effect: precision 1/v + 1/v0, mean their weighted mean. With μ and s the posterior's
/// moments, P(better) = Φ(μ/s); loss of choosing the treatment s φ(μ/s) - μ Φ(-μ/s), of choosing the control
/// s φ(μ/s) + μ Φ(μ/s). Where decrease is good the effect is negated for these.
/// </summary>
/// <remarks>
/// Kamalbasha and Eugster 2021; GrowthBook's documentation. The prior is on the relative effect; for an absolute one its
/// mean is multiplied by |m_c| and its variance by m_c². A result belongs to no family and is no gate unless a policy
/// says so.
/// </remarks>
public static class BayesianNormal
{
    /// <summary>The posterior of a relative effect.</summary>
    /// <param name="lift">The lift with its delta-method error.</param>
    /// <param name="prior">The prior; null is flat.</param>
    /// <param name="alpha">1 - the credible mass, inside (0, 1).</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="threshold">A lift whose probability to be exceeded is asked for, as a fraction.</param>
    /// <returns>The posterior, or the reason of the lift.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static PosteriorEstimate Relative(
        RelativeEstimate lift,
        RelativePrior? prior,
        double alpha,
        DesiredDirection direction = DesiredDirection.Increase,
        double? threshold = null) =>
        lift.Lift is { } effect && lift.StandardError is { } error
            ? Compute(effect, error, prior?.Mean, prior?.Variance, alpha, direction, threshold)
            : PosteriorEstimate.None(lift.ReasonCode ?? Reasons.NoData);

    /// <summary>The posterior of an absolute effect.</summary>
    /// <param name="effect">d.</param>
    /// <param name="standardError">Its standard error.</param>
    /// <param name="controlMean">m_c, which scales the prior; not read without one.</param>
    /// <param name="prior">The prior on the relative effect; null is flat.</param>
    /// <param name="alpha">1 - the credible mass, inside (0, 1).</param>
    /// <param name="direction">Which way is good.</param>
    /// <param name="threshold">An effect whose probability to be exceeded is asked for, in units of the metric.</param>
    /// <returns>The posterior; <c>control_zero</c> where a prior has no scale.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static PosteriorEstimate Absolute(
        double effect,
        double standardError,
        double controlMean,
        RelativePrior? prior,
        double alpha,
        DesiredDirection direction = DesiredDirection.Increase,
        double? threshold = null) =>
        prior is not null && controlMean == 0
            ? PosteriorEstimate.None(Reasons.ControlZero)
            : Compute(
                effect,
                standardError,
                prior?.Mean * Math.Abs(controlMean),
                prior?.Variance * controlMean * controlMean,
                alpha,
                direction,
                threshold);

    /// <summary>What each choice loses on average under a normal posterior; larger effects are better.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="deviation">s, positive.</param>
    /// <returns>The loss of choosing the treatment and of choosing the control, at least 0.</returns>
    public static (double Treatment, double Control) ExpectedLosses(double mean, double deviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(deviation);
        double z = Math.Abs(mean / deviation);
        double density = Math.Exp(-.5 * z * z) / MathNet.Numerics.Constants.Sqrt2Pi;
        double rare = Math.Max(0, deviation * (density - (z * Tails.NormalSurvival(z))));
        double likely = Math.Abs(mean) + rare;
        return mean >= 0 ? (rare, likely) : (likely, rare);
    }

    private static PosteriorEstimate Compute(
        double effect,
        double error,
        double? priorMean,
        double? priorVariance,
        double alpha,
        DesiredDirection direction,
        double? threshold)
    {
        Tails.ThrowIfNotProbability(alpha);
        if (priorVariance is { } v0 && !(v0 > 0 && double.IsFinite(v0)))
        {
            throw new ArgumentOutOfRangeException(nameof(priorVariance), v0, "A prior has a positive variance.");
        }

        if (!double.IsFinite(effect) || !double.IsFinite(error) || error < 0)
        {
            return PosteriorEstimate.None(Reasons.InvalidInput);
        }

        if (error == 0)
        {
            return PosteriorEstimate.None(Reasons.ZeroVariance);
        }

        double variance = error * error;
        double shrink = priorVariance is { } prior ? prior / (prior + variance) : 1;
        double mean = effect + ((1 - shrink) * ((priorMean ?? effect) - effect));
        double deviation = error * Math.Sqrt(shrink);
        double half = Tails.NormalUpperQuantile(alpha / 2) * deviation;
        double sign = NonInferiority.Sign(direction);
        (double lossTreatment, double lossControl) = ExpectedLosses(sign * mean, deviation);
        return new PosteriorEstimate(
            mean,
            deviation,
            mean - half,
            mean + half,
            Tails.NormalCdf(sign * mean / deviation),
            lossTreatment,
            lossControl,
            threshold is { } t ? Tails.NormalCdf(((sign * mean) - t) / deviation) : null,
            null);
    }
}
