using Experiments.Simulations;

namespace Experiments.Statistics.Tests;

/// <summary>A few of the simulation studies, short, so that the command that runs all of them cannot rot.</summary>
public sealed class SimulationTests
{
    [Theory]
    [InlineData("Welch t, Fieller", "lognormal, split 99:1, sd 1:2, effect 2.8 SE")]
    [InlineData("pooled t", "normal, split 99:1, sd 1:2 (assumption broken)")]
    [InlineData("families", "Benjamini-Hochberg, 10 independent tests, 6 without effect, 4 at 3 SE")]
    [InlineData("group sequential", "O'Brien-Fleming type, planned 300, looks at 150, 250, 330")]
    public void Rates_are_within_three_monte_carlo_errors(string group, string setting)
    {
        Study study = Studies.All().Single(study => study.Group == group && study.Setting == setting);
        Assert.All(
            StudyRunner.Run(study, 10_000, Studies.Seed(study, 1)),
            finding => Assert.True(finding.Passed, Report.Line(finding)));
    }

    [Fact]
    public void A_wrong_expectation_fails()
    {
        // Intervals 5 % too narrow: 2.5 % becomes P(Z > .95 z) = 3.13 % in each tail.
        Study study = new(
            "narrow",
            "one",
            [new("above", .025), new("below", .025)],
            1,
            () => (random, counts) =>
            {
                double z = random.Normal();
                counts[0] = z > .95 * Expected.Z ? 1 : 0;
                counts[1] = z < -.95 * Expected.Z ? 1 : 0;
            });
        IReadOnlyList<Finding> findings = StudyRunner.Run(study, 50_000, 7);
        Assert.All(findings, finding => Assert.False(finding.Passed));
        Assert.All(findings, finding => Assert.Equal(.0313, finding.Observed, .003));
        Assert.All(findings, finding => Assert.True(finding.IsRedrawn));
    }

    [Fact]
    public void Draws_have_their_moments()
    {
        Rng random = new(5);
        const int n = 200_000;
        foreach ((long trials, double p) in ((long, double)[])[(50, .1), (1000, .3), (1_000_000, .7), (10_000_000, 1e-6)])
        {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < n; i++)
            {
                double x = random.Binomial(trials, p) - (trials * p);
                sum += x;
                squares += x * x;
            }

            double variance = trials * p * (1 - p);
            Assert.InRange(sum / n / Math.Sqrt(variance / n), -4, 4);
            Assert.InRange(squares / n / variance, .98, 1.02);
        }

        double gamma = 0;
        double normal = 0;
        for (int i = 0; i < n; i++)
        {
            gamma += random.Gamma(2.5) / n;
            double z = random.Normal();
            normal += z * z / n;
        }

        Assert.InRange(gamma, 2.48, 2.52);
        Assert.InRange(normal, .98, 1.02);
    }

    [Fact]
    public void An_enumerated_rate_is_the_sum_over_all_tables()
    {
        // 3 units an arm at 1/2, "rejected" where the treatment has at least two successes more:
        // t = 2, c = 0: 3/8·1/8; t = 3, c = 0 or 1: 1/8·(1/8 + 3/8).
        (double below, double above) = Expected.Enumerate(
            3, .5, 3, .5, (c, t) => t - c >= 2 ? 1 : c - t >= 2 ? -1 : 0);
        Assert.Equal((3 / 64.0) + (4 / 64.0), above, 1e-12);
        Assert.Equal(above, below, 1e-12);
    }
}
