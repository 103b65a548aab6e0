using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>The one-sided tests against margins; the numbers are null where there is no answer.</summary>
internal sealed record MarginOutcome
{
    /// <summary>The p-value of "worse than the margin".</summary>
    public double? NonInferiorityPValue { get; init; }

    /// <summary>The one-sided bound of the effect, on the scale of the margin.</summary>
    public double? Bound { get; init; }

    /// <summary>Whether "worse than the margin" is rejected.</summary>
    public bool? IsNonInferior { get; init; }

    /// <summary>The p-value of "not worse", one-sided.</summary>
    public double? WorsePValue { get; init; }

    /// <summary>Whether the treatment is significantly worse, the margin apart.</summary>
    public bool? IsWorse { get; init; }

    /// <summary>The p-value of "not better than the margin of superiority".</summary>
    public double? SuperiorityPValue { get; init; }

    /// <summary>Whether that is rejected.</summary>
    public bool? IsSuperior { get; init; }

    /// <summary>The p-value of "not equivalent".</summary>
    public double? EquivalencePValue { get; init; }

    /// <summary>Whether that is rejected.</summary>
    public bool? IsEquivalent { get; init; }
}

/// <summary>One treatment against the control in one metric.</summary>
internal sealed record Comparison
{
    /// <summary>The effect, or why there is none.</summary>
    public required EffectEstimate Effect { get; init; }

    /// <summary>The effect for margins and lifts; null where the method has none.</summary>
    public EffectMoments? Moments { get; init; }

    /// <summary>The adjustment for a covariate; null without one.</summary>
    public AdjustedEstimate? Adjusted { get; init; }

    /// <summary>The effect of the values before a cap; null without one.</summary>
    public EffectEstimate? Uncapped { get; init; }

    /// <summary>The tests against margins; null where the method has none.</summary>
    public MarginOutcome? Margins { get; init; }

    /// <summary>The posterior; null where none is asked for.</summary>
    public PosteriorEstimate? Posterior { get; init; }

    /// <summary>P(T &gt; C) + .5 P(T = C), of a rank test.</summary>
    public double? SuperiorityShare { get; init; }

    /// <summary>The re-randomised blocks of a switchback; null of another experiment.</summary>
    public SwitchbackResult? Switchback { get; init; }
}

/// <summary>The test of a metric by its type and options: what the aggregates are handed to. No I/O.</summary>
/// <remarks>
/// The same code serves all units, a value of a dimension, a day, a look of a sequential plan, and a run computed again.
/// </remarks>
internal static class MetricComparison
{
    /// <summary>Compares a treatment with the control.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="slice">The aggregates.</param>
    /// <param name="variations">All variations, the control first: covariates share one coefficient over them.</param>
    /// <param name="treatment">The variation to compare.</param>
    /// <returns>
    /// The effect, or why there is none. Where the weights changed, means, proportions, ratios and covariates are
    /// stratified by weight epoch (STATISTICS row 41); quantiles and ranks come of the last epoch alone; log-rank sums
    /// add up over epochs.
    /// </returns>
    public static Comparison Compute(
        MetricDefinition metric,
        ComparisonOptions options,
        AnalysisSlice slice,
        IReadOnlyList<string> variations,
        string treatment)
    {
        VariationSample c = VariationSample.Of(slice, metric, variations[0]);
        VariationSample t = VariationSample.Of(slice, metric, treatment);
        string method = MethodOf(metric, c);
        if (method == Methods.Switchback)
        {
            return Blocks(options, c, t);
        }

        if ((c.CapReason ?? t.CapReason) is { } degenerate)
        {
            return new Comparison { Effect = EffectEstimate.None(method, options.Alpha, degenerate) };
        }

        Comparison found = Effect(metric, options, slice, variations, c, t, method);
        found = found with { Effect = WithLiftInterval(found, options, c, t, method) };
        if (c.HasCap && method is Methods.WelchT or Methods.CupedT or Methods.LinHc2T or Methods.StudentT)
        {
            found = found with
            {
                Uncapped = IsStratified(c, t)
                    ? PostStratification.Compute(
                        Pairs(c, t, static s => s.Uncapped), options.Alpha, options.Alternative).Effect
                    : WelchTTest.Compute(c.Uncapped, t.Uncapped, options.Alpha, options.Alternative),
            };
        }

        return found with
        {
            Margins = found.Effect.HasAnswer ? MarginsOf(options, found.Moments) : null,
            Posterior = found.Effect.HasAnswer ? PosteriorOf(options, found.Moments, c, t) : null,
        };
    }

