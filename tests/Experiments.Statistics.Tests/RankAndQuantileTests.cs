namespace Experiments.Statistics.Tests;

public sealed class RankAndQuantileTests
{
    // Freireich and others 1963, weeks of remission (Kleinbaum and Klein, Survival Analysis, table 1.1); true: relapse.
    private static readonly (double, bool)[] SixMercaptopurine =
    [
        (6, true), (6, true), (6, true), (7, true), (10, true), (13, true), (16, true), (22, true), (23, true), (6, false),
        (9, false), (10, false), (11, false), (17, false), (19, false), (20, false), (25, false), (32, false), (32, false),
        (34, false), (35, false),
    ];

    private static readonly (double, bool)[] Placebo =
    [
        .. ((double[])[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]).Select(week => (week, true)),
    ];

    [Fact]
    public void Log_rank_of_the_leukemia_trial()
    {
        // Kleinbaum and Klein: O 9, E 19.25 in the treated group, chi-square 16.79; R survdiff 16.8 on 1 df.
        LogRankSums sums = LogRankSums.FromUnits(Placebo, SixMercaptopurine);
        Assert.Equal(9, sums.Observed);
        Assert.Equal(19.25, sums.Expected, .005);
        LogRankEstimate e = LogRank.Compute(sums, .05);
        Assert.Equal(16.79, e.ChiSquare!.Value, .005);
        Assert.True(e.Statistic < 0 && e.HazardRatio < 1 && e.Upper < 1);
        Assert.Equal(4.17e-5, e.PValue!.Value, 1e-7);
        LogRankEstimate swapped = LogRank.Compute(LogRankSums.FromUnits(SixMercaptopurine, Placebo), .05);
        Assert.Equal(e.Statistic!.Value, -swapped.Statistic!.Value, 1e-12);
        Assert.Equal(1, e.HazardRatio!.Value * swapped.HazardRatio!.Value, 1e-12);
    }

    [Fact]
    public void Log_rank_without_ties_or_censoring_by_enumeration()
    {
        // All orders of 3 control and 3 treatment events are equally likely: O - E has mean 0 and E(O-E)² = E V
        // (a martingale), checked exactly over the 20 orders.
        double sum = 0;
        double squares = 0;
        double variances = 0;
        int orders = 0;
        for (int mask = 0; mask < 64; mask++)
        {
            if (int.PopCount(mask) != 3)
            {
                continue;
            }

            LogRankSums s = LogRankSums.FromUnits(
                [.. Enumerable.Range(0, 6).Where(i => (mask >> i & 1) == 0).Select(i => ((double)i, true))],
                [.. Enumerable.Range(0, 6).Where(i => (mask >> i & 1) == 1).Select(i => ((double)i, true))]);
            double distance = s.Observed - s.Expected;
            sum += distance;
            squares += distance * distance;
            variances += s.Variance;
            orders++;
        }

        Assert.Equal(20, orders);
        Assert.Equal(0, sum, 1e-12);
        Assert.Equal(squares, variances, 1e-12);
    }

    [Fact]
    public void Log_rank_strata_add_and_no_event_is_no_data()
    {
        LogRankSums one = LogRankSums.FromUnits(Placebo, SixMercaptopurine);
        LogRankEstimate both = LogRank.Compute(one.Add(one), .05);
        Assert.Equal(2 * LogRank.Compute(one, .05).ChiSquare!.Value, both.ChiSquare!.Value, 1e-10);
        Assert.Equal(Reasons.NoData, LogRank.Compute(LogRankSums.FromUnits([(1, false)], [(2, false)]), .05).ReasonCode);
        Assert.Equal(Reasons.NoData, LogRank.Compute(default, .05).ReasonCode);
        Assert.Throws<ArgumentException>(() => LogRankSums.FromTimes([new RiskSet(3, 3, 4, 0)]));
    }

    [Fact]
    public void Rank_sums_do_not_depend_on_the_arm_that_is_called_treatment()
    {
        Random random = new(41);
        for (int i = 0; i < 300; i++)
        {
            double[] a = [.. Enumerable.Range(0, random.Next(2, 40)).Select(_ => (double)random.Next(12))];
            double[] b = [.. Enumerable.Range(0, random.Next(2, 40)).Select(_ => (double)random.Next(14))];
            RankEstimate there = MannWhitney.Compute(RankSums.FromValues(a, b));
            RankEstimate back = MannWhitney.Compute(RankSums.FromValues(b, a));
            Assert.Equal(there.Statistic!.Value, -back.Statistic!.Value, 1e-12);
            Assert.Equal(there.PValue!.Value, back.PValue!.Value, 1e-12);
            Assert.Equal(1, there.ProbabilityOfSuperiority!.Value + back.ProbabilityOfSuperiority!.Value, 1e-12);
            double wins = a.Sum(x => b.Sum(y => y > x ? 1.0 : y == x ? .5 : 0));
            Assert.Equal(wins, there.U!.Value, 1e-9);
        }
    }

