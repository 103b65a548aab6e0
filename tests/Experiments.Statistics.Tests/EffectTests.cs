namespace Experiments.Statistics.Tests;

public sealed class EffectTests
{
    [Fact]
    public void Cookie_cats_day_seven_retention()
    {
        EffectEstimate wald = TwoProportionTest.Compute(
            new BinomialArm(44700, 8502), new BinomialArm(45489, 8279), .05, ProportionInterval.Wald);
        Assert.Equal(-3.16436, wald.Statistic!.Value, 5e-6);
        Assert.Equal(.00155425, wald.PValue!.Value, 5e-9);
        Assert.Equal(-.013282, wald.CiLower!.Value, 5e-7);
        Assert.Equal(-.003121, wald.CiUpper!.Value, 5e-7);
        Assert.False(wald.IntervalAgrees);
        EffectEstimate score = TwoProportionTest.Compute(new BinomialArm(44700, 8502), new BinomialArm(45489, 8279), .05);
        Assert.Equal(Methods.TwoProportionZPooled, score.Method);
        Assert.True(score.IntervalAgrees);
        Assert.True(score.CiUpper < 0 && score.CiRelativeUpper < 0);
        Assert.Equal(-.0431, score.UpliftRelative!.Value, 1e-4);
    }

    [Fact]
    public void Cookie_cats_sample_ratio()
    {
        SampleRatioResult result = SampleRatioMismatch.Compute([44700, 45489], [.5, .5]);
        Assert.Equal(.008608, result.PValue!.Value, 5e-7);
        Assert.False(result.IsMismatch(.001));
        Assert.True(result.IsMismatch(.01));
    }

    [Fact]
    public void Landing_page_conversion()
    {
        EffectEstimate wald = TwoProportionTest.Compute(
            new BinomialArm(145274, 17489), new BinomialArm(145310, 17264), .05, ProportionInterval.Wald);
        Assert.Equal(-1.31092, wald.Statistic!.Value, 5e-6);
        Assert.Equal(.189883, wald.PValue!.Value, 5e-7);
        Assert.Equal(-.003938, wald.CiLower!.Value, 5e-7);
        Assert.Equal(.000781, wald.CiUpper!.Value, 5e-7);
    }

    [Theory]
    [InlineData(0, 10, Reasons.NoData)]
    [InlineData(10, 0, Reasons.NoData)]
    [InlineData(1, 10, Reasons.TooFewUnits)]
    [InlineData(10, 1, Reasons.TooFewUnits)]
    public void Too_few_units_have_a_reason_and_no_number(long nc, long nt, string reason)
    {
        AssertNone(WelchTTest.Compute(new MeanArm(nc, 1, 1), new MeanArm(nt, 2, 1), .05), reason);
        AssertNone(TwoProportionTest.Compute(new BinomialArm(nc, 0), new BinomialArm(nt, 0), .05), reason);
    }

    [Fact]
    public void No_variance_is_no_answer_but_one_constant_arm_is_no_obstacle()
    {
        AssertNone(WelchTTest.Compute(new MeanArm(10, 1, 0), new MeanArm(10, 2, 0), .05), Reasons.ZeroVariance);
        EffectEstimate one = WelchTTest.Compute(new MeanArm(10, 1, 0), new MeanArm(20, 2, 4), .05);
        Assert.Equal(19, one.DegreesOfFreedom!.Value, 1e-12);
        Assert.True(one.HasAnswer);
    }

    [Fact]
    public void A_constant_metric_has_no_variance_however_it_is_centred()
    {
        // 1000 times .1 centred at 0: the sums carry rounding.
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 1000; i++)
        {
            sum += .1;
            squares += .1 * .1;
        }

