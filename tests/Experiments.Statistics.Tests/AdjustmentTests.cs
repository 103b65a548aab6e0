using System.Text.Json.Nodes;

namespace Experiments.Statistics.Tests;

public sealed class AdjustmentTests
{
    [Fact]
    public void Cuped_of_gbstats()
    {
        Vector v = Vector.Find("adjustment", "cuped-gb");
        AdjustedEstimate a = Cuped.Compute(Arm(v, "control"), Arm(v, "treatment"), v.Number("alpha"), ThetaSource.Merged);
        EffectEstimate e = a.Effect;
        v.Check("theta", a.Theta![0]);
        v.Check("effect", e.UpliftAbsolute);
        v.Check("se", e.StandardError);
        v.Check("df", e.DegreesOfFreedom);
        v.Check("statistic", e.Statistic);
        v.Check("p_value", e.PValue);
        v.Check("ci_low", e.CiLower);
        v.Check("ci_high", e.CiUpper);

        // GrowthBook's adjusted means are not centred: θ times the covariate's overall mean lower.
        double center = a.Theta[0] * 330 / 6001;
        v.Check("adj_mean_control", a.ControlMean - center);
        v.Check("adj_mean_treatment", a.TreatmentMean - center);
        v.Check("adj_var_control", Arm(v, "control").AdjustedVariance(a.Theta[0]));
        v.Check("adj_var_treatment", Arm(v, "treatment").AdjustedVariance(a.Theta[0]));
        v.Check("variance_reduction", a.VarianceReduction);
        v.Check("relative.lift", e.UpliftRelative);
        v.Check("relative.fieller_ci_low", e.CiRelativeLower);
        v.Check("relative.fieller_ci_high", e.CiRelativeUpper);
        RelativeEstimate delta = RelativeLift.Delta(a.Moments!.Value, v.Number("alpha"));
        v.Check("relative.se_full_delta", delta.StandardError);
        v.Check("relative.p_value", delta.PValue);
    }

    [Fact]
    public void Theta_of_gbstats()
    {
        Vector v = Vector.Find("adjustment", "cuped-theta-gb");
        v.Check("theta", Cuped.Theta([Arm(v, "control"), Arm(v, "treatment")], ThetaSource.Merged));
    }

    [Fact]
    public void Theta_variants_and_lin_on_rows()
    {
        Vector v = Vector.Find("adjustment", "cuped-vs-ancova-rows");
        (double[] cy, double[] cx) = Rows(v, "control");
        (double[] ty, double[] tx) = Rows(v, "treatment");
        AdjustedEstimate merged = Cuped.Compute(Cupeds(cy, cx), Cupeds(ty, tx), .05, ThetaSource.Merged);
        v.Check("theta_total_gb", merged.Theta![0]);
        v.Check("effect_theta_total", merged.Effect.UpliftAbsolute);
        v.Check("se_theta_total", merged.Effect.StandardError);
        v.Check("p_theta_total", merged.Effect.PValue);
        v.Check("se_unadjusted", merged.Unadjusted.StandardError);
        AdjustedEstimate within = Cuped.Compute(Cupeds(cy, cx), Cupeds(ty, tx), .05);
        v.Check("theta_within_ancova", within.Theta![0]);
        v.Check("effect_ancova", within.Effect.UpliftAbsolute);
        RegressionArm control = Regression(cy, cx);
        RegressionArm treatment = Regression(ty, tx);
        AdjustedEstimate ancova = RegressionAdjustment.Compute(control, treatment, .05, SlopeChoice.Common).Estimate;
        v.Check("effect_ancova", ancova.Effect.UpliftAbsolute);
        Assert.Equal(within.Effect.StandardError!.Value, ancova.Effect.StandardError!.Value, 1e-12);
        Assert.Equal(within.Effect.CiRelativeLower!.Value, ancova.Effect.CiRelativeLower!.Value, 1e-10);
        RegressionEstimate lin = RegressionAdjustment.Compute(control, treatment, .05);
        v.Check("lin_theta_control", lin.Estimate.Theta![0]);
        v.Check("lin_theta_treatment", lin.Estimate.TreatmentTheta![0]);
        v.Check("effect_lin", lin.Estimate.Effect.UpliftAbsolute);
        AdjustedEstimate hc2 = RegressionAdjustment.WithHc2(
            lin, control, treatment, Terms(lin.Control!, cy, cx), Terms(lin.Treatment!, ty, tx));
        v.Check("se_lin_hc2", hc2.Effect.StandardError);
        v.Check("se_lin_hc3", Math.Sqrt(
            cy.Zip(cx, (y, x) => lin.Control!.Hc2Term(y, [x]) / (1 - lin.Control.Leverage([x]))).Sum()
            + ty.Zip(tx, (y, x) => lin.Treatment!.Hc2Term(y, [x]) / (1 - lin.Treatment.Leverage([x]))).Sum()));
        Assert.Equal(1, cx.Sum(x => lin.Control!.Weight([x])), 1e-12);
        Assert.Equal(2, cx.Sum(x => lin.Control!.Leverage([x])), 1e-10);
        Assert.Equal(Methods.LinHc2T, hc2.Effect.Method);
        Assert.InRange(lin.Estimate.Effect.StandardError!.Value / hc2.Effect.StandardError!.Value, .9, 1.1);
    }

