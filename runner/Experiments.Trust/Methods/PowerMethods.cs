using System.Globalization;
using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Planning. Where a field's name holds a number, that number is an input.</summary>
internal static class PowerMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("mde_z", DetectableEffect),
        new("sample_size_z_total", static c => new Answer
        {
            ["n_total_formula"] = Answer.List(c.Items("cases").Select(static item =>
            {
                (double control, double treatment) = SampleSize.ForMeans(
                    Case.Number(item, "var"),
                    Case.Number(item, "var"),
                    Case.Number(item, "mde"),
                    Case.Number(item, "alpha"),
                    Case.Number(item, "power"));
                return control + treatment;
            })),
        }),
        new("sample_size_z_unequal_allocation", static c =>
        {
            (double control, double treatment) = SampleSize.ForMeans(
                c.Number("var_c"), c.Number("var_t"), c.Number("delta"), c.Alpha, c.Number("power"), c.Number("ratio_t_over_c"));
            return new Answer { ["n_control"] = control, ["n_treatment"] = treatment };
        }),
        new("sample_size_cuped_reduction", static c => new Answer
        {
            ["n_adjusted"] = SampleSize.WithCovariate(c.Number("n_unadjusted"), c.Number("rho")),
        }),
        new("power_correction_guardrails", static c => new Answer
        {
            ["corrected_power"] = Answer.List(c.Wholes("guardrails")
                .Select(count => SampleSize.CorrectedPower(c.Number("power"), (int)count))),
        }),
        new("power_two_proportions_pooled_null", Proportions),
        new("power_two_sample_t", TwoSampleT),
        new("power_t_noncentral", NoncentralT),
        new("mid_experiment_power_scaling", MidExperiment),
    ];

    private static Answer DetectableEffect(Case c)
    {
        MeanArm control = new(c.Whole("n_c"), c.Number("mean_c"), c.Number("var_c"));
        MeanArm treatment = new(c.Whole("n_t"), c.Number("mean_c"), c.Number("var_t"));
        return new Answer
        {
            ["mde_abs"] = MinimumDetectableEffect.Absolute(
                control.N, treatment.N, control.Variance, treatment.Variance, c.Alpha, c.Number("power")),
            ["mde_rel"] = MinimumDetectableEffect.Relative(control, treatment, c.Alpha, c.Number("power")),
        };
    }

    private static Answer Proportions(Case c)
    {
        (double p1, double p2) = (c.Number("p1"), c.Number("p2"));
        Answer answer = [];
        if (c.Has("power"))
        {
            double n = SampleSize.ForProportions(p1, p2, c.Alpha, c.Number("power"));
            answer["n_per_arm"] = n;
            answer["n_ceil"] = Math.Ceiling(n);
        }

        if (c.Has("n_per_arm"))
        {
            answer["power"] = SampleSize.PowerForProportions(p1, p2, c.Number("n_per_arm"), c.Alpha);
        }

        PerArm(c, answer, power => SampleSize.ForProportions(p1, p2, c.Alpha, power));
        return answer;
    }

    private static Answer TwoSampleT(Case c)
    {
        double variance = c.Number("sd") * c.Number("sd");
        PowerDesign design = new() { Variance = variance, Alpha = c.Alpha, Alternative = c.Alternative };
        Answer answer = [];
        if (c.Has("n_per_arm"))
        {
            answer["power"] = Power.OfT(
                c.Number("n_per_arm"), c.Number("n_per_arm"), variance, variance, c.Number("delta"), c.Alpha, c.Alternative);
        }

        if (c.Has("power"))
        {
            answer["n_per_arm"] = .5 * Power.SampleSize(design, c.Number("delta"), c.Number("power"));
        }

        PerArm(c, answer, power => .5 * Power.SampleSize(design, c.Number("delta"), power));
        return answer;
    }

    private static void PerArm(Case c, Answer answer, Func<double, double?> size)
    {
        const string head = "n_per_arm_for_power_";
        foreach (string field in c.Asked.Where(static name => name.StartsWith(head, StringComparison.Ordinal)))
        {
            answer[field] = size(Parse(field[head.Length..]));
        }
    }

    /// <summary>power_ALTERNATIVE_rel_EFFECT, mde_ALTERNATIVE_power_POWER, n_total_for_EFFECT_power_POWER.</summary>
    private static Answer NoncentralT(Case c)
    {
        double[] weights = [.. c.Text("allocation").Split(':').Select(Parse)];
        PowerDesign plan = new()
        {
            Baseline = c.Number("mean"),
            Variance = c.Number("var"),
            Alpha = c.Alpha,
            Weights = weights,
        };
        double units = c.Number("n_total");
        Answer answer = [];
        foreach (string field in c.Asked)
        {
            switch (field.Replace("two_sided", "two-sided", StringComparison.Ordinal).Split('_'))
            {
                case ["power", string side, "rel", string effect]:
                    answer[field] = Power.Of(
                        plan with { Alternative = Case.ToAlternative(side) }, units, Parse(effect) * plan.Baseline);
                    break;
                case ["mde", string side, "power", string power]:
                    Alternative alternative = Case.ToAlternative(side);
                    answer[field] = Power.DetectableEffect(
                        plan with { Alternative = alternative }, units, Parse(power), alternative == Alternative.Less);
                    break;
                case ["n", "total", "for", string effect, "power", string power]:
                    answer[field] = Math.Ceiling(Power.SampleSize(plan, Parse(effect), Parse(power)) ?? double.NaN);
                    break;
                default:
                    break;
            }
        }

        return answer;
    }

    private static Answer MidExperiment(Case c)
    {
        (MeanArm control, MeanArm treatment) = (c.Mean("control"), c.Mean("treatment"));
        double n = (double)control.N + treatment.N;
        double error = RelativeLift.Delta(control, treatment, c.Alpha).StandardError
            ?? throw new FormatException("The lift has no standard error.");
        JsonElement node = c.Node("prior");
        RelativePrior prior = new(Case.Number(node, "mean"), Case.Number(node, "var"));
        double? More(double? planned, RelativePrior? given) => Power.AdditionalSample(
            c.Number("relative_mde"), error, n, c.Alpha, c.Number("target_power"), planned, given);
        return new Answer
        {
            ["se_lift"] = error,
            ["additional_scaling_fixed"] = More(null, null),
            ["additional_users_fixed"] = n * More(null, null),
            ["additional_scaling_sequential"] = More(c.Number("sequential_n_star"), null),
            ["additional_scaling_bayes"] = More(null, prior),
        };
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
}
