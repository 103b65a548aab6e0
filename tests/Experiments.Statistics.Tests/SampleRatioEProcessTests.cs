using MathNet.Numerics;

namespace Experiments.Statistics.Tests;

public sealed class SampleRatioEProcessTests
{
    [Fact]
    public void The_bayes_factor_is_the_product_of_predictions()
    {
        // Unit by unit: predictive probability over planned probability, three arms, two epochs.
        Random random = new(127);
        double[] first = [.5, .3, .2];
        double[] second = [.2, .2, .6];
        double log = 0;
        double[] seen = new double[3];
        List<SampleRatioIncrement> looks = [];
        for (int i = 0; i < 400; i++)
        {
            double[] w = i < 200 ? first : second;
            if (i == 200)
            {
                seen = new double[3];
            }

            double draw = random.NextDouble();
            int arm = draw < .45 ? 0 : draw < .8 ? 1 : 2;
            log += Math.Log((((50 * w[arm]) + seen[arm]) / (50 + seen.Sum())) / w[arm]);
            seen[arm]++;
            long[] unit = [0, 0, 0];
            unit[arm] = 1;
            looks.Add(new SampleRatioIncrement(unit, w, i < 200 ? 0 : 1));
        }

        IReadOnlyList<SampleRatioLook> result = SampleRatioEProcess.Compute(looks, 50);
        Assert.Equal(log, result[^1].LogBayesFactor, 1e-9);
        Assert.True(result.Zip(result.Skip(1), (a, b) => b.PValue <= a.PValue).All(x => x));
    }

    [Fact]
    public void Huge_counts_keep_their_digits()
    {
        // log BF against the direct formula at 1e6, and against its limit at 1e12.
        static double Direct(double a, double s0, double s1) =>
            SpecialFunctions.GammaLn(2 * a) - SpecialFunctions.GammaLn((2 * a) + s0 + s1)
            + SpecialFunctions.GammaLn(a + s0) - SpecialFunctions.GammaLn(a)
            + SpecialFunctions.GammaLn(a + s1) - SpecialFunctions.GammaLn(a) + ((s0 + s1) * Math.Log(2));
        double small = SampleRatioEProcess.Compute([new([500_800, 499_200], [1, 1])])[0].LogBayesFactor;
        Assert.Equal(Direct(500, 500_800, 499_200), small, 1e-8);
        double huge = SampleRatioEProcess.Compute([new([500_000_800_000, 499_999_200_000], [1, 1])])[0].LogBayesFactor;

        // X² = (1.6e6)²/1e12 = 2.56; BF → sqrt(A/(A + N)) exp(X²/2 N/(A + N)) for large A.
        Assert.Equal((.5 * Math.Log(1000 / (1000 + 1e12))) + 1.28, huge, 2e-3);
    }

    [Fact]
    public void Looking_every_day_keeps_the_error_and_a_real_mismatch_is_found()
    {
        Random random = new(131);
        int called = 0;
        int found = 0;
        const int runs = 2000;
        for (int run = 0; run < runs; run++)
        {
            called += Watch(.5) ? 1 : 0;
            found += Watch(.52) ? 1 : 0;
        }

        Assert.True(called / (double)runs <= .05 + (3 * Math.Sqrt(.05 * .95 / runs)));
        Assert.True(found > .99 * runs);

        bool Watch(double rate)
        {
            List<SampleRatioIncrement> days = [];
            for (int day = 0; day < 30; day++)
            {
                double mean = 1000 * rate;
                long first = (long)Math.Round(mean + (Math.Sqrt(mean * (1 - rate)) * Draws.Gaussian(random)));
                days.Add(new SampleRatioIncrement([first, 1000 - first], [1, 1]));
            }

            return SampleRatioEProcess.Compute(days)[^1].PValue < .05;
        }
    }

    [Fact]
    public void Units_without_weight_are_named_and_weights_change_between_epochs_only()
    {
        IReadOnlyList<SampleRatioLook> looks = SampleRatioEProcess.Compute(
            [new([50, 50, 0], [1, 1, 0]), new([40, 60, 2], [1, 1, 0]), new([30, 30, 30], [1, 1, 1], 1)]);
        Assert.Null(looks[0].ReasonCode);
        Assert.Equal(2, looks[1].UnitsWithoutWeight);
        Assert.Equal(Reasons.ZeroWeightArm, looks[2].ReasonCode);
        Assert.Throws<ArgumentException>(() => SampleRatioEProcess.Compute([new([1, 1], [1, 1]), new([1, 1], [1, 2])]));
        Assert.Throws<ArgumentException>(() => SampleRatioEProcess.Compute([new([1, 1], [1, 1], 1), new([1, 1], [1, 1])]));
        Assert.Empty(SampleRatioEProcess.Compute([]));
    }

    [Fact]
    public void Checks_by_dimension_are_corrected()
    {
        double?[] p = SampleRatioMismatch.AdjustByDimension(
            [
                SampleRatioMismatch.Compute([500, 500], [1, 1]), SampleRatioMismatch.Compute([600, 400], [1, 1]),
                SampleRatioMismatch.Compute([0, 0], [1, 1]),
            ]);
        Assert.Equal(2 * SampleRatioMismatch.Compute([600, 400], [1, 1]).PValue!.Value, p[1]!.Value, 1e-15);
        Assert.Null(p[2]);
    }

    [Fact]
    public void A_prior_of_ones_own_by_the_formula()
    {
        // a = (2, 5, 1), weights 1:1:2, S = (30, 20, 50): lnG(8) - lnG(108) + sum lnG(a+S) - lnG(a) - S ln w.
        double[] a = [2, 5, 1];
        long[] units = [30, 20, 50];
        double[] weights = [.25, .25, .5];
        double expected = MathNet.Numerics.SpecialFunctions.GammaLn(8) - MathNet.Numerics.SpecialFunctions.GammaLn(108);
        for (int k = 0; k < 3; k++)
        {
            expected += MathNet.Numerics.SpecialFunctions.GammaLn(a[k] + units[k])
                - MathNet.Numerics.SpecialFunctions.GammaLn(a[k]) - (units[k] * Math.Log(weights[k]));
        }

        Assert.Equal(expected, SampleRatioEProcess.Compute([new(units, [1, 1, 2])], a)[0].LogBayesFactor, 1e-10);
        Assert.Equal(
            SampleRatioEProcess.Compute([new(units, [1, 1, 2])], 40)[0].LogBayesFactor,
            SampleRatioEProcess.Compute([new(units, [1, 1, 2])], (double[])[10, 10, 20])[0].LogBayesFactor,
            1e-12);
        Assert.Throws<ArgumentException>(() => SampleRatioEProcess.Compute([new(units, [1, 1, 2])], (double[])[1, 1]));
        Assert.Throws<ArgumentException>(() => SampleRatioEProcess.Compute([new(units, [1, 1, 2])], (double[])[1, 0, 1]));
    }

    /// <summary>
    /// Row 13 by hand: a period without units adds nothing, so that 12 and 8 of 10 and 10 remain, 2²/10 + 2²/10 = .8.
    /// </summary>
    [Fact]
    public void A_period_without_units_changes_nothing_of_the_chi_square()
    {
        SampleRatioResult result = SampleRatioMismatch.Compute(
        [
            new WeightEpoch([0, 0, 0], [.5, .5, 0]),
            new WeightEpoch([0, 12, 8], [0, .5, .5]),
        ]);

        Assert.Equal(.8, result.ChiSquare!.Value, 1e-12);
        Assert.Equal(1, result.DegreesOfFreedom);
    }
}
