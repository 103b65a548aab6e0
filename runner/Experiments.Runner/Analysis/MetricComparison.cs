using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>The test of a metric by its type: what the aggregates are handed to. No I/O.</summary>
internal static class MetricComparison
{
    /// <summary>Compares a treatment with the control.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="data">What the marts hold.</param>
    /// <param name="variations">All variations, the control first: covariates share one coefficient over them.</param>
    /// <param name="treatment">The variation to compare.</param>
    /// <param name="alpha">The alpha of the intervals.</param>
    /// <param name="interval">The intervals of proportions.</param>
    /// <returns>
    /// The effect, or why there is none. Where the weights changed, means and proportions are stratified by weight
    /// epoch (STATISTICS row 41); quantiles come of the last epoch alone; log-rank sums add up over epochs; ratios and
    /// covariates have no answer (<c>weights_changed</c>).
    /// </returns>
    public static EffectEstimate Compute(
        MetricDefinition metric,
        AnalysisData data,
        IReadOnlyList<string> variations,
        string treatment,
        double alpha,
        ProportionInterval interval)
    {
        string control = variations[0];
        VariationSample c = VariationSample.Of(data, metric, control);
        VariationSample t = VariationSample.Of(data, metric, treatment);
        string method = MethodOf(metric, c);
        if ((c.CapReason ?? t.CapReason) is { } degenerate)
        {
            return EffectEstimate.None(method, alpha, degenerate);
        }

        bool isStratified = c.Epochs.Union(t.Epochs).Count() > 1;
        switch (method)
        {
            case Methods.QuantileZ:
                return data.Quantiles.FirstOrDefault(row => row.Is(metric, control)) is { } qc
                    && data.Quantiles.FirstOrDefault(row => row.Is(metric, treatment)) is { } qt
                        ? QuantileDifference.Compute(qc.Arm, qt.Arm, qc.Fraction, alpha)
                        : EffectEstimate.None(method, alpha, Reasons.NoData);
            case Methods.LogRank:
                return TimeToEvent(metric, data, treatment, alpha);
            case Methods.RatioDeltaT:
                return isStratified
                    ? EffectEstimate.None(method, alpha, Reasons.WeightsChanged)
                    : RatioTest.Compute(c.Ratio, t.Ratio, alpha);
            case Methods.CupedT:
                return isStratified
                    ? EffectEstimate.None(method, alpha, Reasons.WeightsChanged)
                    : Cuped.Compute(
                        c.Cuped,
                        t.Cuped,
                        alpha,
                        otherArms: [.. variations.Skip(1).Where(other => other != treatment)
                            .Select(other => VariationSample.Of(data, metric, other).Cuped)],
                        facts: new CovariateFacts(c.MissingCovariates + t.MissingCovariates)).Effect;
            case Methods.TwoProportionZPooled:
                return isStratified
                    ? PostStratification.Compute(Pairs(c, t, static s => s.Binomial), alpha).Effect
                    : TwoProportionTest.Compute(c.Binomial, t.Binomial, alpha, interval);
            case Methods.WelchT:
                return isStratified
                    ? PostStratification.Compute(Pairs(c, t, static s => s.Mean), alpha).Effect
                    : WelchTTest.Compute(c.Mean, t.Mean, alpha);
            default:
                throw new InvalidOperationException("No comparison by " + method);
        }
    }

    /// <summary>The method that a metric's type and aggregates call for.</summary>
    public static string MethodOf(MetricDefinition metric, VariationSample sample) => metric.Type switch
    {
        "quantile" => Methods.QuantileZ,
        "time_to_event" => Methods.LogRank,
        "ratio" => Methods.RatioDeltaT,
        _ when sample.HasDenominator => Methods.RatioDeltaT,
        _ when sample.HasCovariate => Methods.CupedT,
        "proportion" or "retention" => Methods.TwoProportionZPooled,
        "mean" => Methods.WelchT,
        var other => throw new ArgumentOutOfRangeException(nameof(metric), other, "No such type of metric."),
    };

    private static EffectEstimate TimeToEvent(
        MetricDefinition metric, AnalysisData data, string treatment, double alpha)
    {
        LogRankSums sums = new(0, 0, 0);
        foreach (RiskSetAggregate row in data.RiskSets.Where(row => row.Is(metric, treatment)))
        {
            sums = new LogRankSums(
                sums.Observed + row.Observed, sums.Expected + row.Expected, sums.Variance + row.Variance);
        }

        LogRankEstimate test = LogRank.Compute(sums, alpha);
        return test.ReasonCode is { } reason
            ? EffectEstimate.None(Methods.LogRank, alpha, reason)
            : new EffectEstimate
            {
                Method = Methods.LogRank,
                Alpha = alpha,
                UpliftRelative = test.HazardRatio - 1,
                Statistic = test.Statistic,
                PValue = test.PValue,
                CiRelativeLower = test.Lower - 1,
                CiRelativeUpper = test.Upper - 1,
                IntervalAgrees = true,
            };
    }

    private static (T Control, T Treatment)[] Pairs<T>(
        VariationSample control, VariationSample treatment, Func<VariationSample, T> arm) =>
        [.. control.Epochs.Union(treatment.Epochs).Order()
            .Select(epoch => (arm(control.In(epoch)), arm(treatment.In(epoch))))];
}
