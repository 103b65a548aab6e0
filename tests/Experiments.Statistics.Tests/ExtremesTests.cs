using Experiments.Statistics.Decisions;

namespace Experiments.Statistics.Tests;

/// <summary>Tails, sizes and degenerate arms: finite, ordered, monotone, or a reason code.</summary>
public sealed class ExtremesTests
{
    private static readonly Alternative[] s_sides = Enum.GetValues<Alternative>();

    public static TheoryData<long> Sizes() => [2, 3, 5, 30, 1000, 1_000_000, 1_000_000_000, 1_000_000_000_000];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void The_p_value_falls_with_the_effect_from_1_to_1e_300(long n)
    {
        double last = 2;
        double lowest = 1;
        for (double z = 0; z < 60; z += .5)
        {
            MeanArm control = new(n, 5, 2);
            MeanArm treatment = new(n, 5 + (z * Math.Sqrt(4.0 / n)), 2);
            EffectEstimate e = WelchTTest.Compute(control, treatment, .05);
            EffectTests.AssertFinite(e);

            // At 1e12 units the shift of a mean of 5 keeps some ten digits.
            Assert.True(e.PValue < last || e.PValue == 0, $"{n} {z} {e.PValue:R} {last:R}");
            Assert.True(e.PValue > 0 || z > 37, $"{n} {z}");
            Assert.True(e.CiLower < e.UpliftAbsolute || e.UpliftAbsolute == e.CiLower);
            Assert.True(e.CiLower <= e.UpliftAbsolute && e.UpliftAbsolute <= e.CiUpper);
            last = e.PValue!.Value;
            lowest = last > 0 ? Math.Min(lowest, last) : lowest;
        }

        Assert.True(n < 1000 || lowest < 1e-290, $"{lowest}");
    }

