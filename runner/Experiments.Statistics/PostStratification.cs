namespace Experiments.Statistics;

/// <summary>A post-stratified effect and what it is made of.</summary>
/// <param name="Effect">The effect over the strata used.</param>
/// <param name="StrataUsed">Strata with at least two units in each arm.</param>
/// <param name="StrataLeftOut">Strata with units that lack an arm.</param>
/// <param name="UnitsLeftOut">Their units.</param>
public sealed record PostStratifiedEstimate(
    EffectEstimate Effect, int StrataUsed, int StrataLeftOut, long UnitsLeftOut)
{
    /// <summary>The effect for margins, lifts and critical values of one's choice; null without an answer.</summary>
    public EffectMoments? Moments { get; init; }
}

/// <summary>The effect in one stratum by any method that has a standard error, adjusted for covariates or not.</summary>
/// <param name="Moments">The effect; null where the stratum has no answer, so that it is left out and counted.</param>
/// <param name="Units">Units of both arms, the stratum's weight.</param>
public readonly record struct StratumEffect(EffectMoments? Moments, long Units);

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
/// in an arm is left out and counted; with none left the reason is <c>no_data</c> or <c>too_few_units</c>. Where the
/// strata's sizes are a sample themselves, the variance of the superpopulation adds Σ w_k (τ_k - τ)²/N.
/// </remarks>
public static class PostStratification
{
    /// <summary>The post-stratified difference of means.</summary>
    /// <param name="strata">One pair of arms a stratum.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="isSuperpopulation">Whether the strata's sizes count as drawn too.</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static PostStratifiedEstimate Compute(
        IReadOnlyList<(MeanArm Control, MeanArm Treatment)> strata,
        double alpha,
        Alternative alternative = Alternative.TwoSided,
        bool isSuperpopulation = false)
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
            alternative,
            isSuperpopulation,
            static pair => WelchTTest.ReasonAgainst(pair.Control, pair.Treatment),
            used.Length == 1 ? WelchTTest.Compute(used[0].Control, used[0].Treatment, alpha, alternative) : null,
            hasDegrees: true);
    }

    /// <summary>The post-stratified difference of rates, variances p(1 - p)/n.</summary>
    /// <param name="strata">One pair of arms a stratum.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="isSuperpopulation">Whether the strata's sizes count as drawn too.</param>
    /// <returns>The effect, or the reason why there is none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="alpha"/> is out of its range, or an arm has fewer than 0 or more successes than units.
    /// </exception>
    public static PostStratifiedEstimate Compute(
        IReadOnlyList<(BinomialArm Control, BinomialArm Treatment)> strata,
        double alpha,
        Alternative alternative = Alternative.TwoSided,
        bool isSuperpopulation = false)
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
            alternative,
            isSuperpopulation,
            static _ => null,
            used.Length == 1
                ? TwoProportionTest.Compute(used[0].Control, used[0].Treatment, alpha, alternative: alternative)
                : null,
            hasDegrees: false);
    }

    /// <summary>
    /// The post-stratified effect of any method: CUPED, ratios, regression adjustments by stratum or by period of
    /// unchanged weights. τ = Σ w_k d_k, Var = Σ w_k² Var(d_k), w_k = N_k/N; the control's mean and its covariance with
    /// the effect likewise, Satterthwaite's degrees of freedom over the strata.
    /// </summary>
    /// <param name="strata">The strata.</param>
    /// <param name="method">The id of the method, as the estimate shall name it.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1); below one half where one-sided.</param>
    /// <param name="alternative">The alternative.</param>
    /// <param name="isSuperpopulation">Whether the strata's sizes count as drawn too.</param>
    /// <returns>The effect, or <c>no_data</c> where no stratum has one.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="alpha"/> is out of its range.</exception>
    public static PostStratifiedEstimate Compute(
        IReadOnlyList<StratumEffect> strata,
        string method,
        double alpha,
        Alternative alternative = Alternative.TwoSided,
        bool isSuperpopulation = false)
    {
        ArgumentNullException.ThrowIfNull(strata);
        Tails.ThrowIfNotProbability(alpha);
        StratumEffect[] used = [.. strata.Where(static stratum => stratum is { Moments: not null, Units: > 0 })];
        double units = used.Sum(static stratum => (double)stratum.Units);
        PostStratifiedEstimate Result(EffectEstimate effect, EffectMoments? moments) => new(
            effect,
            used.Length,
            strata.Count(static stratum => stratum is { Moments: null, Units: > 0 }),
            strata.Where(static stratum => stratum.Moments is null).Sum(static stratum => stratum.Units))
        {
            Moments = effect.HasAnswer ? moments : null,
        };
        if (used.Length == 0)
        {
            return Result(EffectEstimate.None(method, alpha, Reasons.NoData) with { Alternative = alternative }, null);
        }

        double difference = 0;
        double variance = 0;
        double controlMean = 0;
        double controlVariance = 0;
        double covariance = 0;
        foreach (StratumEffect stratum in used)
        {
            EffectMoments m = stratum.Moments!.Value;
            double weight = stratum.Units / units;
            difference += weight * m.Difference;
            variance += weight * weight * m.Variance;
            controlMean += weight * m.ControlMean;
            controlVariance += weight * weight * m.ControlVariance;
            covariance += weight * weight * m.Covariance;
        }

        if (!(variance > 0))
        {
            string reason = variance == 0 ? Reasons.ZeroVariance : Reasons.InvalidInput;
            return Result(EffectEstimate.None(method, alpha, reason) with { Alternative = alternative }, null);
        }

        double? degrees = null;
        if (used.All(static stratum => stratum.Moments!.Value.DegreesOfFreedom is not null))
        {
            double sum = 0;
            foreach (StratumEffect stratum in used)
            {
                double weight = stratum.Units / units;
                double part = weight * weight * stratum.Moments!.Value.Variance / variance;
                sum += part * part / stratum.Moments.Value.DegreesOfFreedom!.Value;
            }

            degrees = 1 / sum;
        }

        double between = 0;
        if (isSuperpopulation)
        {
            between = used.Sum(stratum =>
                stratum.Units / units * Math.Pow(stratum.Moments!.Value.Difference - difference, 2)) / units;
        }

        EffectMoments moments = new(
            difference, variance + between, controlMean, controlVariance, covariance, degrees);
        return Result(
            Estimates.Build(
                method, alpha, alternative, difference, moments.Variance, degrees, moments.ToRatio(), effectSize: null),
            moments);
    }

    private static MeanArm AsMean(BinomialArm arm) => new(arm.N, arm.Rate, arm.VarianceOfRate * arm.N);

    private static PostStratifiedEstimate Combine(
        IReadOnlyList<(MeanArm Control, MeanArm Treatment)> strata,
        (MeanArm Control, MeanArm Treatment)[] used,
        double alpha,
        string method,
        Alternative alternative,
        bool isSuperpopulation,
        Func<(MeanArm Control, MeanArm Treatment), string?> reasonAgainst,
        EffectEstimate? single,
        bool hasDegrees)
    {
        long all = strata.Sum(static pair => pair.Control.N + pair.Treatment.N);
        long units = used.Sum(static pair => pair.Control.N + pair.Treatment.N);
        int leftOut = strata.Count(static pair => pair.Control.N + pair.Treatment.N > 0) - used.Length;
        PostStratifiedEstimate Result(EffectEstimate effect, EffectMoments? moments = null) =>
            new(effect with { Alternative = alternative }, used.Length, leftOut, all - units)
            {
                Moments = effect.HasAnswer ? moments : null,
            };
        if (single is not null)
        {
            EffectMoments only = EffectMoments.Of(used[0].Control, used[0].Treatment);
            return Result(
                single,
                hasDegrees ? only : only with { DegreesOfFreedom = null, ControlDegrees = null, TreatmentDegrees = null });
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
        double? controlDegrees = null;
        double? treatmentDegrees = null;
        if (hasDegrees)
        {
            double controls = 0;
            double treatments = 0;
            foreach ((MeanArm control, MeanArm treatment) in used)
            {
                double weight = ((double)control.N + treatment.N) / units;
                double c = weight * weight * control.VarianceOfMean / variance;
                double t = weight * weight * treatment.VarianceOfMean / variance;
                controls += c * c / (control.N - 1);
                treatments += t * t / (treatment.N - 1);
            }

            degrees = 1 / (controls + treatments);
            if (!isSuperpopulation && controls > 0 && treatments > 0)
            {
                controlDegrees = controlVariance / variance * (controlVariance / variance) / controls;
                treatmentDegrees = treatmentVariance / variance * (treatmentVariance / variance) / treatments;
            }
        }

        if (isSuperpopulation)
        {
            // The strata's own sizes are drawn: their effects spread about τ.
            foreach ((MeanArm control, MeanArm treatment) in used)
            {
                double distance = treatment.Mean - control.Mean - difference;
                variance += ((double)control.N + treatment.N) / units * distance * distance / units;
            }
        }

        return Result(
            Estimates.Build(
                method,
                alpha,
                alternative,
                difference,
                variance,
                degrees,
                new Estimates.Ratio(
                    controlMean, controlVariance, treatmentMean, variance - controlVariance),
                withinVariance > 0 ? difference / Math.Sqrt(withinVariance) : null),
            new EffectMoments(
                difference,
                variance,
                controlMean,
                controlVariance,
                -controlVariance,
                degrees,
                controlDegrees,
                treatmentDegrees));
    }
}
