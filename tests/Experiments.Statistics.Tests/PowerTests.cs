using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

public sealed class PowerTests
{
    public static TheoryData<string> Designs() => [.. Table().Keys];

    [Theory]
    [MemberData(nameof(Designs))]
    public void Sample_size_power_and_detectable_effect_are_inverse(string name)
    {
        (PowerDesign design, double effect) = Table()[name];
        double n = Power.SampleSize(design, effect, .8)!.Value;
        double target = SampleSize.CorrectedPower(.8, design.Guardrails);
        Assert.Equal(target, Power.Of(design, n, effect), 1e-6);
        Assert.True(Power.Of(design, 1.1 * n, effect) > target);
        Assert.True(Power.Of(design, .9 * n, effect) < target);
        if (design.Goal == PowerGoal.Equivalence)
        {
            Assert.Null(Power.DetectableEffect(design, n));
            return;
        }

        double found = Power.DetectableEffect(design, n, .8, effect < 0)!.Value;
        Assert.Equal(effect, found, 1e-5 * (Math.Abs(effect) + .01));
    }

    [Fact]
    public void Proportions_are_rs_power_prop_test()
    {
        // The formulas of SampleSize are checked against R; they leave out the far tail, some 1e-7 here.
        PowerDesign design = new() { Metric = PowerMetric.Proportion, Baseline = .5 };
        Assert.Equal(2 * SampleSize.ForProportions(.5, .75, .05, .9), Power.SampleSize(design, .25, .9)!.Value, .001);
        Assert.Equal(SampleSize.PowerForProportions(.5, .75, 50, .05), Power.Of(design, 100, .25), 2e-6);
    }

    [Fact]
    public void Large_means_are_the_normal_formula_with_unequal_weights()
    {
        PowerDesign design = new() { Variance = 4, TreatmentVariance = 9, Weights = [3, 1] };
        (double c, double t) = SampleSize.ForMeans(4, 9, .01, .05, .8, 1 / 3.0);
        Assert.Equal(c + t, Power.SampleSize(design, .01)!.Value, 10.0);
    }

    [Fact]
    public void Covariates_clusters_and_guardrails_scale_the_sample()
    {
        PowerDesign design = new() { Variance = 4 };
        double n = Power.SampleSize(design, .01)!.Value;
        Assert.Equal(n * .64, Power.SampleSize(design with { CovariateCorrelation = .6 }, .01)!.Value, 5.0);
        double clustered = Power.ClusterDesignEffect(20, .05);
        Assert.Equal(1.95, clustered, 1e-12);
        Assert.Equal(1.95 * n, Power.SampleSize(design with { DesignEffect = clustered, UnitsPerCluster = 20 }, .01)!.Value, 100.0);

        // Few clusters: the t distribution of their number counts.
        double few = Power.SampleSize(design with { DesignEffect = 1.95, UnitsPerCluster = 20 }, .8)!.Value;
        Assert.True(few > 1.05 * Power.SampleSize(design with { DesignEffect = 1.95 }, .8)!.Value);
        double guarded = Power.SampleSize(design with { Guardrails = 3 }, .01)!.Value;
        Assert.Equal(Power.SampleSize(design, .01, .95)!.Value, guarded, 1.0);
    }

    [Fact]
    public void Sequential_plans_cost_what_their_inflation_says()
    {
        PowerDesign design = new() { Variance = 4 };
        double n = Power.SampleSize(design, .01)!.Value;
        double group = Power.SampleSize(design with { Monitoring = Monitoring.GroupSequential, Looks = 5 }, .01)!.Value;
        Assert.Equal(1.02471989146643, group / n, 2e-4);
        double always = Power.SampleSize(design with { Monitoring = Monitoring.ConfidenceSequence }, .01)!.Value;
        double critical = AsymptoticConfidenceSequence.Critical(1, 1, .05);
        Assert.Equal(Math.Pow((critical + .8416212) / (1.959964 + .8416212), 2), always / n, 1e-4);
    }

    [Fact]
    public void Several_treatments_need_more()
    {
        PowerDesign two = new() { Variance = 4, Weights = [1, 1] };
        PowerDesign four = two with { Weights = [1, 1, 1, 1] };
        double n = Power.SampleSize(two, .1)!.Value;
        Assert.Equal(2 * n, Power.SampleSize(four, .1)!.Value, 4);
        double dunnett = Power.SampleSize(four with { Correction = Correction.Dunnett }, .1)!.Value;
        double bonferroni = Power.SampleSize(four with { Correction = Correction.Bonferroni }, .1)!.Value;
        Assert.True(2 * n < dunnett && dunnett < bonferroni);
        Assert.Equal(2 * Power.SampleSize(two with { Alpha = .05 / 3 }, .1)!.Value, bonferroni, 4);
    }

