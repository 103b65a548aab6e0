namespace Experiments.Statistics.Tests;

public sealed class DiagnosticsTests
{
    // Colditz and others 1994: BCG against tuberculosis; cases and others, vaccinated then control, 13 trials.
    private static readonly (double, double, double, double)[] Bcg =
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
        (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ];

    [Fact]
    public void Novelty_by_tenure_keeps_its_size_where_the_line_through_days_does_not()
    {
        // Units with their own level over 10 days; no effect at all.
        Random random = new(191);
        const int runs = 2000;
        int slopes = 0;
        int lines = 0;
        for (int run = 0; run < runs; run++)
        {
            (MeanArm c, MeanArm[] cDays) = Arm();
            (MeanArm t, MeanArm[] tDays) = Arm();
            slopes += Novelty.Compute(c, t, 10, .05).PValue < .05 ? 1 : 0;
            lines += Novelty.PlottingAid([.. cDays.Zip(tDays, (a, b) => WelchTTest.Compute(a, b, .05))
                .Select((e, day) => ((double)day, e.UpliftAbsolute!.Value, e.StandardError!.Value))])!.Value.PValue < .05 ? 1 : 0;
        }

        Assert.InRange(slopes / (double)runs, .05 - .0146, .05 + .0146);
        Assert.True(lines / (double)runs < .02, "The level that units share over days makes the line conservative here.");

        (MeanArm Slopes, MeanArm[] Days) Arm()
        {
            double[] z = new double[60];
            double[][] values = [.. Enumerable.Range(0, 60).Select(i =>
            {
                double own = 2 * Draws.Gaussian(random);
                double[] row = [.. Enumerable.Range(0, 10).Select(_ => own + Draws.Gaussian(random))];
                z[i] = Novelty.UnitSlope(row);
                return row;
            })];
            return (Of(z), [.. Enumerable.Range(0, 10).Select(day => Of([.. values.Select(row => row[day])]))]);
        }

        static MeanArm Of(double[] x) => MeanArm.FromCentred(x.Length, 0, x.Sum(), x.Sum(value => value * value));
    }

    [Fact]
    public void A_slope_is_the_least_squares_slope()
    {
        Assert.Equal(2, Novelty.UnitSlope([1, 3, 5, 7, 9, 11, 13]), 1e-14);
        Assert.Equal(0, Novelty.UnitSlope([4, 4, 4]), 1e-14);
        Assert.Equal(Reasons.TooFewDays, Novelty.Compute(new MeanArm(9, 1, 1), new MeanArm(9, 1, 1), 6, .05).ReasonCode);
        Assert.Null(Novelty.PlottingAid([(1, 1, 1), (1, 2, 1)]));
    }

    [Fact]
    public void Random_effects_of_the_bcg_trials()
    {
        // metafor, dat.bcg, log risk ratios: fixed -.4303 (.0405), Q 152.2330; REML τ² .3132, estimate -.7145; PM τ² .3181.
        (double?, double?)[] trials = [.. Bcg.Select(trial =>
        {
            (double a, double b, double c, double d) = trial;
            double error = Math.Sqrt((1 / a) - (1 / (a + b)) + (1 / c) - (1 / (c + d)));
            return ((double?)Math.Log(a / (a + b) / (c / (c + d))), (double?)error);
        })];
        CombinedEffect one = MetaAnalysis.Fixed(trials, .05);
        Assert.Equal(-.4303, one.Effect!.Value, 5e-5);
        Assert.Equal(.0405, one.StandardError!.Value, 5e-5);
        Assert.Equal(152.2330, Heterogeneity.Compute(trials).Q!.Value, 5e-5);
        CombinedEffect reml = MetaAnalysis.Random(trials, .05, BetweenVariance.RestrictedLikelihood);
        Assert.Equal(.3132, reml.BetweenVariance!.Value, 5e-5);
        Assert.Equal(-.7145, reml.Effect!.Value, 5e-5);
        CombinedEffect pm = MetaAnalysis.Random(trials, .05);
        Assert.Equal(.3181, pm.BetweenVariance!.Value, 5e-5);

        // Paule and Mandel: at their τ² the weighted squares are k - 1, so that Hartung and Knapp change nothing but t.
        double total = trials.Sum(t => 1 / ((t.Item2!.Value * t.Item2.Value) + pm.BetweenVariance.Value));
        Assert.Equal(1 / Math.Sqrt(total), pm.StandardError!.Value, 1e-9);
        Assert.Equal(Reasons.TooFewExperiments, MetaAnalysis.Random(trials.Take(2), .05).ReasonCode);
        Assert.Equal(Reasons.NoData, MetaAnalysis.Fixed([(null, null)], .05).ReasonCode);
    }

