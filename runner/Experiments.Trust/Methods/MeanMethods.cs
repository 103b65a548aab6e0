using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Means, ratios, strata and clusters.</summary>
internal static class MeanMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("welch_t_absolute", static c => EstimateFields.Of(
            WelchTTest.Compute(c.Mean("control"), c.Mean("treatment"), c.Alpha, c.Alternative))),
        new("student_t_absolute", static c => EstimateFields.Of(
            StudentTTest.Compute(c.Mean("control"), c.Mean("treatment"), c.Alpha, c.Alternative))),
        new("mean_variance_from_rows", FromRows),
        new("mean_variance_from_sums", static c => Moments(
            MeanArm.FromCentred(c.Whole("n"), 0, c.Number("sum"), c.Number("sum_squares")))),
        new("ratio_metric_delta_single_arm", SingleRatio),
        new("ratio_metric_delta_t", Ratio),
        new("post_stratified_difference", Strata),
        new("cluster_randomised_difference", Clusters),
    ];

    private static Answer Moments(MeanArm arm) => new()
    {
        ["n"] = arm.N,
        ["mean"] = arm.Mean,
        ["var"] = arm.Variance,
        ["sd"] = Math.Sqrt(arm.Variance),
    };

    /// <summary>The first value, then pairs of two alternating ones: centred at the first row, as SQL does.</summary>
    private static Answer FromRows(Case c)
    {
        double first = c.Number("first_value");
        double[] pair = c.Numbers("then_alternating");
        long pairs = c.Whole("pairs");
        return Moments(MeanArm.FromCentred(
            1 + (pair.Length * pairs),
            first,
            pairs * pair.Sum(value => value - first),
            pairs * pair.Sum(value => (value - first) * (value - first))));
    }

    private static Answer SingleRatio(Case c)
    {
        RatioArm rows = RatioArm.FromRows([.. c.Numbers("clicks").Zip(c.Numbers("impressions"))]);
        MeanArm? arm = rows.ToMeanArm();
        return new Answer
        {
            ["ratio"] = arm?.Mean,
            ["se_delta"] = arm is { } known ? Math.Sqrt(known.VarianceOfMean) : null,
            ["se_naive_binomial"] = arm is { } own && rows.BinomialDesignEffect() is { } factor
                ? Math.Sqrt(own.VarianceOfMean / factor)
                : null,
            ["design_effect"] = rows.BinomialDesignEffect(),
        };
    }

    private static Answer Ratio(Case c)
    {
        (RatioArm control, RatioArm treatment) = (ToRatio(c.Node("control")), ToRatio(c.Node("treatment")));
        Answer answer = EstimateFields.Of(RatioTest.Compute(control, treatment, c.Alpha, c.Alternative));
        if (control.ToMeanArm() is { } mc && treatment.ToMeanArm() is { } mt)
        {
            answer["ratio_control"] = mc.Mean;
            answer["ratio_treatment"] = mt.Mean;
            answer["n_var_control"] = mc.Variance;
            answer["n_var_treatment"] = mt.Variance;
            Answer pooled = EstimateFields.Of(StudentTTest.Compute(mc, mt, c.Alpha, Alternative.Greater));

            // One-sided with a pooled variance; on the log scale the variances are relative to the squared ratios.
            static MeanArm Log(MeanArm arm) => new(arm.N, Math.Log(arm.Mean), arm.Variance / arm.Mean / arm.Mean);
            pooled["rel_ci_low_log"] = mc.Mean > 0 && mt.Mean > 0
                ? Math.Exp(StudentTTest.Compute(Log(mc), Log(mt), c.Alpha, Alternative.Greater).CiLower ?? double.NaN) - 1
                : null;
            answer["greater_equal_var"] = pooled;
        }

        return answer;
    }

    private static RatioArm ToRatio(JsonElement arm) => RatioArm.FromCentred(
        Case.Whole(arm, "n"),
        0,
        0,
        Case.Number(arm, "sum_num"),
        Case.Number(arm, "sum_den"),
        Case.Number(arm, "sum_num_sq"),
        Case.Number(arm, "sum_den_sq"),
        Case.Number(arm, "sum_num_den"));

    private static Answer Strata(Case c)
    {
        static MeanArm Arm(JsonElement stratum, string arm) => new(
            Case.Whole(stratum, $"n_{arm}"), Case.Number(stratum, $"mean_{arm}"), Case.Number(stratum, $"var_{arm}"));
        (MeanArm Control, MeanArm Treatment)[] strata =
            [.. c.Items("strata").Select(stratum => (Arm(stratum, "c"), Arm(stratum, "t")))];
        EffectEstimate effect = PostStratification.Compute(strata, c.Alpha).Effect;
        Answer answer = EstimateFields.Of(effect);
        answer["z"] = effect.Statistic;
        answer["naive_effect"] =
            strata.Aggregate(default(MeanArm), static (all, stratum) => all.Merge(stratum.Treatment)).Mean
            - strata.Aggregate(default(MeanArm), static (all, stratum) => all.Merge(stratum.Control)).Mean;
        return answer;
    }

    private static Answer Clusters(Case c)
    {
        bool unitsFirst = !c.Has("columns") || c.Text("columns").StartsWith("units", StringComparison.Ordinal);
        RatioArm Arm(string name) => RatioArm.FromRows([.. c.Items(name).Select(row => unitsFirst
            ? (row[1].GetDouble(), row[0].GetDouble())
            : (row[0].GetDouble(), row[1].GetDouble()))]);
        EffectEstimate effect = ClusterTest.Compute(Arm("control_clusters"), Arm("treatment_clusters"), c.Alpha);
        Answer answer = EstimateFields.Of(effect);
        answer["df_clusters"] = effect.DegreesOfFreedom;
        answer["t"] = effect.Statistic;
        return answer;
    }
}
