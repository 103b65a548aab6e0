using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Two proportions, and one.</summary>
internal static class ProportionMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("two_proportion_z_pooled", Pooled),
        new("two_proportion_z_unpooled", Unpooled),
        new("two_proportion_z_pooled_continuity", Continuity),
        new("two_proportion_diff_ci_newcombe", static c => EstimateFields.Of(Compute(c, ProportionInterval.Newcombe))),
        new("two_proportion_diff_ci_score_mn", static c => EstimateFields.Of(Compute(c, ProportionInterval.MiettinenNurminen))),
        new("two_proportion_diff_ci_score", Score),
        new("wilson_score_interval", Wilson),
    ];

    private static EffectEstimate Compute(Case c, ProportionInterval interval) => TwoProportionTest.Compute(
        c.Binomial("control"), c.Binomial("treatment"), c.Alpha, interval, alternative: c.Alternative);

    private static Answer Pooled(Case c)
    {
        EffectEstimate e = Compute(c, ProportionInterval.Wald);
        Answer answer = EstimateFields.Of(e);
        double? pooled = e.UpliftAbsolute / e.Statistic;
        double critical = Tails.NormalUpperQuantile(c.Alpha / 2);
        answer["z"] = e.Statistic;
        answer["se_pooled"] = pooled;
        answer["se_unpooled"] = e.StandardError;
        answer["ci_low_pooled"] = e.UpliftAbsolute - (critical * pooled);
        answer["ci_high_pooled"] = e.UpliftAbsolute + (critical * pooled);
        return answer;
    }

    private static Answer Unpooled(Case c)
    {
        EffectEstimate e = TwoProportionTest.ComputeUnpooled(
            c.Binomial("control"), c.Binomial("treatment"), c.Alpha, c.Alternative);
        Answer answer = EstimateFields.Of(e);
        answer["z"] = e.Statistic;
        answer["se_unpooled"] = e.StandardError;
        return answer;
    }

    private static Answer Continuity(Case c)
    {
        (BinomialArm control, BinomialArm treatment) = (c.Binomial("control"), c.Binomial("treatment"));
        EffectEstimate e = TwoProportionTest.ComputeWithContinuity(control, treatment, c.Alpha);
        Answer answer = EstimateFields.Of(e);
        answer["z"] = e.Statistic;
        answer["continuity"] =
            Math.Min(.5 * ((1.0 / control.N) + (1.0 / treatment.N)), Math.Abs(e.UpliftAbsolute ?? double.NaN));
        return answer;
    }

    private static Answer Score(Case c)
    {
        Answer answer = EstimateFields.Of(Compute(c, ProportionInterval.Score));
        EffectEstimate corrected = Compute(c, ProportionInterval.MiettinenNurminen);
        answer["ci_low_mn"] = corrected.CiLower;
        answer["ci_high_mn"] = corrected.CiUpper;

        // The unpooled test has no answer where no unit differs.
        answer["wald"] = TwoProportionTest.ComputeUnpooled(c.Binomial("control"), c.Binomial("treatment"), c.Alpha).PValue;
        return answer;
    }

    private static Answer Wilson(Case c)
    {
        (double low, double high) = TwoProportionTest.Wilson(new BinomialArm(c.Whole("n"), c.Whole("x")), c.Alpha);
        return new Answer { ["ci_low"] = low, ["ci_high"] = high };
    }
}
