using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Simulations;

/// <summary>Looks at running experiments, families of tests, and decisions.</summary>
internal static class LookStudies
{
    private static readonly double[] HundredLooks = [.. Enumerable.Range(1, 100).Select(static k => .1 * k)];

    internal static IEnumerable<Study> All() =>
        [.. Sequences(), RareEvents(), .. Groups(), .. FamilyErrors(), .. Policy()];

    /// <summary>A Brownian motion at 100 looks, n/N* from .1 to 10.</summary>
    private static IEnumerable<Study> Sequences()
    {
        const long planned = 10_000;
        double[] both = [.. HundredLooks.Select(t => AsymptoticConfidenceSequence.Critical(t * planned, planned, .05))];
        double exact = GroupSequential.TypeOneError(HundredLooks, both);
        foreach (double effect in (double[])[0, .03])
        {
            yield return new Study(
                "confidence sequence, 100 looks",
                effect == 0 ? "normal, n/N* .1 to 10, no effect" : "normal, n/N* .1 to 10, effect .03 sd",
                [
                    new("ever leaves the effect out", exact),
                    new("always above: published interval", exact / 2),
                    new("always below: published interval", exact / 2),
                    .. effect == 0 ? (Measure[])[new("published p below .05", exact)] : [],
                ],
                .2,
                () =>
                {
                    SequentialLook[] looks = new SequentialLook[HundredLooks.Length];
                    return (random, counts) =>
                    {
                        double sum = 0;
                        double low = double.NegativeInfinity;
                        double high = double.PositiveInfinity;
                        double p = 1;
                        bool isOut = false;
                        for (int k = 0; k < looks.Length; k++)
                        {
                            // Two arms of n/2 units with variance 1: SE = 2/sqrt(n).
                            long n = (long)Math.Round(HundredLooks[k] * planned);
                            double step = Math.Sqrt(planned * .1) * 2;
                            sum += (step * random.Normal()) + (effect * planned * .1);
                            SequentialLook look = AsymptoticConfidenceSequence.Compute(
                                sum / n, 2 / Math.Sqrt(n), n, planned, .05);
                            isOut |= effect < look.Lower || effect > look.Upper;
                            low = Math.Max(low, look.Lower!.Value);
                            high = Math.Min(high, look.Upper!.Value);
                            p = Math.Min(p, look.PValue!.Value);
                        }

                        counts[0] = isOut ? 1 : 0;
                        counts[1] = low > effect ? 1 : 0;
                        counts[2] = high < effect ? 1 : 0;
                        if (effect == 0)
                        {
                            counts[3] = p < .05 ? 1 : 0;
                        }
                    };
                });
        }
    }

    /// <summary>0.1 % conversion from the first look that the guard allows: at most alpha, whatever the law.</summary>
    private static Study RareEvents() => new(
        "confidence sequence, 100 looks",
        "0.1 % conversion, 1:1, looks of 20,000 units, N* 1,000,000, no effect",
        [new("ever above 0", .025, Criterion.AtMost), new("ever below 0", .025, Criterion.AtMost), new("a look before 50 events", 0, Criterion.Never)],
        .05,
        () => (random, counts) =>
        {
            BinomialArm c = default;
            BinomialArm t = default;
            for (int k = 0; k < 100; k++)
            {
                c = new BinomialArm(c.N + 10_000, c.X + random.Binomial(10_000, .001));
                t = new BinomialArm(t.N + 10_000, t.X + random.Binomial(10_000, .001));
                EffectMoments m = EffectMoments.Of(c, t);
                SequentialLook look = AsymptoticConfidenceSequence.Compute(
                    m.Difference,
                    m.StandardError,
                    c.N + t.N,
                    1_000_000,
                    .05,
                    isTooEarly: AsymptoticConfidenceSequence.IsTooEarly(c, t));
                counts[0] = look.Lower > 0 ? 1 : counts[0];
                counts[1] = look.Upper < 0 ? 1 : counts[1];
                counts[2] = look.PValue is not null && Math.Min(c.X, t.X) < 50 ? 1 : counts[2];
            }
        });

