using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

public sealed class BayesianTests
{
    [Fact]
    public void A_prior_shrinks_towards_its_mean_and_is_rescaled_for_an_absolute_effect()
    {
        RelativePrior prior = new(.01, .02 * .02);
        RelativeEstimate lift = new(.05, .02, null, 2.5, .0124, 0, 1, null);
        PosteriorEstimate r = BayesianNormal.Relative(lift, prior, .05);
        Assert.Equal(.03, r.Mean!.Value, 1e-15);
        Assert.Equal(.02 / Math.Sqrt(2), r.StandardDeviation!.Value, 1e-15);
        foreach (double mean in (double[])[40, -40])
        {
            PosteriorEstimate a = BayesianNormal.Absolute(2, .8, mean, prior, .05);
            Assert.Equal(40 * r.Mean.Value, a.Mean!.Value, 1e-12);
            Assert.Equal(40 * r.StandardDeviation.Value, a.StandardDeviation!.Value, 1e-12);
            Assert.Equal(r.ChanceToBeatControl!.Value, a.ChanceToBeatControl!.Value, 1e-12);
        }

        Assert.Equal(Reasons.ControlZero, BayesianNormal.Absolute(2, .8, 0, prior, .05).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, BayesianNormal.Absolute(2, 0, 1, null, .05).ReasonCode);
    }

    [Fact]
    public void Where_decrease_is_good_chances_and_losses_change_places()
    {
        PosteriorEstimate up = BayesianNormal.Absolute(.3, .2, 1, null, .05, threshold: .1);
        PosteriorEstimate down = BayesianNormal.Absolute(.3, .2, 1, null, .05, DesiredDirection.Decrease, .1);
        Assert.Equal(1, up.ChanceToBeatControl!.Value + down.ChanceToBeatControl!.Value, 1e-15);
        Assert.Equal(up.ExpectedLossControl, down.ExpectedLossTreatment);
        Assert.Equal(Tails.NormalCdf(1), up.ChanceAboveThreshold!.Value, 1e-15);
        Assert.Equal(Tails.NormalCdf(-2), down.ChanceAboveThreshold!.Value, 1e-15);
        PosteriorEstimate b = BetaBinomial.Compute(new BinomialArm(50, 20), new BinomialArm(60, 30), BetaPrior.Uniform, .05, DesiredDirection.Decrease, .1);
        PosteriorEstimate a = BetaBinomial.Compute(new BinomialArm(50, 20), new BinomialArm(60, 30), BetaPrior.Uniform, .05);
        Assert.Equal(1, a.ChanceToBeatControl!.Value + b.ChanceToBeatControl!.Value, 1e-12);
        Assert.Equal(a.ExpectedLossControl, b.ExpectedLossTreatment);
        Assert.True(b.ChanceAboveThreshold < b.ChanceToBeatControl);
    }

    [Fact]
    public void Beta_posteriors_by_exact_sums()
    {
        // Miller 2015, whole parameters: P(p_t > p_c) = Σ_{i<a_t} B(a_c + i, b_t + b_c)/((b_t + i) B(1 + i, b_t) B(a_c, b_c)).
        static double LnBeta(double a, double b) =>
            MathNet.Numerics.SpecialFunctions.GammaLn(a) + MathNet.Numerics.SpecialFunctions.GammaLn(b)
            - MathNet.Numerics.SpecialFunctions.GammaLn(a + b);
        Random random = new(173);
        for (int run = 0; run < 40; run++)
        {
            BinomialArm c = new(random.Next(1, 300), 0);
            BinomialArm t = new(random.Next(1, 300), 0);
            c = c with { X = random.Next((int)c.N + 1) };
            t = t with { X = random.Next((int)t.N + 1) };
            double sum = 0;
            for (int i = 0; i <= t.X; i++)
            {
                sum += Math.Exp(LnBeta(1 + c.X + i, 2 + t.Failures + c.Failures) - Math.Log(1 + t.Failures + i)
                    - LnBeta(1 + i, 1 + t.Failures) - LnBeta(1 + c.X, 1 + c.Failures));
            }

            PosteriorEstimate e = BetaBinomial.Compute(c, t, BetaPrior.Uniform, .1);
            Assert.Equal(sum, e.ChanceToBeatControl!.Value, 1e-9);
            Assert.Equal(e.Mean!.Value, e.ExpectedLossControl!.Value - e.ExpectedLossTreatment!.Value, 1e-10);
            Assert.True(e.Lower < e.Mean && e.Mean < e.Upper);
            Assert.InRange(e.Lower!.Value, -1, 1);
        }
    }

