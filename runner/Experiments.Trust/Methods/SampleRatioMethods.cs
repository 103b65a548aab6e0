using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Sample ratio mismatch.</summary>
internal static class SampleRatioMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("srm_chi_square", ChiSquare),
        new("srm_two_arm_binomial", static c => new Answer
        {
            ["binomial_exact_p"] = SampleRatioMismatch.ExactTwoArms(
                c.Wholes("observed")[0],
                c.Wholes("observed")[1],
                c.Numbers("weights")[0] / c.Numbers("weights").Sum()),
        }),
        new("srm_sequential_dirichlet_multinomial", Sequential),
    ];

    private static Answer ChiSquare(Case c)
    {
        SampleRatioResult result = SampleRatioMismatch.Compute(c.Wholes("observed"), c.Numbers("weights"));
        return new Answer
        {
            ["chi2"] = result.ChiSquare,
            ["chi2_over_weighted_arms"] = result.ChiSquare,
            ["df"] = result.DegreesOfFreedom,
            ["p_value"] = result.PValue,
            ["adjusted_residuals"] = Answer.List(result.Arms.Select(static arm => arm.Residual)),
            ["units_in_zero_weight_arm"] = result.UnitsWithoutWeight,
            ["srm"] = result.IsMismatch(c.Alpha),
            ["reason"] = new ReasonGiven(result.ReasonCode),
        };
    }

    private static Answer Sequential(Case c)
    {
        long[][] counts = [.. c.Items("cumulative_counts")
            .Select(static row => row.EnumerateArray().Select(Case.Whole).ToArray())];
        double[] weights = c.Numbers("weights");
        IReadOnlyList<SampleRatioLook> looks = SampleRatioEProcess.Compute(
            [.. counts.Select((row, i) => new SampleRatioIncrement(
                [.. row.Select((units, k) => units - (i == 0 ? 0 : counts[i - 1][k]))], weights))],
            c.Numbers("dirichlet_alpha"));
        Answer answer = new()
        {
            ["looks"] = Answer.List(looks.Select((look, i) => new Answer
            {
                ["counts"] = Answer.List(counts[i]),
                ["log_bf"] = look.LogBayesFactor,
                ["p_anytime"] = look.PValue,
            })),
        };
        const string verdict = "srm_at_";
        foreach (string field in c.Asked.Where(static name => name.StartsWith(verdict, StringComparison.Ordinal)))
        {
            double level = double.Parse(field[verdict.Length..], System.Globalization.CultureInfo.InvariantCulture);
            answer[field] = looks.Count > 0 && looks[^1].PValue < level;
        }

        return answer;
    }
}
