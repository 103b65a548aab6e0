namespace Experiments.Statistics.Tests;

/// <summary>Properties over seeded random inputs, from tiny to huge.</summary>
public sealed class PropertyTests
{
    private const int Runs = 3000;

    [Fact]
    public void Welch_and_fieller_exclude_no_effect_exactly_when_the_test_rejects()
    {
        Random random = new(20240817);
        int rejections = 0;
        for (int i = 0; i < Runs; i++)
        {
            (MeanArm control, MeanArm treatment) = (Mean(random), Mean(random));
            double alpha = Math.Pow(10, -4 * random.NextDouble());
            if (alpha >= 1)
            {
                continue;
            }

            EffectEstimate e = WelchTTest.Compute(control, treatment, alpha);
            EffectTests.AssertFinite(e);
            bool rejects = e.PValue < alpha;
            rejections += rejects ? 1 : 0;
            Assert.Equal(rejects, e.CiLower > 0 || e.CiUpper < 0);
            if (e.RelativeReason is null)
            {
                Assert.Equal(rejects, e.CiRelativeLower > 0 || e.CiRelativeUpper < 0);
                Assert.True(e.CiRelativeLower <= e.UpliftRelative && e.UpliftRelative <= e.CiRelativeUpper);
            }
            else if (e.RelativeReason == Reasons.FiellerUnbounded)
            {
                Assert.False(rejects);
            }
        }

        Assert.InRange(rejections, Runs / 10, Runs * 9 / 10);
    }

    [Fact]
    public void Fieller_ends_are_where_the_test_of_the_contrast_is_at_its_critical_value()
    {
        Random random = new(7);
        for (int i = 0; i < Runs; i++)
        {
            double mc = Math.Pow(10, 4 * (random.NextDouble() - .5)) * (random.Next(2) == 0 ? 1 : -1);
            double mt = mc * (1 + (.4 * (random.NextDouble() - .5)));
            double vc = Math.Pow(mc * .1 * random.NextDouble(), 2);
            double vt = Math.Pow(mc * .1 * random.NextDouble(), 2);
            double cov = Math.Sqrt(vc * vt) * (random.NextDouble() - .5);
            RelativeInterval set = RelativeLift.Fieller(mc, vc, mt, vt, 1.96, cov);
            Assert.Null(set.Reason);
            foreach (double lift in (double[])[set.Lower!.Value, set.Upper!.Value])
            {
                double ratio = mc > 0 ? 1 + lift : 1 - lift;
                double statistic = (mt - (ratio * mc)) / Math.Sqrt(vt - (2 * ratio * cov) + (ratio * ratio * vc));
                Assert.Equal(1.96, Math.Abs(statistic), 1e-6);
            }
        }
    }

    [Fact]
    public void Score_intervals_exclude_no_effect_exactly_when_pooled_z_rejects()
    {
        Random random = new(3);
        int rejections = 0;
        for (int i = 0; i < Runs; i++)
        {
            (BinomialArm control, BinomialArm treatment) = Binomials(random);
            double alpha = i % 2 == 0 ? .05 : .001;
            EffectEstimate e = TwoProportionTest.Compute(control, treatment, alpha);
            EffectTests.AssertFinite(e);
            Assert.True(e.CiLower <= e.UpliftAbsolute && e.UpliftAbsolute <= e.CiUpper, $"{control} {treatment} {e}");
            Assert.InRange(e.CiLower!.Value, -1, 1);
            Assert.InRange(e.CiUpper!.Value, -1, 1);
            Assert.True(e.CiRelativeLower is null or >= -1);
            if (e.IntervalAgrees == true)
            {
                bool rejects = e.PValue < alpha;
                rejections += rejects ? 1 : 0;
                Assert.Equal(rejects, e.CiLower > 0 || e.CiUpper < 0);
                Assert.Equal(rejects, e.CiRelativeLower > 0 || e.CiRelativeUpper < 0);
            }
        }

        Assert.InRange(rejections, Runs / 10, Runs * 9 / 10);
    }

    [Fact]
    public void Score_interval_ends_are_where_the_score_statistic_is_at_its_critical_value()
    {
        Random random = new(5);
        double q = Tails.NormalUpperQuantile(.025);
        for (int i = 0; i < Runs; i++)
        {
            (BinomialArm control, BinomialArm treatment) = Binomials(random);
            (double lower, double upper) = ScoreIntervals.Difference(control, treatment, q, 1, null);
            foreach (double d in (double[])[lower, upper])
            {
                if (Math.Abs(d) < 1)
                {
                    double z = (TwoProportionTest.Difference(control, treatment) - d)
                        / Math.Sqrt(ScoreIntervals.VarianceAt(control, treatment, d));
                    Assert.True(Math.Abs(Math.Abs(z) - q) < 1e-6, $"{control} {treatment} {d:R} {z:R}");
                }
            }
        }
    }

