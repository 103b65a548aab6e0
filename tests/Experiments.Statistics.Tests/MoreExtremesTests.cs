using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

/// <summary>Tails, sizes and degenerate input of the methods beside means and rates: finite, ordered, monotone, or a reason.</summary>
public sealed class MoreExtremesTests
{
    /// <summary>z from 0 to 37.5, where 2Φ(-z) is 1e-306: every test by a normal statistic falls all the way.</summary>
    [Fact]
    public void Normal_tests_fall_to_1e_300()
    {
        double lastRank = 2;
        double lastTime = 2;
        double lastQuantile = 2;
        double lastUnpooled = 2;
        for (double z = 0; z <= 37.5; z += .5)
        {
            // n = m = 1e6 without ties: the deviation of U is n sqrt((2n + 1)/12).
            const long n = 1_000_000;
            double deviation = n * Math.Sqrt(((2.0 * n) + 1) / 12);
            RankEstimate ranks = MannWhitney.Compute(new RankSums(n, n, (.5 * n * n) + (z * deviation), 0), continuity: false);
            Assert.Equal(z, ranks.Statistic!.Value, 1e-9);
            Falls(ranks.PValue, ref lastRank);

            // V = 1e6: z = (O - E)/1000, the hazard ratio exp(z/1000).
            LogRankEstimate time = LogRank.Compute(new LogRankSums(5e6 + (1000 * z), 5e6, 1e6), .05);
            Falls(time.PValue, ref lastTime);
            Assert.True(time.Lower <= time.HazardRatio && time.HazardRatio <= time.Upper);

            // Bounds ±1.959964 of a normal quantile make its error 1; two arms make sqrt(2).
            double half = Tails.NormalUpperQuantile(.025);
            QuantileArm Arm(double q) => new(1_000_000, q, q - half, q + half, 2.5e-7);
            EffectEstimate quantile = QuantileDifference.Compute(Arm(100), Arm(100 + (z * Math.Sqrt(2))), .5, .05);
            Assert.Equal(z, quantile.Statistic!.Value, 1e-9);
            Falls(quantile.PValue, ref lastQuantile);
            Assert.True(quantile.CiLower <= quantile.UpliftAbsolute && quantile.UpliftAbsolute <= quantile.CiUpper);

            double effect = z * Math.Sqrt(2 * .25 / 1e9);
            EffectEstimate rate = TwoProportionTest.ComputeUnpooled(
                new BinomialArm(1_000_000_000, 500_000_000), new BinomialArm(1_000_000_000, 500_000_000 + (long)(effect * 1e9)), .05);
            Falls(rate.PValue, ref lastUnpooled);
        }

        Assert.All((double[])[lastRank, lastTime, lastQuantile], static p => Assert.InRange(p, 1e-310, 1e-300));
        Assert.InRange(lastUnpooled, 1e-310, 1e-300);

        static void Falls(double? p, ref double last)
        {
            Assert.True(p > 0 && p < last, $"{p:R} {last:R}");
            last = p!.Value;
        }
    }

    /// <summary>
    /// P(any |Z_i| ≥ c) lies between one comparison's tail and the sum of all, and reaches the sum as c grows: deep in the
    /// tail two comparisons do not exceed together.
    /// </summary>
    [Fact]
    public void Dunnett_lies_between_one_comparison_and_the_sum_down_to_1e_290()
    {
        double[] variances = [1, 2, .5, 4];
        double last = 1;
        for (double c = 0; c <= 36; c += 1.5)
        {
            double family = Dunnett.FamilyTail(.8, variances, c);
            double single = Tails.NormalTwoSided(c);
            Assert.True(family >= single * (1 - 1e-9) && family <= variances.Length * single * (1 + 1e-9), $"{c} {family:R}");
            Assert.True(family <= last && family > 0, $"{c}");
            last = family;
        }

        Assert.InRange(last, 1e-290, 1e-280);
        Assert.Equal(1, last / (4 * Tails.NormalTwoSided(36)), .01);
    }

    [Fact]
    public void Corrections_keep_order_at_0_1e_300_and_1()
    {
        double?[] p = [0, 1e-300, null, 1e-299, .5, 1, 1];
        foreach (Func<IReadOnlyList<double?>, double?[]> procedure in (Func<IReadOnlyList<double?>, double?[]>[])
            [
                MultipleComparisons.Bonferroni, MultipleComparisons.Holm, MultipleComparisons.Hochberg,
                MultipleComparisons.Hommel, MultipleComparisons.BenjaminiHochberg, MultipleComparisons.BenjaminiYekutieli,
            ])
        {
            double?[] adjusted = procedure(p);
            Assert.Null(adjusted[2]);
            Assert.Equal(0, adjusted[0]);
            Assert.Equal(1, adjusted[6]);
            double[] known = [.. adjusted.OfType<double>()];
            Assert.True(known.Zip(known.Skip(1)).All(static pair => pair.First <= pair.Second));

            // Six members: at most six times, or 6 Σ 1/j = 14.7 times for Benjamini and Yekutieli.
            Assert.InRange(adjusted[1]!.Value, 1e-300, 1.47e-299);
        }
    }