    [Fact]
    public void Ratio_cuped_of_gbstats()
    {
        Vector v = Vector.Find("adjustment", "ratio-cuped-gb");
        RatioCupedArm Of(string name)
        {
            JsonNode n = v.Inputs[name]!;
            return RatioCupedArm.FromCentred(
                (long)n["n"]!,
                [0, 0, 0, 0],
                [.. Fields(n, "sum_m", "sum_d", "sum_mx", "sum_dx")],
                [.. Fields(n, "sum_m_sq", "m_d", "m_mx", "m_dx", "sum_d_sq", "mx_d", "d_dx", "sum_mx_sq", "mx_dx", "sum_dx_sq")]);
        }

        AdjustedEstimate a = Cuped.Compute(Of("control"), Of("treatment"), v.Number("alpha"));
        RelativeEstimate delta = RelativeLift.Delta(a.Moments!.Value, v.Number("alpha"));
        v.Check("theta", a.Theta![0]);
        v.Check("lift", delta.Lift);
        v.Check("se", delta.StandardError);
        v.Check("p_value", delta.PValue);
        v.Check("ci_low", delta.Lower);
        v.Check("ci_high", delta.Upper);
    }

    [Fact]
    public void Ratio_cuped_of_tea_tasting()
    {
        Vector v = Vector.Find("adjustment", "ratio-cuped-tt");
        RatioCupedArm Of(string name)
        {
            JsonNode n = v.Inputs[name]!;
            return RatioCupedArm.FromCentred(
                (long)n["n"]!,
                [0, 0, 0, 0],
                [.. Fields(n, "m", "d", "x", "z")],
                [.. Fields(n, "mm", "md", "mx", "mz", "dd", "dx", "dz", "xx", "xz", "zz")]);
        }

        AdjustedEstimate a = Cuped.Compute(
            Of("control"), Of("treatment"), v.Number("alpha"), ThetaSource.Merged, alternative: Alternative.Less);
        v.Check("theta", a.Theta![0]);
        v.Check("control", a.ControlMean);
        v.Check("treatment", a.TreatmentMean);
        v.Check("effect", a.Effect.UpliftAbsolute);
        v.Check("se", a.Effect.StandardError);

        // tea-tasting's row is with the normal distribution.
        double q = Tails.NormalUpperQuantile(v.Number("alpha"));
        v.Check("p_value", Tails.NormalCdf(a.Effect.Statistic!.Value));
        v.Check("ci_high", a.Effect.UpliftAbsolute + (q * a.Effect.StandardError));
        double vc = Of("control").ToCupedArm()!.Value.AdjustedVariance(a.Theta[0]) / 53 / Math.Pow(a.ControlMean!.Value, 2);
        double vt = Of("treatment").ToCupedArm()!.Value.AdjustedVariance(a.Theta[0]) / 47 / Math.Pow(a.TreatmentMean!.Value, 2);
        v.Check("rel_ci_high_log", RelativeLift.LogInterval(a.TreatmentMean.Value / a.ControlMean.Value, vc + vt, q).Upper);
    }

    [Fact]
    public void Ratio_cuped_of_a_negative_baseline()
    {
        Vector v = Vector.Find("adjustment", "ratio-cuped-negative-baseline");
        RatioCupedArm Of(string m, string d, string x, string z, double sign) => RatioCupedArm.FromRows(
            [.. Values(v, m).Select((_, i) => (
                sign * Values(v, m)[i], Values(v, d)[i], sign * Values(v, x)[i], Values(v, z)[i]))]);
        foreach ((string name, string numerator, double sign) in ((string, string, double)[])
            [("improving", "m_b_improving", 1), ("declining", "m_b_declining", 1), ("all_numerators_negated", "m_b_improving", -1)])
        {
            AdjustedEstimate a = Cuped.Compute(
                Of("m_a", "d_a", "mx_a", "dx_a", sign), Of(numerator, "d_b", "mx_b", "dx_b", sign), .05, theta: v.Number("theta"));
            RelativeEstimate delta = RelativeLift.Delta(a.Moments!.Value, .05);
            v.Check($"{name}.lift", delta.Lift);
            v.Check($"{name}.se", delta.StandardError);
        }
    }

