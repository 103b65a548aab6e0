namespace Experiments.Statistics.Tests;

public sealed class SequentialTests
{
    private static readonly Spending OBrienFleming = new(SpendingFamily.OBrienFleming);

    [Fact]
    public void A_confidence_sequence_is_the_mixture_test()
    {
        Random random = new(97);
        for (int i = 0; i < 1000; i++)
        {
            double se = Math.Pow(10, 4 * (random.NextDouble() - .5));
            double effect = 6 * se * (random.NextDouble() - .5);
            long n = random.Next(1, 1_000_000);
            double planned = random.Next(10, 1_000_000);
            double alpha = .001 + (.5 * random.NextDouble());
            SequentialLook cs = AsymptoticConfidenceSequence.Compute(effect, se, n, planned, alpha);
            double rho = cs.Rho!.Value;
            SequentialLook mixture = NormalMixture.Compute(effect, se * se, rho * rho * n * se * se, alpha);
            Assert.Equal(1, mixture.HalfWidth!.Value / cs.HalfWidth!.Value, 1e-12);
            Assert.Equal(mixture.PValue!.Value, cs.PValue!.Value, 1e-12);
            Assert.Equal(cs.PValue < alpha, cs.Lower > 0 || cs.Upper < 0);
            foreach (Alternative side in (Alternative[])[Alternative.Greater, Alternative.Less])
            {
                double half = Math.Min(alpha, .49);
                SequentialLook one = AsymptoticConfidenceSequence.Compute(effect, se, n, planned, half, side);
                Assert.Equal(one.PValue < half, one.Lower > 0 || one.Upper < 0);
            }
        }
    }

    [Fact]
    public void The_error_over_a_hundred_looks_by_integration_and_by_simulation()
    {
        // n/N* from .1 to 10 in steps of .1, Gaussian: .02327 (5 % too narrow would give .0364).
        double[] times = [.. Enumerable.Range(1, 100).Select(k => .1 * k)];
        double[] critical = [.. times.Select(t => AsymptoticConfidenceSequence.Critical(t * 10_000, 10_000, .05))];
        double exact = GroupSequential.TypeOneError(times, critical);
        Assert.Equal(.02327, exact, 2e-4);
        double narrow = GroupSequential.TypeOneError(times, [.. critical.Select(c => .95 * c)]);
        Assert.Equal(.0364, narrow, 5e-4);

        Random random = new(103);
        const int runs = 20_000;
        int called = 0;
        int upwards = 0;
        double[] upper = [.. times.Select(t => AsymptoticConfidenceSequence.Critical(t * 10_000, 10_000, .025, Alternative.Greater))];
        for (int run = 0; run < runs; run++)
        {
            double score = 0;
            bool hit = false;
            bool up = false;
            for (int k = 0; k < times.Length; k++)
            {
                score += Math.Sqrt(.1) * Draws.Gaussian(random);
                double z = score / Math.Sqrt(times[k]);
                hit |= Math.Abs(z) > critical[k];
                up |= z > upper[k];
            }

            called += hit ? 1 : 0;
            upwards += up ? 1 : 0;
        }

        // Three Monte Carlo errors of .02327 at 20,000 runs are .0032.
        Assert.InRange(called / (double)runs, exact - .0032, exact + .0032);
        Assert.True(upwards / (double)runs <= .025);
    }

    [Fact]
    public void The_first_look_waits_for_events_and_units()
    {
        Assert.True(AsymptoticConfidenceSequence.IsTooEarly(new BinomialArm(10_000, 49), new BinomialArm(10_000, 80)));
        Assert.True(AsymptoticConfidenceSequence.IsTooEarly(new BinomialArm(100, 60), new BinomialArm(100, 60)));
        Assert.False(AsymptoticConfidenceSequence.IsTooEarly(new BinomialArm(100, 50), new BinomialArm(100, 50)));
        Assert.True(AsymptoticConfidenceSequence.IsTooEarly(new MeanArm(99, 1, 1), new MeanArm(900, 1, 1)));
        Assert.False(AsymptoticConfidenceSequence.IsTooEarly(new MeanArm(100, 1, 1), new MeanArm(100, 1, 1)));
        Assert.Equal(Reasons.TooEarly, AsymptoticConfidenceSequence.Compute(1, 1, 50, 100, .05, isTooEarly: true).ReasonCode);
        Assert.Equal(Reasons.ZeroVariance, AsymptoticConfidenceSequence.Compute(1, 0, 50, 100, .05).ReasonCode);
        Assert.Equal(Reasons.NoData, AsymptoticConfidenceSequence.Compute(1, 1, 0, 100, .05).ReasonCode);
        SequentialLook tail = AsymptoticConfidenceSequence.Compute(60, 1, 100_000, 1000, .05);
        Assert.InRange(Math.Log(tail.PValue!.Value == 0 ? 1e-308 : tail.PValue.Value), -1900, -600);
        Assert.True(tail.LogEValue > 1700);
    }

