using MathNet.Numerics;

namespace Experiments.Statistics;

/// <summary>
/// The test of two proportions. Null hypothesis: p_t = p_c. d = p_t - p_c; z = d/SE0 with the pooled error
/// SE0 = sqrt(p(1 - p)(1/n_c + 1/n_t)), p = (x_c + x_t)/(n_c + n_t); p-value 2 P(Z &gt; |z|). The default intervals are
/// the score intervals, which exclude "no effect" exactly when this test rejects.
/// </summary>
/// <remarks>
/// <para>
/// Where the smallest expected cell under the pooled null, min(x, N - x) min(n_c, n_t)/N, is below 5 the p-value is the
/// mid-p of the hypergeometric distribution (<c>two_proportion_mid_p</c>, or Fisher's exact one on request), the
/// intervals stay score intervals and <see cref="EffectEstimate.IntervalAgrees"/> is false. No success or no failure
/// at all: p = 1 and a score interval, not "no answer".
/// </para>
/// <para>
/// <see cref="EffectEstimate.StandardError"/> is sqrt(p_c(1-p_c)/n_c + p_t(1-p_t)/n_t), the error without the null.
/// No answer: an arm without units (<c>no_data</c>) or with one (<c>too_few_units</c>). A control without a success has
/// no relative lift (<c>control_zero</c>), though the score interval still has a lower end where the treatment has
/// successes.
/// </para>
/// <para>
/// References: Mee 1984; Koopman 1984; Miettinen and Nurminen 1985; Gart and Nam 1988; Newcombe 1998; Fleiss, Levin,
/// Paik 2003; Lancaster 1961 for the mid-p.
/// </para>
/// </remarks>
public static class TwoProportionTest
{
    /// <summary>The smallest expected cell at which the normal test is still taken.</summary>
    public const double SmallestCell = 5;

    /// <summary>Compares the treatment with the control.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="interval">The intervals; the p-value is the same for all of them.</param>
    /// <param name="smallCells">The exact test taken where a cell is small.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// Alpha is out of its range, or an arm has fewer than 0 or more successes than units.
    /// </exception>
    public static EffectEstimate Compute(
        BinomialArm control,
        BinomialArm treatment,
        double alpha,
        ProportionInterval interval = ProportionInterval.Score,
        SmallCellTest smallCells = SmallCellTest.MidP,
        Alternative alternative = Alternative.TwoSided)
    {
        Tails.ThrowIfNotProbability(alpha);
        control.ThrowIfImpossible(nameof(control));
        treatment.ThrowIfImpossible(nameof(treatment));
        if (ReasonAgainst(control, treatment) is { } reason)
        {
            return EffectEstimate.None(Methods.TwoProportionZPooled, alpha, reason) with { Alternative = alternative };
        }

        double difference = Difference(control, treatment);
        double? z = PooledZ(control, treatment, difference);
        bool isExact = SmallestExpectedCell(control, treatment) < SmallestCell;
        double pValue = isExact
            ? ExactP(control, treatment, smallCells, alternative)
            : Estimates.PValue(z ?? 0, null, alternative);
        double critical = Estimates.Critical(alpha, null, alternative);
        double bothTails = alternative == Alternative.TwoSided ? alpha : 2 * alpha;
        bool zRejects = z is not null && Tails.NormalTwoSided(z.Value) < bothTails;
        (double lower, double upper) = interval switch
        {
            ProportionInterval.Score => ScoreIntervals.Difference(control, treatment, critical, 1, zRejects),
            ProportionInterval.MiettinenNurminen =>
                ScoreIntervals.Difference(control, treatment, critical, Correction(control, treatment), null),
            ProportionInterval.Newcombe => NewcombeDifference(control, treatment, critical),
            ProportionInterval.Wald or ProportionInterval.Fieller =>
                WaldDifference(control, treatment, difference, critical),
            _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "No such interval."),
        };
        RelativeInterval relative = control.X == 0 && treatment.X == 0
            ? new RelativeInterval(null, null, null, Reasons.ControlZero)
            : interval switch
            {
                ProportionInterval.Score => ScoreIntervals.Ratio(control, treatment, critical, 1, zRejects),
                ProportionInterval.MiettinenNurminen =>
                    ScoreIntervals.Ratio(control, treatment, critical, Correction(control, treatment), null),
                ProportionInterval.Newcombe => DonnerZouRatio(control, treatment, critical),
                ProportionInterval.Wald => KatzRatio(control, treatment, critical),
                ProportionInterval.Fieller => RelativeLift.Fieller(
                    control.Rate, control.VarianceOfRate, treatment.Rate, treatment.VarianceOfRate, critical),
                _ => throw new ArgumentOutOfRangeException(nameof(interval), interval, "No such interval."),
            };