    [Fact]
    public void Ratios_with_covariates_and_regressions_of_any_input_are_finite_or_have_a_reason()
    {
        Random random = new(283);
        int answers = 0;
        for (int i = 0; i < 3000; i++)
        {
            Alternative side = (Alternative)(i % 3);
            RatioCupedArm Ratio()
            {
                int n = random.Next(0, 5) == 0 ? random.Next(0, 3) : random.Next(3, 12);
                double scale = Math.Pow(10, 20 * (random.NextDouble() - .5));
                bool isFlat = random.Next(6) == 0;
                return RatioCupedArm.FromRows([.. Enumerable.Range(0, n).Select(_ => (
                    scale * random.NextDouble(),
                    random.Next(5) == 0 ? 0 : random.NextDouble(),
                    isFlat ? 1 : random.NextDouble(),
                    isFlat ? 1 : random.NextDouble()))]);
            }

            RegressionArm Lines()
            {
                int n = random.Next(0, 14);
                double scale = Math.Pow(10, 20 * (random.NextDouble() - .5));
                int kind = random.Next(5);
                return RegressionArm.FromRows(
                    [.. Enumerable.Range(0, n).Select(_ =>
                    {
                        double x = random.NextDouble();
                        return (double[])[scale * random.NextDouble(), kind == 0 ? 1 : x, kind == 1 ? 2 * x : random.NextDouble()];
                    })],
                    3);
            }

            RegressionEstimate line = RegressionAdjustment.Compute(Lines(), Lines(), .05, (SlopeChoice)(i % 2), alternative: side);
            EffectEstimate[] estimates =
                [Cuped.Compute(Ratio(), Ratio(), .05, alternative: side).Effect, line.Estimate.Effect];
            foreach (EffectEstimate e in estimates)
            {
                EffectTests.AssertFinite(e);
                answers += e.HasAnswer ? 1 : 0;
                Assert.Equal(e.ReasonCode is null, e.PValue is not null);
                Assert.True(e.PValue is null or (>= 0 and <= 1), $"{e}");
                Assert.True(!(e.CiLower > e.UpliftAbsolute) && !(e.CiUpper < e.UpliftAbsolute), $"{e}");
            }

            Assert.Equal(line.Estimate.Effect.HasAnswer, line.Control is not null);
        }

        Assert.True(answers > 2000, $"{answers}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(30)]
    [InlineData(1_000)]
    [InlineData(1_000_000)]
    [InlineData(1_000_000_000)]
    public void Posteriors_of_rates_from_0_to_100_percent_are_ordered(long n)
    {
        double last = -1;
        foreach (long x in ((long[])[0, 1, n / 10, n / 2, n - 1, n]).Distinct().Order())
        {
            PosteriorEstimate p = BetaBinomial.Compute(
                new BinomialArm(n, n / 2), new BinomialArm(n, x), BetaPrior.Uniform, .05);
            Assert.Null(p.ReasonCode);
            Assert.InRange(p.ChanceToBeatControl!.Value, 0, 1);
            Assert.True(p.ChanceToBeatControl >= last - 1e-12, $"{n} {x}");
            Assert.True(p.Lower <= p.Upper && p.ExpectedLossControl >= 0 && p.ExpectedLossTreatment >= 0);

            // The two losses differ by the mean of the effect, which is known: (x + 1)/(n + 2) - (n/2 + 1)/(n + 2).
            double mean = (x - (n / 2)) / (n + 2.0);
            Assert.Equal(mean, p.ExpectedLossControl!.Value - p.ExpectedLossTreatment!.Value, 1e-9);
            last = p.ChanceToBeatControl.Value;
        }
    }

    [Fact]
    public void Plans_of_any_size_are_monotone()
    {
        PowerDesign mean = new() { Baseline = 10, Variance = 4 };
        PowerDesign rate = new() { Metric = PowerMetric.Proportion, Baseline = .001 };
        foreach (PowerDesign design in (PowerDesign[])
            [mean, rate, mean with { Monitoring = Monitoring.ConfidenceSequence }, mean with { Goal = PowerGoal.Equivalence, Margin = .5 }])
        {
            double last = 0;
            double detectable = double.PositiveInfinity;
            double effect = design.Goal == PowerGoal.Equivalence ? 0 : .0005;
            for (double units = 4; units <= 1e12; units *= 10)
            {
                double power = Power.Of(design, units, effect);
                Assert.InRange(power, 0, 1);
                Assert.True(power >= last - 1e-9, $"{design} {units} {power:R} {last:R}");
                last = power;
                double? now = Power.DetectableEffect(design, units, .8);
                Assert.True(now is null || (now > 0 && double.IsFinite(now.Value) && now <= detectable), $"{design} {units} {now:R}");
                detectable = now ?? detectable;
            }

            Assert.True(last > .999, $"{design} {last:R}");
        }

        double? sample = Power.SampleSize(mean, 1e-6, .999999);
        Assert.InRange(sample!.Value, 1e12, 1e16);
        Assert.Equal(.999999, Power.Of(mean, sample.Value, 1e-6), 1e-8);
    }

    [Fact]
    public void Plans_of_many_looks_and_tiny_levels_have_falling_bounds()
    {
        foreach (double level in (double[])[.025, 1e-6, 1e-12])
        {
            double[] times = [.. Enumerable.Range(1, 60).Select(static k => k / 60.0)];
            IReadOnlyList<GroupSequentialLook> plan =
                GroupSequential.Bounds(times, 1, level, new Spending(SpendingFamily.OBrienFleming));
            double last = double.PositiveInfinity;
            foreach (GroupSequentialLook look in plan)
            {
                Assert.True(look.Critical is null || look.Critical <= last + 1e-9, $"{level} {look}");
                last = look.Critical ?? last;
            }

            // No bound below that of one look, nor above that of spending a fair share.
            Assert.True(last >= Tails.NormalUpperQuantile(level) && last < Tails.NormalUpperQuantile(level / 60), $"{level} {last:R}");
            double[] bounds = [.. plan.Select(static look => look.Critical ?? double.PositiveInfinity)];
            Assert.Equal(1, GroupSequential.TypeOneError(times, bounds) / (2 * level), 1e-3);
        }
    }

    [Fact]
    public void Combinations_of_experiments_take_any_scale()
    {
        foreach (double scale in (double[])[1e-150, 1e-9, 1, 1e9, 1e150])
        {
            (double? Effect, double? StandardError)[] rows = [(1 * scale, .5 * scale), (2 * scale, .5 * scale), (4 * scale, 1 * scale)];

            // Weights 4, 4, 1: mean 16/9, Q = 4 (7/9)² + 4 (2/9)² + (20/9)² = (196 + 16 + 400)/81.
            HeterogeneityResult q = Heterogeneity.Compute(rows);
            Assert.Equal(612 / 81.0, q.Q!.Value, 1e-12);
            CombinedEffect fixedEffect = MetaAnalysis.Fixed(rows, .05);
            Assert.Equal(16 / 9.0, fixedEffect.Effect!.Value / scale, 1e-12);
            CombinedEffect random = MetaAnalysis.Random(rows, .05);
            Assert.True(random.Lower < random.Effect && random.Effect < random.Upper, $"{scale} {random}");
        }

        Assert.Equal(0, Heterogeneity.Compute([(1, 1e-9), (1, 1e9), (1, 1)]).Q!.Value, 1e-15);
    }

    [Fact]
    public void A_sequential_sample_ratio_of_trillions_has_a_p_value()
    {
        SampleRatioIncrement Day(long control, long treatment) => new([control, treatment], [1, 1], 0);
        IReadOnlyList<SampleRatioLook> fair = SampleRatioEProcess.Compute([Day(500_000_000_000, 500_000_000_000)]);
        Assert.Equal(1, fair[0].PValue, 1e-12);
        IReadOnlyList<SampleRatioLook> unfair = SampleRatioEProcess.Compute([Day(500_000_000_000, 500_100_000_000)]);
        Assert.InRange(unfair[0].PValue, 0, 1e-300);
        Assert.Equal(1, SampleRatioEProcess.Compute([Day(1, 0)])[0].PValue, 1e-3);
    }

    [Fact]
    public void A_switchback_of_equal_blocks_has_p_1_and_one_arm_has_none()
    {
        SwitchbackBlock Block(bool isTreatment, double y) => new(1, isTreatment, 10, 10 * y);
        Assert.Equal(1, Switchback.Compute([Block(true, 3), Block(false, 3), Block(true, 3), Block(false, 3)]).PValue);
        Assert.Equal(Reasons.NoData, Switchback.Compute([Block(true, 3), Block(true, 4)]).ReasonCode);

        // Two of four, the larger two treated: 2 of 6 assignments are as extreme.
        SwitchbackResult huge = Switchback.Compute([Block(true, 4e150), Block(false, 1e150), Block(true, 3e150), Block(false, 2e150)]);
        Assert.Equal(2.0 / 6, huge.PValue!.Value, 1e-15);
        Assert.Equal(2e150, huge.Effect!.Value, 1e138);
    }
}