    [Fact]
    public void The_interval_of_random_effects_covers()
    {
        // With equal errors Hartung and Knapp's interval is the t interval of the effects: 95 % but for .0093.
        Random random = new(193);
        const int runs = 5000;
        int covered = 0;
        int fixedCovered = 0;
        for (int run = 0; run < runs; run++)
        {
            (double?, double?)[] e = [.. Enumerable.Range(0, 8).Select(_ =>
            {
                const double se = .1;
                return ((double?)(.3 + (.2 * Draws.Gaussian(random)) + (se * Draws.Gaussian(random))), (double?)se);
            })];
            CombinedEffect c = MetaAnalysis.Random(e, .05);
            covered += c.Lower < .3 && c.Upper > .3 ? 1 : 0;
            CombinedEffect f = MetaAnalysis.Fixed(e, .05);
            fixedCovered += f.Lower < .3 && f.Upper > .3 ? 1 : 0;
        }

        Assert.InRange(covered / (double)runs, .9407, .9593);
        Assert.True(fixedCovered / (double)runs < .7);
    }

    [Fact]
    public void Shipped_effects_are_too_large_until_they_are_shrunk()
    {
        // True effects N(.01, .02²), errors .01 to .04; shipped where significant and positive.
        Random random = new(197);
        double truth = 0;
        double naive = 0;
        double shrunk = 0;
        int covered = 0;
        const int runs = 300;
        for (int run = 0; run < runs; run++)
        {
            (double True, double Effect, double Error)[] all = [.. Enumerable.Range(0, 200).Select(i =>
            {
                double t = .01 + (.02 * Draws.Gaussian(random));
                double se = .01 * (1 + (i % 4));
                return (t, t + (se * Draws.Gaussian(random)), se);
            })];
            EffectHistory history = EffectHistory.Fit(all.Select(e => ((double?)e.Effect, (double?)e.Error)))!;
            (double True, double Effect, double Error)[] shipped = [.. all.Where(e => e.Effect > 1.96 * e.Error)];
            (double impact, _, double lower, double upper, double sum) = history.CumulativeImpact(shipped.Select(e => (e.Effect, e.Error)), .1);
            double real = shipped.Sum(e => e.True);
            truth += real;
            naive += sum;
            shrunk += impact;
            covered += lower < real && real < upper ? 1 : 0;
        }

        Assert.InRange(shrunk / truth, .97, 1.03);
        Assert.True(naive / truth > 1.2);
        Assert.InRange(covered / (double)runs, .7, .98);
        Assert.Null(EffectHistory.Fit([(1, 1), (2, 1)]));
    }

    [Fact]
    public void An_implausibly_large_effect_is_surprising()
    {
        EffectHistory history = new(.002, .01 * .01, 50);
        Assert.True(history.Surprise(.25, .03) < 1e-10);
        Assert.True(history.Surprise(.02, .01) > .1);
        Assert.Null(new EffectHistory(0, 0, 3).Surprise(1, 0));
        Assert.Equal(.5, history.Shrink(.01, .01).Shrinkage, 1e-12);
    }

