namespace Experiments.Statistics.Tests;

public sealed class TailsTests
{
    private static readonly double[] s_degrees = [1, 1.5, 2, 2.3, 5, 10, 29.9, 100, 199.9, 200.1, 1000, 2e4, 1e7, 1e9, 1e12];

    [Fact]
    public void The_two_ways_of_the_t_tail_meet_at_their_border()
    {
        foreach (double t in (double[])[.001, .5, 1, 1.7, 1.8, 3, 8, 40, 100])
        {
            double below = Tails.StudentTSurvival(t, 199.9999999999);
            double above = Tails.StudentTSurvival(t, 200);
            Assert.InRange(above / below, 1 - 1e-9, 1 + 1e-9);
        }
    }

    [Fact]
    public void Quantiles_are_the_inverse_of_the_tails_down_to_1e_300()
    {
        foreach (double p in (double[])[.4999999, .45, .3, .1, .025, 1e-4, 1e-8, 1e-12, 1e-50, 1e-150, 1e-300])
        {
            double z = Tails.NormalUpperQuantile(p);
            Assert.InRange(Tails.NormalSurvival(z) / p, 1 - 2e-12, 1 + 2e-12);
            foreach (double df in s_degrees.Where(df => p > 1e-200 || df >= 2))
            {
                double t = Tails.StudentTUpperQuantile(p, df);
                double back = Tails.StudentTSurvival(t, df) / p;
                Assert.True(Math.Abs(back - 1) < 1e-11, FormattableString.Invariant($"df {df}, p {p}: t {t:R}, tail {back:R} p"));
                Assert.True(t >= z, FormattableString.Invariant($"t {t} below z {z} at df {df}, p {p}"));
            }
        }
    }

    [Fact]
    public void The_t_tail_is_closed_form_at_one_and_two_degrees_of_freedom()
    {
        foreach (double t in (double[])[1e-9, .01, .3, 1, 1.8, 5, 60, 1e5, 1e12, 1e90])
        {
            double one = Math.Atan(1 / t) / Math.PI;
            double two = 1 / (Math.Sqrt(2 + (t * t)) * (Math.Sqrt(2 + (t * t)) + t));
            Assert.InRange(Tails.StudentTSurvival(t, 1) / one, 1 - 1e-13, 1 + 1e-13);
            Assert.InRange(Tails.StudentTSurvival(t, 2) / two, 1 - 1e-13, 1 + 1e-13);
        }
    }

    [Fact]
    public void The_t_tail_becomes_the_normal_one()
    {
        foreach (double z in (double[])[0, .5, 1.96, 6, 20, 37])
        {
            Assert.InRange(Tails.StudentTSurvival(z, 1e18) / Tails.NormalSurvival(z), 1 - 1e-11, 1 + 1e-11);
            Assert.Equal(Tails.NormalSurvival(z), Tails.StudentTSurvival(z, double.PositiveInfinity));
        }
    }

    [Fact]
    public void Tails_at_infinity_and_at_zero()
    {
        Assert.Equal(0, Tails.StudentTSurvival(double.PositiveInfinity, 7));
        Assert.Equal(0, Tails.StudentTSurvival(double.PositiveInfinity, 7000));
        Assert.Equal(.5, Tails.StudentTSurvival(0, 7));
        Assert.Equal(.5, Tails.StudentTSurvival(0, 7000), 1e-14);
        Assert.Equal(1, Tails.StudentTTwoSided(0, 3));
        Assert.Equal(1, Tails.ChiSquareSurvival(0, 3));
        Assert.Equal(0, Tails.NormalUpperQuantile(.5));
        Assert.Equal(0, Tails.StudentTUpperQuantile(.5, 3));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(-.1)]
    [InlineData(double.NaN)]
    public void A_quantile_needs_a_probability(double p)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tails.NormalUpperQuantile(p));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tails.StudentTUpperQuantile(p, 5));
    }
}