    private static IEnumerable<Study> Groups()
    {
        foreach ((string name, Spending spending) in ((string, Spending)[])
            [
                ("O'Brien-Fleming type", new Spending(SpendingFamily.OBrienFleming)),
                ("Pocock type", new Spending(SpendingFamily.Pocock)),
            ])
        {
            double[] times = [.2, .4, .6, .8, 1];
            IReadOnlyList<GroupSequentialLook> plan = GroupSequential.Bounds(times, 1, .025, spending);
            double drift = GroupSequential.Drift(plan, .8);
            foreach (double shift in (double[])[0, drift])
            {
                yield return new Study(
                    "group sequential",
                    $"{name}, 5 looks{(shift == 0 ? "" : ", effect of power .8")}",
                    shift == 0
                        ? [new("stops above", .025), new("stops below", .025)]
                        : [new("stops above", .8)],
                    .5,
                    () => (random, counts) =>
                    {
                        double position = 0;
                        for (int k = 0; k < times.Length; k++)
                        {
                            double step = times[k] - (k == 0 ? 0 : times[k - 1]);
                            position += (shift * step) + (Math.Sqrt(step) * random.Normal());
                            double z = position / Math.Sqrt(times[k]);
                            if (Math.Abs(z) >= plan[k].Critical)
                            {
                                counts[z > 0 || shift != 0 ? 0 : 1] = z > 0 ? 1 : shift == 0 ? 1 : 0;
                                return;
                            }
                        }
                    });
            }
        }

        // Planned 300, looks at 150, 250, 330: the last spends the rest.
        double[] information = [150, 250, 330];
        IReadOnlyList<GroupSequentialLook> over =
            GroupSequential.Bounds(information, 300, .025, new Spending(SpendingFamily.OBrienFleming));
        yield return new Study(
            "group sequential",
            "O'Brien-Fleming type, planned 300, looks at 150, 250, 330",
            [new("stops above", .025), new("stops below", .025)],
            .5,
            () => (random, counts) =>
            {
                double position = 0;
                for (int k = 0; k < information.Length; k++)
                {
                    position += Math.Sqrt(information[k] - (k == 0 ? 0 : information[k - 1])) * random.Normal();
                    double z = position / Math.Sqrt(information[k]);
                    if (Math.Abs(z) >= over[k].Critical)
                    {
                        counts[z > 0 ? 0 : 1] = 1;
                        return;
                    }
                }
            });
    }

    private static EffectEstimate Member(double z) => new()
    {
        Method = "normal",
        Alpha = .05,
        UpliftAbsolute = z,
        StandardError = 1,
        Statistic = z,
        PValue = Tails.NormalTwoSided(z),
    };

    private static IEnumerable<Study> FamilyErrors()
    {
        const int nulls = 6;
        const int size = 10;
        (string Name, Correction Correction, Measure Error)[] cases =
        [
            ("Bonferroni", Correction.Bonferroni, new("any true null rejected", 1 - Math.Pow(1 - (.05 / size), nulls))),
            ("Holm", Correction.Holm, new("any true null rejected", .05, Criterion.AtMost)),
            ("Hochberg", Correction.Hochberg, new("any true null rejected", .05, Criterion.AtMost)),
            ("Hommel", Correction.Hommel, new("any true null rejected", .05, Criterion.AtMost)),
            ("Benjamini-Hochberg", Correction.BenjaminiHochberg, new("false discovery rate", .05 * nulls / size, IsRate: false)),
            ("Benjamini-Yekutieli", Correction.BenjaminiYekutieli, new("false discovery rate", .05 * nulls / size / Enumerable.Range(1, size).Sum(static i => 1.0 / i), IsRate: false)),
        ];
        foreach ((string name, Correction correction, Measure error) in cases)
        {
            bool isRate = error.IsRate;
            bool isSelective = correction is Correction.BenjaminiHochberg or Correction.BenjaminiYekutieli;
            Measure? coverage = isSelective
                ? new("false coverage of the selected", .05, Criterion.AtMost, false)
                : correction is Correction.Bonferroni or Correction.Holm
                    ? new("any interval misses", 1 - Math.Pow(1 - (.05 / size), size))
                    : null;
            yield return new Study(
                "families",
                $"{name}, 10 independent tests, 6 without effect, 4 at 3 SE",
                coverage is null ? [error] : [error, coverage],
                .2,
                () => (random, counts) =>
                {
                    double[] truth = [.. Enumerable.Range(0, size).Select(static i => i < nulls ? 0.0 : 3)];
                    IReadOnlyList<FamilyResult> results = Families.Correct(
                        [.. truth.Select(effect => new FamilyMember(Member(effect + random.Normal())))], correction, .05);
                    int wrong = results.Take(nulls).Count(static r => r.IsRejected == true);
                    int all = results.Count(static r => r.IsRejected == true);
                    counts[0] = isRate ? (wrong > 0 ? 1 : 0) : all == 0 ? 0 : (double)wrong / all;
                    if (coverage is not null)
                    {
                        int missed = results.Where((r, i) => r.Lower > truth[i] || r.Upper < truth[i]).Count();
                        counts[1] = isSelective ? (all == 0 ? 0 : (double)missed / all) : missed > 0 ? 1 : 0;
                    }
                });
        }

        // Three treatments of unequal size against one control.
        double[] variances = [1, 2, .5];
        const double control = .8;
        yield return new Study(
            "families",
            "Dunnett, three treatments, V 1, 2, .5 against .8, no effect",
            [new("any rejected", .05), new("any interval misses", .05)],
            .2,
            () =>
            {
                double critical = Dunnett.Critical(control, variances, .05);
                return (random, counts) =>
                {
                    double c = Math.Sqrt(control) * random.Normal();
                    double[] d = [.. variances.Select(v => (Math.Sqrt(v) * random.Normal()) - c)];
                    double[] z = [.. d.Select((x, i) => x / Math.Sqrt(variances[i] + control))];
                    double largest = z.Max(Math.Abs);
                    counts[0] = Dunnett.FamilyTail(control, variances, largest) < .05 ? 1 : 0;
                    counts[1] = d.Where((x, i) => Math.Abs(x) > critical * Math.Sqrt(variances[i] + control)).Any() ? 1 : 0;
                };
            });
    }