    [Fact]
    public void Switchback_by_exact_enumeration()
    {
        // Two days of four blocks, two treated each: 36 assignments, counted here by hand over all of them.
        double[,] y = { { 10, 14, 9, 15 }, { 20, 27, 22, 26 } };
        double[,] n = { { 5, 6, 5, 6 }, { 8, 9, 8, 9 } };
        bool[,] arm = { { false, true, false, true }, { false, true, false, true } };
        List<SwitchbackBlock> blocks = [];
        for (int day = 0; day < 2; day++)
        {
            for (int b = 0; b < 4; b++)
            {
                blocks.Add(new SwitchbackBlock(day, arm[day, b], n[day, b], y[day, b]));
            }
        }

        int[] pairs = [.. Enumerable.Range(0, 16).Where(mask => int.PopCount(mask) == 2)];
        double Effect(int day, int mask)
        {
            (double yt, double nt, double yc, double nc) = (0, 0, 0, 0);
            for (int b = 0; b < 4; b++)
            {
                if ((mask >> b & 1) == 1)
                {
                    (yt, nt) = (yt + y[day, b], nt + n[day, b]);
                }
                else
                {
                    (yc, nc) = (yc + y[day, b], nc + n[day, b]);
                }
            }

            return (nt + nc) / 56 * ((yt / nt) - (yc / nc));
        }

        double observed = Effect(0, 0b1010) + Effect(1, 0b1010);
        int hits = pairs.Sum(a => pairs.Count(b => Math.Abs(Effect(0, a) + Effect(1, b)) >= Math.Abs(observed) - 1e-12));
        SwitchbackResult r = Switchback.Compute(blocks);
        Assert.Equal(observed, r.Effect!.Value, 1e-12);
        Assert.Equal(36, r.Assignments);
        Assert.True(r.IsExact);
        Assert.Equal(hits / 36.0, r.PValue!.Value, 1e-12);
        Assert.Equal(8, r.Blocks);

        // The control of a day is that of its blocks 1 and 3, a day weighs by its observations: 22 and 34 of 56.
        Assert.Equal((22 / 56.0 * 19 / 10) + (34 / 56.0 * 42 / 16), r.ControlRatio!.Value, 1e-12);
        SwitchbackResult one = Switchback.Compute([.. blocks, new SwitchbackBlock(9, true, 3, 4)]);
        Assert.Equal((1, r.PValue), (one.StrataLeftOut, one.PValue));
        Assert.Equal(Reasons.NoData, Switchback.Compute([new(1, true, 1, 1)]).ReasonCode);
    }

    [Theory]
    [InlineData(3, 4, 0)]
    [InlineData(3, 4, 1.5)]
    [InlineData(2, 6, -4)]
    [InlineData(4, 3, 8)]
    public void Switchback_intervals_hold_what_the_test_does_not_reject(int days, int size, double added)
    {
        const double alpha = .1;
        Random random = new((days * 100) + size);
        int bounded = 0;
        for (int run = 0; run < 40; run++)
        {
            List<SwitchbackBlock> blocks = [];
            for (int day = 0; day < days; day++)
            {
                for (int b = 0; b < size; b++)
                {
                    double n = random.Next(5, 40);
                    bool isTreated = b < (size + 1) / 2;
                    double mean = 20 + (3 * day) + (isTreated ? added : 0) + (2 * Draws.Gaussian(random));
                    blocks.Add(new SwitchbackBlock(day, isTreated, n, n * mean));
                }
            }

            SwitchbackResult r = Switchback.Compute(blocks, alpha: alpha);
            double P(Func<SwitchbackBlock, double> sum) => Switchback.Compute(
                [.. blocks.Select(block => block.IsTreatment ? block with { Sum = sum(block) } : block)]).PValue!.Value;
            double Shifted(double d) => P(block => block.Sum - (d * block.Units));
            double Scaled(double l) => P(block => block.Sum / (1 + l));

            Assert.True(r.IsExact);
            Assert.Equal(r.PValue!.Value < alpha, r.CiLower > 0 || r.CiUpper < 0);
            Assert.Equal(r.PValue!.Value < alpha, r.CiRelativeLower > 0 || r.CiRelativeUpper < 0);
            foreach ((double? end, double estimate, Func<double, double> test) in new (double?, double, Func<double, double>)[]
            {
                (r.CiLower, r.Effect!.Value, Shifted), (r.CiUpper, r.Effect!.Value, Shifted),
                (r.CiRelativeLower, r.Effect!.Value / r.ControlRatio!.Value, Scaled),
                (r.CiRelativeUpper, r.Effect!.Value / r.ControlRatio!.Value, Scaled),
            })
            {
                if (end is { } at)
                {
                    bounded++;
                    Assert.True(test(at + (1e-6 * (estimate - at))) >= alpha, "An inner point is rejected.");
                    Assert.True(test(at - (1e-6 * (estimate - at))) < alpha, "An outer point is not rejected.");
                }
            }
        }

        Assert.True(bounded > 80, $"{bounded} ends were looked at.");
    }

    [Fact]
    public void Switchback_without_an_assignment_that_is_rare_enough_has_no_interval()
    {
        // Two blocks of a day can be drawn in two ways: p is never below 1.
        SwitchbackResult r = Switchback.Compute([new(1, true, 5, 10), new(1, false, 5, 8)]);

        Assert.Equal(1.0, r.PValue);
        Assert.Equal((null, null, null, null), (r.CiLower, r.CiUpper, r.CiRelativeLower, r.CiRelativeUpper));
    }

