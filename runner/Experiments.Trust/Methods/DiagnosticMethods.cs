using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Checks of what a result means, and of the data below it.</summary>
internal static class DiagnosticMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("heterogeneity_cochran_q", Cochran),
        new("simpson_mantel_haenszel", MantelHaenszel),
        new("interaction_two_experiments", Interaction),
        new("assignment_independence_chi2", Independence),
        new("daily_effect_trend_wls", Trend),
        new("robust_z_mad", RobustZ),
        new("laney_p_prime_chart", Laney),
        new("triggered_to_all_dilution", static c =>
        {
            CarriedEffect e = Dilution.ToAll(
                c.Number("triggered_effect"), c.Number("triggered_se"), c.Whole("n_triggered"), c.Whole("n_all"));
            return new Answer
            {
                ["effect_all"] = e.Effect,
                ["se_all"] = e.StandardError,
                ["z"] = e.Statistic,
                ["p_value"] = e.PValue,
            };
        }),
        new("complier_average_causal_effect", static c =>
        {
            CarriedEffect e = Dilution.ToCompliers(
                c.Number("itt"), c.Number("itt_se"), c.Number("takeup_t"), c.Number("takeup_c"));
            return new Answer
            {
                ["cace"] = e.Effect,
                ["se_bloom"] = e.StandardError,
                ["z"] = e.Statistic,
                ["p_value"] = e.PValue,
            };
        }),
    ];

    private static Answer Cochran(Case c)
    {
        HeterogeneityResult q = Heterogeneity.Compute(
            c.Numbers("effects").Zip(c.Numbers("se"), static (e, s) => ((double?)e, (double?)s)));
        return new Answer
        {
            ["pooled"] = q.Pooled,
            ["pooled_se"] = q.PooledStandardError,
            ["Q"] = q.Q,
            ["df"] = q.DegreesOfFreedom,
            ["p_value"] = q.PValue,
            ["I2"] = q.ISquared,
        };
    }

    private static Answer MantelHaenszel(Case c)
    {
        static BinomialArm Arm(JsonElement department, string sex)
        {
            long admitted = Case.Whole(department, $"{sex}_admitted");
            return new BinomialArm(admitted + Case.Whole(department, $"{sex}_rejected"), admitted);
        }

        MantelHaenszelResult mh = MixShift.MantelHaenszel(
            [.. c.Items("departments").Select(static n => (Arm(n, "female"), Arm(n, "male")))], c.Alpha);
        return new Answer
        {
            ["mh_chi2_cc"] = mh.ChiSquare,
            ["p_value"] = mh.PValue,
            ["mh_odds_ratio"] = mh.OddsRatio,
            ["ci_low"] = mh.Lower,
            ["ci_high"] = mh.Upper,
            ["aggregate_odds_ratio"] = mh.PooledOddsRatio,
            ["reversal"] = mh.IsReversal,
        };
    }

    private static Answer Interaction(Case c)
    {
        MeanArm Cell(string name) => Case.ToMean(Case.Node(c.Node("cells"), name));
        EffectEstimate e = Overlap.Interaction(Cell("00"), Cell("10"), Cell("01"), Cell("11"), c.Alpha);
        Answer answer = EstimateFields.Of(e);
        answer["interaction"] = e.UpliftAbsolute;
        answer["z"] = e.Statistic;
        return answer;
    }

    private static Answer Independence(Case c)
    {
        ChiSquareResult chi = Overlap.Independence(
            [.. c.Items("table").Select(static row => (long[])[.. row.EnumerateArray().Select(Case.Whole)])]);
        return new Answer { ["chi2"] = chi.ChiSquare, ["df"] = chi.DegreesOfFreedom, ["p_value"] = chi.PValue };
    }

    private static Answer Trend(Case c)
    {
        double[] effects = c.Numbers("effect");
        double[] errors = c.Numbers("se");
        TrendLine? line = Novelty.PlottingAid([.. c.Numbers("day").Select((day, i) => (day, effects[i], errors[i]))]);
        return new Answer
        {
            ["slope"] = line?.Slope,
            ["se"] = line?.StandardError,
            ["z"] = line?.Statistic,
            ["p_value"] = line?.PValue,
            ["intercept"] = line?.Intercept,
        };
    }

    private static Answer RobustZ(Case c)
    {
        RobustScores robust = Anomalies.RobustZ(c.Numbers("series"));
        return new Answer
        {
            ["median"] = robust.Median,
            ["mad"] = robust.MedianAbsoluteDeviation,
            ["scores"] = robust.Scores is { } scores ? Answer.List(scores) : null,
            ["flagged_index"] = Answer.List(robust.Flagged),
        };
    }

    private static Answer Laney(Case c)
    {
        LaneyChart chart = Anomalies.Laney(
            [.. c.Items("n_x").Select(static row => new BinomialArm(Case.Whole(row[0]), Case.Whole(row[1])))]);
        return new Answer
        {
            ["p_bar"] = chart.Rate,
            ["z"] = chart.BinomialScores is { } z ? Answer.List(z) : null,
            ["sigma_z"] = chart.Sigma,
            ["z_over_sigma_z"] = chart.Scores is { } scores ? Answer.List(scores) : null,
        };
    }
}