    [Fact]
    public void Cuped_fieller_excludes_no_effect_exactly_when_the_test_rejects()
    {
        Random random = new(71);
        int rejections = 0;
        for (int i = 0; i < 3000; i++)
        {
            CupedArm Arm() => new(
                random.Next(3, 400), 3 + random.NextDouble(), random.NextDouble(), 4, 2, 4 * (random.NextDouble() - .5));
            AdjustedEstimate a = Cuped.Compute(Arm(), Arm(), .05);
            EffectTests.AssertFinite(a.Effect);
            bool rejects = a.Effect.PValue < .05;
            rejections += rejects ? 1 : 0;
            Assert.Equal(rejects, a.Effect.CiLower > 0 || a.Effect.CiUpper < 0);
            if (a.Effect.RelativeReason is null)
            {
                Assert.Equal(rejects, a.Effect.CiRelativeLower > 0 || a.Effect.CiRelativeUpper < 0);
            }
        }

        Assert.InRange(rejections, 100, 2900);
    }

    [Fact]
    public void Size_power_and_coverage_of_the_adjustments()
    {
        // 1:9 split, x balanced only on average, slopes that differ by arm; true effect 0 and lift 0 in truth.
        Random random = new(73);
        const int runs = 4000;
        int cuped = 0;
        int lin = 0;
        int hc2 = 0;
        double reduction = 0;
        for (int run = 0; run < runs; run++)
        {
            (double[] cy, double[] cx) = Draw(random, 60, .6);
            (double[] ty, double[] tx) = Draw(random, 540, 1);
            AdjustedEstimate a = Cuped.Compute(Cupeds(cy, cx), Cupeds(ty, tx), .05);
            RegressionArm control = Regression(cy, cx);
            RegressionArm treatment = Regression(ty, tx);
            RegressionEstimate b = RegressionAdjustment.Compute(control, treatment, .05);
            AdjustedEstimate d = RegressionAdjustment.WithHc2(
                b, control, treatment, Terms(b.Control!, cy, cx), Terms(b.Treatment!, ty, tx));
            cuped += a.Effect.PValue < .05 ? 1 : 0;
            lin += b.Estimate.Effect.PValue < .05 ? 1 : 0;
            hc2 += d.Effect.PValue < .05 ? 1 : 0;
            reduction += a.VarianceReduction!.Value / runs;
        }

        // 3 Monte Carlo errors of .05 are .0103.
        Assert.InRange(cuped / (double)runs, .0397, .0603);
        Assert.InRange(lin / (double)runs, .0397, .0603);
        Assert.InRange(hc2 / (double)runs, .0397, .0603);
        Assert.True(reduction > .2);
    }

    [Fact]
    public void Several_covariates_are_as_good_as_the_sum_they_make()
    {
        // y = x1 + x2 + noise: two covariates take what their sum as one covariate takes.
        RegressionArm Arm(bool asSum)
        {
            Random own = new(101);
            return RegressionArm.FromRows(
                [.. Enumerable.Range(0, 500).Select(_ =>
                {
                    double a = Draws.Gaussian(own);
                    double b = 3 * Draws.Gaussian(own);
                    double y = a + b + Draws.Gaussian(own);
                    return (double[])(asSum ? [y, a + b] : [y, a, b]);
                })],
                asSum ? 2 : 3);
        }

        RegressionEstimate two = RegressionAdjustment.Compute(Arm(false), Arm(false), .05);
        RegressionEstimate one = RegressionAdjustment.Compute(Arm(true), Arm(true), .05);
        Assert.InRange(two.Estimate.VarianceReduction!.Value / one.Estimate.VarianceReduction!.Value, .99, 1.01);
        Assert.Equal(2, two.Estimate.Imbalance.Count);
    }

