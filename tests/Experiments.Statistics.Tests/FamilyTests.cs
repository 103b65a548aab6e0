namespace Experiments.Statistics.Tests;

public sealed class FamilyTests
{
    [Fact]
    public void Dunnetts_critical_values()
    {
        // Dunnett 1955, 1964, tables for infinitely many degrees of freedom, correlation 1/2, alpha .05.
        (int, double, double)[] table = [(1, 1.96, 1.64), (2, 2.21, 1.92), (3, 2.35, 2.06), (4, 2.44, 2.16), (5, 2.51, 2.23), (9, 2.69, 2.42)];
        foreach ((int k, double both, double one) in table)
        {
            double[] equal = [.. Enumerable.Repeat(1.0, k)];
            Assert.Equal(both, Dunnett.Critical(1, equal, .05), .006);
            Assert.Equal(one, Dunnett.Critical(1, equal, .05, Alternative.Greater), .006);
        }
    }

    [Fact]
    public void Dunnett_of_one_treatment_is_its_own_test_down_to_the_tail()
    {
        foreach (double z in (double[])[0, .3, 1.96, 5, 12, 30, 37])
        {
            foreach (double ratio in (double[])[1e-6, .01, 1, 100, 1e6])
            {
                double p = Dunnett.FamilyTail(ratio, [1], z);
                Assert.InRange(p / Tails.NormalTwoSided(z), 1 - 1e-9, 1 + 1e-9);
                Assert.InRange(Dunnett.FamilyTail(ratio, [1], z, Alternative.Less) / Tails.NormalSurvival(z), 1 - 1e-9, 1 + 1e-9);
            }
        }
    }

    [Fact]
    public void Dunnett_lies_between_one_comparison_and_bonferroni_and_between_its_limits()
    {
        // A control without noise: independent tests (Šidák). A control with all the noise: one test.
        double[] four = [1, 1, 1, 1];
        double single = Tails.NormalTwoSided(2.4);
        Assert.Equal(1 - Math.Pow(1 - single, 4), Dunnett.FamilyTail(0, four, 2.4), 1e-12);
        Assert.Equal(single, Dunnett.FamilyTail(1e12, four, 2.4), 1e-6);
        double mixed = Dunnett.FamilyTail(1, [.2, 1, 5, 20], 2.4);
        Assert.InRange(mixed, single, 4 * single);
        double?[] adjusted = Dunnett.Adjust(1, [1, 1, 1], [2.5, null, -1.1]);
        Assert.Null(adjusted[1]);
        Assert.Equal(Dunnett.FamilyTail(1, [1, 1], 2.5), adjusted[0]);
    }

    [Fact]
    public void Dunnett_by_simulation_with_unequal_arms()
    {
        Random random = new(137);
        double[] v = [.3, 2, 1];
        const double bound = 2.2;
        double expected = Dunnett.FamilyTail(.8, v, bound);
        const int runs = 200_000;
        int hits = 0;
        for (int run = 0; run < runs; run++)
        {
            double c = Math.Sqrt(.8) * Draws.Gaussian(random);
            bool hit = false;
            foreach (double variance in v)
            {
                hit |= Math.Abs((Math.Sqrt(variance) * Draws.Gaussian(random)) - c) / Math.Sqrt(variance + .8) >= bound;
            }

            hits += hit ? 1 : 0;
        }

        Assert.Equal(expected, hits / (double)runs, 3 * Math.Sqrt(expected / runs));
    }

    [Fact]
    public void Adjusted_p_values_agree_with_their_intervals_where_they_are_said_to()
    {
        Random random = new(139);
        int rejections = 0;
        foreach (Correction correction in (Correction[])
            [
                Correction.None, Correction.Bonferroni, Correction.Holm, Correction.BenjaminiHochberg,
                Correction.BenjaminiYekutieli, Correction.Hochberg, Correction.Hommel, Correction.PreferentialAlpha,
            ])
        {
            for (int run = 0; run < 300; run++)
            {
                Alternative side = (run % 3) switch { 0 => Alternative.TwoSided, 1 => Alternative.Greater, _ => Alternative.Less };
                FamilyMember[] members = [.. Enumerable.Range(0, random.Next(1, 7)).Select(i => new FamilyMember(Estimate(random, side), i == 0))];
                foreach (FamilyResult r in Families.Correct(members, correction, .1))
                {
                    rejections += r.IsRejected == true ? 1 : 0;
                    if (r.Agrees == true)
                    {
                        bool excludes = r.Lower > 0 || r.Upper < 0
                            || (r.Interval == FamilyInterval.HolmCompatible && (r.Lower == 0 || r.Upper == 0));
                        Assert.Equal(r.IsRejected, excludes);
                    }

                    Assert.Equal(
                        correction is Correction.Bonferroni or Correction.Holm && r.IsRejected is not null, r.IsSimultaneous);
                }
            }
        }

        Assert.True(rejections > 1000);
    }