    [Fact]
    public void The_t_tail_is_monotone_in_t_and_in_the_degrees_of_freedom_from_1_to_1e9()
    {
        double[] degrees = [1, 1.5, 2, 3, 5, 10, 30, 100, 199.9, 200, 200.1, 1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
        foreach (double t in (double[])[.1, .5, 1, 2, 3, 5, 10, 20, 35])
        {
            double last = 1;
            foreach (double df in degrees)
            {
                // The tail of Student's t falls as its degrees grow.
                double tail = Tails.StudentTSurvival(t, df);
                Assert.True(tail > 0 && tail <= last * (1 + 1e-13), $"{t} {df} {tail:R} {last:R}");
                Assert.Equal(tail, Tails.StudentTCdf(-t, df));
                last = tail;
            }

            Assert.All(degrees, static df => Assert.InRange(Tails.StudentTSurvival(1e300, df), 0, 1e-299));
            Assert.InRange(last / Tails.NormalSurvival(t), 1 - 1e-12, 1 + (1e-9 * (t + (t * t * t)) * (1 + t)));
        }

        foreach (double df in degrees)
        {
            double last = 0;
            for (double log = Math.Log(.499); log > -690; log -= 7)
            {
                double quantile = Tails.StudentTUpperQuantile(Math.Exp(log), df);
                Assert.True(quantile > last && double.IsFinite(quantile), $"{df} {log} {quantile:R}");
                Assert.Equal(log, Math.Log(Tails.StudentTSurvival(quantile, df)), 1e-11 * (1 - log));
                last = quantile;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Rates_from_0_to_100_percent_are_finite_ordered_and_monotone(long n)
    {
        long[] counts = [.. ((long[])[0, 1, 2, n / 1000, n / 10, n / 2, n - (n / 10), n - 2, n - 1, n]).Where(x => x >= 0 && x <= n).Distinct().Order()];
        foreach (long xc in counts)
        {
            BinomialArm control = new(n, xc);
            double lastLower = double.NegativeInfinity;
            double lastUpper = double.NegativeInfinity;
            double lastGreater = 2;
            foreach (long xt in counts)
            {
                foreach (ProportionInterval interval in Enum.GetValues<ProportionInterval>())
                {
                    EffectEstimate e = TwoProportionTest.Compute(control, new BinomialArm(n, xt), .05, interval);
                    EffectTests.AssertFinite(e);
                    Assert.True(e.HasAnswer);
                    Assert.InRange(e.PValue!.Value, 0, 1);
                    Assert.True(e.CiLower <= e.UpliftAbsolute && e.UpliftAbsolute <= e.CiUpper, $"{n} {xc} {xt} {interval}");
                    Assert.True(e.UpliftRelative is null || !(e.CiRelativeLower > e.UpliftRelative), $"{n} {xc} {xt} {interval}");
                    Assert.True(e.UpliftRelative is null || !(e.CiRelativeUpper < e.UpliftRelative), $"{n} {xc} {xt} {interval}");
                }

                EffectEstimate score = TwoProportionTest.Compute(control, new BinomialArm(n, xt), .05);
                Assert.True(score.CiLower >= lastLower && score.CiUpper >= lastUpper, $"{n} {xc} {xt}");
                (lastLower, lastUpper) = (score.CiLower!.Value, score.CiUpper!.Value);
                double greater = NonInferiority.Score(
                    control, new BinomialArm(n, xt), .1, DesiredDirection.Increase, .05).PValue ?? lastGreater;
                Assert.True(greater <= lastGreater * (1 + 1e-9), $"{n} {xc} {xt} {greater:R} {lastGreater:R}");
                lastGreater = greater;
            }
        }
    }

    [Fact]
    public void Equal_arms_have_no_effect_and_p_1()
    {
        foreach (long n in Sizes().Select(static row => row.Data))
        {
            EffectEstimate mean = WelchTTest.Compute(new MeanArm(n, 3, 2), new MeanArm(n, 3, 2), .05);
            Assert.Equal((0, 1), (mean.UpliftAbsolute!.Value, mean.PValue!.Value));
            Assert.Equal(mean.CiLower!.Value, -mean.CiUpper!.Value, 1e-15 * mean.CiUpper.Value);
            foreach (long x in (long[])[0, 1, n / 2, n])
            {
                EffectEstimate rate = TwoProportionTest.Compute(new BinomialArm(n, x), new BinomialArm(n, x), .05);
                Assert.Equal(0, rate.UpliftAbsolute);
                Assert.Equal(1, rate.PValue!.Value, 1e-12);
                Assert.True(rate.CiLower <= 0 && rate.CiUpper >= 0);
            }
        }
    }

    [Fact]
    public void Any_input_gives_finite_ordered_numbers_or_a_reason()
    {
        Random random = new(251);
        int answers = 0;
        for (int i = 0; i < 4000; i++)
        {
            (MeanArm c, MeanArm t) = (Odd(random), Odd(random));
            Alternative side = s_sides[i % 3];
            EffectEstimate[] estimates =
            [
                WelchTTest.Compute(c, t, .05, side),
                StudentTTest.Compute(c, t, .05, side),
                RatioTest.Compute(OddRatio(random, c), OddRatio(random, t), .05, side),
                Cuped.Compute(OddCuped(random, c), OddCuped(random, t), .05, alternative: side).Effect,
                PostStratification.Compute([(c, t), (t, c)], .05, side).Effect,
                ClusterTest.Compute(OddRatio(random, c), OddRatio(random, t), .05, side),
                Overlap.Interaction(c, t, t, c, .05),
            ];
            foreach (EffectEstimate e in estimates)
            {
                EffectTests.AssertFinite(e);
                answers += e.HasAnswer ? 1 : 0;
                Assert.True(e.PValue is null or (>= 0 and <= 1), $"{c} {t} {e}");
                Assert.True(!(e.CiLower > e.UpliftAbsolute) && !(e.CiUpper < e.UpliftAbsolute), $"{c} {t} {e}");
                Assert.Equal(e.ReasonCode is null, e.PValue is not null);
            }

            RelativeEstimate[] lifts = [RelativeLift.Delta(c, t, .05, side), RelativeLift.LogDelta(c, t, .05, side)];
            foreach (RelativeEstimate lift in lifts)
            {
                Assert.All(
                    (double?[])[lift.Lift, lift.StandardError, lift.Statistic, lift.PValue, lift.Lower, lift.Upper],
                    static value => Assert.True(value is null || double.IsFinite(value.Value)));
                Assert.Equal(lift.ReasonCode is null, lift.PValue is not null);
                Assert.True(!(lift.Lower > lift.Lift + (1e-12 * Math.Abs(lift.Lift ?? 0))), $"{c} {t} {lift}");
            }

            if (WelchTTest.Compute(c, t, .05).HasAnswer)
            {
                MarginResult margin = Margins.NonInferior(EffectMoments.Of(c, t), .01, true, DesiredDirection.Decrease, .05);
                Assert.Equal(margin.ReasonCode is null, margin.PValue is not null);
                Assert.True(margin.PValue is null or (>= 0 and <= 1));
            }
        }

        Assert.True(answers > 10_000, $"{answers}");
    }

    [Fact]
    public void Sequences_and_posteriors_of_any_input_are_finite_or_have_a_reason()
    {
        Random random = new(257);
        for (int i = 0; i < 3000; i++)
        {
            double effect = Signed(random, 40);
            double error = i % 50 == 0 ? 0 : Math.Pow(10, 60 * (random.NextDouble() - .5));
            long n = (long)Math.Pow(10, 12 * random.NextDouble());
            SequentialLook look = AsymptoticConfidenceSequence.Compute(
                effect, error, n, Math.Pow(10, 1 + (11 * random.NextDouble())), .05, s_sides[i % 3]);
            Assert.True(look.PValue is null or (>= 0 and <= 1));
            Assert.True(look.LogEValue is null || double.IsFinite(look.LogEValue.Value));
            Assert.Equal(look.ReasonCode is null, look.PValue is not null);
            PosteriorEstimate p = BayesianNormal.Absolute(effect, error, Signed(random, 3), new RelativePrior(0, .01), .05);
            Assert.Equal(p.ReasonCode is null, p.ChanceToBeatControl is not null);
            Assert.True(p.ExpectedLossControl is null or >= 0);
            Assert.True(p.ExpectedLossTreatment is null or >= 0);
            Assert.True(!(p.Lower > p.Upper));
        }
    }

    [Fact]
    public void Intervals_are_nested_in_alpha()
    {
        Random random = new(263);
        for (int i = 0; i < 300; i++)
        {
            MeanArm c = new(random.Next(2, 5000), 3 + random.NextDouble(), 1);
            MeanArm t = new(random.Next(2, 5000), 3 + random.NextDouble(), 2);
            BinomialArm bc = new(random.Next(2, 5000), 1);
            BinomialArm bt = new(random.Next(2, 5000), 2);
            bc = bc with { X = random.NextInt64(bc.N + 1) };
            bt = bt with { X = random.NextInt64(bt.N + 1) };
            EffectEstimate? mean = null;
            EffectEstimate? rate = null;
            foreach (double alpha in (double[])[.5, .1, .05, .01, 1e-3, 1e-6, 1e-12])
            {
                EffectEstimate wider = WelchTTest.Compute(c, t, alpha);
                EffectEstimate widerRate = TwoProportionTest.Compute(bc, bt, alpha);
                Assert.True(mean is null || (wider.CiLower <= mean.CiLower && wider.CiUpper >= mean.CiUpper));
                Assert.True(
                    rate is null || (widerRate.CiLower <= rate.CiLower + 1e-14 && widerRate.CiUpper >= rate.CiUpper - 1e-14),
                    $"{bc} {bt} {alpha}");
                Assert.True(rate?.CiRelativeUpper is null || !(widerRate.CiRelativeUpper < rate.CiRelativeUpper * (1 - 1e-12) - 1e-14));
                (mean, rate) = (wider, widerRate);
            }
        }
    }

    [Fact]
    public void Lift_intervals_of_swapped_arms_are_reciprocal()
    {
        Random random = new(269);
        for (int i = 0; i < 2000; i++)
        {
            MeanArm c = new(random.Next(20, 100_000), 3 + random.NextDouble(), 1 + random.NextDouble());
            MeanArm t = new(random.Next(20, 100_000), 3 + random.NextDouble(), 1 + random.NextDouble());
            RelativeEstimate log = RelativeLift.LogDelta(c, t, .05);
            RelativeEstimate logBack = RelativeLift.LogDelta(t, c, .05);
            Assert.Equal(1, (1 + log.Lower!.Value) * (1 + logBack.Upper!.Value), 1e-12);
            Assert.Equal(log.PValue!.Value, logBack.PValue!.Value, 1e-12);
            RelativeInterval fieller = RelativeLift.Fieller(c, t, .05);
            RelativeInterval back = RelativeLift.Fieller(t, c, .05);
            Assert.Null(fieller.Reason);
            Assert.Equal(1, (1 + fieller.Lower!.Value) * (1 + back.Upper!.Value), 1e-10);
            Assert.Equal(1, (1 + fieller.Upper!.Value) * (1 + back.Lower!.Value), 1e-10);

            // Negated, the same lift.
            RelativeInterval negated = RelativeLift.Fieller(c with { Mean = -c.Mean }, t with { Mean = -t.Mean }, .05);
            Assert.Equal(-fieller.Upper.Value, negated.Lower!.Value, 1e-10);
        }
    }

    [Fact]
    public void Scaling_leaves_lifts_and_tests_alone_and_shifting_leaves_effects_alone()
    {
        Random random = new(271);
        for (int i = 0; i < 1000; i++)
        {
            double scale = Math.Pow(10, 80 * (random.NextDouble() - .5));
            double shift = 100 * (random.NextDouble() - .5);
            MeanArm c = new(random.Next(2, 100_000), 3 + random.NextDouble(), 1 + random.NextDouble());
            MeanArm t = new(random.Next(2, 100_000), 3 + random.NextDouble(), 1 + random.NextDouble());
            EffectEstimate e = WelchTTest.Compute(c, t, .05);
            EffectEstimate scaled = WelchTTest.Compute(
                new MeanArm(c.N, scale * c.Mean, scale * scale * c.Variance), new MeanArm(t.N, scale * t.Mean, scale * scale * t.Variance), .05);
            Close(e.PValue, scaled.PValue);
            Close(e.UpliftRelative, scaled.UpliftRelative);
            Close(e.CiRelativeLower, scaled.CiRelativeLower);
            Close(e.CiUpper * scale, scaled.CiUpper);
            EffectEstimate shifted = WelchTTest.Compute(
                c with { Mean = c.Mean + shift }, t with { Mean = t.Mean + shift }, .05);
            Close(e.UpliftAbsolute, shifted.UpliftAbsolute, 1e-9);
            Close(e.DegreesOfFreedom, shifted.DegreesOfFreedom);

            // A covariate's scale and level do not matter.
            CupedArm cx = new(c.N + 5, c.Mean, 1, c.Variance, 2, .8);
            CupedArm tx = new(t.N + 5, t.Mean, 1.1, t.Variance, 2, .7);
            CupedArm Moved(CupedArm arm) => new(
                arm.N, arm.Mean, (scale * arm.CovariateMean) + (scale * shift), arm.Variance, scale * scale * arm.CovariateVariance, scale * arm.Covariance);
            EffectEstimate plain = Cuped.Compute(cx, tx, .05).Effect;
            EffectEstimate moved = Cuped.Compute(Moved(cx), Moved(tx), .05).Effect;
            Close(plain.UpliftAbsolute, moved.UpliftAbsolute, 1e-7);
            Close(plain.StandardError, moved.StandardError, 1e-9);

            // Ranks do not change under a monotone transformation.
            double[] a = [.. Enumerable.Range(0, 8).Select(_ => Math.Floor(6 * random.NextDouble()))];
            double[] b = [.. Enumerable.Range(0, 9).Select(_ => Math.Floor(6 * random.NextDouble()))];
            Assert.Equal(
                MannWhitney.Compute(RankSums.FromValues(a, b)),
                MannWhitney.Compute(RankSums.FromValues(a.Select(Math.Exp), b.Select(Math.Exp))));
        }

        static void Close(double? expected, double? actual, double relative = 1e-10)
        {
            Assert.Equal(expected is null, actual is null);
            Assert.True(
                expected is null || Math.Abs(expected.Value - actual!.Value) <= relative * Math.Abs(expected.Value) + (relative == 1e-10 ? 0 : relative),
                $"{expected:R} {actual:R}");
        }
    }

    [Fact]
    public void Merged_ratio_arms_are_the_whole()
    {
        Random random = new(277);
        (double, double)[] rows = [.. Enumerable.Range(0, 40).Select(_ => (1e5 + random.NextDouble(), 2 + random.NextDouble()))];
        for (int cut = 0; cut <= rows.Length; cut++)
        {
            RatioArm merged = RatioArm.FromRows(rows[..cut]).Merge(RatioArm.FromRows(rows[cut..]));
            RatioArm whole = RatioArm.FromRows(rows);
            Assert.Equal(whole.N, merged.N);
            Assert.Equal(whole.Numerator, merged.Numerator, 1e-9);
            Assert.Equal(whole.Denominator, merged.Denominator, 1e-12);
            Assert.Equal(whole.NumeratorVariance, merged.NumeratorVariance, 1e-8);
            Assert.Equal(whole.DenominatorVariance, merged.DenominatorVariance, 1e-12);
            Assert.Equal(whole.Covariance, merged.Covariance, 1e-8);
        }
    }

    [Fact]
    public void A_smaller_p_value_never_raises_an_adjusted_one()
    {
        Random random = new(281);
        Func<IReadOnlyList<double?>, double?[]>[] procedures =
        [
            MultipleComparisons.Bonferroni, MultipleComparisons.Holm, MultipleComparisons.Hochberg,
            MultipleComparisons.Hommel, MultipleComparisons.BenjaminiHochberg, MultipleComparisons.BenjaminiYekutieli,
        ];
        for (int i = 0; i < 1000; i++)
        {
            double?[] p = [.. Enumerable.Range(0, random.Next(1, 8)).Select(_ => (double?)Math.Pow(random.NextDouble(), 2))];
            double?[] smaller = [.. p];
            int which = random.Next(p.Length);
            smaller[which] *= random.NextDouble();
            foreach (Func<IReadOnlyList<double?>, double?[]> procedure in procedures)
            {
                double?[] before = procedure(p);
                double?[] after = procedure(smaller);
                Assert.All(before.Zip(after), static pair => Assert.True(pair.Second <= pair.First + 1e-15));
            }
        }
    }

    [Fact]
    public void A_sample_ratio_of_trillions_and_of_one_unit_has_an_answer()
    {
        SampleRatioResult huge = SampleRatioMismatch.Compute([500_000_000_000, 500_000_700_000], [1, 1]);
        Assert.Equal(.49, huge.ChiSquare!.Value, 1e-6);
        Assert.Equal(1, SampleRatioMismatch.Compute([1, 0], [1, 1]).ChiSquare!.Value, 1e-15);
        Assert.InRange(SampleRatioMismatch.Compute([600_000_000, 400_000_000], [1, 1]).PValue!.Value, 0, 1e-300);
        Assert.Equal(1, SampleRatioMismatch.Compute([0, 0, 5], [0, 0, 1]).Arms[2].Observed / 5.0);
    }

    private static MeanArm Odd(Random random)
    {
        long n = random.Next(8) switch
        {
            0 => random.Next(0, 3),
            1 => 1_000_000_000_000,
            _ => (long)Math.Pow(10, 12 * random.NextDouble()),
        };
        double mean = random.Next(8) switch { 0 => 0, 1 => 5, _ => Signed(random, 200) };
        double variance = random.Next(8) switch
        {
            0 => 0,
            1 => double.NaN,
            2 => double.PositiveInfinity,
            3 => double.Epsilon,
            4 => double.MaxValue,
            _ => Math.Pow(10, 200 * (random.NextDouble() - .5)),
        };
        return new MeanArm(n, mean, variance);
    }

    private static RatioArm OddRatio(Random random, MeanArm arm) => new(
        arm.N, arm.Mean, random.Next(6) == 0 ? 0 : Signed(random, 20), arm.Variance, Math.Pow(10, 4 * random.NextDouble()), random.NextDouble());

    private static CupedArm OddCuped(Random random, MeanArm arm) => new(
        arm.N, arm.Mean, Signed(random, 20), arm.Variance, random.Next(6) == 0 ? 0 : Math.Pow(10, 40 * (random.NextDouble() - .5)), Signed(random, 40));

    private static double Signed(Random random, double decades) =>
        (random.Next(2) == 0 ? -1 : 1) * Math.Pow(10, decades * (random.NextDouble() - .5));
}
