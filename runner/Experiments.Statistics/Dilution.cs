namespace Experiments.Statistics;

/// <summary>An effect carried over to another set of units.</summary>
/// <param name="Effect">The effect there.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="Relative">Relative to that set's control mean; null where it was not given or is 0.</param>
/// <param name="Statistic">Effect over error.</param>
/// <param name="PValue">Its two-sided normal p-value.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public readonly record struct CarriedEffect(
    double? Effect, double? StandardError, double? Relative, double? Statistic, double? PValue, string? ReasonCode);

/// <summary>From triggered units to all units, and from the assigned to those who took the treatment up.</summary>
public static class Dilution
{
    /// <summary>
    /// The effect on all units of an effect on triggered ones: trigger rate times it, since the others have none
    /// (Deng and Hu 2015). Absolute effects of means only; a relative one goes through the mean of all units.
    /// </summary>
    /// <param name="triggeredEffect">The absolute effect on triggered units.</param>
    /// <param name="standardError">Its standard error.</param>
    /// <param name="triggered">Triggered units, by a trigger that works alike in all arms.</param>
    /// <param name="all">All units, at least the triggered ones.</param>
    /// <param name="controlMeanOfAll">The control's mean over all its units, for the relative effect.</param>
    /// <returns>The diluted effect, the trigger rate taken as known; <c>no_data</c> without units.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are more triggered units than units.</exception>
    public static CarriedEffect ToAll(
        double triggeredEffect, double standardError, long triggered, long all, double? controlMeanOfAll = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(triggered);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(triggered, all);
        double rate = all > 0 ? (double)triggered / all : 0;
        return all > 0
            ? Scale(triggeredEffect, standardError, rate, controlMeanOfAll)
            : new CarriedEffect(null, null, null, null, null, Reasons.NoData);
    }

    /// <summary>
    /// The average effect on those who take the treatment up because they were assigned to it: the intention-to-treat
    /// effect over the difference of take-up (Angrist, Imbens, Rubin 1996). The error is Bloom's, take-up as known.
    /// </summary>
    /// <param name="effect">The intention-to-treat effect.</param>
    /// <param name="standardError">Its standard error.</param>
    /// <param name="treatmentTakeUp">The share of the treatment arm that took it up.</param>
    /// <param name="controlTakeUp">The share of the control arm that did.</param>
    /// <returns>The effect on compliers; <c>zero_denominator</c> where take-up does not differ.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A share is outside [0, 1].</exception>
    public static CarriedEffect ToCompliers(
        double effect, double standardError, double treatmentTakeUp, double controlTakeUp)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(treatmentTakeUp);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(treatmentTakeUp, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(controlTakeUp);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(controlTakeUp, 1);
        double difference = treatmentTakeUp - controlTakeUp;
        return difference == 0
            ? new CarriedEffect(null, null, null, null, null, Reasons.ZeroDenominator)
            : Scale(effect, standardError, 1 / difference, null);
    }

    private static CarriedEffect Scale(double effect, double error, double factor, double? mean)
    {
        double carried = effect * factor;
        double statistic = effect / error * Math.Sign(factor);
        return !double.IsFinite(carried) || !double.IsFinite(error) || error < 0
            ? new CarriedEffect(null, null, null, null, null, Reasons.InvalidInput)
            : new CarriedEffect(
                carried,
                error * Math.Abs(factor),
                mean is { } m && m != 0 ? carried / Math.Abs(m) : null,
                double.IsFinite(statistic) ? statistic : null,
                double.IsFinite(statistic) ? Tails.NormalTwoSided(statistic) : null,
                null);
    }
}