    [Fact]
    public void Degenerate_covariates_are_refused_by_name()
    {
        CupedArm arm = new(50, 3, 1, 4, 2, 1);
        CupedArm flat = arm with { CovariateVariance = 0, Covariance = 0 };
        Assert.Equal(Reasons.CovariateConstant, Cuped.Compute(flat, flat, .05).Effect.ReasonCode);
        Assert.True(Cuped.Compute(flat, flat, .05).Unadjusted.HasAnswer);
        Assert.Equal(Reasons.CovariateAfterAnchor, Cuped.Compute(arm, arm, .05, facts: new CovariateFacts(0, true)).Effect.ReasonCode);
        Assert.Equal(Reasons.CovariateMissing, Cuped.Compute(arm, arm, .05, facts: new CovariateFacts(100)).Effect.ReasonCode);
        Assert.Equal(.1, Cuped.Compute(arm, arm, .05, facts: new CovariateFacts(10)).MissingRate);
        Assert.Equal(Reasons.NoData, Cuped.Compute(default, arm, .05).Effect.ReasonCode);
        CupedArm exact = arm with { Variance = 2, Covariance = 2 };
        Assert.Equal(Reasons.ZeroVariance, Cuped.Compute(exact, exact, .05).Effect.ReasonCode);
        RegressionArm collinear = RegressionArm.FromRows(
            [.. Enumerable.Range(0, 9).Select(i => (double[])[i * i, i, 2 * i])], 3);
        Assert.Equal(Reasons.CovariateCollinear, RegressionAdjustment.Compute(collinear, collinear, .05).Estimate.Effect.ReasonCode);
        RegressionArm few = RegressionArm.FromRows([[1, 2, 3], [2, 3, 5], [3, 1, 1]], 3);
        Assert.Equal(Reasons.TooFewUnits, RegressionAdjustment.Compute(few, few, .05).Estimate.Effect.ReasonCode);
        RegressionArm constant = RegressionArm.FromRows([[1, .1], [2, .1], [3, .1], [5, .1]], 2);
        Assert.Equal(Reasons.CovariateConstant, RegressionAdjustment.Compute(constant, constant, .05).Estimate.Effect.ReasonCode);
        RatioCupedArm zero = RatioCupedArm.FromRows([(1, 0, 1, 1), (2, 0, 1, 1)]);
        Assert.Equal(Reasons.ZeroDenominator, Cuped.Compute(zero, zero, .05).Effect.ReasonCode);
    }

    [Fact]
    public void Merged_slices_with_a_covariate_are_the_whole()
    {
        Random random = new(83);
        (double[] y, double[] x) = Draw(random, 50, 1);
        CupedArm whole = Cupeds(y, x);
        CupedArm merged = Cupeds(y[..17], x[..17]).Merge(Cupeds(y[17..], x[17..]));
        Assert.Equal(whole.Covariance, merged.Covariance, 1e-12);
        Assert.Equal(whole.CovariateVariance, merged.CovariateVariance, 1e-12);
        Assert.Equal(whole.Mean, merged.Mean, 1e-12);
    }

    [Fact]
    public void Swapping_the_arms_mirrors_the_adjusted_effect()
    {
        Random random = new(89);
        (double[] cy, double[] cx) = Draw(random, 40, .5);
        (double[] ty, double[] tx) = Draw(random, 70, 1);
        EffectEstimate there = RegressionAdjustment.Compute(Regression(cy, cx), Regression(ty, tx), .05).Estimate.Effect;
        EffectEstimate back = RegressionAdjustment.Compute(Regression(ty, tx), Regression(cy, cx), .05).Estimate.Effect;
        Assert.Equal(there.UpliftAbsolute!.Value, -back.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(there.StandardError!.Value, back.StandardError!.Value, 1e-12);
        Assert.Equal(there.PValue!.Value, back.PValue!.Value, 1e-12);
    }

    private static double Terms(RegressionFit fit, double[] y, double[] x) =>
        y.Zip(x, (value, covariate) => fit.Hc2Term(value, [covariate])).Sum();

    private static (double[] Y, double[] X) Draw(Random random, int n, double slope)
    {
        double[] x = [.. Enumerable.Range(0, n).Select(_ => Draws.Gaussian(random))];
        return ([.. x.Select(value => 10 + (slope * value) + Draws.Gaussian(random))], x);
    }

    private static CupedArm Cupeds(double[] y, double[] x) => CupedArm.FromCentred(
        y.Length, y[0], x[0], y.Sum(v => v - y[0]), x.Sum(v => v - x[0]), y.Sum(v => Math.Pow(v - y[0], 2)),
        x.Sum(v => Math.Pow(v - x[0], 2)), y.Zip(x, (a, b) => (a - y[0]) * (b - x[0])).Sum());

    private static RegressionArm Regression(double[] y, double[] x) =>
        RegressionArm.FromRows([.. y.Zip(x, (a, b) => (double[])[a, b])], 2);

    private static CupedArm Arm(Vector v, string name)
    {
        JsonNode n = v.Inputs[name]!;
        return CupedArm.FromCentred(
            (long)n["n"]!, 0, 0, (double)n["sum_y"]!, (double)n["sum_x"]!, (double)n["sum_y_sq"]!, (double)n["sum_x_sq"]!,
            (double)n["sum_xy"]!);
    }

    private static (double[] Y, double[] X) Rows(Vector v, string arm) => (
        [.. v.Inputs[arm]!["y"]!.AsArray().Select(n => (double)n!)],
        [.. v.Inputs[arm]!["x"]!.AsArray().Select(n => (double)n!)]);

    private static double[] Values(Vector v, string field) => [.. v.Inputs[field]!.AsArray().Select(n => (double)n!)];

    private static IEnumerable<double> Fields(JsonNode node, params string[] names) => names.Select(name => (double)node[name]!);
}
