namespace Experiments.Statistics;

/// <summary>A post-stratified effect and what it is made of.</summary>
/// <param name="Effect">The effect over the strata used.</param>
/// <param name="StrataUsed">Strata with at least two units in each arm.</param>
/// <param name="StrataLeftOut">Strata with units that lack an arm.</param>
/// <param name="UnitsLeftOut">Their units.</param>
public sealed record PostStratifiedEstimate(
    EffectEstimate Effect, int StrataUsed, int StrataLeftOut, long UnitsLeftOut);

/// <summary>
/// The post-stratified difference τ = Σ w_k (m_tk - m_ck), w_k = N_k/N, Var = Σ w_k² (V_tk + V_ck), the strata's sizes
/// taken as given (Miratrix, Sekhon, Yu 2013). Null hypothesis: τ = 0. Strata are fixed before the exposure: segments
/// of units, or the periods between changes of the planned weights, where pooling instead rejects 94 % of null ramps
/// (95/5 then 50/50, means 10.0 and 10.2).
/// </summary>
/// <remarks>
/// Means take a t distribution with Satterthwaite's degrees of freedom over all cells; one stratum is exactly
/// <see cref="WelchTTest"/>, or <see cref="TwoProportionTest"/> for rates. Several strata of rates take the unpooled z
/// test and its Wald interval. The relative interval is Fieller's over Σ w_k m_ck. A stratum with fewer than two units
/// in an arm is left out and counted; with none left the reason is <c>no_data</c> or <c>too_few_units</c>.
/// </remarks>
public static class PostStratification
{
    /// <summary>The post-stratified difference of means.</summary>
    /// <param name="strata">One pair of arms a stratum.</param>
    /// <param name="alpha">The two-sided alpha of the intervals, inside (0, 1).</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is not inside (0, 1).</exception>
    public static PostStratifiedEstimate Compute(
        IReadOnlyList<(MeanArm Control, MeanArm Treatment)> strata, double alpha)
    {
        ArgumentNullException.ThrowIfNull(strata);
        Tails.ThrowIfNotProbability(alpha);
        (MeanArm Control, MeanArm Treatment)[] used =
            [.. strata.Where(static pair => pair.Control.N > 1 && pair.Treatment.N > 1)];
        return Combine(
            strata,
            used,
            alpha,
            Methods.PostStratifiedT,
            static pair => WelchTTest.ReasonAgainst(pair.Control, pair.Treatment),
            used.Length == 1 ? WelchTTest.Compute(used[0].Control, used[0].Treatment, alpha) : null,
            hasDegrees: true);
    }

    /// <summary>The post-stratified difference of rates, variances p(1 - p)/n.</summary>
    /// <param name="strata">One pair of arms a stratum.</param>
    /// <param name="alpha">The two-sided alpha of the intervals, inside (0, 1).</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="alpha"/> is not inside (0, 1), or an arm has fewer than 0 or more successes than units.
    /// </exception>
    public static PostStratifiedEstimate Compute(
        IReadOnlyList<(BinomialArm Control, BinomialArm Treatment)> strata, double alpha)
    {
        ArgumentNullException.ThrowIfNull(strata);
        Tails.ThrowIfNotProbability(alpha);
        foreach ((BinomialArm control, BinomialArm treatment) in strata)
        {
            control.ThrowIfImpossible(nameof(strata));
            treatment.ThrowIfImpossible(nameof(strata));
        }

        (BinomialArm Control, BinomialArm Treatment)[] used =
            [.. strata.Where(static pair => pair.Control.N > 1 && pair.Treatment.N > 1)];
        return Combine(
            [.. strata.Select(static pair => (AsMean(pair.Control), AsMean(pair.Treatment)))],
            [.. used.Select(static pair => (AsMean(pair.Control), AsMean(pair.Treatment)))],
            alpha,
            Methods.PostStratifiedZ,
            static _ => null,
            used.Length == 1 ? TwoProportionTest.Compute(used[0].Control, used[0].Treatment, alpha) : null,
            hasDegrees: false);
    }

    private static MeanArm AsMean(BinomialArm arm) => new(arm.N, arm.Rate, arm.VarianceOfRate * arm.N);

