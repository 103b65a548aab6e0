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
    public void The_effect_by_hand_with_its_superpopulation_variance_and_its_sides()
    {
        // w = .6, .4; d = 1, 2; V = .04 + .06 and .02 + .03: τ = 1.4, Var = .36*.1 + .16*.05 = .044; the strata's effects
        // spread by .6*.16 + .4*.36 = .24 about it, over 100 units.
        (MeanArm, MeanArm)[] strata = [(new(30, 4, 1.2), new(30, 5, 1.8)), (new(20, 9, .4), new(20, 11, .6))];
        PostStratifiedEstimate fixedSizes = PostStratification.Compute(strata, .05);
        Assert.Equal(1.4, fixedSizes.Effect.UpliftAbsolute!.Value, 1e-14);
        Assert.Equal(Math.Sqrt(.044), fixedSizes.Effect.StandardError!.Value, 1e-14);
        EffectEstimate drawn = PostStratification.Compute(strata, .05, isSuperpopulation: true).Effect;
        Assert.Equal(Math.Sqrt(.044 + .0024), drawn.StandardError!.Value, 1e-14);
        EffectEstimate greater = PostStratification.Compute(strata, .05, Alternative.Greater).Effect;
        Assert.Equal(.5 * fixedSizes.Effect.PValue!.Value, greater.PValue!.Value, 1e-14);
        Assert.Equal(PostStratification.Compute(strata, .1).Effect.CiLower, greater.CiLower);
        Assert.Null(greater.CiUpper);
        Assert.Equal(Alternative.Less, PostStratification.Compute(strata[..1], .05, Alternative.Less).Effect.Alternative);
    }

    [Fact]
    public void Margins_of_a_stratified_effect_agree_with_its_interval()
    {
        (MeanArm, MeanArm)[] strata = [(new(300, 4, 9), new(200, 4.1, 8)), (new(100, 9, 16), new(150, 9.2, 25))];
        PostStratifiedEstimate estimate = PostStratification.Compute(strata, .1);
        EffectMoments moments = estimate.Moments!.Value;
        foreach (double nim in (double[])[.01, .02, .05, .1])
        {
            // One-sided at .05: the 90 % Fieller interval above -nim; its degrees of freedom differ a little.
            MarginResult margin = Margins.NonInferior(moments, nim, true, Experiments.Statistics.Decisions.DesiredDirection.Increase, .05);
            Assert.Equal(estimate.Effect.CiRelativeLower > -nim, margin.Holds);
        }

        RelativeInterval set = RelativeLift.Fieller(moments, Tails.StudentTUpperQuantile(.05, moments.DegreesOfFreedom!.Value));
        Assert.Equal(estimate.Effect.CiRelativeLower!.Value, set.Lower!.Value, 1e-12);
        Assert.Equal(estimate.Effect.CiRelativeUpper!.Value, set.Upper!.Value, 1e-12);
    }

    [Fact]
    public void Effects_of_any_method_are_stratified_by_their_moments()
    {
        // Without covariates the moments of the cells give what the cells give.
        (MeanArm Control, MeanArm Treatment)[] cells =
            [(new(300, 4, 9), new(200, 4.1, 8)), (new(100, 9, 16), new(150, 9.2, 25))];
        PostStratifiedEstimate plain = PostStratification.Compute(cells, .05);
        PostStratifiedEstimate byMoments = PostStratification.Compute(
            [.. cells.Select(static cell => new StratumEffect(EffectMoments.Of(cell.Control, cell.Treatment), cell.Control.N + cell.Treatment.N))],
            Methods.PostStratifiedT,
            .05);
        Assert.Equal(plain.Effect.UpliftAbsolute!.Value, byMoments.Effect.UpliftAbsolute!.Value, 1e-14);
        Assert.Equal(plain.Effect.StandardError!.Value, byMoments.Effect.StandardError!.Value, 1e-14);
        Assert.Equal(plain.Effect.DegreesOfFreedom!.Value, byMoments.Effect.DegreesOfFreedom!.Value, 1e-8);
        Assert.Equal(plain.Effect.CiRelativeUpper!.Value, byMoments.Effect.CiRelativeUpper!.Value, 1e-12);

        // CUPED over a ramp from 95/5 to 50/50 whose level moves by more than its noise: no effect is found.
        CupedArm Arm(long n, double mean) => new(n, mean, 1, 4, 2, 2);
        StratumEffect Epoch(long nc, long nt, double mean) => new(
            Cuped.Compute(Arm(nc, mean), Arm(nt, mean), .05).Moments, nc + nt);
        PostStratifiedEstimate ramp = PostStratification.Compute(
            [Epoch(95_000, 5_000, 10), Epoch(50_000, 50_000, 10.2), new StratumEffect(null, 7)], Methods.CupedT, .05);
        Assert.Equal(0, ramp.Effect.UpliftAbsolute!.Value, 1e-14);
        Assert.Equal((2, 1, 7), (ramp.StrataUsed, ramp.StrataLeftOut, ramp.UnitsLeftOut));
        Assert.True(ramp.Effect.StandardError < PostStratification.Compute(
            [(new MeanArm(95_000, 10, 4), new MeanArm(5_000, 10, 4)), (new MeanArm(50_000, 10.2, 4), new MeanArm(50_000, 10.2, 4))],
            .05).Effect.StandardError);
        Assert.Equal(Reasons.NoData, PostStratification.Compute([new StratumEffect(null, 3)], Methods.CupedT, .05).Effect.ReasonCode);
    }

    [Fact]
    public void A_ratio_with_an_empty_denominator_is_named()
    {
        RatioArm empty = new(10, 0, 0, 0, 0, 0);
        Assert.Equal(Reasons.ZeroDenominator, RatioTest.Compute(empty, empty, .05).ReasonCode);
        Assert.Equal(Reasons.NoData, RatioTest.Compute(default, default, .05).ReasonCode);
    }
}