    [Fact]
    public void The_constrained_estimates_maximise_the_likelihood()
    {
        Random random = new(11);
        for (int i = 0; i < Runs; i++)
        {
            (BinomialArm control, BinomialArm treatment) = Binomials(random);
            double d = (1.8 * random.NextDouble()) - .9;
            (double pc, double pt) = ScoreIntervals.Constrained(control, treatment, d);
            Assert.Equal(d, pt - pc, 1e-12);
            double best = LogLikelihood(control, pc) + LogLikelihood(treatment, pt);
            foreach (double shift in (double[])[-1e-3, -1e-5, 1e-5, 1e-3])
            {
                if (pc + shift is >= 0 and <= 1 && pt + shift is >= 0 and <= 1)
                {
                    double other = LogLikelihood(control, pc + shift) + LogLikelihood(treatment, pt + shift);
                    Assert.True(other <= best + (1e-9 * Math.Abs(best)), $"{control} {treatment} {d:R} {shift}");
                }
            }
        }
    }

    [Fact]
    public void Swapping_the_arms_mirrors_the_effect()
    {
        Random random = new(13);
        for (int i = 0; i < Runs; i++)
        {
            (MeanArm control, MeanArm treatment) = (Mean(random), Mean(random));
            AssertMirrored(WelchTTest.Compute(control, treatment, .05), WelchTTest.Compute(treatment, control, .05));
            (BinomialArm c, BinomialArm t) = Binomials(random);
            foreach (ProportionInterval interval in Enum.GetValues<ProportionInterval>())
            {
                EffectEstimate there = TwoProportionTest.Compute(c, t, .05, interval);
                EffectEstimate back = TwoProportionTest.Compute(t, c, .05, interval);
                AssertMirrored(there, back);
                if (interval is ProportionInterval.Score or ProportionInterval.MiettinenNurminen
                    && there.RelativeReason is null && back.RelativeReason is null && there.CiRelativeLower > -1)
                {
                    // Ratio intervals of swapped arms are reciprocal.
                    Assert.Equal(1, (1 + there.CiRelativeLower!.Value) * (1 + back.CiRelativeUpper!.Value), 1e-6);
                }
            }
        }
    }

    [Fact]
    public void Counting_failures_mirrors_the_difference()
    {
        Random random = new(17);
        for (int i = 0; i < Runs; i++)
        {
            (BinomialArm c, BinomialArm t) = Binomials(random);
            AssertMirrored(
                TwoProportionTest.Compute(c, t, .05),
                TwoProportionTest.Compute(new BinomialArm(c.N, c.Failures), new BinomialArm(t.N, t.Failures), .05));
        }
    }

    [Fact]
    public void Merged_slices_are_the_whole()
    {
        Random random = new(19);
        for (int i = 0; i < 200; i++)
        {
            double[] values = [.. Enumerable.Range(0, 50).Select(_ => 1e6 + random.NextDouble())];
            int cut = random.Next(51);
            MeanArm merged = Of(values[..cut]).Merge(Of(values[cut..]));
            MeanArm whole = Of(values);
            Assert.Equal(whole.N, merged.N);
            Assert.Equal(whole.Mean, merged.Mean, 1e-9);
            Assert.InRange(merged.Variance / whole.Variance, 1 - 1e-9, 1 + 1e-9);
        }

        static MeanArm Of(double[] values) => MeanArm.FromCentred(
            values.Length, 1e6, values.Sum(x => x - 1e6), values.Sum(x => (x - 1e6) * (x - 1e6)));
    }

    [Fact]
    public void Adjusted_p_values_are_ordered_and_monotone()
    {
        Random random = new(23);
        for (int i = 0; i < Runs; i++)
        {
            double?[] p = [.. Enumerable.Range(0, random.Next(1, 9))
                .Select(_ => random.Next(6) == 0 ? (double?)null : Math.Pow(random.NextDouble(), 3))];
            double?[] bonferroni = MultipleComparisons.Bonferroni(p);
            double?[] holm = MultipleComparisons.Holm(p);
            double?[] hochberg = MultipleComparisons.Hochberg(p);
            double?[] hommel = MultipleComparisons.Hommel(p);
            double?[] bh = MultipleComparisons.BenjaminiHochberg(p);
            double?[] by = MultipleComparisons.BenjaminiYekutieli(p);
            for (int j = 0; j < p.Length; j++)
            {
                if (p[j] is null)
                {
                    Assert.Null(holm[j]);
                    Assert.Null(by[j]);
                    continue;
                }

                Assert.True(holm[j] <= bonferroni[j]);
                Assert.True(hochberg[j] <= holm[j]);
                Assert.True(hommel[j] <= hochberg[j] + 1e-15);
                Assert.True(bh[j] <= hommel[j] + 1e-15);
                Assert.True(p[j] <= bh[j] && bh[j] <= by[j] && by[j] <= 1);
                for (int k = 0; k < p.Length; k++)
                {
                    Assert.True(!(p[k] <= p[j]) || (holm[k] <= holm[j] && hommel[k] <= hommel[j] && by[k] <= by[j]));
                }
            }
        }
    }