        MeanArm arm = MeanArm.FromCentred(1000, 0, sum, squares);
        Assert.InRange(arm.Variance, 0, 1e-15);
        Assert.Equal(0, MeanArm.FromCentred(1000, .1, 0, 0).Variance);
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1, double.NaN)]
    [InlineData(1, -1)]
    public void Impossible_input_is_named(double mean, double variance) =>
        AssertNone(
            WelchTTest.Compute(new MeanArm(10, mean, variance), new MeanArm(10, 1, 1), .05), Reasons.InvalidInput);

    [Fact]
    public void Numbers_beyond_doubles_are_named_and_small_ones_work()
    {
        AssertNone(
            WelchTTest.Compute(new MeanArm(10, -1.7e308, 1), new MeanArm(10, 1.7e308, 1), .05), Reasons.OutOfRange);
        EffectEstimate tiny = WelchTTest.Compute(new MeanArm(10, 1e-150, 1e-302), new MeanArm(10, 2e-150, 1e-302), .05);
        EffectEstimate unit = WelchTTest.Compute(new MeanArm(10, 1, .01), new MeanArm(10, 2, .01), .05);
        Assert.InRange(tiny.PValue!.Value / unit.PValue!.Value, 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void Sizes_up_to_1e12_keep_their_digits()
    {
        const long n = 1_000_000_000_000;
        EffectEstimate mean = WelchTTest.Compute(new MeanArm(n, 1, 1), new MeanArm(n, 1 + 5e-6, 1), .05);
        Assert.Equal(5e-6 / Math.Sqrt(2e-12), mean.Statistic!.Value, 1e-6);
        Assert.InRange(mean.PValue!.Value / Tails.NormalTwoSided(mean.Statistic.Value), 1 - 1e-9, 1 + 1e-9);
        EffectEstimate rate = TwoProportionTest.Compute(new BinomialArm(n, n / 2), new BinomialArm(n, (n / 2) + 3_000_000), .05);
        Assert.Equal(3e6 / Math.Sqrt(n / 2.0), rate.Statistic!.Value, 1e-9);
        Assert.True(rate.CiLower > 0 && rate.CiRelativeLower > 0);
        Assert.InRange(rate.CiLower!.Value, 3e-6 - 1.39e-6, 3e-6 - 1.38e-6);
        EffectEstimate rare = TwoProportionTest.Compute(new BinomialArm(n, 100), new BinomialArm(n, 150), .05);
        Assert.Equal(Methods.TwoProportionZPooled, rare.Method);
        Assert.InRange(rare.CiLower!.Value * n, 15, 25);
        EffectEstimate common = TwoProportionTest.Compute(new BinomialArm(n, n - 150), new BinomialArm(n, n - 100), .05);
        Assert.Equal(rare.CiLower!.Value, common.CiLower!.Value, 1e-24);
    }

    [Fact]
    public void P_values_reach_1e_300()
    {
        EffectEstimate e = TwoProportionTest.Compute(new BinomialArm(100_000, 50_000), new BinomialArm(100_000, 58_200), .05);
        Assert.InRange(e.PValue!.Value, 1e-300, 1e-290);
        Assert.True(e.CiLower > .07);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 1000)]
    [InlineData(0, 1000)]
    [InlineData(1000, 0)]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(997, 1000)]
    public void Rates_of_0_and_100_percent_have_finite_answers(long xc, long xt)
    {
        foreach (ProportionInterval interval in Enum.GetValues<ProportionInterval>())
        {
            EffectEstimate e = TwoProportionTest.Compute(new BinomialArm(1000, xc), new BinomialArm(1000, xt), .05, interval);
            AssertFinite(e);
            Assert.True(e.HasAnswer);
            Assert.InRange(e.PValue!.Value, 0, 1);
            Assert.True(e.CiLower <= e.UpliftAbsolute && e.UpliftAbsolute <= e.CiUpper);
            if (xc == 0)
            {
                Assert.Null(e.UpliftRelative);
                Assert.Equal(Reasons.ControlZero, e.RelativeReason);
            }

            if (e.CiRelativeLower is { } lower && e.UpliftRelative is { } lift)
            {
                Assert.True(lower <= lift);
            }
        }
    }

    [Fact]
    public void No_success_at_all_is_p_one_with_a_score_interval()
    {
        EffectEstimate e = TwoProportionTest.Compute(new BinomialArm(1000, 0), new BinomialArm(1000, 0), .05);
        Assert.Equal(Methods.TwoProportionMidP, e.Method);
        Assert.Equal(1, e.PValue);
        Assert.Null(e.Statistic);
        Assert.False(e.IntervalAgrees);
    }

    [Fact]
    public void A_small_cell_takes_the_exact_test()
    {
        // Fisher's tea tasting: 3 of 4 against 1 of 4. P(k) = 1, 16, 36, 16, 1 of 70.
        BinomialArm control = new(4, 1);
        BinomialArm treatment = new(4, 3);
        EffectEstimate mid = TwoProportionTest.Compute(control, treatment, .05);
        Assert.Equal(2 * (1 + 8) / 70.0, mid.PValue!.Value, 1e-14);
        EffectEstimate fisher = TwoProportionTest.Compute(control, treatment, .05, smallCells: SmallCellTest.Fisher);
        Assert.Equal(34 / 70.0, fisher.PValue!.Value, 1e-14);
        Assert.Equal(Methods.TwoProportionFisher, fisher.Method);
        Assert.Equal(mid.CiLower, fisher.CiLower);
    }

    [Fact]
    public void The_unpooled_test_agrees_with_walds_interval_and_has_none_without_variance()
    {
        Random random = new(61);
        for (int i = 0; i < 2000; i++)
        {
            BinomialArm c = new(random.Next(2, 2000), 0);
            BinomialArm t = new(random.Next(2, 2000), 0);
            c = c with { X = random.NextInt64(c.N + 1) };
            t = t with { X = Math.Clamp((long)(t.N * (c.Rate + (.2 * (random.NextDouble() - .5)))), 0, t.N) };
            foreach (Alternative side in Enum.GetValues<Alternative>())
            {
                EffectEstimate e = TwoProportionTest.ComputeUnpooled(c, t, .05, side);
                if (c.VarianceOfRate + t.VarianceOfRate == 0)
                {
                    Assert.Equal(Reasons.ZeroVariance, e.ReasonCode);
                    continue;
                }

                Assert.Equal(e.PValue < .05, e.CiLower > 0 || e.CiUpper < 0);
                Assert.Equal(Methods.TwoProportionZUnpooled, e.Method);
            }
        }

        // 30/100 against 45/100: z = .15/sqrt(.0021 + .002475).
        Assert.Equal(
            .15 / Math.Sqrt(.0021 + .002475),
            TwoProportionTest.ComputeUnpooled(new(100, 30), new(100, 45), .05).Statistic!.Value,
            1e-12);
        Assert.Equal(Reasons.NoData, TwoProportionTest.ComputeUnpooled(new(0, 0), new(9, 3), .05).ReasonCode);
    }

    [Fact]
    public void Koopmans_interval_of_the_ratio()
    {
        // Koopman 1984: 36 of 40 against 16 of 80, ratio 4.5, 95 % interval 2.94 to 7.15.
        EffectEstimate e = TwoProportionTest.Compute(new BinomialArm(80, 16), new BinomialArm(40, 36), .05);
        Assert.Equal(3.5, e.UpliftRelative!.Value, 1e-12);
        Assert.Equal(2.94, 1 + e.CiRelativeLower!.Value, .005);
        Assert.Equal(7.15, 1 + e.CiRelativeUpper!.Value, .005);
    }

    [Fact]
    public void The_border_of_small_cells_is_five()
    {
        Assert.Equal(Methods.TwoProportionZPooled, TwoProportionTest.Compute(new BinomialArm(100, 5), new BinomialArm(100, 5), .05).Method);
        Assert.Equal(Methods.TwoProportionMidP, TwoProportionTest.Compute(new BinomialArm(100, 5), new BinomialArm(100, 4), .05).Method);
        Assert.Equal(Methods.TwoProportionMidP, TwoProportionTest.Compute(new BinomialArm(100, 95), new BinomialArm(100, 96), .05).Method);
    }

    [Fact]
    public void Fieller_names_every_shape_of_its_set()
    {
        Assert.Equal(Reasons.ControlZero, RelativeLift.Fieller(0, 1, 1, 1, 1.96).Reason);
        Assert.Equal(Reasons.FiellerUnbounded, RelativeLift.Fieller(.1, 1, .1, 1, 1.96).Reason);
        Assert.Equal(Reasons.FiellerExclusive, RelativeLift.Fieller(1, .36, 3, .25, 1.96).Reason);
        RelativeInterval half = RelativeLift.Fieller(2, 1, 5, .01, 2);
        Assert.Equal(Reasons.FiellerHalfLine, half.Reason);
        Assert.True(half.Lower > 0 && half.Upper is null);
        Assert.Null(RelativeLift.Fieller(10, .01, 11, .01, 1.96).Reason);
    }

    [Fact]
    public void A_negative_control_mean_keeps_the_sign_of_the_difference()
    {
        RelativeInterval negative = RelativeLift.Fieller(-10, .01, -9, .02, 1.96);
        Assert.Equal(.1, negative.Lift!.Value, 1e-14);
        Assert.True(negative.Lower > 0 && negative.Lower < .1 && negative.Upper > .1);
        RelativeInterval positive = RelativeLift.Fieller(10, .01, 9, .02, 1.96);
        Assert.Equal(-positive.Upper!.Value, negative.Lower!.Value, 1e-14);
        RelativeEstimate log = RelativeLift.LogDelta(new MeanArm(100, -10, 1), new MeanArm(100, -9, 2), .05);
        Assert.True(log.Lower < .1 && log.Upper > .1 && log.Lower > 0);
        Assert.Equal(Reasons.SignsDiffer, RelativeLift.LogDelta(new MeanArm(9, -1, 1), new MeanArm(9, 1, 1), .05).ReasonCode);
        Assert.Equal(Reasons.ControlZero, RelativeLift.Delta(new MeanArm(9, 0, 1), new MeanArm(9, 1, 1), .05).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, RelativeLift.Delta(new MeanArm(9, 1, 0), new MeanArm(9, 1, 0), .05).ReasonCode);
    }

    [Fact]
    public void Impossible_counts_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TwoProportionTest.Compute(new BinomialArm(5, 6), new BinomialArm(5, 1), .05));
        Assert.Throws<ArgumentOutOfRangeException>(() => TwoProportionTest.Compute(new BinomialArm(5, 1), new BinomialArm(5, -1), .05));
        Assert.Throws<ArgumentOutOfRangeException>(() => WelchTTest.Compute(new MeanArm(5, 1, 1), new MeanArm(5, 1, 1), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MultipleComparisons.Holm([.5, double.NaN]));
    }

    internal static void AssertFinite(EffectEstimate e)
    {
        foreach (double? value in Numbers(e))
        {
            Assert.True(value is null || double.IsFinite(value.Value), e.ToString());
        }
    }

    private static void AssertNone(EffectEstimate e, string reason)
    {
        Assert.Equal(reason, e.ReasonCode);
        Assert.All(Numbers(e), value => Assert.Null(value));
        Assert.Null(e.IntervalAgrees);
    }

    private static double?[] Numbers(EffectEstimate e) =>
    [
        e.UpliftAbsolute, e.UpliftRelative, e.StandardError, e.Statistic, e.DegreesOfFreedom, e.PValue, e.CiLower,
        e.CiUpper, e.CiRelativeLower, e.CiRelativeUpper, e.EffectSize,
    ];
}
