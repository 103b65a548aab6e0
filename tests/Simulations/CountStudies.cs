using Experiments.Statistics;

namespace Experiments.Simulations;

/// <summary>Proportions, ranks, times, quantiles and sample ratios.</summary>
internal static class CountStudies
{
    private const double Alpha = .05;

    internal static IEnumerable<Study> All() =>
    [
        .. Proportions(),
        .. SmallCells(),
        .. Ranks(),
        .. Times(),
        Median(),
        .. SampleRatios(),
    ];

    private static IEnumerable<Study> Proportions()
    {
        foreach ((double rate, long small, string name) in ((double, long, string)[])
            [(.1, 2000, "10 % conversion"), (.001, 100_000, "0.1 % conversion")])
        {
            foreach ((string split, int c) in ((string, int)[])[("1:1", 1), ("9:1", 9), ("99:1", 99)])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long nc, long nt) = (small * c, small);
                    double pt = rate + (hasEffect ? 2.8 * Math.Sqrt(rate * (1 - rate) * ((1.0 / nc) + (1.0 / nt))) : 0);
                    double effect = pt - rate;
                    double z = Expected.Z;
                    Computed measures = new(() =>
                    {
                        (double below, double above) = Expected.Enumerate(
                            nc, rate, nt, pt, (xc, xt) => Expected.PooledZ(nc, xc, nt, xt, z));
                        (double diffBelow, double diffAbove) = Expected.Enumerate(
                            nc, rate, nt, pt, (xc, xt) => Expected.ScoreDifference(nc, xc, nt, xt, effect, z));
                        (double ratioBelow, double ratioAbove) = Expected.Enumerate(
                            nc, rate, nt, pt, (xc, xt) => Expected.ScoreRatio(nc, xc, nt, xt, pt / rate, z));
                        return
                        [
                            new("rejects above 0", above),
                            new("rejects below 0", below),
                            new("score interval above the effect", diffAbove),
                            new("score interval below the effect", diffBelow),
                            new("Koopman above the lift", ratioAbove),
                            new("Koopman below the lift", ratioBelow),
                        ];
                    });
                    yield return new Study(
                        "two proportions, score intervals",
                        $"{name}, split {split}{(hasEffect ? ", effect 2.8 SE" : "")}",
                        measures,
                        .5,
                        () => (random, counts) =>
                        {
                            EffectEstimate e = TwoProportionTest.Compute(
                                new BinomialArm(nc, random.Binomial(nc, rate)),
                                new BinomialArm(nt, random.Binomial(nt, pt)),
                                Alpha);
                            counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                            counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
                            counts[2] = e.CiLower > effect ? 1 : 0;
                            counts[3] = e.CiUpper < effect ? 1 : 0;
                            counts[4] = e.CiRelativeLower > (pt / rate) - 1 ? 1 : 0;
                            counts[5] = e.CiRelativeUpper < (pt / rate) - 1 ? 1 : 0;
                        });
                }
            }
        }
    }

    /// <summary>Fewer than 5 expected: mid-p, against all tables and their hypergeometric tails.</summary>
    private static IEnumerable<Study> SmallCells()
    {
        foreach ((long nc, long nt, double p) in ((long, long, double)[])[(200, 200, .01), (2000, 100, .01)])
        {
            (double Below, double Above) Tables() => Expected.Enumerate(nc, p, nt, p, (xc, xt) =>
            {
                long successes = xc + xt;
                if (Math.Min(successes, nc + nt - successes) * (double)Math.Min(nc, nt) / (nc + nt) >= 5)
                {
                    return Expected.PooledZ(nc, xc, nt, xt, Expected.Z);
                }

                double own = 0;
                double less = 0;
                double more = 0;
                double total = 0;
                for (long k = Math.Max(0, successes - nc); k <= Math.Min(nt, successes); k++)
                {
                    double mass = Math.Exp(LogChoose(nt, k) + LogChoose(nc, successes - k) - LogChoose(nc + nt, successes));
                    total += mass;
                    own += k == xt ? mass : 0;
                    less += k < xt ? mass : 0;
                    more += k > xt ? mass : 0;
                }

                double mid = 2 * Math.Min(less + (.5 * own), more + (.5 * own)) / total;
                return mid < Alpha ? Math.Sign(less - more) : 0;
            });
            yield return new Study(
                "two proportions, mid-p",
                $"1 % conversion, {nc} and {nt} units",
                new Computed(() =>
                {
                    (double below, double above) = Tables();
                    return [new("rejects above 0", above), new("rejects below 0", below)];
                }),
                .5,
                () => (random, counts) =>
                {
                    EffectEstimate e = TwoProportionTest.Compute(
                        new BinomialArm(nc, random.Binomial(nc, p)), new BinomialArm(nt, random.Binomial(nt, p)), Alpha);
                    counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                    counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
                });
        }
    }

    /// <summary>
    /// Ranks with ties. Under an effect U is normal with the variance of its two projections (Hoeffding 1948), both exact
    /// for a law on finitely many values.
    /// </summary>
    private static IEnumerable<Study> Ranks()
    {
        DiscreteLaw law = DiscreteLaw.ZeroInflated();
        DiscreteLaw shifted = new(
            "zero-inflated, fewer zeros",
            law.Values.Zip(law.Probabilities, static (v, p) => (v, v == 0 ? .94 : .06 * p / .05)));
        foreach ((string split, int c) in ((string, int)[])[("1:1", 1), ("9:1", 9), ("99:1", 99)])
        {
            foreach (bool hasEffect in (bool[])[false, true])
            {
                (long nc, long nt) = (4000L * c, 4000L);
                DiscreteLaw other = hasEffect ? shifted : law;
                (double theta, double ofControl, double ofTreatment, double ties, double third) =
                    Projections(law, other, nc, nt);
                double own = Math.Sqrt((ofControl / nc) + (ofTreatment / nt));

                // sd of U/(nm) under the null: (N + 1 - Σ(t³ - t)/(N(N - 1)))/(12 n m).
                double total = nc + nt;
                double null0 = Math.Sqrt((1 - ties) * total / (12.0 * nc * nt));

                // Third moment of a sum of ranks drawn without replacement; the sum of cubed ranks about their mean is
                // N⁴ times that of their shares.
                double skewness = nt * (double)nc * (nc - nt) * total * third
                    / Math.Pow(nt * (double)nc, 3) / Math.Pow(null0, 3);
                double Edgeworth(double u) => skewness / 6 * ((u * u) - 1) * Math.Exp(-.5 * u * u) / Math.Sqrt(2 * Math.PI);
                double up = ((Expected.Z * null0) - (theta - .5)) / own;
                double down = ((-Expected.Z * null0) - (theta - .5)) / own;
                double above = Tails.NormalSurvival(up) + Edgeworth(up);
                double below = Tails.NormalCdf(down) - Edgeworth(down);
                yield return new Study(
                    "Mann-Whitney",
                    $"zero-inflated, split {split}{(hasEffect ? ", 94 % zeros against 95 %" : "")}",
                    [new("rejects above 1/2", above), new("rejects below 1/2", below)],
                    .5,
                    () =>
                    {
                        int[] order = [.. Enumerable.Range(0, law.Values.Count)];
                        long[] control = new long[order.Length];
                        long[] treatment = new long[order.Length];
                        (double, long, long)[] table = new (double, long, long)[order.Length];
                        Dictionary<double, int> place = order.ToDictionary(i => other.Values[i]);
                        return (random, counts) =>
                        {
                            law.Draw(random, nc, control);
                            other.Draw(random, nt, treatment);
                            for (int i = 0; i < table.Length; i++)
                            {
                                table[i] = (law.Values[i], control[i], treatment[place[law.Values[i]]]);
                            }

                            RankEstimate e = MannWhitney.Compute(RankSums.FromCounts(table), continuity: false);
                            counts[0] = e.PValue < Alpha && e.ProbabilityOfSuperiority > .5 ? 1 : 0;
                            counts[1] = e.PValue < Alpha && e.ProbabilityOfSuperiority < .5 ? 1 : 0;
                        };
                    });
            }
        }
    }

    private static (double Theta, double OfControl, double OfTreatment, double Ties, double Third) Projections(
        DiscreteLaw control, DiscreteLaw treatment, double nc, double nt)
    {
        double H(double t, double c) => t > c ? 1 : t == c ? .5 : 0;
        double[] byControl = [.. control.Values.Select(c =>
            treatment.Values.Zip(treatment.Probabilities, (t, p) => p * H(t, c)).Sum())];
        double[] byTreatment = [.. treatment.Values.Select(t =>
            control.Values.Zip(control.Probabilities, (c, p) => p * H(t, c)).Sum())];
        double theta = byControl.Zip(control.Probabilities, static (h, p) => h * p).Sum();
        double ties = 0;
        double third = 0;
        double below = 0;
        foreach ((double value, double p) in control.Values.Zip(control.Probabilities).OrderBy(static point => point.First))
        {
            double q = treatment.Probabilities[treatment.Values.ToList().IndexOf(value)];
            double share = ((nc * p) + (nt * q)) / (nc + nt);
            ties += share * share * share;
            third += share * Math.Pow(below + (share / 2) - .5, 3);
            below += share;
        }

        return (
            theta,
            byControl.Zip(control.Probabilities, (h, p) => p * (h - theta) * (h - theta)).Sum(),
            byTreatment.Zip(treatment.Probabilities, (h, p) => p * (h - theta) * (h - theta)).Sum(),
            ties,
            third);
    }

    /// <summary>
    /// Times to an event over 20 days, 3 % of those at risk leave each day. Under an effect the mean of O - E, V and the
    /// variance of O - E come from the expected risk sets.
    /// </summary>
    private static IEnumerable<Study> Times()
    {
        foreach ((string split, int c) in ((string, int)[])[("1:1", 1), ("9:1", 9), ("99:1", 99)])
        {
            foreach (double ratio in (double[])[1, 1.06])
            {
                (long nc, long nt) = (20_000L * c, 20_000L);
                const int days = 20;
                const double hazard = .02;
                const double leaving = .03;
                double rc = nc;
                double rt = nt;
                double mean = 0;
                double v = 0;
                double variance = 0;
                for (int day = 0; day < days; day++)
                {
                    double n = rc + rt;
                    double d = (rc * hazard) + (rt * hazard * ratio);
                    mean += (rt * hazard * ratio) - (d * rt / n);
                    v += rc / n * (rt / n) * d * (n - d) / (n - 1);
                    double wt = rc / n;
                    variance += (wt * wt * rt * hazard * ratio * (1 - (hazard * ratio)))
                        + ((1 - wt) * (1 - wt) * rc * hazard * (1 - hazard));
                    rc *= (1 - hazard) * (1 - leaving);
                    rt *= (1 - (hazard * ratio)) * (1 - leaving);
                }

                double shift = mean / Math.Sqrt(v);
                double spread = Math.Sqrt(variance / v);
                bool hasEffect = ratio != 1;
                List<Measure> measures =
                [
                    new("rejects above 1", Tails.NormalSurvival((Expected.Z - shift) / spread)),
                    new("rejects below 1", Tails.NormalCdf((-Expected.Z - shift) / spread)),
                ];
                yield return new Study(
                    "log-rank",
                    $"20 days, 2 % hazard, 3 % censored a day, split {split}{(hasEffect ? ", hazard ratio 1.06" : "")}",
                    measures,
                    .5,
                    () =>
                    {
                        RiskSet[] sets = new RiskSet[days];
                        return (random, counts) =>
                        {
                            (long c0, long t0) = (nc, nt);
                            for (int day = 0; day < days; day++)
                            {
                                long ec = random.Binomial(c0, hazard);
                                long et = random.Binomial(t0, hazard * ratio);
                                sets[day] = new RiskSet(c0, t0, ec, et);
                                c0 -= ec + random.Binomial(c0 - ec, leaving);
                                t0 -= et + random.Binomial(t0 - et, leaving);
                            }

                            LogRankEstimate e = LogRank.Compute(LogRankSums.FromTimes(sets), Alpha);
                            counts[0] = e.PValue < Alpha && e.HazardRatio > 1 ? 1 : 0;
                            counts[1] = e.PValue < Alpha && e.HazardRatio < 1 ? 1 : 0;
                        };
                    });
            }
        }
    }

    /// <summary>
    /// The median of uniform observations: order statistics by gamma spacings. Its error is a spacing of k order
    /// statistics, so that the size is E[2Φ(-z sqrt((G_c² + G_t²)/2))], G a gamma variable of shape k over the width that it stands for.
    /// </summary>
    private static Study Median()
    {
        const long n = 40_001;
        (long low, long high) = Quantiles.BoundingRanks(.5, .25 / n, n);
        long k = high - low;

        // The width of the bounds as a multiple of the width that a normal median of the same error would have.
        double scale = 1 / ((n + 1) * 2 * Expected.Z * .5 / Math.Sqrt(n));
        double Size()
        {
            double size = 0;
            double mass = 0;
            for (double u = -8; u <= 8; u += .05)
            {
                for (double v = -8; v <= 8; v += .05)
                {
                    double weight = Math.Exp(-.5 * ((u * u) + (v * v)));
                    double gu = scale * (k + (Math.Sqrt(k) * u));
                    double gv = scale * (k + (Math.Sqrt(k) * v));
                    mass += weight;
                    size += weight * Tails.NormalTwoSided(Expected.Z * Math.Sqrt(((gu * gu) + (gv * gv)) / 2));
                }
            }

            return size / mass;
        }

        return new Study(
            "median, order statistics",
            "uniform, 40,001 observations an arm, no effect",
            new Computed(() =>
            {
                double size = Size();
                return [new("rejects above 0", size / 2), new("rejects below 0", size / 2)];
            }),
            1,
            () => (random, counts) =>
            {
                QuantileArm Arm()
                {
                    // Order statistics at ranks low < (n + 1)/2 < high of n uniform values.
                    long middle = (n + 1) / 2;
                    double a = random.Gamma(low);
                    double b = a + random.Gamma(middle - low);
                    double c = b + random.Gamma(high - middle);
                    double all = c + random.Gamma(n + 1 - high);
                    return new QuantileArm(n, b / all, a / all, c / all, .25 / n);
                }

                EffectEstimate e = QuantileDifference.Compute(Arm(), Arm(), .5, Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });
    }

    private static IEnumerable<Study> SampleRatios()
    {
        (long Units, double[] Weights)[] epochs = [(10_000, [.9, .05, .05]), (40_000, [.5, .25, .25])];
        yield return new Study(
            "sample ratio, chi-square",
            "three arms, 90:5:5 then 50:25:25, as planned",
            [new("p below .05", .05), new("p below .001", .001)],
            1,
            () => (random, counts) =>
            {
                double p = SampleRatioMismatch.Compute([.. epochs.Select(epoch =>
                    new WeightEpoch(Split(random, epoch.Units, epoch.Weights), epoch.Weights))]).PValue!.Value;
                counts[0] = p < .05 ? 1 : 0;
                counts[1] = p < .001 ? 1 : 0;
            });

        double[] even = [1, 1];
        foreach (double share in (double[])[.5, .48])
        {
            yield return new Study(
                "sample ratio, e-process",
                share == .5 ? "two arms, 100 looks of 500 units, as planned" : "two arms, 100 looks of 500 units, 48:52",
                share == .5
                    ? [new("ever below .05", .05, Criterion.AtMost), new("ever below .001", .001, Criterion.AtMost)]
                    : [new("not found at .001 after 50,000 units", .01, Criterion.AtMost)],
                .05,
                () => (random, counts) =>
                {
                    SampleRatioIncrement[] looks = [.. Enumerable.Range(0, 100).Select(_ =>
                    {
                        long first = random.Binomial(500, share);
                        return new SampleRatioIncrement([first, 500 - first], even);
                    })];
                    double p = SampleRatioEProcess.Compute(looks)[^1].PValue;
                    if (share == .5)
                    {
                        counts[0] = p < .05 ? 1 : 0;
                        counts[1] = p < .001 ? 1 : 0;
                    }
                    else
                    {
                        counts[0] = p < .001 ? 0 : 1;
                    }
                });
        }
    }

    private static long[] Split(Rng random, long units, double[] weights)
    {
        long[] counts = new long[weights.Length];
        double left = weights.Sum();
        for (int i = 0; i < weights.Length; i++)
        {
            counts[i] = i == weights.Length - 1 ? units : random.Binomial(units, weights[i] / left);
            units -= counts[i];
            left -= weights[i];
        }

        return counts;
    }

    private static double LogChoose(long n, long k) =>
        MathNet.Numerics.SpecialFunctions.GammaLn(n + 1) - MathNet.Numerics.SpecialFunctions.GammaLn(k + 1)
        - MathNet.Numerics.SpecialFunctions.GammaLn(n - k + 1);
}