    private static PostStratifiedEstimate Combine(
        IReadOnlyList<(MeanArm Control, MeanArm Treatment)> strata,
        (MeanArm Control, MeanArm Treatment)[] used,
        double alpha,
        string method,
        Func<(MeanArm Control, MeanArm Treatment), string?> reasonAgainst,
        EffectEstimate? single,
        bool hasDegrees)
    {
        long all = strata.Sum(static pair => pair.Control.N + pair.Treatment.N);
        long units = used.Sum(static pair => pair.Control.N + pair.Treatment.N);
        int leftOut = strata.Count(static pair => pair.Control.N + pair.Treatment.N > 0) - used.Length;
        PostStratifiedEstimate Result(EffectEstimate effect) => new(effect, used.Length, leftOut, all - units);
        if (single is not null)
        {
            return Result(single);
        }

        if (used.Length == 0)
        {
            bool hasBoth = strata.Any(static pair => pair.Control.N > 0)
                && strata.Any(static pair => pair.Treatment.N > 0);
            return Result(EffectEstimate.None(method, alpha, hasBoth ? Reasons.TooFewUnits : Reasons.NoData));
        }

        if (used.Select(reasonAgainst).FirstOrDefault(static reason => reason is not null) is { } invalid)
        {
            return Result(EffectEstimate.None(method, alpha, invalid));
        }

        double difference = 0;
        double controlMean = 0;
        double treatmentMean = 0;
        double controlVariance = 0;
        double treatmentVariance = 0;
        double withinVariance = 0;
        foreach ((MeanArm control, MeanArm treatment) in used)
        {
            double size = (double)control.N + treatment.N;
            double weight = size / units;
            difference += weight * (treatment.Mean - control.Mean);
            controlMean += weight * control.Mean;
            treatmentMean += weight * treatment.Mean;
            controlVariance += weight * weight * control.VarianceOfMean;
            treatmentVariance += weight * weight * treatment.VarianceOfMean;
            withinVariance += weight / (size - 2)
                * ((control.Variance * (control.N - 1)) + (treatment.Variance * (treatment.N - 1)));
        }

        double variance = controlVariance + treatmentVariance;
        if (variance == 0)
        {
            return Result(EffectEstimate.None(method, alpha, Reasons.ZeroVariance));
        }

        double? degrees = null;
        if (hasDegrees)
        {
            double sum = 0;
            foreach ((MeanArm control, MeanArm treatment) in used)
            {
                double weight = ((double)control.N + treatment.N) / units;
                double c = weight * weight * control.VarianceOfMean / variance;
                double t = weight * weight * treatment.VarianceOfMean / variance;
                sum += (c * c / (control.N - 1)) + (t * t / (treatment.N - 1));
            }

            degrees = 1 / sum;
        }

        double error = Math.Sqrt(variance);
        double statistic = difference / error;
        if (!double.IsFinite(statistic))
        {
            return Result(EffectEstimate.None(method, alpha, Reasons.OutOfRange));
        }

        double critical = degrees is { } df
            ? Tails.StudentTUpperQuantile(alpha / 2, df)
            : Tails.NormalUpperQuantile(alpha / 2);
        RelativeInterval relative = RelativeLift.Fieller(
            controlMean, controlVariance, treatmentMean, treatmentVariance, critical);
        return Result(new EffectEstimate
        {
            Method = method,
            Alpha = alpha,
            UpliftAbsolute = difference,
            UpliftRelative = relative.Lift,
            StandardError = error,
            Statistic = statistic,
            DegreesOfFreedom = degrees,
            PValue = degrees is { } nu ? Tails.StudentTTwoSided(statistic, nu) : Tails.NormalTwoSided(statistic),
            CiLower = difference - (critical * error),
            CiUpper = difference + (critical * error),
            CiRelativeLower = relative.Lower,
            CiRelativeUpper = relative.Upper,
            RelativeReason = relative.Reason,
            EffectSize = withinVariance > 0 ? difference / Math.Sqrt(withinVariance) : null,
            IntervalAgrees = true,
        }.OrOutOfRange());
    }
}