    /// <summary>
    /// Daily looks from day 7 to 28. Units come evenly; the primary has no effect, the guardrail none either.
    /// </summary>
    private static IEnumerable<Study> Policy()
    {
        double[] days = [.. Enumerable.Range(7, 22).Select(static day => (double)day)];
        double naive = GroupSequential.TypeOneError(days, [.. days.Select(static _ => Expected.Z)]);
        const long daily = 20_000;
        const double mean = 10;
        const double deviation = 6;

        // At the end: SE of the lift 2 · .6/sqrt(n); shipped where the lift is above 2 % and its p below .05.
        double error = 2 * (deviation / mean) / Math.Sqrt(28 * daily);
        double ship = Tails.NormalSurvival(Math.Max(Expected.Z, .02 / error));
        DateTime start = new(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        DateTime end = start.AddDays(28);
        QualityEvidence sound = new([new("assigned", .5), new("exposed", .5)], true);
        yield return new Study(
            "default policy, daily looks",
            "no effect, 28 days, looks from day 7",
            [
                new("naive: p below .05 at any look", naive),
                new("shipped before the planned end", 0, Criterion.Never),
                new("not shipped before the planned end", 0, Criterion.Never),
                new("shipped at the planned end", ship, ship > 1e-4 ? Criterion.Equals : Criterion.AtMost),
                new("sequence: p below .05 at any look", .05, Criterion.AtMost),
            ],
            .05,
            () => (random, counts) =>
            {
                MeanArm c = default;
                MeanArm t = default;
                MeanArm gc = default;
                MeanArm gt = default;
                for (int day = 1; day <= 28; day++)
                {
                    MeanArm Day() => new(
                        daily / 2,
                        mean + (deviation / Math.Sqrt(daily / 2) * random.Normal()),
                        deviation * deviation * random.ChiSquare((daily / 2) - 1) / ((daily / 2) - 1));
                    (c, t, gc, gt) = (c.Merge(Day()), t.Merge(Day()), gc.Merge(Day()), gt.Merge(Day()));
                    if (day < 7)
                    {
                        continue;
                    }

                    EffectEstimate e = WelchTTest.Compute(c, t, .05);
                    counts[0] = e.PValue < .05 ? 1 : counts[0];
                    SequentialLook look = AsymptoticConfidenceSequence.Compute(
                        e.UpliftAbsolute!.Value, e.StandardError!.Value, c.N + t.N, 28 * daily, .05);
                    counts[4] = look.PValue < .05 ? 1 : counts[4];
                    DecisionOutcome outcome = DecisionEngine.Decide(
                        DecisionPolicy.Default,
                        ["b"],
                        [
                            new("b", "primary", MetricRole.Primary, DesiredDirection.Increase, e, .01),
                            new("b", "guard", MetricRole.Guardrail, DesiredDirection.Increase, WelchTTest.Compute(gc, gt, .1), .005),
                        ],
                        sound,
                        new PlanEvidence(28 * daily, c.N + t.N, end, start.AddDays(day))).Single().Outcome;
                    if (day < 28)
                    {
                        counts[1] = outcome == DecisionOutcome.Ship ? 1 : counts[1];
                        counts[2] = outcome == DecisionOutcome.DoNotShip ? 1 : counts[2];
                    }
                    else
                    {
                        counts[3] = outcome == DecisionOutcome.Ship ? 1 : 0;
                    }
                }
            });
    }
}
