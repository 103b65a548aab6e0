using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Ranks, percentiles and caps.</summary>
internal static class RankAndQuantileMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("mann_whitney_asymptotic", Ranks),
        new("quantile_ci_normal_levels", static c => new Answer
        {
            ["levels"] = Answer.List(c.Numbers("n_star").Select(n =>
            {
                (double low, double high) = Quantiles.BoundingLevels(
                    c.Number("nu"), c.Number("nu") * (1 - c.Number("nu")) / n, c.Alpha);
                return Answer.List<double>([low, high]);
            })),
        }),
        new("percentile_definitions", static c => new Answer
        {
            ["percentile_cont"] = Answer.List(c.Numbers("levels").Select(q => Quantiles.Continuous(c.Numbers("values"), q))),
            ["percentile_disc"] = Answer.List(c.Numbers("levels").Select(q => Quantiles.Discrete(c.Numbers("values"), q))),
        }),
        new("winsorize_upper_percentile", Winsorise),
    ];

    private static Answer Ranks(Case c)
    {
        RankSums sums = RankSums.FromValues(c.Numbers("control"), c.Numbers("treatment"));
        RankEstimate plain = MannWhitney.Compute(sums, c.Alternative, continuity: false);
        return new Answer
        {
            ["U_treatment"] = plain.U,
            ["mean_U"] = plain.Mean,
            ["sd_U_tie_corrected"] = plain.StandardDeviation,
            ["tie_term"] = sums.TieTerm,
            ["z"] = plain.Statistic,
            ["p_no_continuity"] = plain.PValue,
            ["p_continuity"] = MannWhitney.Compute(sums, c.Alternative).PValue,
            ["prob_superiority"] = plain.ProbabilityOfSuperiority,
        };
    }

    private static Answer Winsorise(Case c)
    {
        double[] values = c.Numbers("values");
        Answer answer = [];
        foreach ((bool nonZero, string cap, string suffix) in ((bool, string, string)[])
            [(false, "cap_all", ""), (true, "cap_ignoring_zeros", "_ignoring_zeros")])
        {
            if (Quantiles.Cap(values, c.Number("level"), nonZero).Cap is not { } most)
            {
                continue;
            }

            double[] capped = [.. values.Select(value => Math.Min(value, most))];
            MeanArm arm = MeanArm.FromCentred(
                capped.Length, capped[0], capped.Sum(x => x - capped[0]), capped.Sum(x => (x - capped[0]) * (x - capped[0])));
            answer[cap] = most;
            answer["mean_capped" + suffix] = arm.Mean;
            answer["var_capped" + suffix] = arm.Variance;
        }

        return answer;
    }
}
