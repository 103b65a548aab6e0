using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

public sealed class MarginsTests
{
    [Fact]
    public void A_decrease_with_a_relative_margin_is_the_contrast_by_hand()
    {
        // Decrease is good, margin 5 %: (1.05 m_c - m_t)/sqrt(1.05² V_c + V_t), Satterthwaite on those two terms.
        MeanArm c = new(400, 20, 100);
        MeanArm t = new(300, 20.4, 90);
        double vc = 1.05 * 1.05 * 100 / 400;
        double vt = 90.0 / 300;
        double expected = ((1.05 * 20) - 20.4) / Math.Sqrt(vc + vt);
        double df = Math.Pow(vc + vt, 2) / ((vc * vc / 399) + (vt * vt / 299));
        MarginResult r = Margins.NonInferior(EffectMoments.Of(c, t), .05, true, DesiredDirection.Decrease, .05);
        Assert.Equal(expected, r.Statistic!.Value, 1e-12);
        Assert.Equal(df, r.DegreesOfFreedom!.Value, 1e-9);
        Assert.Equal(Tails.StudentTSurvival(expected, df), r.PValue!.Value, 1e-14);
        Assert.Equal(1, r.Margin!.Value, 1e-12);
        NonInferiorityResult same = NonInferiority.Relative(c, t, .05, DesiredDirection.Decrease, .05);
        Assert.Equal(r.PValue, same.PValue);
    }

    [Fact]
    public void A_negative_baseline_mirrors_a_positive_one()
    {
        // Negating a metric and its direction changes nothing.
        Random random = new(53);
        for (int i = 0; i < 2000; i++)
        {
            MeanArm c = new(random.Next(2, 1000), 5 + random.NextDouble(), 10 * random.NextDouble());
            MeanArm t = new(random.Next(2, 1000), 5 + random.NextDouble(), 10 * random.NextDouble());
            double nim = .2 * random.NextDouble();
            MeanArm Minus(MeanArm arm) => arm with { Mean = -arm.Mean };
            foreach (bool superiority in (bool[])[false, true])
            {
                MarginResult Test(MeanArm control, MeanArm treatment, DesiredDirection direction) => superiority
                    ? Margins.Superior(EffectMoments.Of(control, treatment), nim, true, direction, .05)
                    : Margins.NonInferior(EffectMoments.Of(control, treatment), nim, true, direction, .05);
                MarginResult up = Test(c, t, DesiredDirection.Increase);
                MarginResult down = Test(Minus(c), Minus(t), DesiredDirection.Decrease);
                Assert.Equal(up.Statistic!.Value, down.Statistic!.Value, 1e-9 * (1 + Math.Abs(up.Statistic.Value)));
                Assert.Equal(up.PValue!.Value, down.PValue!.Value, 1e-12);
                Assert.Equal(up.IsSignificantlyWorse, down.IsSignificantlyWorse);
            }
        }
    }

    [Fact]
    public void Relative_margins_agree_with_one_sided_fieller_bounds()
    {
        // At a normal reference the contrast test is what Fieller's set inverts, on negative bases too.
        Random random = new(59);
        int holds = 0;
        for (int i = 0; i < 3000; i++)
        {
            double mc = (random.Next(2) == 0 ? 1 : -1) * (1 + random.NextDouble());
            double vc = .01 * random.NextDouble();
            double mt = mc * (1 + (.3 * (random.NextDouble() - .5)));
            double vt = .01 * random.NextDouble();
            double nim = .2 * random.NextDouble();
            EffectMoments input = new(mt - mc, vc + vt, mc, vc, -vc, null);
            RelativeInterval set = RelativeLift.Fieller(mc, vc, mt, vt, Tails.NormalUpperQuantile(.05));
            bool up = Margins.NonInferior(input, nim, true, DesiredDirection.Increase, .05).Holds!.Value;
            bool down = Margins.NonInferior(input, nim, true, DesiredDirection.Decrease, .05).Holds!.Value;
            Assert.Equal(set.Lower > -nim, up);
            Assert.Equal(set.Upper < nim, down);
            Assert.Equal(set.Lower > nim, Margins.Superior(input, nim, true, DesiredDirection.Increase, .05).Holds);
            Assert.Equal(up && down, Margins.Equivalent(input, nim, true, .05).IsEquivalent);
            holds += up ? 1 : 0;
        }

        Assert.InRange(holds, 500, 2500);
    }

    [Fact]
    public void Absolute_margins_agree_with_the_interval()
    {
        EffectMoments input = EffectMoments.Of(new MeanArm(4000, 10, 25), new MeanArm(4000, 9.9, 25));
        MarginResult zero = Margins.NonInferior(input, 0, false, DesiredDirection.Increase, .05);
        Assert.Equal(zero.SuperiorPValue, zero.PValue);
        Assert.Equal(1, zero.SuperiorPValue!.Value + zero.WorsePValue!.Value, 1e-14);
        MarginResult superior = Margins.Superior(input, .5, false, DesiredDirection.Decrease, .05);
        Assert.Equal((.1 - .5) / Math.Sqrt(.0125), superior.Statistic!.Value, 1e-9);
        Assert.False(superior.Holds);
    }

    [Fact]
    public void A_metric_can_be_non_inferior_and_significantly_worse()
    {
        EffectMoments input = EffectMoments.Of(new MeanArm(1_000_000, 10, 25), new MeanArm(1_000_000, 9.95, 25));
        MarginResult r = Margins.NonInferior(input, .01, true, DesiredDirection.Increase, .05);
        Assert.True(r.Holds);
        Assert.True(r.IsSignificantlyWorse);
        Assert.False(r.IsSignificantlyBetter);
    }

    [Fact]
    public void The_size_of_a_relative_margin_is_alpha_only_with_the_noise_of_the_control()
    {
        // At the margin: m_t = .8 m_c with a noisy control; 3 Monte Carlo errors of .05 at 40,000 runs are .0033.
        Random random = new(61);
        const int runs = 40_000;
        int contrast = 0;
        int taken = 0;
        for (int i = 0; i < runs; i++)
        {
            double mc = 10 + Draws.Gaussian(random);
            double mt = 8 + (.5 * Draws.Gaussian(random));
            contrast += Margins.NonInferior(new EffectMoments(mt - mc, 1.25, mc, 1, -1, null), .2, true, DesiredDirection.Increase, .05).Holds == true ? 1 : 0;
            taken += Margins.NonInferior(new EffectMoments(mt - mc, 1.25, mc, 1, -1, null), .2 * mc, false, DesiredDirection.Increase, .05).Holds == true ? 1 : 0;
        }

        Assert.InRange(contrast / (double)runs, .0467, .0533);
        Assert.False(taken / (double)runs is > .0467 and < .0533, "A margin taken as fixed has another size.");
    }

    [Fact]
    public void No_scale_or_base_is_named()
    {
        EffectMoments none = new(1, 0, 5, 0, 0, null);
        Assert.Equal(Reasons.ZeroVariance, Margins.NonInferior(none, .1, true, DesiredDirection.Increase, .05).ReasonCode);
        Assert.Equal(Reasons.ControlZero, Margins.Equivalent(new EffectMoments(1, 1, 0, 1, -1, null), .1, true, .05).ReasonCode);
        Assert.Equal(Reasons.InvalidInput, Margins.Superior(new EffectMoments(double.NaN, 1, 0, 1, -1, null), .1, false, DesiredDirection.Increase, .05).ReasonCode);
    }
}