        double pooled = PooledRate(control, treatment);
        double deviation = Math.Sqrt(pooled * (1 - pooled));
        return new EffectEstimate
        {
            Method = (isExact, smallCells) switch
            {
                (false, _) => Methods.TwoProportionZPooled,
                (true, SmallCellTest.MidP) => Methods.TwoProportionMidP,
                (true, SmallCellTest.Fisher) => Methods.TwoProportionFisher,
                _ => throw new ArgumentOutOfRangeException(nameof(smallCells), smallCells, "No such test."),
            },
            Alpha = alpha,
            Alternative = alternative,
            UpliftAbsolute = difference,
            UpliftRelative = control.X > 0 ? Lift(control, treatment) : null,
            StandardError = Math.Sqrt(control.VarianceOfRate + treatment.VarianceOfRate),
            Statistic = isExact ? null : z,
            PValue = pValue,
            CiLower = Estimates.Lower(lower, alternative),
            CiUpper = Estimates.Upper(upper, alternative),
            CiRelativeLower = Estimates.Lower(relative.Lower, alternative),
            CiRelativeUpper = Estimates.Upper(relative.Upper, alternative),
            RelativeReason = relative.Reason,
            EffectSize = deviation > 0 ? difference / deviation : null,
            IntervalAgrees = !isExact && interval == ProportionInterval.Score,
        }.OrOutOfRange();
    }

    /// <summary>
    /// The pooled z test with Yates' continuity correction, on request: z = sign(d) (|d| - c)/SE0, c = (1/n_c + 1/n_t)/2
    /// but at most |d|; interval d ± (z_{α/2} SE + c) with the unpooled error, inside [-1, 1] (R prop.test).
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The two-sided alpha of the intervals, inside (0, 1).</param>
    /// <returns>
    /// The effect; the relative interval is the Wald one of <see cref="ProportionInterval.Wald"/>, without a
    /// correction. Its intervals need not agree with its test.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static EffectEstimate ComputeWithContinuity(BinomialArm control, BinomialArm treatment, double alpha)
    {
        EffectEstimate plain = Compute(control, treatment, alpha, ProportionInterval.Wald);
        if (!plain.HasAnswer)
        {
            return plain with { Method = Methods.TwoProportionZContinuity };
        }

        double difference = plain.UpliftAbsolute!.Value;
        double correction = Math.Min((.5 / control.N) + (.5 / treatment.N), Math.Abs(difference));
        double? uncorrected = PooledZ(control, treatment, difference);
        double z = difference == 0 || uncorrected is null
            ? 0
            : uncorrected.Value * ((Math.Abs(difference) - correction) / Math.Abs(difference));
        return plain with
        {
            Method = Methods.TwoProportionZContinuity,
            Statistic = z,
            PValue = Tails.NormalTwoSided(z),
            CiLower = Math.Max(-1, plain.CiLower!.Value - correction),
            CiUpper = Math.Min(1, plain.CiUpper!.Value + correction),
            IntervalAgrees = false,
        };
    }

    /// <summary>
    /// The z test with the unpooled error, on request: z = d/SE, SE = sqrt(p_c(1-p_c)/n_c + p_t(1-p_t)/n_t), with Wald's
    /// interval d ± z_{α/2} SE, which excludes 0 exactly when this test rejects, and Katz's of the ratio, which need not.
    /// </summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <returns>
    /// The effect; <c>zero_variance</c> where each arm is all successes or all failures, since there is no error then.
    /// </returns>
    /// <remarks>It rejects too often where events are few; the pooled test is the default.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static EffectEstimate ComputeUnpooled(
        BinomialArm control, BinomialArm treatment, double alpha, Alternative alternative = Alternative.TwoSided)
    {
        EffectEstimate wald = Compute(control, treatment, alpha, ProportionInterval.Wald, alternative: alternative);
        if (!wald.HasAnswer)
        {
            return wald with { Method = Methods.TwoProportionZUnpooled };
        }

        if (wald.StandardError == 0)
        {
            return EffectEstimate.None(Methods.TwoProportionZUnpooled, alpha, Reasons.ZeroVariance)
                with { Alternative = alternative };
        }

        double z = wald.UpliftAbsolute!.Value / wald.StandardError!.Value;
        return (wald with
        {
            Method = Methods.TwoProportionZUnpooled,
            Statistic = z,
            PValue = Estimates.PValue(z, null, alternative),
            IntervalAgrees = true,
        }).OrOutOfRange();
    }

    /// <summary>
    /// Wilson's score interval of one rate: (p + q²/2n ± q sqrt(p(1-p)/n + q²/4n²))/(1 + q²/n), q = z_{α/2}.
    /// </summary>
    /// <param name="arm">The arm, at least one unit.</param>
    /// <param name="alpha">Two-sided alpha, inside (0, 1).</param>
    /// <returns>The interval; its ends are exactly 0 and 1 where there is no success or no failure.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public static (double Lower, double Upper) Wilson(BinomialArm arm, double alpha)
    {
        Tails.ThrowIfNotProbability(alpha);
        arm.ThrowIfImpossible(nameof(arm));
        ArgumentOutOfRangeException.ThrowIfLessThan(arm.N, 1, nameof(arm));
        return WilsonAt(arm, Tails.NormalUpperQuantile(alpha / 2));
    }

    /// <summary>The smallest of the four expected counts under the pooled null hypothesis.</summary>
    /// <param name="control">The control arm.</param>
    /// <param name="treatment">The treatment arm.</param>
    /// <returns>min(x, N - x) min(n_c, n_t)/N; 0 without units.</returns>
    public static double SmallestExpectedCell(BinomialArm control, BinomialArm treatment)
    {
        double successes = (double)control.X + treatment.X;
        double failures = (double)control.Failures + treatment.Failures;
        double total = successes + failures;
        return total > 0 ? Math.Min(successes, failures) * (Math.Min(control.N, treatment.N) / total) : 0;
    }

    internal static double Difference(BinomialArm control, BinomialArm treatment) =>
        (double)CrossDifference(control, treatment) / control.N / treatment.N;

    internal static double Lift(BinomialArm control, BinomialArm treatment) =>
        treatment.X == 0 ? -1 : (double)CrossDifference(control, treatment) / control.X / treatment.N;

    internal static (double Lower, double Upper) WilsonAt(BinomialArm arm, double critical)
    {
        double square = critical * critical;
        double n = arm.N;
        double root = critical * Math.Sqrt(square + (4 * arm.X * (arm.Failures / n)));
        double lower = arm.X == 0 ? 0 : ((2.0 * arm.X) + square - root) / (2 * (n + square));
        double upper = arm.Failures == 0 ? 1 : ((2.0 * arm.X) + square + root) / (2 * (n + square));
        return (Math.Max(0, lower), Math.Min(1, upper));
    }

    // Exact: the rates of two large arms agree in most of their digits.
    private static Int128 CrossDifference(BinomialArm control, BinomialArm treatment) =>
        ((Int128)treatment.X * control.N) - ((Int128)control.X * treatment.N);

    private static string? ReasonAgainst(BinomialArm control, BinomialArm treatment) =>
        control.N < 1 || treatment.N < 1
            ? Reasons.NoData
            : control.N < 2 || treatment.N < 2 ? Reasons.TooFewUnits : null;

    private static double PooledRate(BinomialArm control, BinomialArm treatment) =>
        ((double)control.X + treatment.X) / ((double)control.N + treatment.N);

    private static double? PooledZ(BinomialArm control, BinomialArm treatment, double difference)
    {
        double successes = (double)control.X + treatment.X;
        double failures = (double)control.Failures + treatment.Failures;
        double total = successes + failures;
        double error = Math.Sqrt(successes / control.N * (failures / treatment.N) / total);
        return error > 0 ? difference / error : null;
    }

    private static double Correction(BinomialArm control, BinomialArm treatment)
    {
        double total = (double)control.N + treatment.N;
        return total / (total - 1);
    }

    private static (double Lower, double Upper) WaldDifference(
        BinomialArm control, BinomialArm treatment, double difference, double critical)
    {
        double half = critical * Math.Sqrt(control.VarianceOfRate + treatment.VarianceOfRate);
        return (difference - half, difference + half);
    }

    private static (double Lower, double Upper) NewcombeDifference(
        BinomialArm control, BinomialArm treatment, double critical)
    {
        (double lc, double uc) = WilsonAt(control, critical);
        (double lt, double ut) = WilsonAt(treatment, critical);
        double difference = Difference(control, treatment);
        return (
            difference - SpecialFunctions.Hypotenuse(treatment.Rate - lt, uc - control.Rate),
            difference + SpecialFunctions.Hypotenuse(ut - treatment.Rate, control.Rate - lc));
    }

    private static RelativeInterval DonnerZouRatio(BinomialArm control, BinomialArm treatment, double critical)
    {
        (double lc, double uc) = WilsonAt(control, critical);
        (double lt, double ut) = WilsonAt(treatment, critical);
        double pc = control.Rate;
        double pt = treatment.Rate;
        double product = pt * pc;
        double fromBelow = lt * ((2 * pt) - lt);
        double below = product + Math.Sqrt(Math.Max(0, (product * product) - (fromBelow * uc * ((2 * pc) - uc))));
        double? lower = below > 0 ? (fromBelow / below) - 1 : -1;
        double fromAbove = lc * ((2 * pc) - lc);
        double above = product + Math.Sqrt(Math.Max(0, (product * product) - (ut * ((2 * pt) - ut) * fromAbove)));
        double? upper = fromAbove > 0 ? (above / fromAbove) - 1 : null;
        if (control.X == 0)
        {
            return new RelativeInterval(null, lower, null, Reasons.ControlZero);
        }

        // Near rates of 1 the ends agree with the estimate in most digits.
        double lift = Lift(control, treatment);
        return new RelativeInterval(
            lift,
            lower is { } low ? Math.Min(low, lift) : null,
            upper is { } high ? Math.Max(high, lift) : null,
            upper is null ? Reasons.UnboundedAbove : null);
    }

    private static RelativeInterval KatzRatio(BinomialArm control, BinomialArm treatment, double critical)
    {
        if (control.X == 0)
        {
            return new RelativeInterval(null, null, null, Reasons.ControlZero);
        }

        double lift = Lift(control, treatment);
        if (treatment.X == 0)
        {
            return new RelativeInterval(lift, null, null, Reasons.SignsDiffer);
        }

        double variance = (treatment.Failures / (double)treatment.N / treatment.X)
            + (control.Failures / (double)control.N / control.X);
        (double lower, double upper, _) =
            RelativeLift.LogInterval(treatment.Rate / control.Rate, variance, critical);
        return new RelativeInterval(lift, lower, upper, null);
    }

    /// <summary>
    /// The exact p-value given the margins: the treatment's successes are hypergeometric. The probabilities come from
    /// their ratios outward from the mode, so that no logarithm of a large factorial is needed.
    /// </summary>
    private static double ExactP(
        BinomialArm control, BinomialArm treatment, SmallCellTest test, Alternative alternative)
    {
        long successes = control.X + treatment.X;
        long observed = treatment.X;
        long least = Math.Max(0, successes - control.N);
        long most = Math.Min(successes, treatment.N);
        double total = (double)control.N + treatment.N;
        long mode = (long)Math.Clamp(
            Math.Floor((successes + 1.0) * ((treatment.N + 1.0) / (total + 2))), least, most);

        // P(k+1)/P(k) of the table with k successes in the treatment.
        double Ratio(long k) =>
            (double)(successes - k) / (k + 1) * ((double)(treatment.N - k) / (control.N - successes + k + 1));

        // Fisher counts tables at most as probable as the observed one, with R's tolerance for ties.
        double bound = (test == SmallCellTest.Fisher ? WeightAt(observed) : 0) * (1 + 1e-7);
        double sum = 0;
        double below = 0;
        double at = 0;
        double above = 0;
        double rare = 0;
        void Add(long k, double weight)
        {
            sum += weight;
            rare += weight <= bound ? weight : 0;
            if (k < observed)
            {
                below += weight;
            }
            else if (k == observed)
            {
                at = weight;
            }
            else
            {
                above += weight;
            }
        }

        double weight = 1;
        for (long k = mode; k <= most && weight > 0; k++)
        {
            Add(k, weight);
            weight *= k < most ? Ratio(k) : 0;
        }

        weight = 1;
        for (long k = mode - 1; k >= least && weight > 0; k--)
        {
            weight /= Ratio(k);
            Add(k, weight);
        }

        double share = test == SmallCellTest.Fisher ? 1 : .5;
        return alternative switch
        {
            Alternative.Greater => Math.Min(1, (above + (share * at)) / sum),
            Alternative.Less => Math.Min(1, (below + (share * at)) / sum),
            _ when test == SmallCellTest.Fisher => Math.Min(1, rare / sum),
            _ => Math.Min(1, 2 * (Math.Min(below, above) + (.5 * at)) / sum),
        };

        double WeightAt(long target)
        {
            double value = 1;
            for (long k = mode; k < target && value > 0; k++)
            {
                value *= Ratio(k);
            }

            for (long k = mode - 1; k >= target && value > 0; k--)
            {
                value /= Ratio(k);
            }

            return value;
        }
    }
}
