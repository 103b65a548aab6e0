using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Variance reduction by covariates.</summary>
internal static class AdjustmentMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("cuped_theta", static c => new Answer
        {
            ["theta"] = Cuped.Theta([Arm(c.Node("control")), Arm(c.Node("treatment"))], c.Theta),
        }),
        new("cuped_pooled_theta_t", PooledTheta),
        new("cuped_theta_variants", Variants),
        new("ratio_metric_cuped_delta_t", static c => RatioLift(
            Cuped.Compute(RatioArm(c.Node("control")), RatioArm(c.Node("treatment")), c.Alpha, c.Theta, alternative: c.Alternative),
            c.Alpha,
            c.Alternative)),
        new("ratio_metric_cuped_z_less", RatioZ),
        new("ratio_metric_cuped_delta", RatioRows),
    ];

    private static CupedArm Arm(JsonElement n) => CupedArm.FromCentred(
        Case.Whole(n, "n"),
        0,
        0,
        Case.Number(n, "sum_y"),
        Case.Number(n, "sum_x"),
        Case.Number(n, "sum_y_sq"),
        Case.Number(n, "sum_x_sq"),
        Case.Number(n, "sum_xy"));

    private static Answer PooledTheta(Case c)
    {
        (CupedArm control, CupedArm treatment) = (Arm(c.Node("control")), Arm(c.Node("treatment")));
        AdjustedEstimate a = Cuped.Compute(control, treatment, c.Alpha, c.Theta, alternative: c.Alternative);
        Answer answer = EstimateFields.Of(a.Effect);
        double? theta = a.Theta is { } known ? known[0] : null;

        // The file's adjusted means are not centred: θ times the covariate's overall mean lower.
        double? center = theta * control.Merge(treatment).CovariateMean;
        answer["theta"] = theta;
        answer["adj_mean_control"] = a.ControlMean - center;
        answer["adj_mean_treatment"] = a.TreatmentMean - center;
        answer["adj_var_control"] = theta is { } t ? control.AdjustedVariance(t) : null;
        answer["adj_var_treatment"] = theta is { } same ? treatment.AdjustedVariance(same) : null;
        answer["variance_reduction"] = a.VarianceReduction;
        if (a.Moments is { } moments)
        {
            RelativeEstimate delta = RelativeLift.Delta(moments, c.Alpha, c.Alternative);
            Answer relative = EstimateFields.Of(delta);
            relative["se_full_delta"] = delta.StandardError;
            relative["fieller_ci_low"] = a.Effect.CiRelativeLower;
            relative["fieller_ci_high"] = a.Effect.CiRelativeUpper;
            answer["relative"] = relative;
        }

        return answer;
    }

    private static Answer Variants(Case c)
    {
        (double[] cy, double[] cx) = Rows(c, "control");
        (double[] ty, double[] tx) = Rows(c, "treatment");
        AdjustedEstimate merged = Cuped.Compute(Simple(cy, cx), Simple(ty, tx), c.Alpha, ThetaSource.Merged);
        AdjustedEstimate within = Cuped.Compute(Simple(cy, cx), Simple(ty, tx), c.Alpha);
        RegressionArm control = Regression(cy, cx);
        RegressionArm treatment = Regression(ty, tx);
        RegressionEstimate lin = RegressionAdjustment.Compute(control, treatment, c.Alpha);
        Answer answer = new()
        {
            ["theta_total_gb"] = merged.Theta?[0],
            ["effect_theta_total"] = merged.Effect.UpliftAbsolute,
            ["se_theta_total"] = merged.Effect.StandardError,
            ["p_theta_total"] = merged.Effect.PValue,
            ["se_unadjusted"] = merged.Unadjusted.StandardError,
            ["theta_within_ancova"] = within.Theta?[0],
            ["effect_ancova"] = within.Effect.UpliftAbsolute,
            ["lin_theta_control"] = lin.Estimate.Theta?[0],
            ["lin_theta_treatment"] = lin.Estimate.TreatmentTheta?[0],
            ["effect_lin"] = lin.Estimate.Effect.UpliftAbsolute,
        };
        if (lin.Control is { } fc && lin.Treatment is { } ft)
        {
            answer["se_lin_hc2"] = RegressionAdjustment.WithHc2(
                lin,
                control,
                treatment,
                cy.Zip(cx, (y, x) => fc.Hc2Term(y, [x])).Sum(),
                ty.Zip(tx, (y, x) => ft.Hc2Term(y, [x])).Sum()).Effect.StandardError;
            answer["se_lin_hc3"] = Math.Sqrt(
                cy.Zip(cx, (y, x) => fc.Hc2Term(y, [x]) / (1 - fc.Leverage([x]))).Sum()
                + ty.Zip(tx, (y, x) => ft.Hc2Term(y, [x]) / (1 - ft.Leverage([x]))).Sum());
        }

        return answer;
    }

    private static (double[] Y, double[] X) Rows(Case c, string arm) =>
        (Case.Numbers(Case.Node(c.Node(arm), "y")), Case.Numbers(Case.Node(c.Node(arm), "x")));

    private static CupedArm Simple(double[] y, double[] x) => CupedArm.FromCentred(
        y.Length,
        y[0],
        x[0],
        y.Sum(v => v - y[0]),
        x.Sum(v => v - x[0]),
        y.Sum(v => (v - y[0]) * (v - y[0])),
        x.Sum(v => (v - x[0]) * (v - x[0])),
        y.Zip(x, (a, b) => (a - y[0]) * (b - x[0])).Sum());

    private static RegressionArm Regression(double[] y, double[] x) =>
        RegressionArm.FromRows([.. y.Zip(x, static (a, b) => (double[])[a, b])], 2);

    /// <summary>Sums named sum_m … m_mx … (numerator and denominator, now and before), or m, mm, md … with x, z.</summary>
    private static RatioCupedArm RatioArm(JsonElement n)
    {
        string[] sums = ["sum_m", "sum_d", "sum_mx", "sum_dx"];
        string[] products = ["sum_m_sq", "m_d", "m_mx", "m_dx", "sum_d_sq", "mx_d", "d_dx", "sum_mx_sq", "mx_dx", "sum_dx_sq"];
        if (!n.TryGetProperty("sum_m", out _))
        {
            sums = ["m", "d", "x", "z"];
            products = ["mm", "md", "mx", "mz", "dd", "dx", "dz", "xx", "xz", "zz"];
        }

        return RatioCupedArm.FromCentred(
            Case.Whole(n, "n"),
            [0, 0, 0, 0],
            [.. sums.Select(name => Case.Number(n, name))],
            [.. products.Select(name => Case.Number(n, name))]);
    }

    private static Answer RatioLift(AdjustedEstimate a, double alpha, Alternative alternative)
    {
        Answer answer = a.Moments is { } moments
            ? EstimateFields.Of(RelativeLift.Delta(moments, alpha, alternative))
            : [];
        answer["theta"] = a.Theta is { } theta ? theta[0] : null;
        return answer;
    }

    private static Answer RatioZ(Case c)
    {
        (RatioCupedArm control, RatioCupedArm treatment) = (RatioArm(c.Node("control")), RatioArm(c.Node("treatment")));
        Alternative alternative = c.Has("alternative") ? c.Alternative : Alternative.Less;
        AdjustedEstimate a = Cuped.Compute(control, treatment, c.Alpha, c.Theta, alternative: alternative);
        Answer answer = EstimateFields.Of(a.Effect);
        answer["theta"] = a.Theta?[0];
        answer["control"] = a.ControlMean;
        answer["treatment"] = a.TreatmentMean;
        if (a.Moments is not { } moments || a.Theta is not { } theta)
        {
            return answer;
        }

        // The file's row has a normal reference.
        double z = a.Effect.Statistic!.Value;
        double q = Tails.NormalUpperQuantile(alternative == Alternative.TwoSided ? c.Alpha / 2 : c.Alpha);
        answer["p_value"] = alternative switch
        {
            Alternative.Greater => Tails.NormalSurvival(z),
            Alternative.Less => Tails.NormalCdf(z),
            _ => Tails.NormalTwoSided(z),
        };
        answer["ci_low"] = alternative == Alternative.Less ? null : moments.Difference - (q * moments.StandardError);
        answer["ci_high"] = alternative == Alternative.Greater ? null : moments.Difference + (q * moments.StandardError);
        double vc = control.ToCupedArm()!.Value.AdjustedVariance(theta[0]) / control.N / Square(a.ControlMean!.Value);
        double vt = treatment.ToCupedArm()!.Value.AdjustedVariance(theta[0]) / treatment.N / Square(a.TreatmentMean!.Value);
        (double low, double high, _) =
            RelativeLift.LogInterval(a.TreatmentMean.Value / a.ControlMean.Value, vc + vt, q);
        answer["rel_ci_low_log"] = alternative == Alternative.Less ? null : low;
        answer["rel_ci_high_log"] = alternative == Alternative.Greater ? null : high;
        return answer;

        static double Square(double x) => x * x;
    }

    /// <summary>One control (a) against two treatments (b), and all numerators negated.</summary>
    private static Answer RatioRows(Case c)
    {
        double[] da = c.Numbers("d_a");
        double[] xa = c.Numbers("mx_a");
        double[] za = c.Numbers("dx_a");
        double[] db = c.Numbers("d_b");
        double[] xb = c.Numbers("mx_b");
        double[] zb = c.Numbers("dx_b");
        Answer Against(string numerator, double sign)
        {
            double[] ma = c.Numbers("m_a");
            double[] mb = c.Numbers(numerator);
            AdjustedEstimate a = Cuped.Compute(
                RatioCupedArm.FromRows([.. ma.Select((m, i) => (sign * m, da[i], sign * xa[i], za[i]))]),
                RatioCupedArm.FromRows([.. mb.Select((m, i) => (sign * m, db[i], sign * xb[i], zb[i]))]),
                c.Alpha,
                theta: c.Number("theta"));
            return RatioLift(a, c.Alpha, Alternative.TwoSided);
        }

        return new Answer
        {
            ["improving"] = Against("m_b_improving", 1),
            ["declining"] = Against("m_b_declining", 1),
            ["all_numerators_negated"] = Against("m_b_improving", -1),
        };
    }
}