    /// <summary>The interval of an effect at another alpha, by the metric's own method.</summary>
    public static EffectEstimate IntervalAt(
        MetricDefinition metric,
        ComparisonOptions options,
        AnalysisSlice slice,
        IReadOnlyList<string> variations,
        string treatment,
        double alpha)
    {
        ComparisonOptions other = options with { Alpha = alpha };
        VariationSample c = VariationSample.Of(slice, metric, variations[0]);
        VariationSample t = VariationSample.Of(slice, metric, treatment);
        string method = MethodOf(metric, c);
        if (method == Methods.Switchback)
        {
            return Blocks(other, c, t).Effect;
        }

        return WithLiftInterval(Effect(metric, other, slice, variations, c, t, method), other, c, t, method);
    }

    /// <summary>The method that a metric's type, options and aggregates call for.</summary>
    public static string MethodOf(MetricDefinition metric, VariationSample sample) => metric.Type switch
    {
        _ when metric.IsSwitchback => Methods.Switchback,
        "quantile" => Methods.QuantileZ,
        "time_to_event" => Methods.LogRank,
        _ when metric.Options.TestMethod == TestMethod.MannWhitney => Methods.MannWhitney,
        _ when sample.HasRatioCovariate => Methods.CupedRatioT,
        "ratio" => Methods.RatioDeltaT,
        _ when sample.HasDenominator => Methods.RatioDeltaT,
        _ when sample.HasRegression => Methods.LinHc2T,
        _ when sample.HasCovariate => Methods.CupedT,
        "proportion" or "retention" => Methods.TwoProportionZPooled,
        "mean" when metric.Options.TestMethod == TestMethod.StudentT => Methods.StudentT,
        "mean" => Methods.WelchT,
        var other => throw new ArgumentOutOfRangeException(nameof(metric), other, "No such type of metric."),
    };