    [Fact]
    public void What_is_published_never_widens_and_agrees_with_its_p_value()
    {
        Random random = new(107);
        int consistent = 0;
        for (int run = 0; run < 500; run++)
        {
            double score = 0;
            double drift = 3 * (random.NextDouble() - .5);
            List<SequentialLook> looks = [];
            for (int k = 1; k <= 40; k++)
            {
                score += (drift / 40) + (Draws.Gaussian(random) / Math.Sqrt(40));
                double t = k / 40.0;
                looks.Add(k == 3
                    ? SequentialLook.None(Reasons.TooEarly)
                    : AsymptoticConfidenceSequence.Compute(score / t, 1 / Math.Sqrt(t), 100 * k, 4000, .1));
            }

            IReadOnlyList<RunningLook> published = SequentialRun.Combine(looks);
            Assert.Equal(Reasons.TooEarly, published[2].ReasonCode);
            Assert.Equal(published[1].Lower, published[2].Lower);
            for (int k = 1; k < published.Count && published[k].ReasonCode != Reasons.SequenceInconsistent; k++)
            {
                Assert.True(published[k].Lower >= published[k - 1].Lower && published[k].Upper <= published[k - 1].Upper);
                Assert.True(published[k].PValue <= published[k - 1].PValue);
                Assert.Equal(published[k].PValue < .1, published[k].Lower > 0 || published[k].Upper < 0);
                consistent++;
            }
        }

        Assert.True(consistent > 15_000);
        IReadOnlyList<RunningLook> moved = SequentialRun.Combine(
            [NormalMixture.Compute(10, 1, 8, .05), NormalMixture.Compute(-10, 1, 8, .05), SequentialLook.None(Reasons.NoData)]);
        Assert.Equal(Reasons.SequenceInconsistent, moved[1].ReasonCode);
        Assert.Equal(Reasons.SequenceInconsistent, moved[2].ReasonCode);
        Assert.Null(moved[1].Lower);
    }

    [Fact]
    public void Fieller_at_a_sequential_critical_value_agrees_with_the_sequence()
    {
        MeanArm c = new(5000, 10, 25);
        MeanArm t = new(5000, 10.4, 25);
        SequentialLook look = AsymptoticConfidenceSequence.Compute(.4, .1, 10_000, 10_000, .05);
        RelativeInterval lift = RelativeLift.Fieller(
            c.Mean, c.VarianceOfMean, t.Mean, t.VarianceOfMean, look.Critical!.Value);
        Assert.Equal(look.Lower > 0, lift.Lower > 0);
        Assert.True(lift.Lower < .04 && lift.Upper > .04);
    }

    [Fact]
    public void Bounds_spend_what_they_say_for_every_family_and_any_times()
    {
        foreach (Spending spending in (Spending[])
            [
                OBrienFleming, new(SpendingFamily.Pocock), new(SpendingFamily.KimDeMets, 1), new(SpendingFamily.KimDeMets, 3),
                new(SpendingFamily.HwangShihDeCani, -4), new(SpendingFamily.HwangShihDeCani, 0), new(SpendingFamily.HwangShihDeCani, 2),
            ])
        {
            double[] times = [.07, .3, .31, .8, 1];
            IReadOnlyList<GroupSequentialLook> looks = GroupSequential.Bounds(times, 1, .025, spending);
            Assert.Equal(.025, GroupSequential.Power(looks, 0), 1e-9);
            for (int k = 1; k <= times.Length; k++)
            {
                Assert.Equal(looks[k - 1].CumulativeAlpha, GroupSequential.Power([.. looks.Take(k)], 0), 1e-9);
            }

            Assert.True(looks.Zip(looks.Skip(1), (a, b) => b.CumulativeAlpha > a.CumulativeAlpha).All(x => x));
        }
    }