    [Fact]
    public void Switchback_draws_where_there_are_too_many_assignments_and_keeps_its_size()
    {
        Random random = new(199);
        int rejected = 0;
        const int runs = 300;
        for (int run = 0; run < runs; run++)
        {
            List<SwitchbackBlock> blocks = [];
            for (int day = 0; day < 6; day++)
            {
                bool[] arm = [true, true, true, false, false, false];
                random.Shuffle(arm);
                blocks.AddRange(arm.Select(a => new SwitchbackBlock(day, a, 10, 50 + (5 * day) + (9 * Draws.Gaussian(random)))));
            }

            SwitchbackResult r = Switchback.Compute(blocks, 400, run);
            Assert.False(r.IsExact);
            rejected += r.PValue <= .05 ? 1 : 0;
        }

        Assert.InRange(rejected / (double)runs, .05 - .038, .05 + .038);
    }

    [Fact]
    public void Mix_shift_names_a_reversal_and_a_changed_significance()
    {
        EffectEstimate E(double d, double p) => new() { Method = Methods.WelchT, Alpha = .05, UpliftAbsolute = d, PValue = p };
        Assert.Equal(Reasons.SignReversed, MixShift.Compare(E(1, .01), E(-1, .2)));
        Assert.Equal(Reasons.SignificanceChanged, MixShift.Compare(E(1, .01), E(1, .2)));
        Assert.Null(MixShift.Compare(E(1, .2), E(-1, .3)));
        Assert.Null(MixShift.Compare(E(1, .01), E(2, .02)));
        Assert.Equal(Reasons.NotEvaluable, MixShift.Compare(EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData), E(1, 1)));
        Assert.Equal(Reasons.NoData, MixShift.MantelHaenszel([(new BinomialArm(10, 0), new BinomialArm(9, 0))], .05).ReasonCode);
        Assert.Equal(Reasons.TooFewSegments, Heterogeneity.Compute([(1, 1), (null, 1)]).ReasonCode);
        Assert.Equal(Reasons.OneArm, Overlap.Independence([[5, 0], [6, 0]]).ReasonCode);
        Assert.Equal(Reasons.ZeroDenominator, Dilution.ToCompliers(1, 1, .4, .4).ReasonCode);
        Assert.Equal(Reasons.TooFewDays, Anomalies.RobustZ([1, 2, 3]).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, Anomalies.RobustZ([1, 1, 1, 1, 1, 1, 9]).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, Anomalies.Laney([new BinomialArm(9, 0), new BinomialArm(8, 0)]).ReasonCode);
    }

    [Fact]
    public void A_replay_of_uniform_p_values_passes_and_another_does_not()
    {
        Random random = new(211);
        EffectEstimate[] Splits(double scale) => [.. Enumerable.Range(0, 2000).Select(_ =>
        {
            double z = scale * Draws.Gaussian(random);
            return new EffectEstimate { Method = Methods.WelchT, Alpha = .05, UpliftAbsolute = z, PValue = Tails.NormalTwoSided(z) };
        })];
        ReplayReport good = ReplayReport.Of([.. Splits(1), EffectEstimate.None(Methods.WelchT, .05, Reasons.NoData)]);
        Assert.Equal((2000, 1), (good.Splits, good.WithoutAnswer));
        Assert.True(good.KolmogorovSmirnovPValue > .01);
        Assert.All(good.Rates, rate => Assert.True(rate.Lower < rate.Level && rate.Level < rate.Upper));
        Assert.True(good.LowerTail!.Value.Lower < .025 && good.UpperTail!.Value.Upper > .025);
        ReplayReport bad = ReplayReport.Of(Splits(1.3));
        Assert.True(bad.KolmogorovSmirnovPValue < 1e-6 && bad.Rates[0].Lower > .05);
        Assert.Null(ReplayReport.Of([]).KolmogorovSmirnov);
    }

    [Fact]
    public void Clopper_pearson_and_kolmogorov_by_their_tables()
    {
        // R binom.test(5, 100): .0164, .1128; Kolmogorov's 5 % point 1.358.
        (double lower, double upper) = ReplayReport.ClopperPearson(5, 100, .05);
        Assert.Equal(.01643, lower, 5e-6);
        Assert.Equal(.11283, upper, 1e-5);
        (double none, double some) = ReplayReport.ClopperPearson(0, 10, .05);
        Assert.Equal(0, none);
        Assert.Equal(1 - Math.Pow(.025, .1), some, 1e-12);
        Assert.Equal(.05, ReplayReport.KolmogorovTail(1.3581 / 1000, 1_000_000), 1e-4);
    }
}