    /// <summary>What kind of test a method is, for what may be combined.</summary>
    public static TestKind KindOf(string method) => method switch
    {
        Methods.TwoProportionZPooled or Methods.PostStratifiedZ => TestKind.Proportion,
        Methods.TwoProportionMidP or Methods.TwoProportionFisher => TestKind.ExactProportion,
        Methods.RatioDeltaT or Methods.CupedRatioT => TestKind.Ratio,
        Methods.QuantileZ => TestKind.Quantile,
        Methods.MannWhitney => TestKind.Rank,
        Methods.LogRank => TestKind.TimeToEvent,
        Methods.WelchT or Methods.StudentT or Methods.CupedT or Methods.LinT or Methods.LinHc2T
            or Methods.PostStratifiedT => TestKind.Mean,
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "No comparison has this method."),
    };

    /// <summary>Whether units of several weight epochs are compared.</summary>
    public static bool IsStratified(VariationSample control, VariationSample treatment) =>
        control.Epochs.Union(treatment.Epochs).Count() > 1;

    private static Comparison Effect(
        MetricDefinition metric,
        ComparisonOptions options,
        AnalysisSlice slice,
        IReadOnlyList<string> variations,
        VariationSample c,
        VariationSample t,
        string method)
    {
        double alpha = options.Alpha;
        Alternative alternative = options.Alternative;
        bool isStratified = IsStratified(c, t);
        VariationSample[] others =
            [.. variations.Skip(1).Where(other => other != t.VariationId)
                .Select(other => VariationSample.Of(slice, metric, other))];
        switch (method)
        {
            case Methods.QuantileZ:
                QuantileAggregate? qc = slice.Quantiles.FirstOrDefault(row => row.Is(metric, c.VariationId));
                QuantileAggregate? qt = slice.Quantiles.FirstOrDefault(row => row.Is(metric, t.VariationId));
                return qc is null || qt is null
                    ? None(options, method, Reasons.NoData)
                    : QuantileDifference.Compute(qc.Arm, qt.Arm, qc.Fraction, alpha, alternative) is var difference
                        && difference.HasAnswer
                        ? new Comparison { Effect = difference, Moments = MomentsOf(qc.Arm, qt.Arm) }
                        : new Comparison { Effect = difference };
            case Methods.LogRank:
                return new Comparison { Effect = TimeToEvent(metric, slice, t.VariationId, options) };
            case Methods.MannWhitney:
                return Ranks(metric, slice, t.VariationId, options);
            case Methods.CupedRatioT:
                return isStratified
                    ? Stratified(options, method, c, t, epoch => CupedRatio(epoch, c, t, others, options))
                    : Adjusted(CupedRatio(null, c, t, others, options), options, method);
            case Methods.CupedT:
                return isStratified
                    ? Stratified(options, method, c, t, epoch => CupedMean(epoch, c, t, others, options))
                    : Adjusted(CupedMean(null, c, t, others, options), options, method);
            case Methods.LinHc2T:
                return isStratified
                    ? Stratified(options, method, c, t, epoch => Regression(epoch, c, t, others, options))
                    : Adjusted(Regression(null, c, t, others, options), options, method);
            case Methods.RatioDeltaT:
                return isStratified ? StratifiedRatio(options, c, t) : new Comparison
                {
                    Effect = RatioTest.Compute(c.Ratio, t.Ratio, alpha, alternative),
                    Moments = c.Ratio.ToMeanArm() is { N: > 1 } mc && t.Ratio.ToMeanArm() is { N: > 1 } mt
                        ? EffectMoments.Of(mc, mt)
                        : null,
                };
            case Methods.TwoProportionZPooled:
                return isStratified
                    ? Stratified(PostStratification.Compute(Pairs(c, t, static s => s.Binomial), alpha, alternative))
                    : new Comparison
                    {
                        Effect = TwoProportionTest.Compute(
                            c.Binomial, t.Binomial, alpha, options.ProportionInterval, alternative: alternative),
                        Moments = c.UnitCount > 1 && t.UnitCount > 1 ? EffectMoments.Of(c.Binomial, t.Binomial) : null,
                    };
            case Methods.WelchT or Methods.StudentT when isStratified:
                return Stratified(PostStratification.Compute(Pairs(c, t, static s => s.Mean), alpha, alternative));
            case Methods.WelchT:
                return new Comparison
                {
                    Effect = WelchTTest.Compute(c.Mean, t.Mean, alpha, alternative),
                    Moments = c.UnitCount > 1 && t.UnitCount > 1 ? EffectMoments.Of(c.Mean, t.Mean) : null,
                };
            case Methods.StudentT:
                return new Comparison
                {
                    Effect = StudentTTest.Compute(c.Mean, t.Mean, alpha, alternative),
                    Moments = c.UnitCount > 1 && t.UnitCount > 1 ? PooledMoments(c.Mean, t.Mean) : null,
                };
            default:
                throw new InvalidOperationException("No comparison by " + method);
        }
    }

    /// <summary>
    /// The blocks of two variations, re-randomised within their strata; blocks of further variations stay as they were.
    /// The p-value and the intervals come of the design alone: there is no standard error, no margin and no posterior.
    /// </summary>
    private static Comparison Blocks(ComparisonOptions options, VariationSample c, VariationSample t)
    {
        BlockAggregate[] blocks =
        [
            .. c.Blocks.Concat(t.Blocks).OrderBy(static block => block.Stratum, StringComparer.Ordinal)
                .ThenBy(static block => block.Region, StringComparer.Ordinal).ThenBy(static block => block.StartAt),
        ];
        if (blocks.Any(static block => !(block.SumN >= 0) || !double.IsFinite(block.SumN) || !double.IsFinite(block.SumY)))
        {
            return None(options, Methods.Switchback, Reasons.InvalidInput);
        }

        string[] strata = [.. blocks.Select(static block => block.Stratum).Distinct(StringComparer.Ordinal)];
        SwitchbackResult result = Switchback.Compute(
            [.. blocks.Select(block => new SwitchbackBlock(
                Array.IndexOf(strata, block.Stratum), block.VariationId == t.VariationId, block.SumN, block.SumY))],
            alpha: options.Alpha);
        if (result.ReasonCode is { } reason)
        {
            return None(options, Methods.Switchback, reason) with { Switchback = result };
        }

        bool hasLift = result.ControlRatio is { } control && control != 0;
        bool hasInterval = result is { CiLower: not null, CiUpper: not null };
        bool hasLiftInterval = hasLift && result is { CiRelativeLower: not null, CiRelativeUpper: not null };
        return new Comparison
        {
            Effect = new EffectEstimate
            {
                Method = result.IsExact == true ? Methods.Switchback : Methods.SwitchbackDraws,
                Alpha = options.Alpha,
                UpliftAbsolute = result.Effect,
                UpliftRelative = hasLift ? result.Effect / Math.Abs(result.ControlRatio!.Value) : null,
                PValue = result.PValue,
                CiLower = hasInterval ? result.CiLower : null,
                CiUpper = hasInterval ? result.CiUpper : null,
                CiRelativeLower = hasLiftInterval ? result.CiRelativeLower : null,
                CiRelativeUpper = hasLiftInterval ? result.CiRelativeUpper : null,
                IntervalAgrees = hasInterval,
                RelativeReason = hasLiftInterval ? null : hasLift ? Reasons.NoInterval : Reasons.ControlZero,
            },
            Switchback = result,
        };
    }

    private static Comparison None(ComparisonOptions options, string method, string reason) => new()
    {
        Effect = EffectEstimate.None(method, options.Alpha, reason) with { Alternative = options.Alternative },
    };

    private static Comparison Stratified(PostStratifiedEstimate estimate) =>
        new() { Effect = estimate.Effect, Moments = estimate.Moments };

    private static AdjustedEstimate CupedMean(
        int? epoch, VariationSample c, VariationSample t, VariationSample[] others, ComparisonOptions options)
    {
        VariationSample control = In(c, epoch);
        VariationSample treatment = In(t, epoch);
        return Cuped.Compute(
            control.Cuped,
            treatment.Cuped,
            options.Alpha,
            otherArms: [.. others.Select(other => In(other, epoch).Cuped)],
            facts: new CovariateFacts(control.MissingCovariates + treatment.MissingCovariates),
            alternative: options.Alternative);
    }

    private static AdjustedEstimate? CupedRatio(
        int? epoch, VariationSample c, VariationSample t, VariationSample[] others, ComparisonOptions options)
    {
        VariationSample control = In(c, epoch);
        VariationSample treatment = In(t, epoch);
        return control.RatioCuped is not { } rc || treatment.RatioCuped is not { } rt
            ? null
            : Cuped.Compute(
                rc,
                rt,
                options.Alpha,
                otherArms: [.. others.Select(other => In(other, epoch).RatioCuped).OfType<RatioCupedArm>()],
                facts: new CovariateFacts(control.MissingCovariates + treatment.MissingCovariates),
                alternative: options.Alternative);
    }

    /// <summary>
    /// Arm-specific slopes on several covariates (Lin 2013), with the HC2 error where both arms' second pass could be
    /// taken, else the one from aggregates, as the method of the effect says.
    /// </summary>
    private static AdjustedEstimate? Regression(
        int? epoch, VariationSample c, VariationSample t, VariationSample[] others, ComparisonOptions options)
    {
        if (In(c, epoch).Regressions is not [var control] || In(t, epoch).Regressions is not [var treatment])
        {
            return null;
        }

        RegressionArm[] rest = [.. others.SelectMany(other => In(other, epoch).Regressions).Select(static row => row.Arm)];
        RegressionEstimate first = RegressionAdjustment.Compute(
            control.Arm,
            treatment.Arm,
            options.Alpha,
            otherArms: rest,
            facts: new CovariateFacts(control.MissingCount + treatment.MissingCount),
            alternative: options.Alternative);
        return control.Hc2Sum is { } vc && treatment.Hc2Sum is { } vt
            ? RegressionAdjustment.WithHc2(first, control.Arm, treatment.Arm, vc, vt, rest)
            : first.Estimate;
    }

    private static VariationSample In(VariationSample sample, int? epoch) => epoch is { } one ? sample.In(one) : sample;

    private static Comparison Adjusted(AdjustedEstimate? estimate, ComparisonOptions options, string method) =>
        estimate is null
            ? None(options, method, Reasons.NoData)
            : new Comparison { Effect = estimate.Effect, Moments = estimate.Moments, Adjusted = estimate };

    /// <summary>Each weight epoch adjusted by itself, then stratified by the units of the epochs.</summary>
    private static Comparison Stratified(
        ComparisonOptions options,
        string method,
        VariationSample c,
        VariationSample t,
        Func<int, AdjustedEstimate?> adjust)
    {
        List<(AdjustedEstimate? Estimate, long Units)> epochs =
            [.. c.Epochs.Union(t.Epochs).Order().Select(epoch =>
                (adjust(epoch), c.In(epoch).UnitCount + t.In(epoch).UnitCount))];
        PostStratifiedEstimate adjusted = PostStratification.Compute(
            [.. epochs.Select(static epoch => new StratumEffect(epoch.Estimate?.Moments, epoch.Units))],
            method,
            options.Alpha,
            options.Alternative);
        PostStratifiedEstimate plain = method is Methods.CupedT or Methods.LinHc2T
            ? PostStratification.Compute(Pairs(c, t, static s => s.Mean), options.Alpha, options.Alternative)
            : RatioStrata(options, c, t);
        double? before = plain.Effect.StandardError;
        double? after = adjusted.Effect.StandardError;
        long units = epochs.Sum(static epoch => epoch.Units);
        return new Comparison
        {
            Effect = adjusted.Effect,
            Moments = adjusted.Moments,

            // θ and imbalance are those of each epoch; only what holds over all of them is told.
            Adjusted = new AdjustedEstimate(
                adjusted.Effect,
                plain.Effect,
                adjusted.Moments,
                null,
                null,
                null,
                null,
                before > 0 && after is not null ? 1 - (after * after / (before * before)) : null,
                [null],
                [null],
                units > 0 ? (double)(c.MissingCovariates + t.MissingCovariates) / units : null),
        };
    }

    private static Comparison StratifiedRatio(ComparisonOptions options, VariationSample c, VariationSample t) =>
        Stratified(RatioStrata(options, c, t));

    private static PostStratifiedEstimate RatioStrata(ComparisonOptions options, VariationSample c, VariationSample t) =>
        PostStratification.Compute(
            [.. c.Epochs.Union(t.Epochs).Order().Select(epoch => new StratumEffect(
                c.In(epoch).Ratio.ToMeanArm() is { N: > 1 } mc && t.In(epoch).Ratio.ToMeanArm() is { N: > 1 } mt
                    ? EffectMoments.Of(mc, mt)
                    : null,
                c.In(epoch).UnitCount + t.In(epoch).UnitCount))],
            Methods.RatioDeltaT,
            options.Alpha,
            options.Alternative);

    private static EffectMoments MomentsOf(QuantileArm control, QuantileArm treatment)
    {
        double vc = control.StandardError * control.StandardError;
        double vt = treatment.StandardError * treatment.StandardError;
        return new EffectMoments(
            treatment.Quantile - control.Quantile, vc + vt, control.Quantile, vc, -vc, null);
    }

    private static EffectMoments PooledMoments(MeanArm control, MeanArm treatment)
    {
        double degrees = (double)control.N + treatment.N - 2;
        double variance = (((control.N - 1) * control.Variance) + ((treatment.N - 1) * treatment.Variance)) / degrees;
        double vc = variance / control.N;
        return new EffectMoments(
            treatment.Mean - control.Mean, vc + (variance / treatment.N), control.Mean, vc, -vc, degrees);
    }

    private static Comparison Ranks(
        MetricDefinition metric, AnalysisSlice slice, string treatment, ComparisonOptions options)
    {
        if (slice.Ranks.FirstOrDefault(row => row.Is(metric, treatment)) is not { } row)
        {
            return None(options, Methods.MannWhitney, RunReasons.NeedsRows);
        }

        RankEstimate test = MannWhitney.Compute(row.Sums, options.Alternative);
        return test.ReasonCode is { } reason
            ? None(options, Methods.MannWhitney, reason)
            : new Comparison
            {
                Effect = new EffectEstimate
                {
                    Method = Methods.MannWhitney,
                    Alpha = options.Alpha,
                    Alternative = options.Alternative,
                    Statistic = test.Statistic,
                    PValue = test.PValue,
                },
                SuperiorityShare = test.ProbabilityOfSuperiority,
            };
    }

    private static EffectEstimate TimeToEvent(
        MetricDefinition metric, AnalysisSlice slice, string treatment, ComparisonOptions options)
    {
        LogRankSums sums = new(0, 0, 0);
        foreach (RiskSetAggregate row in slice.RiskSets.Where(row => row.Is(metric, treatment)))
        {
            sums = sums.Add(new LogRankSums(row.Observed, row.Expected, row.Variance));
        }

        LogRankEstimate test = LogRank.Compute(sums, options.Alpha, options.Alternative);
        return test.ReasonCode is { } reason
            ? EffectEstimate.None(Methods.LogRank, options.Alpha, reason) with { Alternative = options.Alternative }
            : new EffectEstimate
            {
                Method = Methods.LogRank,
                Alpha = options.Alpha,
                Alternative = options.Alternative,
                UpliftRelative = test.HazardRatio - 1,
                Statistic = test.Statistic,
                PValue = test.PValue,
                CiRelativeLower = test.Lower - 1,
                CiRelativeUpper = test.Upper - 1,
                IntervalAgrees = true,
            };
    }

    /// <summary>The interval of the lift that was asked for, in the place of Fieller's.</summary>
    private static EffectEstimate WithLiftInterval(
        Comparison found, ComparisonOptions options, VariationSample c, VariationSample t, string method)
    {
        EffectEstimate effect = found.Effect;
        if (!effect.HasAnswer || options.LiftInterval == LiftInterval.Fieller || found.Moments is not { } moments
            || method is Methods.TwoProportionZPooled or Methods.QuantileZ)
        {
            return effect;
        }

        RelativeEstimate lift = options.LiftInterval switch
        {
            LiftInterval.Delta => RelativeLift.Delta(moments, options.Alpha, options.Alternative),
            LiftInterval.LogDelta when !IsStratified(c, t) && method is Methods.WelchT or Methods.StudentT =>
                RelativeLift.LogDelta(c.Mean, t.Mean, options.Alpha, options.Alternative),
            LiftInterval.LogDelta when !IsStratified(c, t) && method == Methods.RatioDeltaT
                && c.Ratio.ToMeanArm() is { } mc && t.Ratio.ToMeanArm() is { } mt =>
                RelativeLift.LogDelta(mc, mt, options.Alpha, options.Alternative),
            LiftInterval.LogDelta => RelativeLift.Delta(moments, options.Alpha, options.Alternative)
                with { Lower = null, Upper = null, ReasonCode = Reasons.NotEvaluable },
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.LiftInterval, "No such interval."),
        };
        return effect with
        {
            CiRelativeLower = lift.Lower,
            CiRelativeUpper = lift.Upper,
            RelativeReason = lift.ReasonCode,
            IntervalAgrees = false,
        };
    }

    private static MarginOutcome? MarginsOf(ComparisonOptions options, EffectMoments? found)
    {
        if (found is not { } moments || !(moments.Variance > 0))
        {
            return null;
        }

        double alpha = options.MarginAlpha;
        MarginResult plain = Margins.NonInferior(moments, 0, false, options.Direction, alpha);
        MarginResult superior = Margins.Superior(
            moments, options.SuperiorityMargin, options.IsRelativeMargin, options.Direction, alpha);
        MarginOutcome outcome = new()
        {
            WorsePValue = plain.WorsePValue,
            IsWorse = plain.IsSignificantlyWorse,
            SuperiorityPValue = superior.PValue,
            IsSuperior = superior.Holds,
        };
        if (options.EquivalenceMargin is { } width)
        {
            EquivalenceResult equivalent = Margins.Equivalent(moments, width, options.IsRelativeMargin, alpha);
            outcome = outcome with
            {
                EquivalencePValue = equivalent.PValue,
                IsEquivalent = equivalent.IsEquivalent,
            };
        }

        if (options.Margin is not { } margin)
        {
            return outcome;
        }

        MarginResult result = Margins.NonInferior(
            moments, margin, options.IsRelativeMargin, options.Direction, alpha);
        return outcome with
        {
            NonInferiorityPValue = result.PValue,
            IsNonInferior = result.Holds,
            Bound = result.ReasonCode is null ? BoundOf(options, moments, result.DegreesOfFreedom) : null,
        };
    }

    /// <summary>
    /// The one-sided bound at the worse end: Fieller's for a relative margin, which is above -margin exactly when the
    /// test says non-inferior; d -+ q SE for an absolute one.
    /// </summary>
    private static double? BoundOf(ComparisonOptions options, in EffectMoments moments, double? degrees)
    {
        double critical = degrees is { } df
            ? Tails.StudentTUpperQuantile(options.MarginAlpha, df)
            : Tails.NormalUpperQuantile(options.MarginAlpha);
        bool isLower = options.Direction == DesiredDirection.Increase;
        if (!options.IsRelativeMargin)
        {
            double half = critical * Math.Sqrt(moments.Variance);
            return moments.Difference + (isLower ? -half : half);
        }

        if (!(critical > 0))
        {
            return null;
        }

        RelativeInterval set = RelativeLift.Fieller(moments, critical);
        return set.Reason is null ? isLower ? set.Lower : set.Upper : null;
    }

    private static PosteriorEstimate? PosteriorOf(
        ComparisonOptions options, EffectMoments? moments, VariationSample c, VariationSample t) => options.Prior switch
        {
            null => null,
            { Kind: PriorKind.Beta } prior => IsStratified(c, t)
                ? PosteriorEstimate.None(Reasons.WeightsChanged)
                : BetaBinomial.Compute(
                    c.Binomial,
                    t.Binomial,
                    new BetaPrior(prior.A, prior.B),
                    options.Alpha,
                    options.Direction,
                    prior.Threshold),
            { } prior => moments is { } m
                ? BayesianNormal.Relative(
                    RelativeLift.Delta(m, options.Alpha),
                    prior.Kind == PriorKind.Flat
                        ? null
                        : new RelativePrior(prior.Mean, prior.Deviation * prior.Deviation),
                    options.Alpha,
                    options.Direction,
                    prior.Threshold)
                : PosteriorEstimate.None(Reasons.NotEvaluable),
        };

    private static (T Control, T Treatment)[] Pairs<T>(
        VariationSample control, VariationSample treatment, Func<VariationSample, T> arm) =>
        [.. control.Epochs.Union(treatment.Epochs).Order()
            .Select(epoch => (arm(control.In(epoch)), arm(treatment.In(epoch))))];
}
