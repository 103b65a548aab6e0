namespace Experiments.Statistics;

/// <summary>A straight line through daily effects.</summary>
/// <param name="Slope">Change of the effect a day.</param>
/// <param name="StandardError">Its error as if the days were independent.</param>
/// <param name="Statistic">Slope over error.</param>
/// <param name="PValue">Its two-sided normal p-value.</param>
/// <param name="Intercept">The line at day 0.</param>
public readonly record struct TrendLine(
    double Slope, double StandardError, double Statistic, double PValue, double Intercept);

/// <summary>
/// Whether an effect fades or grows with a unit's tenure. For each unit with K complete days since its anchor
/// Z = Σ(k - k̄)y_k/Σ(k - k̄)², its own slope over days of tenure; Welch's test of the mean Z between arms. Null
/// hypothesis: the arms' mean slopes are equal.
/// </summary>
/// <remarks>Kohavi, Tang, Xu 2020, ch. 3. At least 7 days (<c>too_few_days</c>).</remarks>
public static class Novelty
{
    /// <summary>The fewest days of tenure.</summary>
    public const int FewestDays = 7;

    /// <summary>The slope of one unit.</summary>
    /// <param name="values">Its value on each day of tenure, in order, days without events 0.</param>
    /// <returns>Z.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two days.</exception>
    public static double UnitSlope(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 2, nameof(values));
        double center = .5 * (values.Count - 1);
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < values.Count; k++)
        {
            sum += (k - center) * values[k];
            squares += (k - center) * (k - center);
        }

        return sum / squares;
    }

    /// <summary>Compares the mean slopes.</summary>
    /// <param name="control">The control's slopes, one a unit.</param>
    /// <param name="treatment">The treatment's slopes.</param>
    /// <param name="days">K, the days of tenure of every unit.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The difference of the slopes, in units of the metric a day.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public static EffectEstimate Compute(MeanArm control, MeanArm treatment, int days, double alpha) =>
        days < FewestDays
            ? EffectEstimate.None(Methods.NoveltySlopeT, alpha, Reasons.TooFewDays)
            : WelchTTest.Compute(control, treatment, alpha) with
            {
                Method = Methods.NoveltySlopeT,
                UpliftRelative = null,
                CiRelativeLower = null,
                CiRelativeUpper = null,
                RelativeReason = null,
            };

    /// <summary>
    /// The inverse-variance line through daily effects, as an aid for plots only: the same units come back day after day,
    /// so that its p-value is wrong (.2 % to 12 % at a nominal 5 %).
    /// </summary>
    /// <param name="days">Day, effect and standard error, at least two different days.</param>
    /// <returns>The line; null where there is none.</returns>
    public static TrendLine? PlottingAid(IReadOnlyList<(double Day, double Effect, double StandardError)> days)
    {
        ArgumentNullException.ThrowIfNull(days);
        double total = days.Sum(static d => 1 / (d.StandardError * d.StandardError));
        double day = days.Sum(d => d.Day / (d.StandardError * d.StandardError * total));
        double effect = days.Sum(d => d.Effect / (d.StandardError * d.StandardError * total));
        double squares = days.Sum(d => Math.Pow((d.Day - day) / d.StandardError, 2));
        double products = days.Sum(d => (d.Day - day) * (d.Effect - effect) / (d.StandardError * d.StandardError));
        if (!(squares > 0) || !double.IsFinite(squares) || !double.IsFinite(products))
        {
            return null;
        }

        double slope = products / squares;
        double error = 1 / Math.Sqrt(squares);
        return new TrendLine(
            slope, error, slope / error, Tails.NormalTwoSided(slope / error), effect - (slope * day));
    }
}