    [Fact]
    public void An_over_run_spends_the_rest_at_the_last_look()
    {
        IReadOnlyList<GroupSequentialLook> looks = GroupSequential.Bounds([150, 250, 330, 360], 300, .025, OBrienFleming);
        Assert.Equal(.5, looks[0].Fraction);
        Assert.Equal(250 / 300.0, looks[1].Fraction);
        Assert.Equal(1, looks[2].Fraction);
        Assert.Equal(Reasons.SpendingComplete, looks[3].ReasonCode);
        Assert.Null(looks[3].Critical);

        // Earlier bounds stand: those of the plan's looks at the same fractions.
        IReadOnlyList<GroupSequentialLook> plan = GroupSequential.Bounds([150, 250, 300], 300, .025, OBrienFleming);
        Assert.Equal(plan[0].Critical!.Value, looks[0].Critical!.Value, 1e-10);
        Assert.Equal(plan[1].Critical!.Value, looks[1].Critical!.Value, 1e-8);
        Assert.Equal(.025, GroupSequential.Power([.. looks.Take(3)], 0), 1e-9);

        // By definition, without the recursion: three correlated normals, simulated.
        Random random = new(109);
        const int runs = 400_000;
        int crossed = 0;
        for (int run = 0; run < runs; run++)
        {
            double s = Math.Sqrt(150) * Draws.Gaussian(random);
            bool hit = s / Math.Sqrt(150) >= looks[0].Critical;
            s += Math.Sqrt(100) * Draws.Gaussian(random);
            hit |= s / Math.Sqrt(250) >= looks[1].Critical;
            s += Math.Sqrt(80) * Draws.Gaussian(random);
            hit |= s / Math.Sqrt(330) >= looks[2].Critical;
            crossed += hit ? 1 : 0;
        }

        Assert.InRange(crossed / (double)runs, .025 - .00075, .025 + .00075);
        IReadOnlyList<GroupSequentialLook> under = GroupSequential.Bounds([150, 250], 300, .025, OBrienFleming, isLastFinal: true);
        Assert.Equal(.025, GroupSequential.Power(under, 0), 1e-9);
    }

    [Fact]
    public void A_repeated_p_value_is_the_level_at_which_the_plan_just_rejects()
    {
        double[] information = [100, 200, 300];
        double[] z = [1.2, 2.6, 2.1];
        double p = GroupSequential.RepeatedPValue(information, 300, z, OBrienFleming);
        IReadOnlyList<GroupSequentialLook> at = GroupSequential.Bounds(information, 300, p / 2, OBrienFleming);
        Assert.Contains(at.Zip(z), pair => Math.Abs(pair.First.Critical!.Value - pair.Second) < 1e-6);
        Assert.All(at.Zip(z), pair => Assert.True(pair.First.Critical >= pair.Second - 1e-6));
        IReadOnlyList<GroupSequentialLook> plan = GroupSequential.Bounds(information, 300, .025, OBrienFleming);
        Assert.Equal(p < .05, plan.Zip(z).Any(pair => pair.Second >= pair.First.Critical));
        Assert.Equal(Tails.NormalTwoSided(2), GroupSequential.RepeatedPValue([300], 300, [-2], OBrienFleming), 1e-9);
        Assert.True(GroupSequential.RepeatedPValue([300], 300, [0], OBrienFleming) > .999);
    }

    [Fact]
    public void Futility_spends_the_type_two_error_and_keeps_alpha_when_it_is_ignored()
    {
        double[] times = [.3, .6, 1];
        IReadOnlyList<GroupSequentialLook> looks = GroupSequential.Bounds(times, 1, .025, OBrienFleming);
        FutilityPlan plan = GroupSequential.Futility(looks, .8, OBrienFleming);
        Assert.Equal(looks[2].Critical!.Value, plan.Lower[2]!.Value, 1e-12);
        Assert.True(plan.Lower[0] < plan.Lower[1] && plan.Lower[1] < plan.Lower[2]);
        Assert.True(plan.Inflation > GroupSequential.Inflation(looks, .8), "Futility costs power.");
        Assert.InRange(plan.Inflation, 1.02, 1.25);

        // By simulation under the drift: below a bound by look k with probability b*(t_k); above with .8.
        Random random = new(113);
        const int runs = 200_000;
        int[] futile = new int[3];
        int success = 0;
        for (int run = 0; run < runs; run++)
        {
            double s = 0;
            double before = 0;
            for (int k = 0; k < 3; k++)
            {
                s += (plan.Drift * (times[k] - before)) + (Math.Sqrt(times[k] - before) * Draws.Gaussian(random));
                before = times[k];
                double z = s / Math.Sqrt(times[k]);
                if (z >= looks[k].Critical)
                {
                    success++;
                    break;
                }

                if (z < plan.Lower[k])
                {
                    futile[k]++;
                    break;
                }
            }
        }

        Assert.InRange(success / (double)runs, .8 - .003, .8 + .003);
        Assert.InRange(futile[0] / (double)runs, plan.CumulativeBeta[0] - .001, plan.CumulativeBeta[0] + .001);
        Assert.InRange((futile[0] + futile[1]) / (double)runs, plan.CumulativeBeta[1] - .003, plan.CumulativeBeta[1] + .003);
        Assert.Equal(.2, plan.CumulativeBeta[2], 1e-12);
    }

    [Fact]
    public void Impossible_plans_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.Bounds([2, 1], 3, .025, OBrienFleming));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.Bounds([1], 0, .025, OBrienFleming));
        Assert.Throws<ArgumentOutOfRangeException>(() => GroupSequential.Bounds([1], 1, .6, OBrienFleming));
        Assert.Throws<InvalidOperationException>(() => new Spending(SpendingFamily.KimDeMets, 0).Spent(.025, .5));
        Assert.Throws<ArgumentOutOfRangeException>(() => AsymptoticConfidenceSequence.Rho(.05, 0));
    }
}
