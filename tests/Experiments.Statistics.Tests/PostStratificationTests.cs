namespace Experiments.Statistics.Tests;

public sealed class PostStratificationTests
{
    [Fact]
    public void One_stratum_is_the_plain_test()
    {
        (MeanArm, MeanArm) means = (new(50, 1, 2), new(60, 1.4, 3));
        Assert.Equal(WelchTTest.Compute(means.Item1, means.Item2, .05), PostStratification.Compute([means], .05).Effect);
        (BinomialArm, BinomialArm) rates = (new(50, 12), new(60, 20));
        Assert.Equal(
            TwoProportionTest.Compute(rates.Item1, rates.Item2, .05), PostStratification.Compute([rates], .05).Effect);
    }

    [Fact]
    public void A_ramp_without_an_effect_has_none()
    {
        // 95/5 at a mean of 10.0, then 50/50 at 10.2: pooled, the treatment looks better.
        (MeanArm Control, MeanArm Treatment)[] ramp =
            [(new(95_000, 10, 4), new(5_000, 10, 4)), (new(50_000, 10.2, 4), new(50_000, 10.2, 4))];
        PostStratifiedEstimate estimate = PostStratification.Compute(ramp, .05);
        Assert.Equal(0, estimate.Effect.UpliftAbsolute!.Value, 1e-14);
        Assert.Equal(Methods.PostStratifiedT, estimate.Effect.Method);
        EffectEstimate pooled = WelchTTest.Compute(
            ramp[0].Control.Merge(ramp[1].Control), ramp[0].Treatment.Merge(ramp[1].Treatment), .05);
        Assert.True(pooled.PValue < 1e-20);

        (BinomialArm Control, BinomialArm Treatment)[] rates =
            [(new(95_000, 9_500), new(5_000, 500)), (new(50_000, 6_000), new(50_000, 6_000))];
        EffectEstimate effect = PostStratification.Compute(rates, .05).Effect;
        Assert.Equal(0, effect.UpliftAbsolute!.Value, 1e-14);
        Assert.Equal(Methods.PostStratifiedZ, effect.Method);
        Assert.Null(effect.DegreesOfFreedom);
    }

    [Fact]
    public void Strata_that_lack_an_arm_are_left_out_and_counted()
    {
        (MeanArm, MeanArm)[] strata =
            [(new(50, 1, 2), new(60, 1.4, 3)), (new(40, 7, 1), default), (default, default)];
        PostStratifiedEstimate estimate = PostStratification.Compute(strata, .05);
        Assert.Equal((1, 1, 40), (estimate.StrataUsed, estimate.StrataLeftOut, estimate.UnitsLeftOut));
        Assert.Equal(.4, estimate.Effect.UpliftAbsolute!.Value, 1e-14);
    }

    [Fact]
    public void Strata_without_an_answer_are_named()
    {
        (MeanArm, MeanArm)[] none = [];
        (MeanArm, MeanArm)[] few = [(new(1, 1, 0), new(1, 1, 0))];
        (MeanArm, MeanArm)[] flat = [(new(5, 1, 0), new(5, 2, 0)), (new(5, 1, 0), new(5, 2, 0))];
        Assert.Equal(Reasons.NoData, PostStratification.Compute(none, .05).Effect.ReasonCode);
        Assert.Equal(Reasons.TooFewUnits, PostStratification.Compute(few, .05).Effect.ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, PostStratification.Compute(flat, .05).Effect.ReasonCode);
    }

    [Fact]
    public void A_ratio_with_an_empty_denominator_is_named()
    {
        RatioArm empty = new(10, 0, 0, 0, 0, 0);
        Assert.Equal(Reasons.ZeroDenominator, RatioTest.Compute(empty, empty, .05).ReasonCode);
        Assert.Equal(Reasons.NoData, RatioTest.Compute(default, default, .05).ReasonCode);
    }
}