    [Fact]
    public void Ranks_and_events_by_their_formulas()
    {
        // Noether 1987: N = (z_a + z_b)²/(12 c (1-c) (p - 1/2)²), one-sided .05, power .9, p = .7: 71.4.
        PowerDesign rank = new() { Metric = PowerMetric.Rank, Alternative = Alternative.Greater };
        Assert.Equal(71.4, Power.SampleSize(rank, .2, .9)!.Value, .05);

        // Schoenfeld 1981: events (z_a/2 + z_b)²/(c (1-c) ln² HR), hazard ratio 2, power .9: 87.5.
        PowerDesign events = new() { Metric = PowerMetric.TimeToEvent };
        Assert.Equal(87.5, Power.SampleSize(events, 1, .9)!.Value, .05);
        Assert.Equal(-.5, Power.DetectableEffect(events, Power.SampleSize(events, -.5)!.Value, .8, isDecrease: true)!.Value, 1e-6);
    }

    [Fact]
    public void Power_by_simulation()
    {
        // 20,000 runs: three Monte Carlo errors are at most .0106. Few units, unequal arms and variances.
        Random random = new(181);
        const int runs = 20_000;
        PowerDesign t = new() { Variance = 4, TreatmentVariance = 9, Weights = [2, 1] };
        PowerDesign worse = new() { Baseline = 10, Variance = 4, Weights = [2, 1], Goal = PowerGoal.NonInferiority, Margin = .08, IsMarginRelative = true, Direction = DesiredDirection.Decrease };
        PowerDesign tost = new() { Variance = 4, Goal = PowerGoal.Equivalence, Margin = 1 };
        int rejected = 0;
        int harmless = 0;
        int same = 0;
        for (int run = 0; run < runs; run++)
        {
            rejected += WelchTTest.Compute(Arm(30, 0, 2), Arm(15, 1.8, 3), .05).PValue < .05 ? 1 : 0;
            harmless += NonInferiority.Relative(Arm(60, 10, 2), Arm(30, 9.7, 2), .08, DesiredDirection.Decrease, .05).IsNonInferior == true ? 1 : 0;
            same += Margins.Equivalent(EffectMoments.Of(Arm(150, 0, 2), Arm(150, .2, 2)), 1, false, .05).IsEquivalent == true ? 1 : 0;
        }

        Assert.Equal(Power.Of(t, 45, 1.8), rejected / (double)runs, .0106);
        Assert.Equal(Power.Of(worse, 90, -.3), harmless / (double)runs, .0106);
        Assert.Equal(Power.Of(tost, 300, .2), same / (double)runs, .0106);

        MeanArm Arm(int n, double mean, double deviation)
        {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < n; i++)
            {
                double x = deviation * Draws.Gaussian(random);
                sum += x;
                squares += x * x;
            }

            return MeanArm.FromCentred(n, mean, sum, squares);
        }
    }

    [Fact]
    public void A_run_takes_whole_weeks_and_its_window()
    {
        Assert.Equal(14, Power.RunTime(8001, 1000));
        Assert.Equal(21, Power.RunTime(8001, 1000, 7));
        Assert.Equal(9, Power.RunTime(8001, 1000, 0, wholeWeeks: false));
        Assert.Equal(7, Power.RunTime(0, 1000));
        Assert.Null(Power.RunTime(1e16, 1e-3));
        IReadOnlyList<PowerPoint> curve = Power.Curve(new PowerDesign { Variance = 4 }, [1000, 10_000, 100_000], .1, dailyUnits: 500, windowDays: 3);
        Assert.Equal([10, 24, 206], curve.Select(point => point.Days!.Value));
        Assert.True(curve[0].Power < curve[1].Power && curve[1].Power < curve[2].Power);
        Assert.Equal(Math.Sqrt(10), curve[1].DetectableEffect!.Value / curve[2].DetectableEffect!.Value, 1e-3);
    }

    [Fact]
    public void Where_there_is_no_answer_it_is_null()
    {
        PowerDesign none = new() { Variance = 4, Goal = PowerGoal.NonInferiority, Margin = .1 };
        Assert.Null(Power.SampleSize(none, -.2));
        Assert.Null(Power.DetectableEffect(new PowerDesign { Metric = PowerMetric.Proportion, Baseline = .9 }, 10));
        Assert.Equal(0, Power.Of(new PowerDesign { Variance = 4 }, 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Power.Of(new PowerDesign { Weights = [1, 0] }, 9, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Power.Of(new PowerDesign { Correction = Correction.Holm }, 9, 1));
    }

    [Theory]
    [InlineData(2, 1, 0)]
    [InlineData(-3, 1, 0)]
    [InlineData(1.5, 4.5, 0)]
    [InlineData(2.4, 300, 0)]
    public void A_noncentral_t_without_noncentrality_is_a_t(double t, double df, double delta) =>
        Assert.InRange(Tails.NoncentralTSurvival(t, df, delta) / Tails.StudentTSurvival(t, df), 1 - 1e-9, 1 + 1e-9);

    [Fact]
    public void A_noncentral_t_by_draws_and_its_symmetry()
    {
        Assert.Equal(1, Tails.NoncentralTSurvival(1.3, 7, 2) + Tails.NoncentralTSurvival(-1.3, 7, -2), 1e-12);
        Assert.Equal(Tails.NormalSurvival(-1), Tails.NoncentralTSurvival(2, 1e13, 3), 1e-6);
        double last = 0;
        for (double delta = -40; delta <= 40; delta += .5)
        {
            double p = Tails.NoncentralTSurvival(2, 12, delta);
            Assert.True(p >= last - 1e-14 && p is >= 0 and <= 1 + 1e-12);
            last = p;
        }
    }

    private static Dictionary<string, (PowerDesign Design, double Effect)> Table() => new()
    {
        ["means, few"] = (new PowerDesign { Variance = 4 }, 1.5),
        ["means, many"] = (new PowerDesign { Variance = 4 }, -.001),
        ["means, 1:99, greater"] = (new PowerDesign { Variance = 4, Weights = [99, 1], Alternative = Alternative.Greater }, .2),
        ["means, less"] = (new PowerDesign { Variance = 4, Alternative = Alternative.Less }, -.2),
        ["covariate, clusters"] = (new PowerDesign { Variance = 4, CovariateCorrelation = .7, DesignEffect = 2, UnitsPerCluster = 8 }, .3),
        ["rates, up"] = (new PowerDesign { Metric = PowerMetric.Proportion, Baseline = .001 }, .0002),
        ["rates, down"] = (new PowerDesign { Metric = PowerMetric.Proportion, Baseline = .3, Weights = [1, 2] }, -.02),
        ["non-inferior"] = (new PowerDesign { Baseline = 10, Variance = 9, Goal = PowerGoal.NonInferiority, Margin = .02, IsMarginRelative = true }, -.05),
        ["non-inferior, negative base"] = (new PowerDesign { Baseline = -10, Variance = 9, Goal = PowerGoal.NonInferiority, Margin = .02, IsMarginRelative = true, Direction = DesiredDirection.Decrease }, .05),
        ["non-inferior rate"] = (new PowerDesign { Metric = PowerMetric.Proportion, Baseline = .2, Goal = PowerGoal.NonInferiority, Margin = .01 }, 0),
        ["superior"] = (new PowerDesign { Variance = 9, Goal = PowerGoal.SuperiorityByMargin, Margin = .1 }, .2),
        ["equivalent"] = (new PowerDesign { Variance = 9, Goal = PowerGoal.Equivalence, Margin = .2 }, .05),
        ["sequence"] = (new PowerDesign { Variance = 9, Monitoring = Monitoring.ConfidenceSequence, PlannedUnits = 10_000 }, .2),
        ["sequence, one-sided"] = (new PowerDesign { Variance = 9, Monitoring = Monitoring.ConfidenceSequence, Alternative = Alternative.Greater }, .2),
        ["group sequential"] = (new PowerDesign { Variance = 9, Monitoring = Monitoring.GroupSequential, Looks = 3, Spending = new Spending(SpendingFamily.Pocock) }, .2),
        ["bonferroni, guardrails"] = (new PowerDesign { Variance = 9, Weights = [2, 1, 1], Correction = Correction.Bonferroni, Guardrails = 2 }, .2),
        ["dunnett"] = (new PowerDesign { Variance = 9, Weights = [2, 1, 1], Correction = Correction.Dunnett }, .2),
        ["ranks"] = (new PowerDesign { Metric = PowerMetric.Rank }, .04),
        ["times"] = (new PowerDesign { Metric = PowerMetric.TimeToEvent, Weights = [1, 3] }, -.2),
    };
}