    [Fact]
    public void Ranks_of_huge_arms_with_a_huge_tie_are_finite()
    {
        RankEstimate e = MannWhitney.Compute(RankSums.FromCounts(
            [(0, 500_000_000_000, 499_000_000_000), (1, 500_000_000_000, 501_000_000_000)]));
        // Two values: the rank test is the test of two proportions.
        EffectEstimate z = TwoProportionTest.Compute(
            new BinomialArm(1_000_000_000_000, 500_000_000_000), new BinomialArm(1_000_000_000_000, 501_000_000_000), .05);
        Assert.Equal(z.Statistic!.Value, e.Statistic!.Value, 1e-6 * z.Statistic.Value);
    }

    [Fact]
    public void One_value_or_no_unit_has_a_reason()
    {
        Assert.Equal(Reasons.ZeroVariance, MannWhitney.Compute(RankSums.FromCounts([(3, 10, 12)])).ReasonCode);
        Assert.Equal(Reasons.NoData, MannWhitney.Compute(RankSums.FromCounts([(3, 10, 0)])).ReasonCode);
        Assert.Throws<ArgumentException>(() => RankSums.FromCounts([(3, 1, 1), (3, 1, 1)]));
    }

    [Fact]
    public void The_size_of_a_median_test_under_clustering()
    {
        // 400 units with 1 to 5 observations that share a unit effect; pass: within 3 Monte Carlo errors of .05 + .01,
        // the order statistics being slightly conservative or liberal in finite samples.
        Random random = new(43);
        const int runs = 3000;
        int below = 0;
        int above = 0;
        int naive = 0;
        for (int run = 0; run < runs; run++)
        {
            (QuantileArm c, QuantileArm cNaive) = Arm(random);
            (QuantileArm t, QuantileArm tNaive) = Arm(random);
            EffectEstimate e = QuantileDifference.Compute(c, t, .5, .05);
            below += e.CiUpper < 0 ? 1 : 0;
            above += e.CiLower > 0 ? 1 : 0;
            naive += QuantileDifference.Compute(cNaive, tNaive, .5, .05).PValue < .05 ? 1 : 0;
        }

        Assert.InRange(below / (double)runs, .015, .035);
        Assert.InRange(above / (double)runs, .015, .035);
        Assert.True(naive / (double)runs > .1, "Ignoring the clusters is liberal.");
    }

    [Fact]
    public void A_quantile_without_a_density_or_enough_observations_is_named()
    {
        QuantileArm good = new(1000, 5, 4.9, 5.2, .9 * .1 / 1000);
        Assert.True(QuantileDifference.Compute(good, good, .9, .05).HasAnswer);
        Assert.Equal(Reasons.AtomAtQuantile, QuantileDifference.Compute(good with { Lower = 5, Upper = 5 }, good, .9, .05).ReasonCode);
        Assert.Equal(Reasons.TooFewObservations, QuantileDifference.Compute(good, good with { VarianceOfLevel = .09 / 30 }, .9, .05).ReasonCode);
        Assert.Equal(Reasons.NoData, QuantileDifference.Compute(default, good, .9, .05).ReasonCode);
        Assert.Equal((1L, 20L), Quantiles.BoundingRanks(.5, .25, 20));
    }

    [Fact]
    public void A_cap_that_would_change_every_unit_is_refused()
    {
        double[] zeros = [0, 0, 0, 0, 0, 0, 0, 0, 0, 4];
        Assert.Equal(Reasons.CapDegenerate, Quantiles.Cap(zeros, .5).ReasonCode);
        Assert.Equal(Reasons.CapDegenerate, Quantiles.Cap(zeros, .95).ReasonCode);
        Assert.Equal(4, Quantiles.Cap(zeros, .5, nonZeroOnly: true).Cap);
        Assert.Equal(Reasons.NoData, Quantiles.Cap([], .5).ReasonCode);
    }

    private static (QuantileArm Clustered, QuantileArm Naive) Arm(Random random)
    {
        List<double[]> units = [];
        for (int i = 0; i < 400; i++)
        {
            double own = Draws.Gaussian(random);
            units.Add([.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => own + (.5 * Draws.Gaussian(random)))]);
        }

        double[] all = [.. units.SelectMany(unit => unit).Order()];
        double median = Quantiles.Continuous(all, .5)!.Value;
        RatioArm share = RatioArm.FromRows(
            [.. units.Select(unit => ((double)unit.Count(x => x <= median), (double)unit.Length))]);
        return (At(share.ToMeanArm()!.Value.VarianceOfMean), At(.25 / all.Length));

        QuantileArm At(double variance)
        {
            (long lower, long upper) = Quantiles.BoundingRanks(.5, variance, all.Length);
            return new QuantileArm(all.Length, median, all[lower - 1], all[upper - 1], variance);
        }
    }
}
