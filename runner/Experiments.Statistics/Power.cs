using MathNet.Numerics.RootFinding;

namespace Experiments.Statistics;

/// <summary>
/// Power, sample size and minimum detectable effect of a planned experiment, for each comparison with the control; with
/// several treatments for the one of the smallest weight. A difference of means takes the noncentral t at Welch's degrees
/// of freedom, by quadrature; proportions the pooled error under the null; margins the contrast of
/// <see cref="Margins"/>; a confidence sequence its critical value at the sample at hand, which is a lower bound since it
/// may be crossed earlier; a group sequential plan the probability to cross at any look.
/// </summary>
/// <remarks>
/// Two-sided power counts a rejection on either side. References: van Belle 2008; Kohavi, Tang, Xu 2020, ch. 17; Chow,
/// Shao, Wang 2008; Noether 1987; Schoenfeld 1981; Schultzberg, Ankargren, Frånberg 2024.
/// </remarks>
public static class Power
{
    private const double MostUnits = 1e16;

    /// <summary>The power of a t test of two means with given units: noncentral t at Welch's degrees.</summary>
    /// <param name="controlUnits">n_c, above 1.</param>
    /// <param name="treatmentUnits">n_t, above 1.</param>
    /// <param name="controlVariance">s_c², positive.</param>
    /// <param name="treatmentVariance">s_t², positive.</param>
    /// <param name="difference">The true effect.</param>
    /// <param name="alpha">Alpha, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>P(the test rejects).</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double OfT(
        double controlUnits,
        double treatmentUnits,
        double controlVariance,
        double treatmentVariance,
        double difference,
        double alpha,
        Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        double vc = controlVariance / controlUnits;
        double vt = treatmentVariance / treatmentUnits;
        double degrees = WelchTTest.Satterthwaite(vc, controlUnits - 1, vt, treatmentUnits - 1);
        return OfStatistic(
            difference / Math.Sqrt(vc + vt), Estimates.Critical(alpha, degrees, alternative), degrees, alternative);
    }

    /// <summary>The power of a planned experiment.</summary>
    /// <param name="design">The plan.</param>
    /// <param name="units">Units of all arms (events, for times).</param>
    /// <param name="effect">The true effect, absolute (see <see cref="PowerMetric"/> for ranks and times).</param>
    /// <returns>P(the claim is made), from 0 to 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The plan is impossible.</exception>
    public static double Of(PowerDesign design, double units, double effect)
    {
        ArgumentNullException.ThrowIfNull(design);
        Check(design);
        double total = design.Weights.Sum();
        double nc = units * design.Weights[0] / total;
        double nt = units * design.Weights.Skip(1).Min() / total;
        if (!(Math.Min(nc, nt) / design.UnitsPerCluster > 1))
        {
            return 0;
        }

        (double Shift, double NullError, double Error, double? Degrees) test = Moments(design, nc, nt, effect);
        if (!(test.Error > 0) || !(test.NullError > 0))
        {
            return 0;
        }

        bool isMargin = design.Goal != PowerGoal.Difference;
        Alternative side = isMargin ? Alternative.Greater : design.Alternative;
        if (design.Goal == PowerGoal.Equivalence)
        {
            // Both one-sided tests: the statistic between -(M + d)/SE + c and (M - d)/SE - c.
            double c = Estimates.Critical(Level(design), null, Alternative.Greater);
            double margin = Margin(design);
            return Math.Max(
                0,
                Tails.NormalCdf(((margin - effect) / test.Error) - c)
                    - Tails.NormalSurvival(((margin + effect) / test.Error) - c));
        }

        if (design.Monitoring == Monitoring.GroupSequential)
        {
            double tail = side == Alternative.TwoSided ? Level(design) / 2 : Level(design);
            double drift = (side == Alternative.Less ? -1 : 1) * test.Shift / test.Error;
            return GroupSequential.Power(Plan(design, tail), side == Alternative.TwoSided ? Math.Abs(drift) : drift);
        }

        double critical = design.Monitoring == Monitoring.ConfidenceSequence
            ? AsymptoticConfidenceSequence.Critical(units, design.PlannedUnits ?? units, Level(design), side)
            : design.Correction == Correction.Dunnett
                ? Dunnett.Critical(
                    1 / design.Weights[0], [.. design.Weights.Skip(1).Select(static w => 1 / w)], design.Alpha, side)
                : Estimates.Critical(Level(design), test.Degrees, side);
        double? degrees = design.Monitoring == Monitoring.FixedHorizon && design.Correction != Correction.Dunnett
            ? test.Degrees
            : null;
        return OfStatistic(test.Shift / test.Error, critical * test.NullError / test.Error, degrees, side);
    }

    /// <summary>The units of all arms with which an effect is found.</summary>
    /// <param name="design">The plan.</param>
    /// <param name="effect">The true effect.</param>
    /// <param name="power">The power of the decision, inside (0, 1); corrected for the plan's guardrails.</param>
    /// <returns>Units, not rounded; null where no sample below 1e16 has that power.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double? SampleSize(PowerDesign design, double effect, double power = .8)
    {
        ArgumentNullException.ThrowIfNull(design);
        double target = Experiments.Statistics.SampleSize.CorrectedPower(power, design.Guardrails);
        double low = 1;
        double high = 16;
        while (!(Of(design, high, effect) >= target))
        {
            low = high;
            high *= 4;
            if (high > MostUnits)
            {
                return null;
            }
        }

        return Math.Exp(Root(x => Of(design, Math.Exp(x), effect) - target, Math.Log(low), Math.Log(high)));
    }

    /// <summary>The smallest true effect that a sample finds.</summary>
    /// <param name="design">The plan.</param>
    /// <param name="units">Units of all arms.</param>
    /// <param name="power">The power of the decision, inside (0, 1); corrected for the plan's guardrails.</param>
    /// <param name="isDecrease">Whether a negative effect is asked for.</param>
    /// <returns>
    /// The absolute effect with its sign; null where none has that power. For margins: the smallest effect with which the
    /// claim is made, which for non-inferiority may be a degradation; for equivalence null, since it has no smallest.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double? DetectableEffect(
        PowerDesign design, double units, double power = .8, bool isDecrease = false)
    {
        ArgumentNullException.ThrowIfNull(design);
        double target = Experiments.Statistics.SampleSize.CorrectedPower(power, design.Guardrails);
        if (design.Goal == PowerGoal.Equivalence)
        {
            return null;
        }

        if (design.Goal != PowerGoal.Difference)
        {
            return DetectableAtMargin(design, units, target);
        }

        double sign = isDecrease ? -1 : 1;
        double most = Most(design, sign);
        double Missing(double effect) => Of(design, units, sign * effect) - target;
        double high = double.IsFinite(most) ? most * (1 - 1e-12) : 1;
        if (double.IsFinite(most))
        {
            return Missing(high) > 0 ? sign * Root(Missing, high * 1e-12, high) : null;
        }

        high = Math.Sqrt(design.Variance * design.DesignEffect / units);
        high = high > 0 ? high : 1e-6;
        for (int i = 0; !(Missing(high) > 0); i++)
        {
            if (i > 200 || !double.IsFinite(high))
            {
                return null;
            }

            high *= 2;
        }

        return sign * Root(Missing, high * 1e-9, high);
    }

    /// <summary>Days until a sample has come in and its units are mature.</summary>
    /// <param name="units">Units of all arms.</param>
    /// <param name="dailyUnits">New units a day, positive.</param>
    /// <param name="windowDays">Days after its anchor until a unit's metric is complete, at least 0.</param>
    /// <param name="wholeWeeks">Whether the intake is rounded up to whole weeks.</param>
    /// <returns>Days, at least 1; null where they do not fit an integer.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static int? RunTime(double units, double dailyUnits, int windowDays = 0, bool wholeWeeks = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dailyUnits);
        ArgumentOutOfRangeException.ThrowIfNegative(windowDays);
        double days = Math.Max(1, Math.Ceiling(units / dailyUnits));
        days = (wholeWeeks ? 7 * Math.Ceiling(days / 7) : days) + windowDays;
        return days < int.MaxValue ? (int)days : null;
    }

    /// <summary>Power and detectable effect by sample.</summary>
    /// <param name="design">The plan.</param>
    /// <param name="units">The samples, units of all arms.</param>
    /// <param name="effect">The effect whose power is asked for, or null.</param>
    /// <param name="power">The power of the detectable effects.</param>
    /// <param name="dailyUnits">New units a day, or null.</param>
    /// <param name="windowDays">Days until a unit is mature.</param>
    /// <returns>One point a sample.</returns>
    public static IReadOnlyList<PowerPoint> Curve(
        PowerDesign design,
        IEnumerable<double> units,
        double? effect,
        double power = .8,
        double? dailyUnits = null,
        int windowDays = 0)
    {
        ArgumentNullException.ThrowIfNull(units);
        return [.. units.Select(n => new PowerPoint(
            n,
            dailyUnits is { } daily ? RunTime(n, daily, windowDays) : null,
            effect is { } d ? Of(design, n, d) : null,
            DetectableEffect(design, n, power)))];
    }

    /// <summary>
    /// How many times the present sample is still missing until a lift is found with a power: fixed horizon, by a
    /// confidence sequence, or by a credible interval that excludes 0, its prior given.
    /// </summary>
    /// <param name="lift">The lift to find.</param>
    /// <param name="standardError">The lift's standard error now.</param>
    /// <param name="units">Units of both arms now; read for a sequence.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <param name="power">The power, inside (0, 1).</param>
    /// <param name="plannedUnits">N* of a confidence sequence; null for a fixed horizon.</param>
    /// <param name="prior">The prior of a Bayesian analysis; null for none.</param>
    /// <returns>The additional sample as a multiple of the present one, 0 where there is enough; null for none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double? AdditionalSample(
        double lift,
        double standardError,
        double units,
        double alpha,
        double power = .8,
        double? plannedUnits = null,
        RelativePrior? prior = null)
    {
        Tails.ThrowIfNotProbability(alpha);
        Tails.ThrowIfNotProbability(power);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(standardError);
        double At(double scale)
        {
            double error = standardError / Math.Sqrt(scale);
            double z = plannedUnits is { } planned
                ? AsymptoticConfidenceSequence.Critical(units * scale, planned, alpha)
                : Tails.NormalUpperQuantile(alpha / 2);
            if (prior is not { } p)
            {
                return OfStatistic(lift / error, z, null, Alternative.TwoSided);
            }

            // The posterior mean s x + (1 - s) m0 is beyond z times its deviation sqrt(s) SE.
            double shrink = p.Variance / (p.Variance + (error * error));
            double center = (1 - shrink) * p.Mean;
            double bound = z * Math.Sqrt(shrink) * error;
            return Tails.NormalSurvival((((bound - center) / shrink) - lift) / error)
                + Tails.NormalCdf((((-bound - center) / shrink) - lift) / error);
        }

        if (At(1) >= power)
        {
            return 0;
        }

        double high = 2;
        while (At(high) < power)
        {
            high *= 2;
            if (high > 1e15)
            {
                return null;
            }
        }

        return Math.Exp(Root(x => At(Math.Exp(x)) - power, 0, Math.Log(high))) - 1;
    }

    /// <summary>The factor that clustering puts on the variance: 1 + (m - 1) ICC (Kish 1965).</summary>
    /// <param name="unitsPerCluster">m, at least 1.</param>
    /// <param name="intraclassCorrelation">ICC, in [0, 1].</param>
    /// <returns>The design effect.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static double ClusterDesignEffect(double unitsPerCluster, double intraclassCorrelation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(unitsPerCluster, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(intraclassCorrelation);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(intraclassCorrelation, 1);
        return 1 + ((unitsPerCluster - 1) * intraclassCorrelation);
    }

    private static double OfStatistic(double shift, double critical, double? degrees, Alternative alternative)
    {
        double Beyond(double delta) => degrees is { } df && df < 1e7
            ? Tails.NoncentralTSurvival(critical, df, delta)
            : Tails.NormalSurvival(critical - delta);
        return alternative switch
        {
            Alternative.TwoSided => Beyond(shift) + Beyond(-shift),
            Alternative.Greater => Beyond(shift),
            Alternative.Less => Beyond(-shift),
            _ => throw new ArgumentOutOfRangeException(nameof(alternative), alternative, "No such alternative."),
        };
    }

    /// <summary>The level of one comparison.</summary>
    private static double Level(PowerDesign design) =>
        design.Correction == Correction.Bonferroni ? design.Alpha / (design.Weights.Count - 1) : design.Alpha;

    private static double Margin(PowerDesign design) =>
        design.IsMarginRelative ? design.Margin * Math.Abs(design.Baseline) : design.Margin;

    private static (double Shift, double NullError, double Error, double? Degrees) Moments(
        PowerDesign design, double nc, double nt, double effect)
    {
        double factor = (1 - design.CovariateCorrelation) * (1 + design.CovariateCorrelation) * design.DesignEffect;
        double share = nt / (nc + nt);
        double controlUnit;
        double treatmentUnit;
        double? nullUnit = null;
        switch (design.Metric)
        {
            case PowerMetric.Rank:
                double spread = 1 / Math.Sqrt(12 * share * (1 - share) * (nc + nt));
                return (effect, spread, spread, null);
            case PowerMetric.TimeToEvent:
                double log = 1 / Math.Sqrt(share * (1 - share) * (nc + nt));
                return (Math.Log(1 + effect), log, log, null);
            case PowerMetric.Proportion:
                double rate = design.Baseline + effect;
                if (!(rate >= 0 && rate <= 1))
                {
                    return (effect, 0, 0, null);
                }

                double pooled = ((nc * design.Baseline) + (nt * rate)) / (nc + nt);
                controlUnit = design.Baseline * (1 - design.Baseline) * factor;
                treatmentUnit = rate * (1 - rate) * factor;
                nullUnit = pooled * (1 - pooled) * factor;
                break;
            case PowerMetric.Mean:
                controlUnit = design.Variance * factor;
                treatmentUnit = (design.TreatmentVariance ?? design.Variance) * factor;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(design), design.Metric, "No such metric.");
        }

        double vc = controlUnit / nc;
        double vt = treatmentUnit / nt;
        double clusters = design.UnitsPerCluster;
        if (design.Goal == PowerGoal.Difference)
        {
            double error = Math.Sqrt(vc + vt);
            return (
                effect,
                nullUnit is { } unit ? Math.Sqrt((unit / nc) + (unit / nt)) : error,
                error,
                design.Metric == PowerMetric.Mean && error > 0
                    ? WelchTTest.Satterthwaite(vc, (nc / clusters) - 1, vt, (nt / clusters) - 1)
                    : null);
        }

        double sign = NonInferiority.Sign(design.Direction);
        double margin = Margin(design) * (design.Goal == PowerGoal.SuperiorityByMargin ? -1 : 1);
        double relative = design.IsMarginRelative ? margin / design.Baseline : 0;
        double ofControl = sign - relative;
        vc *= ofControl * ofControl;
        double contrast = Math.Sqrt(vc + vt);
        return (
            (sign * effect) + margin,
            contrast,
            contrast,
            design.Metric == PowerMetric.Mean && contrast > 0
                ? WelchTTest.Satterthwaite(vc, (nc / clusters) - 1, vt, (nt / clusters) - 1)
                : null);
    }

    private static IReadOnlyList<GroupSequentialLook> Plan(PowerDesign design, double tail) =>
        GroupSequential.Bounds(
            [.. Enumerable.Range(1, design.Looks).Select(static k => (double)k)], design.Looks, tail, design.Spending);

    /// <summary>The largest effect there can be, without its sign; infinite for none.</summary>
    private static double Most(PowerDesign design, double sign) => design.Metric switch
    {
        PowerMetric.Proportion => sign > 0 ? 1 - design.Baseline : design.Baseline,
        PowerMetric.Rank => .5,
        PowerMetric.TimeToEvent => sign > 0 ? double.PositiveInfinity : 1,
        _ => double.PositiveInfinity,
    };

    private static double? DetectableAtMargin(PowerDesign design, double units, double target)
    {
        double sign = NonInferiority.Sign(design.Direction);
        double Missing(double oriented) => Of(design, units, sign * oriented) - target;
        double scale = Margin(design) + Math.Sqrt(
            (design.Metric == PowerMetric.Proportion ? .25 : design.Variance) * design.DesignEffect / units);
        (double low, double high) = (-scale, scale);
        if (design.Metric == PowerMetric.Proportion)
        {
            low = -(sign > 0 ? design.Baseline : 1 - design.Baseline) * (1 - 1e-12);
            high = (sign > 0 ? 1 - design.Baseline : design.Baseline) * (1 - 1e-12);
            return Missing(low) < 0 && Missing(high) > 0 ? sign * Root(Missing, low, high) : null;
        }

        for (int i = 0; i < 200 && (Missing(low) > 0 || Missing(high) < 0); i++)
        {
            (low, high) = (2 * low, 2 * high);
        }

        return Missing(low) < 0 && Missing(high) > 0 ? sign * Root(Missing, low, high) : null;
    }

    private static double Root(Func<double, double> f, double low, double high) =>
        f(low) >= 0 ? low : Brent.FindRoot(f, low, high, 1e-14 * Math.Max(1e-6, Math.Abs(high)), 200);

    private static void Check(PowerDesign design)
    {
        Tails.ThrowIfNotProbability(design.Alpha);
        ArgumentOutOfRangeException.ThrowIfLessThan(design.Weights.Count, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(design.Variance);
        ArgumentOutOfRangeException.ThrowIfNegative(design.Margin);
        ArgumentOutOfRangeException.ThrowIfLessThan(design.UnitsPerCluster, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(design.CovariateCorrelation), 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(design.Looks, 1);
        if (design.Weights.Any(static weight => !(weight > 0)))
        {
            throw new ArgumentOutOfRangeException(nameof(design), "Each arm has a positive weight.");
        }

        if (design.Metric == PowerMetric.Proportion && !(design.Baseline >= 0 && design.Baseline <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(design), design.Baseline, "A rate lies in [0, 1].");
        }

        if (design.IsMarginRelative && design.Baseline == 0)
        {
            throw new ArgumentOutOfRangeException(nameof(design), "A relative margin needs a baseline other than 0.");
        }

        if (design.Metric is PowerMetric.Rank or PowerMetric.TimeToEvent
            && design.Goal != PowerGoal.Difference)
        {
            throw new ArgumentOutOfRangeException(nameof(design), design.Metric, "Margins are of means and rates.");
        }

        if (design.Correction is not (Correction.None or Correction.Bonferroni or Correction.Dunnett))
        {
            throw new ArgumentOutOfRangeException(
                nameof(design), design.Correction, "Planning takes no correction, Bonferroni or Dunnett.");
        }

        if (design.Correction == Correction.Dunnett && design.Monitoring != Monitoring.FixedHorizon)
        {
            throw new ArgumentOutOfRangeException(
                nameof(design), design.Monitoring, "Dunnett's correction is for a fixed horizon.");
        }
    }
}
