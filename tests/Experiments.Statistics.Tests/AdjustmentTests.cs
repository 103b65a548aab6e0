namespace Experiments.Statistics.Tests;

public sealed class AdjustmentTests
{
    [Fact]
    public void Common_slopes_are_cuped_and_the_weights_of_a_fit_add_up()
    {
        Random random = new(67);
        (double[] cy, double[] cx) = Draw(random, 40, .6);
        (double[] ty, double[] tx) = Draw(random, 35, 1);
        AdjustedEstimate within = Cuped.Compute(Cupeds(cy, cx), Cupeds(ty, tx), .05);
        RegressionArm control = Regression(cy, cx);
        RegressionArm treatment = Regression(ty, tx);
        AdjustedEstimate ancova = RegressionAdjustment.Compute(control, treatment, .05, SlopeChoice.Common).Estimate;
        Assert.Equal(within.Effect.UpliftAbsolute!.Value, ancova.Effect.UpliftAbsolute!.Value, 1e-12);
        Assert.Equal(within.Effect.StandardError!.Value, ancova.Effect.StandardError!.Value, 1e-12);
        Assert.Equal(within.Effect.CiRelativeLower!.Value, ancova.Effect.CiRelativeLower!.Value, 1e-10);
        RegressionEstimate lin = RegressionAdjustment.Compute(control, treatment, .05);
        AdjustedEstimate hc2 = RegressionAdjustment.WithHc2(
            lin, control, treatment, Terms(lin.Control!, cy, cx), Terms(lin.Treatment!, ty, tx));
        Assert.Equal(1, cx.Sum(x => lin.Control!.Weight([x])), 1e-12);
        Assert.Equal(2, cx.Sum(x => lin.Control!.Leverage([x])), 1e-10);
        Assert.Equal(Methods.LinHc2T, hc2.Effect.Method);
        Assert.InRange(lin.Estimate.Effect.StandardError!.Value / hc2.Effect.StandardError!.Value, .8, 1.25);
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
}