    [Theory]
    [InlineData(10_000, 300, 10_000, 340)]
    [InlineData(1_000_000, 41_000, 900_000, 37_200)]
    [InlineData(1_000_000_000_000, 400_000_000_000, 1_000_000_000_000, 400_000_900_000)]
    public void Large_arms_are_the_normal_posterior(long nc, long xc, long nt, long xt)
    {
        BinomialArm c = new(nc, xc);
        BinomialArm t = new(nt, xt);
        PosteriorEstimate e = BetaBinomial.Compute(c, t, BetaPrior.Uniform, .05, liftThreshold: 0);
        double se = Math.Sqrt(c.VarianceOfRate + t.VarianceOfRate);
        double d = t.Rate - c.Rate;
        Assert.Equal(Tails.NormalCdf(d / se), e.ChanceToBeatControl!.Value, 30 / Math.Sqrt(nc));
        Assert.InRange((e.Lower!.Value - (d - (1.959964 * se))) / se, -50 / Math.Sqrt(nc), 50 / Math.Sqrt(nc));
        Assert.InRange((e.Upper!.Value - (d + (1.959964 * se))) / se, -50 / Math.Sqrt(nc), 50 / Math.Sqrt(nc));
        Assert.Equal(e.ChanceToBeatControl.Value, e.ChanceAboveThreshold!.Value, 1e-8);
    }

    [Fact]
    public void Lifts_and_tails_of_unlike_arms()
    {
        // No success at all, a prior of half a success, a million against ten units: finite and ordered.
        PosteriorEstimate e = BetaBinomial.Compute(new BinomialArm(1_000_000, 0), new BinomialArm(10, 10), new BetaPrior(.5, .5), .05, liftThreshold: .5);
        Assert.InRange(e.ChanceToBeatControl!.Value, 1 - 1e-9, 1);
        Assert.InRange(e.ChanceAboveThreshold!.Value, 1 - 1e-9, 1);
        Assert.InRange(e.ExpectedLossTreatment!.Value, 0, 1e-20);
        PosteriorEstimate rare = BetaBinomial.Compute(new BinomialArm(1000, 500), new BinomialArm(1000, 700), BetaPrior.Uniform, .05, DesiredDirection.Decrease);
        Assert.InRange(rare.ChanceToBeatControl!.Value, 1e-22, 1e-19);
        Assert.Equal(Reasons.NoData, BetaBinomial.Compute(default, new BinomialArm(10, 1), BetaPrior.Uniform, .05).ReasonCode);
    }

    [Fact]
    public void A_credible_interval_has_its_mass_by_draws()
    {
        // P(lift > .2) and the ends against 400,000 draws from gamma variates.
        Random random = new(179);
        BinomialArm c = new(40, 9);
        BinomialArm t = new(30, 12);
        PosteriorEstimate e = BetaBinomial.Compute(c, t, BetaPrior.Uniform, .1, liftThreshold: .2);
        const int runs = 400_000;
        int below = 0;
        int above = 0;
        int lifts = 0;
        for (int run = 0; run < runs; run++)
        {
            double pc = Beta(10, 32);
            double pt = Beta(13, 19);
            below += pt - pc < e.Lower ? 1 : 0;
            above += pt - pc > e.Upper ? 1 : 0;
            lifts += pt > 1.2 * pc ? 1 : 0;
        }

        Assert.Equal(.05, below / (double)runs, .00105);
        Assert.Equal(.05, above / (double)runs, .00105);
        Assert.Equal(e.ChanceAboveThreshold!.Value, lifts / (double)runs, .0025);

        double Beta(int a, int b)
        {
            double x = Gamma(a);
            return x / (x + Gamma(b));
        }

        double Gamma(int shape)
        {
            double product = 1;
            for (int i = 0; i < shape; i++)
            {
                product *= 1 - random.NextDouble();
            }

            return -Math.Log(product);
        }
    }
}
