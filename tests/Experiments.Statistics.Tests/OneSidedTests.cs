namespace Experiments.Statistics.Tests;

public sealed class OneSidedTests
{
    [Fact]
    public void One_sided_p_values_are_the_halves_of_the_two_sided_one()
    {
        MeanArm c = new(500, 10, 25);
        MeanArm t = new(450, 10.6, 30);
        foreach (Func<Alternative, double> p in (Func<Alternative, double>[])
            [
                a => WelchTTest.Compute(c, t, .05, a).PValue!.Value,
                a => StudentTTest.Compute(c, t, .05, a).PValue!.Value,
                a => RelativeLift.Delta(c, t, .05, a).PValue!.Value,
                a => RelativeLift.LogDelta(c, t, .05, a).PValue!.Value,
                a => TwoProportionTest.Compute(new BinomialArm(500, 50), new BinomialArm(450, 60), .05, alternative: a).PValue!.Value,
            ])
        {
            Assert.Equal(.5 * p(Alternative.TwoSided), p(Alternative.Greater), 1e-14);
            Assert.Equal(1 - p(Alternative.Greater), p(Alternative.Less), 1e-14);
        }
    }

    [Fact]
    public void A_one_sided_bound_is_the_end_of_the_two_sided_interval_at_twice_alpha()
    {
        MeanArm c = new(500, 10, 25);
        MeanArm t = new(450, 10.6, 30);
        EffectEstimate both = WelchTTest.Compute(c, t, .1);
        EffectEstimate greater = WelchTTest.Compute(c, t, .05, Alternative.Greater);
        EffectEstimate less = WelchTTest.Compute(c, t, .05, Alternative.Less);
        Assert.Equal(both.CiLower, greater.CiLower);
        Assert.Equal(both.CiRelativeLower, greater.CiRelativeLower);
        Assert.Null(greater.CiUpper);
        Assert.Null(greater.CiRelativeUpper);
        Assert.Equal(both.CiUpper, less.CiUpper);
        Assert.Null(less.CiLower);
        Assert.Equal(Alternative.Less, less.Alternative);
        BinomialArm bc = new(500, 50);
        BinomialArm bt = new(450, 60);
        EffectEstimate rate = TwoProportionTest.Compute(bc, bt, .05, alternative: Alternative.Greater);
        Assert.Equal(TwoProportionTest.Compute(bc, bt, .1).CiLower!.Value, rate.CiLower!.Value, 1e-13);
        Assert.Null(rate.CiUpper);
    }

    [Fact]
    public void One_sided_intervals_exclude_no_effect_exactly_when_their_test_rejects()
    {
        Random random = new(31);
        int rejections = 0;
        for (int i = 0; i < 3000; i++)
        {
            Alternative alternative = i % 2 == 0 ? Alternative.Greater : Alternative.Less;
            double alpha = .001 + (.3 * random.NextDouble());
            long n = random.Next(2, 100_000);
            MeanArm c = new(n, 1, Math.Pow(10, random.NextDouble()));
            MeanArm t = new(2 * n, 1 + (3 * (random.NextDouble() - .5) / Math.Sqrt(n)), Math.Pow(10, random.NextDouble()));
            BinomialArm bc = new(n, (long)(n * random.NextDouble()));
            BinomialArm bt = new(2 * n, Math.Min(2 * n, (long)((2 * bc.X) + (2 * (random.NextDouble() - .5) * Math.Sqrt(n)))) is > 0 and long x ? x : 0);
            foreach (EffectEstimate e in (EffectEstimate[])
                [
                    WelchTTest.Compute(c, t, alpha, alternative),
                    TwoProportionTest.Compute(bc, bt, alpha, alternative: alternative),
                ])
            {
                if (e.IntervalAgrees != true)
                {
                    continue;
                }

                bool rejects = e.PValue < alpha;
                rejections += rejects ? 1 : 0;
                Assert.Equal(rejects, e.CiLower > 0 || e.CiUpper < 0);
                if (e.RelativeReason is null)
                {
                    Assert.Equal(rejects, e.CiRelativeLower > 0 || e.CiRelativeUpper < 0);
                }
            }
        }

        Assert.InRange(rejections, 300, 5000);
    }

    [Fact]
    public void Exact_tests_have_one_sided_forms()
    {
        // Fisher's tea: P(k) = 1, 16, 36, 16, 1 of 70; 3 of 4 against 1 of 4.
        BinomialArm c = new(4, 1);
        BinomialArm t = new(4, 3);
        double P(SmallCellTest test, Alternative a) =>
            TwoProportionTest.Compute(c, t, .05, smallCells: test, alternative: a).PValue!.Value;
        Assert.Equal(17 / 70.0, P(SmallCellTest.Fisher, Alternative.Greater), 1e-14);
        Assert.Equal(69 / 70.0, P(SmallCellTest.Fisher, Alternative.Less), 1e-14);
        Assert.Equal(9 / 70.0, P(SmallCellTest.MidP, Alternative.Greater), 1e-14);
        Assert.Equal(61 / 70.0, P(SmallCellTest.MidP, Alternative.Less), 1e-14);
    }

    [Fact]
    public void A_one_sided_alpha_of_one_half_or_more_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => WelchTTest.Compute(new MeanArm(9, 1, 1), new MeanArm(9, 2, 1), .5, Alternative.Greater));

    [Fact]
    public void A_pooled_t_needs_two_units_in_one_arm_only()
    {
        EffectEstimate e = StudentTTest.Compute(new MeanArm(1, 3, double.NaN), new MeanArm(9, 5, 4), .05);
        Assert.Equal(8, e.DegreesOfFreedom);
        Assert.Equal(2 / Math.Sqrt(4 * (1 + (1 / 9.0))), e.Statistic!.Value, 1e-12);
        Assert.Equal(Reasons.TooFewUnits, StudentTTest.Compute(new MeanArm(1, 3, 0), new MeanArm(1, 5, 0), .05).ReasonCode);
        Assert.Equal(Reasons.NoData, StudentTTest.Compute(default, new MeanArm(9, 5, 1), .05).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, StudentTTest.Compute(new MeanArm(9, 3, 0), new MeanArm(9, 5, 0), .05).ReasonCode);
    }

    [Fact]
    public void Two_negative_means_have_the_sign_of_their_difference_on_the_log_scale()
    {
        RelativeEstimate up = RelativeLift.LogDelta(new MeanArm(900, -10, 1), new MeanArm(900, -9, 1), .05, Alternative.Greater);
        Assert.True(up.PValue < 1e-6 && up.Lower > 0 && up.Statistic > 0);
        Assert.Null(up.Upper);
    }
}