    [Fact]
    public void Epochs_with_the_same_weights_are_one_epoch()
    {
        Random random = new(29);
        for (int i = 0; i < 500; i++)
        {
            double[] weights = [.2 + random.NextDouble(), .2 + random.NextDouble(), .2 + random.NextDouble()];
            long[] first = [random.Next(1, 1000), random.Next(1, 1000), random.Next(1, 1000)];
            long[] second = [random.Next(1, 1000), random.Next(1, 1000), random.Next(1, 1000)];
            SampleRatioResult epochs = SampleRatioMismatch.Compute([new(first, weights), new(second, weights)]);
            SampleRatioResult one = SampleRatioMismatch.Compute([.. first.Zip(second, (a, b) => a + b)], weights);
            Assert.InRange(epochs.ChiSquare!.Value, one.ChiSquare!.Value * (1 - 1e-9), (one.ChiSquare.Value * (1 + 1e-9)) + 1e-12);
            Assert.Equal(2, epochs.DegreesOfFreedom);
        }
    }

    [Fact]
    public void Two_epochs_with_different_weights_are_checked_against_their_own()
    {
        // 95/5, then 50/50: pooled weights of 50/50 would call this a mismatch.
        SampleRatioResult ramp = SampleRatioMismatch.Compute(
            [new([9500, 500], [.95, .05]), new([5010, 4990], [.5, .5])]);
        Assert.Equal(14500, ramp.Arms[0].Expected, 1e-9);
        double variance = (10000 * .95 * .05) + (10000 * .25);
        Assert.Equal(100 / variance, ramp.ChiSquare!.Value, 1e-12);
        Assert.Equal(10 / Math.Sqrt(variance), ramp.Arms[0].Residual!.Value, 1e-12);
        Assert.Equal(1, ramp.DegreesOfFreedom);
    }

    [Fact]
    public void An_arm_without_weight_in_one_epoch_only()
    {
        SampleRatioResult result = SampleRatioMismatch.Compute(
            [new([500, 500, 3], [.5, .5, 0]), new([330, 330, 340], [1, 1, 1])]);
        Assert.Equal(2, result.DegreesOfFreedom);
        Assert.Equal(3, result.UnitsWithoutWeight);
        Assert.Equal(Reasons.ZeroWeightArm, result.ReasonCode);
        Assert.True(result.IsMismatch(.001));
        Assert.True(result.PValue > .5);
    }

    [Fact]
    public void A_sample_ratio_without_data_or_arms_is_named()
    {
        Assert.Equal(Reasons.NoData, SampleRatioMismatch.Compute([0, 0], [1, 1]).ReasonCode);
        Assert.Equal(Reasons.OneArm, SampleRatioMismatch.Compute([10], [1]).ReasonCode);
        Assert.Equal(Reasons.OneArm, SampleRatioMismatch.Compute([]).ReasonCode);
        Assert.Null(SampleRatioMismatch.Compute([0, 0], [1, 1]).IsMismatch(.001));
        Assert.Throws<ArgumentException>(() => SampleRatioMismatch.Compute([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => SampleRatioMismatch.Compute([1, 2], [1, -1]));
    }

    private static void AssertMirrored(EffectEstimate there, EffectEstimate back)
    {
        Assert.Equal(there.UpliftAbsolute!.Value, -back.UpliftAbsolute!.Value, 1e-9 * Math.Abs(there.UpliftAbsolute.Value));
        double width = there.CiUpper!.Value - there.CiLower!.Value;
        Assert.Equal(there.CiLower.Value, -back.CiUpper!.Value, 1e-9 * width);
        Assert.Equal(there.CiUpper.Value, -back.CiLower!.Value, 1e-9 * width);
        Assert.InRange(back.PValue!.Value, there.PValue!.Value * (1 - 1e-9), there.PValue.Value * (1 + 1e-9));
    }

    private static double LogLikelihood(BinomialArm arm, double p) =>
        (arm.X == 0 ? 0 : arm.X * Math.Log(p)) + (arm.Failures == 0 ? 0 : arm.Failures * Math.Log(1 - p));

    private static MeanArm Mean(Random random)
    {
        long n = (long)Math.Pow(10, .4 + (6 * random.NextDouble()));
        double mean = 1 + (.5 * random.NextDouble());
        return new MeanArm(Math.Max(2, n), mean, Math.Pow(10, 3 * (random.NextDouble() - .5)));
    }

    private static (BinomialArm Control, BinomialArm Treatment) Binomials(Random random)
    {
        BinomialArm Arm()
        {
            long n = (long)Math.Pow(10, .4 + (6 * random.NextDouble()));
            double rate = random.Next(10) switch { 0 => 0, 1 => 1, _ => Math.Pow(random.NextDouble(), 3) };
            return new BinomialArm(Math.Max(2, n), (long)(Math.Max(2, n) * rate));
        }

        return (Arm(), Arm());
    }
}