    [Fact]
    public void The_kinds_of_intervals_are_as_the_corrections_say()
    {
        Random random = new(149);
        FamilyMember[] members = [.. Enumerable.Range(0, 4).Select(i => new FamilyMember(Estimate(random, Alternative.TwoSided, i < 2 ? 5 : 0)))];
        Assert.All(Families.Correct(members, Correction.Holm, .05), r => Assert.Equal((FamilyInterval.Bonferroni, .0125), (r.Interval, r.IntervalAlpha)));
        IReadOnlyList<FamilyResult> bh = Families.Correct(members, Correction.BenjaminiHochberg, .05);
        int selected = bh.Count(r => r.IsRejected == true);
        Assert.InRange(selected, 1, 3);
        Assert.All(bh, r => Assert.Equal(r.IsRejected == true ? FamilyInterval.FalseCoverageRate : FamilyInterval.None, r.Interval));
        Assert.Equal(selected * .05 / 4, bh.First(r => r.IsRejected == true).IntervalAlpha!.Value, 1e-15);
        Assert.All(Families.Correct(members, Correction.Hommel, .05), r => Assert.Equal((FamilyInterval.Marginal, false), (r.Interval, r.IsSimultaneous)));
        members[1] = new FamilyMember(EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData));
        Assert.Null(Families.Correct(members, Correction.Bonferroni, .05)[1].AdjustedPValue);
        Assert.Equal(.05 / 3, Families.Correct(members, Correction.Bonferroni, .05)[0].IntervalAlpha!.Value, 1e-15);
    }

    [Fact]
    public void Joint_coverage_of_holms_bounds_and_of_its_levels()
    {
        // Four one-sided means, two of them far from 0: all four compatible bounds hold together in at least 95 %;
        // step-down levels taken for intervals do not.
        Random random = new(151);
        double[] truth = [0, 0, 3, 3];
        const int runs = 20_000;
        int together = 0;
        int naive = 0;
        for (int run = 0; run < runs; run++)
        {
            FamilyMember[] members = [.. truth.Select(mean => new FamilyMember(Estimate(random, Alternative.Greater, mean)))];
            IReadOnlyList<FamilyResult> results = Families.Correct(members, Correction.Holm, .05);
            together += results.Zip(truth).All(pair => pair.First.Lower <= pair.Second) ? 1 : 0;
            int[] order = [.. Enumerable.Range(0, 4).OrderBy(i => members[i].Estimate.PValue)];
            naive += order.Select((i, rank) => members[i].Estimate.UpliftAbsolute!.Value
                - Tails.NormalUpperQuantile(.05 / (4 - rank)) <= truth[i]).All(x => x) ? 1 : 0;
        }

        Assert.True(together / (double)runs >= .95 - (3 * Math.Sqrt(.05 * .95 / runs)));
        Assert.True(naive < together);
    }

    [Fact]
    public void Family_wise_and_false_discovery_rates()
    {
        // Twelve independent tests, six of them null.
        Random random = new(157);
        const int runs = 4000;
        foreach ((Correction correction, bool isFalseDiscovery) in ((Correction, bool)[])
            [
                (Correction.Bonferroni, false), (Correction.Holm, false), (Correction.Hochberg, false), (Correction.Hommel, false),
                (Correction.PreferentialAlpha, false), (Correction.BenjaminiHochberg, true), (Correction.BenjaminiYekutieli, true),
            ])
        {
            double rate = 0;
            double power = 0;
            for (int run = 0; run < runs; run++)
            {
                IReadOnlyList<FamilyResult> r = Families.Correct(
                    [.. Enumerable.Range(0, 12).Select(i => new FamilyMember(Estimate(random, Alternative.TwoSided, i < 6 ? 0 : 3), i == 0))],
                    correction,
                    .05);
                int wrong = r.Take(6).Count(x => x.IsRejected == true);
                int right = r.Skip(6).Count(x => x.IsRejected == true);
                rate += isFalseDiscovery ? wrong / (double)Math.Max(1, wrong + right) : wrong > 0 ? 1 : 0;
                power += right / 6.0 / runs;
            }

            Assert.True(rate / runs <= .05 + (3 * Math.Sqrt(.05 * .95 / runs)), correction.ToString());
            Assert.True(power > .3, correction.ToString());
        }
    }

    [Fact]
    public void Preferential_levels_add_up_to_alpha()
    {
        (double primary, double? others) = Families.PreferentialLevels(.05, .6, 2, 5);
        Assert.Equal(.05, 2 * (primary + (4 * others!.Value)), 1e-15);
        Assert.Equal((.025, null), Families.PreferentialLevels(.05, .6, 2, 1));
        Random random = new(163);
        FamilyMember[] members = [.. Enumerable.Range(0, 5).Select(i => new FamilyMember(Estimate(random, Alternative.TwoSided), i == 0))];
        IReadOnlyList<FamilyResult> r = Families.Correct(members, Correction.PreferentialAlpha, .05, .6);
        (double one, double? four) = Families.PreferentialLevels(.05, .6, 1, 5);
        for (int i = 0; i < 5; i++)
        {
            double level = i == 0 ? one : four!.Value;
            Assert.Equal(Math.Min(1, members[i].Estimate.PValue!.Value * .05 / level), r[i].AdjustedPValue!.Value, 1e-12);
        }
    }

    [Fact]
    public void Dunnett_intervals_agree_with_their_p_values()
    {
        Random random = new(167);
        MeanArm control = new(500, 10, 9);
        for (int run = 0; run < 40; run++)
        {
            MeanArm[] arms = [.. Enumerable.Range(0, 3).Select(_ => new MeanArm(400, 10 + (.3 * Draws.Gaussian(random)), 9))];
            EffectEstimate[] estimates = [.. arms.Select(arm => WelchTTest.Compute(control, arm, .05))];
            foreach (FamilyResult r in Families.CorrectByDunnett(estimates, control.VarianceOfMean, [.. arms.Select(arm => arm.VarianceOfMean)], .05))
            {
                Assert.Equal(r.AdjustedPValue < .05, r.Lower > 0 || r.Upper < 0);
            }
        }
    }

    [Fact]
    public void Refused_combinations_have_their_codes()
    {
        Assert.Null(Combinations.Refusal(Monitoring.FixedHorizon, TestKind.ExactProportion));
        Assert.Null(Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.Ratio));
        Assert.Null(Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.Quantile));
        Assert.Equal(Reasons.NoConfidenceSequence, Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.Rank));
        Assert.Equal(Reasons.NoConfidenceSequence, Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.ExactProportion));
        Assert.Equal(Reasons.NoConfidenceSequence, Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.TimeToEvent));
        Assert.Equal(Reasons.BayesianNotMonitored, Combinations.Refusal(Monitoring.GroupSequential, TestKind.Bayesian));
        Assert.Null(Combinations.Refusal(Monitoring.GroupSequential, TestKind.TimeToEvent));
        Assert.Null(Combinations.Refusal(Monitoring.GroupSequential, TestKind.Rank));
        Assert.Equal(Reasons.NoGroupSequential, Combinations.Refusal(Monitoring.GroupSequential, TestKind.ExactProportion));
        Assert.Equal(Reasons.BayesianNotMonitored, Combinations.Refusal(Monitoring.ConfidenceSequence, TestKind.Bayesian));
        Assert.Null(Combinations.Refusal(Monitoring.ConfidenceSequence, MonitoredPValue.RunningMinimum, Correction.Holm));
        Assert.Null(Combinations.Refusal(Monitoring.ConfidenceSequence, MonitoredPValue.RunningMinimum, Correction.BenjaminiYekutieli));
        Assert.Equal(Reasons.DependenceUnknown, Combinations.Refusal(Monitoring.ConfidenceSequence, MonitoredPValue.RunningMinimum, Correction.BenjaminiHochberg));
        Assert.Equal(Reasons.NominalPMonitored, Combinations.Refusal(Monitoring.GroupSequential, MonitoredPValue.Nominal, Correction.Holm));
        Assert.Null(Combinations.Refusal(Monitoring.GroupSequential, MonitoredPValue.Repeated, Correction.Holm));
        Assert.Null(Combinations.Refusal(Monitoring.FixedHorizon, MonitoredPValue.Nominal, Correction.Hommel));
        Assert.Equal(Reasons.BayesianNotInFamily, Combinations.FamilyRefusal(TestKind.Bayesian, false));
        Assert.Equal(Reasons.GuardrailUncorrected, Combinations.FamilyRefusal(TestKind.Mean, true));
        Assert.Equal(Reasons.WeightsChanged, Combinations.EpochRefusal(Monitoring.FixedHorizon, TestKind.Rank));
        Assert.Equal(Reasons.WeightsChanged, Combinations.EpochRefusal(Monitoring.ConfidenceSequence, TestKind.Mean));
        Assert.Null(Combinations.EpochRefusal(Monitoring.FixedHorizon, TestKind.TimeToEvent));
    }

    /// <summary>A normal estimate with standard error 1.</summary>
    private static EffectEstimate Estimate(Random random, Alternative side, double mean = 1)
    {
        double d = (side == Alternative.Less ? -mean : mean) + Draws.Gaussian(random);
        return new EffectEstimate
        {
            Method = Methods.WelchT,
            Alpha = .05,
            Alternative = side,
            UpliftAbsolute = d,
            StandardError = 1,
            Statistic = d,
            PValue = Estimates.PValue(d, null, side),
        };
    }
}
