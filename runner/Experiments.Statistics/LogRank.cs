namespace Experiments.Statistics;

/// <summary>One time at which an event happened: who was at risk just before, and who had the event.</summary>
/// <param name="ControlAtRisk">Units of the control without an event or a censoring before this time.</param>
/// <param name="TreatmentAtRisk">Units of the treatment likewise.</param>
/// <param name="ControlEvents">Events of the control at this time.</param>
/// <param name="TreatmentEvents">Events of the treatment at this time.</param>
public readonly record struct RiskSet(long ControlAtRisk, long TreatmentAtRisk, long ControlEvents, long TreatmentEvents);

/// <summary>
/// The sums of the log-rank test over the event times of one stratum (an arm pair in one weight epoch); sums of several
/// strata add.
/// </summary>
/// <param name="Observed">Events of the treatment, O.</param>
/// <param name="Expected">E = Σ d n_t/n under the null hypothesis.</param>
/// <param name="Variance">V = Σ n_c n_t d(n - d)/(n²(n - 1)).</param>
public readonly record struct LogRankSums(double Observed, double Expected, double Variance)
{
    /// <summary>The sums over event times.</summary>
    /// <param name="times">The risk sets; at a tie events come before censorings.</param>
    /// <returns>The sums.</returns>
    /// <exception cref="ArgumentException">More events than units at risk, or a negative count.</exception>
    public static LogRankSums FromTimes(IEnumerable<RiskSet> times)
    {
        ArgumentNullException.ThrowIfNull(times);
        double observed = 0;
        double expected = 0;
        double variance = 0;
        foreach (RiskSet time in times)
        {
            if (time.ControlEvents < 0 || time.ControlEvents > time.ControlAtRisk
                || time.TreatmentEvents < 0 || time.TreatmentEvents > time.TreatmentAtRisk)
            {
                throw new ArgumentException("Events are units at risk.", nameof(times));
            }

            double c = time.ControlAtRisk;
            double t = time.TreatmentAtRisk;
            double n = c + t;
            double d = (double)time.ControlEvents + time.TreatmentEvents;
            if (d == 0)
            {
                continue;
            }

            observed += time.TreatmentEvents;
            expected += d * (t / n);
            variance += n > 1 ? c / n * (t / n) * d * ((n - d) / (n - 1)) : 0;
        }

        return new LogRankSums(observed, expected, variance);
    }

    /// <summary>The sums from the units themselves.</summary>
    /// <param name="control">Time and whether it ended in the event (else: in a censoring), a unit.</param>
    /// <param name="treatment">The treatment's likewise.</param>
    /// <returns>The sums.</returns>
    public static LogRankSums FromUnits(
        IReadOnlyList<(double Time, bool IsEvent)> control, IReadOnlyList<(double Time, bool IsEvent)> treatment)
    {
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(treatment);
        (double Time, bool IsEvent)[] c = [.. control.OrderBy(static unit => unit.Time)];
        (double Time, bool IsEvent)[] t = [.. treatment.OrderBy(static unit => unit.Time)];
        List<RiskSet> times = [];
        int i = 0;
        int j = 0;
        while (i < c.Length || j < t.Length)
        {
            double time = Math.Min(
                i < c.Length ? c[i].Time : double.PositiveInfinity, j < t.Length ? t[j].Time : double.PositiveInfinity);
            (int atRiskC, int atRiskT) = (c.Length - i, t.Length - j);
            (long eventsC, i) = Leave(c, i, time);
            (long eventsT, j) = Leave(t, j, time);
            times.Add(new RiskSet(atRiskC, atRiskT, eventsC, eventsT));
        }

        return FromTimes(times);

        static (long Events, int Next) Leave((double Time, bool IsEvent)[] arm, int from, double time)
        {
            long events = 0;
            int next = from;
            for (; next < arm.Length && !(arm[next].Time > time); next++)
            {
                events += arm[next].IsEvent ? 1 : 0;
            }

            return (events, next);
        }
    }

    /// <summary>The sums of two strata together.</summary>
    /// <param name="other">The other stratum.</param>
    /// <returns>The sum of each.</returns>
    public LogRankSums Add(LogRankSums other) =>
        new(Observed + other.Observed, Expected + other.Expected, Variance + other.Variance);
}

/// <summary>The outcome of a log-rank test; every number is null where there is no answer.</summary>
/// <param name="Statistic">z = (O - E)/sqrt(V); positive where the treatment has its events earlier or more often.</param>
/// <param name="ChiSquare">z².</param>
/// <param name="PValue">The p-value.</param>
/// <param name="LogHazardRatio">The one-step estimate (O - E)/V of the log hazard ratio treatment/control.</param>
/// <param name="HazardRatio">Its exponential.</param>
/// <param name="Lower">Lower end of the interval of the hazard ratio.</param>
/// <param name="Upper">Upper end of the interval of the hazard ratio.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record LogRankEstimate(
    double? Statistic,
    double? ChiSquare,
    double? PValue,
    double? LogHazardRatio,
    double? HazardRatio,
    double? Lower,
    double? Upper,
    string? ReasonCode);

/// <summary>
/// The log-rank test of time to event. Null hypothesis: the hazards are equal at all times. χ² = (O - E)²/V with one
/// degree of freedom, by its signed root z. Hazard ratio by Peto's one-step estimate exp((O - E)/V), interval
/// exp((O - E)/V ± z_{α/2}/sqrt(V)), which excludes 1 exactly when the test rejects.
/// </summary>
/// <remarks>
/// Mantel 1966; Peto and Peto 1972. Units are censored at the end of their window or at the watermark, whichever is
/// first. The one-step estimate is biased towards 1 for hazard ratios far from it. No answer: no event while both arms
/// are at risk (<c>no_data</c>). It has no confidence sequence; group sequential looks may take its z, with events as
/// information.
/// </remarks>
public static class LogRank
{
    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="sums">The sums, over all strata.</param>
    /// <param name="alpha">The alpha of the interval, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative: of a larger or smaller hazard of the treatment.</param>
    /// <returns>The test, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static LogRankEstimate Compute(
        LogRankSums sums, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        double critical = Estimates.Critical(alpha, null, alternative);
        if (!(sums.Variance > 0))
        {
            return new LogRankEstimate(null, null, null, null, null, null, null, Reasons.NoData);
        }

        double deviation = Math.Sqrt(sums.Variance);
        double z = (sums.Observed - sums.Expected) / deviation;
        double log = z / deviation;
        if (!double.IsFinite(z) || !(Math.Abs(log) + (critical / deviation) < 700))
        {
            return new LogRankEstimate(null, null, null, null, null, null, null, Reasons.OutOfRange);
        }

        return new LogRankEstimate(
            z,
            z * z,
            Estimates.PValue(z, null, alternative),
            log,
            Math.Exp(log),
            Estimates.Lower(Math.Exp(log - (critical / deviation)), alternative),
            Estimates.Upper(Math.Exp(log + (critical / deviation)), alternative),
            null);
    }
}
