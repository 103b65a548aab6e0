using Experiments.Statistics;

namespace Experiments.Simulations;

/// <summary>
/// Clusters, observations within units, covariates of ratios, regression adjustment, switchbacks: what has more than one
/// row a unit, or more than one number.
/// </summary>
internal static class ClusterStudies
{
    private const double Alpha = .05;

    private static readonly (string Name, int Control, int Treatment)[] Splits =
        [("1:1", 1, 1), ("9:1", 9, 1), ("99:1", 99, 1)];

    internal static IEnumerable<Study> All() =>
    [
        .. Clusters(),
        UnitsOfClusters(),
        .. RatioCovariates(),
        .. Regressions(),
        .. SecondPass(),
        .. ClusteredQuantiles(),
        ObservationsAsUnits(),
        .. Switchbacks(),
        .. Ramps(),
    ];

    private static Measure[] Measures(double shift) =>
    [
        new("rejects above 0", Tails.NormalSurvival(Expected.Z - shift)),
        shift == 0 ? new("rejects below 0", .025) : new("rejects on the wrong side", 1e-4, Criterion.AtMost),
        new("interval above the effect", .025),
        new("interval below the effect", .025),
        new("Fieller above the lift", .025),
        new("Fieller below the lift", .025),
    ];

    private static void Count(EffectEstimate e, double effect, double lift, double[] counts)
    {
        counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
        counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
        counts[2] = e.CiLower > effect ? 1 : 0;
        counts[3] = e.CiUpper < effect ? 1 : 0;
        counts[4] = e.CiRelativeLower > lift ? 1 : 0;
        counts[5] = e.CiRelativeUpper < lift ? 1 : 0;
    }

    /// <summary>
    /// Cluster totals (y, n): sizes of mean 50 and deviation 15, a total that goes with the size. The variances are those
    /// of the linearised ratio; degrees of freedom by Satterthwaite from the clusters.
    /// </summary>
    private static IEnumerable<Study> Clusters()
    {
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long kc, long kt) = (2000L * c, 2000L * t);
                    const double size = 50;
                    const double spread = 15;
                    const double correlation = .6;
                    double Residual(double total, double scale)
                    {
                        double r = total / size;
                        return ((scale * scale) + (r * r * spread * spread) - (2 * r * correlation * scale * spread)) / size / size;
                    }

                    double y0 = 100;
                    double y1 = y0;
                    double error = 0;

                    // The effect changes the variance, and so the error that it is measured in.
                    for (int i = 0; i < 4; i++)
                    {
                        error = Math.Sqrt((Residual(y0, 40) / kc) + (Residual(y1, 40 * deviation) / kt));
                        y1 = y0 + (hasEffect ? 2.8 * error * size : 0);
                    }

                    double effect = (y1 - y0) / size;
                    yield return new Study(
                        "cluster-randomised, ratio of totals",
                        Setting("sizes 50 ± 15", split, deviation, hasEffect),
                        Measures(effect / error),
                        .5,
                        () => (random, counts) =>
                        {
                            RatioArm Arm(long k, double total, double scale)
                            {
                                (double[] m, double[,] s) = Sample(
                                    random, k, [total, size], [scale, spread], [[1], [correlation, 1]]);
                                return new RatioArm(k, m[0], m[1], s[0, 0], s[1, 1], s[0, 1]);
                            }

                            Count(
                                ClusterTest.Compute(Arm(kc, y0, 40), Arm(kt, y1, 40 * deviation), Alpha),
                                effect,
                                effect / (y0 / size),
                                counts);
                        });
                }
            }
        }
    }

    /// <summary>
    /// What row-by-row analysis does to randomised clusters: 20 units each with an intraclass correlation of .1 make the
    /// variance 2.9 times what Welch's test takes it for.
    /// </summary>
    private static Study UnitsOfClusters()
    {
        const int clusters = 500;
        const int members = 20;
        const double icc = .1;
        double size = Tails.NormalTwoSided(Expected.Z / Math.Sqrt(Power.ClusterDesignEffect(members, icc)));
        return new Study(
            "clusters, analysed by unit (wrong)",
            "500 clusters of 20 an arm, intraclass correlation .1, no effect",
            [new("rejects above 0", size / 2), new("rejects below 0", size / 2)],
            .2,
            () => (random, counts) =>
            {
                MeanArm Arm()
                {
                    // Between: the clusters' means; within: chi-square with the units' own degrees of freedom.
                    double mean = 0;
                    double between = 0;
                    double error = Math.Sqrt(icc + ((1 - icc) / members));
                    for (int k = 0; k < clusters; k++)
                    {
                        double x = error * random.Normal();
                        mean += x / clusters;
                        between += x * x;
                    }

                    between = members * (between - (clusters * mean * mean));
                    double within = (1 - icc) * random.ChiSquare(clusters * (members - 1));
                    return new MeanArm(clusters * members, mean, (between + within) / ((clusters * members) - 1));
                }

                EffectEstimate e = WelchTTest.Compute(Arm(), Arm(), Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });
    }

    /// <summary>A ratio with the ratio from before as covariate: four numbers a unit.</summary>
    private static IEnumerable<Study> RatioCovariates()
    {
        double[][] correlations = [[1], [.6, 1], [.5, .4, 1], [.4, .5, .6, 1]];
        double Correlation(int i, int j) => correlations[Math.Max(i, j)][Math.Min(i, j)];
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long nc, long nt) = (20_000L * c, 20_000L * t);
                    (double Yy, double Xx, double Xy) Unit(double m, double scale)
                    {
                        double[] sd = [scale, 3, 2, 3];
                        double[] h = [1 / 10.0, -m / 100, 0, 0];
                        double[] k = [0, 0, 1 / 10.0, -4 / 100.0];
                        double Form(double[] a, double[] b) => Enumerable.Range(0, 4).Sum(i => Enumerable.Range(0, 4)
                            .Sum(j => a[i] * b[j] * sd[i] * sd[j] * Correlation(i, j)));
                        return (Form(h, h), Form(k, k), Form(h, k));
                    }

                    double m0 = 4;
                    double m1 = m0;
                    double error = 0;
                    for (int i = 0; i < 4; i++)
                    {
                        (double Yy, double Xx, double Xy) uc = Unit(m0, 2);
                        (double Yy, double Xx, double Xy) ut = Unit(m1, 2 * deviation);
                        double theta = ((uc.Xy / nc) + (ut.Xy / nt)) / ((uc.Xx / nc) + (ut.Xx / nt));
                        double Of((double Yy, double Xx, double Xy) u) => u.Yy + (theta * theta * u.Xx) - (2 * theta * u.Xy);
                        error = Math.Sqrt((Of(uc) / nc) + (Of(ut) / nt));
                        m1 = m0 + (hasEffect ? 2.8 * error * 10 : 0);
                    }

                    double effect = (m1 - m0) / 10;
                    yield return new Study(
                        "CUPED of ratios, Fieller",
                        Setting("four normal numbers a unit", split, deviation, hasEffect),
                        Measures(effect / error),
                        .5,
                        () => (random, counts) =>
                        {
                            RatioCupedArm Arm(long n, double m, double scale)
                            {
                                (double[] means, double[,] s) = Sample(random, n, [m, 10, 4, 10], [scale, 3, 2, 3], correlations);
                                return RatioCupedArm.FromCentred(n, means, [0, 0, 0, 0], Triangle(s, n));
                            }

                            Count(
                                Cuped.Compute(Arm(nc, m0, 2), Arm(nt, m1, 2 * deviation), Alpha).Effect,
                                effect,
                                effect / (m0 / 10),
                                counts);
                        });
                }
            }
        }
    }

    /// <summary>
    /// Lin's adjustment for two covariates from aggregates. Slopes differ between the arms, so that the effect is that at
    /// the mean of the covariates over the units at hand, which each run knows.
    /// </summary>
    private static IEnumerable<Study> Regressions()
    {
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool differ in (bool[])[false, true])
                {
                    (long nc, long nt) = (2000L * c, 2000L * t);
                    const double correlation = .5;
                    double[] bc = [.5, .3];
                    double[] bt = differ ? [1.1, -.2] : bc;
                    double error = Math.Sqrt((1.0 / nc) + (deviation * deviation / nt));
                    double effect = 2.8 * error;

                    // The slopes' difference moves the effect at hand, with variance δ'Σδ/N: what the test sees besides.
                    double[] gap = [bt[0] - bc[0], bt[1] - bc[1]];
                    double moved = ((gap[0] * gap[0]) + (gap[1] * gap[1]) + (2 * correlation * gap[0] * gap[1])) / (nc + nt);
                    double power = Tails.NormalSurvival((Expected.Z - 2.8) * error / Math.Sqrt((error * error) + moved));
                    double degrees = Math.Pow(error, 4)
                        / ((1.0 / nc / nc / (nc - 3)) + (Math.Pow(deviation, 4) / nt / nt / (nt - 3)));
                    double critical = Tails.StudentTUpperQuantile(Alpha / 2, degrees);
                    if (!differ)
                    {
                        power = Expected.Upper(critical, degrees, 2.8, 0);
                    }

                    yield return new Study(
                        "Lin, two covariates, aggregates",
                        Setting($"normal, correlation .5, slopes {(differ ? "differ" : "equal")}", split, deviation, true),
                        [
                            new("rejects above 0", power),
                            new("interval above the effect", .025),
                            new("interval below the effect", .025),
                        ],
                        .5,
                        () => (random, counts) =>
                        {
                            (RegressionArm control, double[] xc) = Arm(random, nc, 10, bc, 1);
                            (RegressionArm treatment, double[] xt) = Arm(random, nt, 10 + effect, bt, deviation);
                            double atHand = effect;
                            for (int i = 0; i < 2; i++)
                            {
                                atHand += gap[i] * ((nc * xc[i]) + (nt * xt[i])) / (nc + nt);
                            }

                            EffectEstimate e = RegressionAdjustment.Compute(control, treatment, Alpha).Estimate.Effect;
                            counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                            counts[1] = e.CiLower > atHand ? 1 : 0;
                            counts[2] = e.CiUpper < atHand ? 1 : 0;
                        });

                    (RegressionArm Arm, double[] Means) Arm(Rng random, long n, double level, double[] slopes, double noise)
                    {
                        (double[] m, double[,] s) = Sample(
                            random, n, [level, 0, 0], [noise, 1, 1], [[1], [0, 1], [0, correlation, 1]]);

                        // y = level + noise + β'x, from the moments of (noise, x1, x2).
                        double mean = m[0] + (slopes[0] * m[1]) + (slopes[1] * m[2]);
                        double[,] all = (double[,])s.Clone();
                        for (int j = 0; j < 2; j++)
                        {
                            all[0, j + 1] = s[0, j + 1] + (slopes[0] * s[1, j + 1]) + (slopes[1] * s[2, j + 1]);
                            all[j + 1, 0] = all[0, j + 1];
                        }

                        all[0, 0] = s[0, 0] + (slopes[0] * (s[0, 1] + all[0, 1])) + (slopes[1] * (s[0, 2] + all[0, 2]));
                        return (
                            RegressionArm.FromCentred(n, [mean, m[1], m[2]], [0, 0, 0], Triangle(all, n)), [m[1], m[2]]);
                    }
                }
            }
        }
    }

    /// <summary>
    /// The second pass: noise that grows with the covariate, unit by unit. HC2 does not assume it away.
    /// </summary>
    private static IEnumerable<Study> SecondPass()
    {
        foreach ((string split, int c, double weight) in ((string, int, double)[])[("1:1", 1, .2), ("9:1", 9, .05)])
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (int nc, int nt) = (500 * c, 500);

                    // Noise s (1 + x²)/2 on a normal x: E(1 + x²)² = 6, so the variance of the noise is 1.5 s².
                    double error = Math.Sqrt((1.5 / nc) + (1.5 * deviation * deviation / nt));
                    double effect = hasEffect ? 2.8 * error : 0;
                    double shift = effect / error;
                    yield return new Study(
                        "Lin, two covariates, HC2",
                        Setting("noise grows with the covariate", split, deviation, hasEffect),
                        [.. Measures(shift).Take(4)],
                        weight,
                        () =>
                        {
                            double[][] control = [.. Enumerable.Range(0, nc).Select(static _ => new double[3])];
                            double[][] treatment = [.. Enumerable.Range(0, nt).Select(static _ => new double[3])];
                            return (random, counts) =>
                            {
                                Fill(random, control, 10, 1);
                                Fill(random, treatment, 10 + effect, deviation);
                                RegressionArm a = RegressionArm.FromRows(control, 3);
                                RegressionArm b = RegressionArm.FromRows(treatment, 3);
                                RegressionEstimate first = RegressionAdjustment.Compute(a, b, Alpha);
                                double Sum(double[][] rows, RegressionFit fit) =>
                                    rows.Sum(row => fit.Hc2Term(row[0], [row[1], row[2]]));
                                EffectEstimate e = RegressionAdjustment.WithHc2(
                                    first, a, b, Sum(control, first.Control!), Sum(treatment, first.Treatment!)).Effect;
                                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
                                counts[2] = e.CiLower > effect ? 1 : 0;
                                counts[3] = e.CiUpper < effect ? 1 : 0;
                            };
                        });
                }
            }
        }

        static void Fill(Rng random, double[][] rows, double level, double scale)
        {
            foreach (double[] row in rows)
            {
                row[1] = random.Normal();
                row[2] = random.Normal();
                row[0] = level + (.8 * row[1]) + (.4 * row[2]) + (scale * .5 * (1 + (row[1] * row[1])) * random.Normal());
            }
        }
    }

    /// <summary>
    /// n V(share at or below the quantile) of units with 2 or 8 observations that share a part ρ of their variance, over
    /// ν(1 - ν): the design effect. With q the normal quantile,
    /// P(both at or below) = ∫ φ(b) Φ((q - sqrt(ρ) b)/sqrt(1 - ρ))² db.
    /// </summary>
    private static (double Quantile, double DesignEffect) Design(double level, double shared)
    {
        double q = -Tails.NormalUpperQuantile(level);
        double both = 0;
        const double step = .01;
        for (double b = -8; b <= 8; b += step)
        {
            double below = Tails.NormalCdf((q - (Math.Sqrt(shared) * b)) / Math.Sqrt(1 - shared));
            both += step * Math.Exp(-.5 * b * b) / Math.Sqrt(2 * Math.PI) * below * below;
        }

        // Mean size 5; of two observations of one unit, E m(m - 1)/E m = (2 + 56)/2/5 = 5.8.
        return (q, 1 + (5.8 * (both - (level * level)) / (level * (1 - level))));
    }

    /// <summary>Rejection rates of z with errors from order statistics, whose widths vary as gaps of k ranks do.</summary>
    private static double Rejects(double shift, (double Gap, double Share)[] arms)
    {
        double rate = 0;
        double mass = 0;
        for (double u = -6; u <= 6; u += .1)
        {
            for (double v = -6; v <= 6; v += .1)
            {
                double weight = Math.Exp(-.5 * ((u * u) + (v * v)));
                double a = 1 + (u / Math.Sqrt(arms[0].Gap));
                double b = 1 + (v / Math.Sqrt(arms[1].Gap));
                mass += weight;
                rate += weight * Tails.NormalSurvival(
                    (Expected.Z * Math.Sqrt((arms[0].Share * a * a) + (arms[1].Share * b * b))) - shift);
            }
        }

        return rate / mass;
    }

    private static IEnumerable<Study> ClusteredQuantiles()
    {
        const double shared = .5;
        foreach ((double level, string split, int c, double weight) in ((double, string, int, double)[])
            [(.5, "1:1", 1, .1), (.9, "1:1", 1, .1), (.5, "9:1", 9, .03)])
        {
            (double q, double design) = Design(level, shared);
            foreach (bool hasEffect in (bool[])[false, true])
            {
                (int nc, int nt) = (800 * c, 800);
                double Level(int units) => Math.Sqrt(design * level * (1 - level) / (5 * units));
                double density = Math.Exp(-.5 * q * q) / Math.Sqrt(2 * Math.PI);
                double error = Math.Sqrt(Math.Pow(Level(nc), 2) + Math.Pow(Level(nt), 2)) / density;
                double shift = hasEffect ? 2.8 : 0;
                double effect = shift * error;
                double total = Math.Pow(Level(nc), 2) + Math.Pow(Level(nt), 2);
                (double, double) Of(int units) =>
                    (2 * Expected.Z * Level(units) * 5 * units, Math.Pow(Level(units), 2) / total);
                yield return new Study(
                    "quantiles, clustered observations",
                    $"normal, quantile {level}, 2 or 8 observations a unit, split {split}{(hasEffect ? ", effect 2.8 SE" : "")}",
                    new Computed(() =>
                    [
                        new("rejects above 0", Rejects(shift, [Of(nc), Of(nt)])),
                        hasEffect
                            ? new("rejects on the wrong side", 1e-4, Criterion.AtMost)
                            : new("rejects below 0", Rejects(0, [Of(nc), Of(nt)])),
                        new("interval above the effect", Rejects(0, [Of(nc), Of(nt)])),
                        new("interval below the effect", Rejects(0, [Of(nc), Of(nt)])),
                    ]),
                    weight,
                    () => (random, counts) =>
                    {
                        QuantileArm control = Observations(random, nc, shared, 0, level, true);
                        QuantileArm treatment = Observations(random, nt, shared, effect, level, true);
                        EffectEstimate e = QuantileDifference.Compute(control, treatment, level, Alpha);
                        counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                        counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
                        counts[2] = e.CiLower > effect ? 1 : 0;
                        counts[3] = e.CiUpper < effect ? 1 : 0;
                    });
            }
        }
    }

    /// <summary>The same median with observations taken for units: the design effect is missing from its variance.</summary>
    private static Study ObservationsAsUnits()
    {
        (_, double design) = Design(.5, .5);
        const int units = 800;
        double gap = 2 * Expected.Z * Math.Sqrt(.25 / (5 * units)) * 5 * units;
        return new Study(
            "quantiles, clusters ignored (wrong)",
            "normal, median, 2 or 8 observations a unit, split 1:1",
            new Computed(() =>
            {
                double size = 0;
                double mass = 0;
                for (double u = -6; u <= 6; u += .1)
                {
                    for (double v = -6; v <= 6; v += .1)
                    {
                        double weight = Math.Exp(-.5 * ((u * u) + (v * v)));
                        double a = 1 + (u / Math.Sqrt(gap));
                        double b = 1 + (v / Math.Sqrt(gap));
                        mass += weight;
                        size += weight * Tails.NormalSurvival(Expected.Z * Math.Sqrt(((a * a) + (b * b)) / 2 / design));
                    }
                }

                return [new("rejects above 0", size / mass), new("rejects below 0", size / mass)];
            }),
            .03,
            () => (random, counts) =>
            {
                EffectEstimate e = QuantileDifference.Compute(
                    Observations(random, units, .5, 0, .5, false), Observations(random, units, .5, 0, .5, false), .5, Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });
    }

    /// <summary>Units with 2 or 8 observations by turns, the values as the SQL passes take them.</summary>
    private static QuantileArm Observations(
        Rng random, int units, double shared, double shift, double level, bool isClustered)
    {
        double[][] rows = new double[units][];
        for (int i = 0; i < units; i++)
        {
            double own = Math.Sqrt(shared) * random.Normal();
            rows[i] = new double[i % 2 == 0 ? 2 : 8];
            for (int j = 0; j < rows[i].Length; j++)
            {
                rows[i][j] = shift + own + (Math.Sqrt(1 - shared) * random.Normal());
            }
        }

        double[] all = [.. rows.SelectMany(static row => row)];
        Array.Sort(all);
        double position = 1 + ((all.Length - 1) * level);
        int floor = (int)position;
        double quantile = all[floor - 1] + ((position - floor) * (all[Math.Min(floor, all.Length - 1)] - all[floor - 1]));
        double variance = level * (1 - level) / all.Length;
        if (isClustered)
        {
            RatioArm arm = RatioArm.FromRows(
                [.. rows.Select(row => ((double)row.Count(x => x <= quantile), (double)row.Length))]);
            MeanArm share = arm.ToMeanArm()!.Value;
            variance = share.Variance / share.N;
        }

        (long low, long high) = Quantiles.BoundingRanks(level, variance, all.Length);
        return new QuantileArm(all.Length, quantile, all[low - 1], all[high - 1], variance);
    }

    /// <summary>
    /// Blocks of a region, half of each day's treated: p comes of all assignments that the design could draw. Of A
    /// assignments the values of |effect| come in pairs (an assignment and its opposite), so that p is 2j/A, each equally
    /// likely without an effect: p at most .05 in exactly 2 floor(.05 A/2)/A, whatever the law and the days do.
    /// </summary>
    private static IEnumerable<Study> Switchbacks()
    {
        foreach ((int days, int blocks, double assignments) in ((int, int, double)[])[(3, 6, 8000), (2, 8, 4900)])
        {
            double size = 2 * Math.Floor(.05 * assignments / 2) / assignments;
            yield return new Study(
                "switchback, re-randomised",
                $"{days} days of {blocks} blocks, heavy tail, days differ, neighbours go together, no effect",
                [new("p at most .05, effect above 0", size / 2), new("p at most .05, effect below 0", size / 2)],
                .1,
                () => (random, counts) =>
                {
                    List<SwitchbackBlock> all = [];
                    for (int day = 0; day < days; day++)
                    {
                        bool[] treated = [.. Enumerable.Range(0, blocks).Select(i => i < blocks / 2)];
                        for (int i = blocks - 1; i > 0; i--)
                        {
                            int j = Math.Min(i, (int)(random.Uniform() * (i + 1)));
                            (treated[i], treated[j]) = (treated[j], treated[i]);
                        }

                        double drift = random.Normal();
                        for (int block = 0; block < blocks; block++)
                        {
                            drift = (.7 * drift) + random.Normal();
                            double n = 20 + Math.Floor(60 * random.Uniform());
                            double y = (3 * day) + drift + Math.Pow(random.Uniform(), -.4);
                            all.Add(new SwitchbackBlock(day, treated[block], n, n * y));
                        }
                    }

                    SwitchbackResult result = Switchback.Compute(all);
                    counts[0] = result.PValue <= .05 + 1e-12 && result.Effect > 0 ? 1 : 0;
                    counts[1] = result.PValue <= .05 + 1e-12 && result.Effect < 0 ? 1 : 0;
                });
        }
    }

    /// <summary>A ramp from 95:5 to 50:50 of rates and of ratios, by period and pooled.</summary>
    private static IEnumerable<Study> Ramps()
    {
        (long Nc, long Nt, double Rate)[] ramp = [(9500, 500, .10), (5000, 5000, .12)];
        double all = ramp.Sum(static p => p.Nc + p.Nt);
        double variance = 0;
        double third = 0;
        foreach ((long nc, long nt, double p) in ramp)
        {
            double w = (nc + nt) / all;
            variance += w * w * p * (1 - p) * ((1.0 / nc) + (1.0 / nt));
            third += w * w * w * p * (1 - p) * (1 - (2 * p)) * ((1.0 / nt / nt) - (1.0 / nc / nc));
        }

        double skewness = third / Math.Pow(variance, 1.5);
        yield return new Study(
            "weight epochs, post-stratified",
            "rates, 95:5 at 10 % then 50:50 at 12 %, no effect",
            [
                new("rejects above 0", Expected.Upper(Expected.Z, 1e13, 0, skewness)),
                new("rejects below 0", Expected.Lower(Expected.Z, 1e13, 0, skewness)),
            ],
            1,
            () => (random, counts) =>
            {
                EffectEstimate e = PostStratification.Compute(
                    [.. ramp.Select(p => (
                        new BinomialArm(p.Nc, random.Binomial(p.Nc, p.Rate)),
                        new BinomialArm(p.Nt, random.Binomial(p.Nt, p.Rate))))],
                    Alpha).Effect;
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });

        // Pooled: rates of the merged arms, whose difference has a mean; each arm's share is a sum of binomials.
        double RateOf(Func<(long Nc, long Nt, double Rate), long> n) => ramp.Sum(p => n(p) * p.Rate) / ramp.Sum(n);
        double NoiseOf(Func<(long Nc, long Nt, double Rate), long> n) =>
            ramp.Sum(p => n(p) * p.Rate * (1 - p.Rate)) / Math.Pow(ramp.Sum(n), 2);
        double bias = RateOf(static p => p.Nt) - RateOf(static p => p.Nc);
        double pooled = ramp.Sum(static p => (p.Nc + p.Nt) * p.Rate) / all;
        double assumed = Math.Sqrt(
            pooled * (1 - pooled) * ((1.0 / ramp.Sum(static p => p.Nc)) + (1.0 / ramp.Sum(static p => p.Nt))));
        yield return new Study(
            "weight epochs, pooled (wrong)",
            "rates, the same ramp",
            [
                new(
                    "rejects above 0",
                    Tails.NormalSurvival(
                        ((Expected.Z * assumed) - bias) / Math.Sqrt(NoiseOf(static p => p.Nc) + NoiseOf(static p => p.Nt)))),
            ],
            .2,
            () => (random, counts) =>
            {
                BinomialArm control = new(ramp.Sum(static p => p.Nc), ramp.Sum(p => random.Binomial(p.Nc, p.Rate)));
                BinomialArm treatment = new(ramp.Sum(static p => p.Nt), ramp.Sum(p => random.Binomial(p.Nt, p.Rate)));
                EffectEstimate e = TwoProportionTest.Compute(control, treatment, Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
            });
    }

    /// <summary>Means and sample covariances of a normal sample, by Bartlett's decomposition.</summary>
    private static (double[] Means, double[,] Covariances) Sample(
        Rng random, long n, double[] means, double[] deviations, double[][] correlations)
    {
        int p = means.Length;
        double[,] root = new double[p, p];
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = correlations[i][j] * deviations[i] * deviations[j];
                for (int k = 0; k < j; k++)
                {
                    sum -= root[i, k] * root[j, k];
                }

                root[i, j] = i == j ? Math.Sqrt(sum) : sum / root[j, j];
            }
        }

        double[] drawn = [.. means];
        double[,] lower = new double[p, p];
        for (int i = 0; i < p; i++)
        {
            double z = random.Normal() / Math.Sqrt(n);
            for (int k = i; k < p; k++)
            {
                drawn[k] += root[k, i] * z;
            }

            for (int j = 0; j < i; j++)
            {
                lower[i, j] = random.Normal();
            }

            lower[i, i] = Math.Sqrt(random.ChiSquare(n - 1 - i));
        }

        double[,] factor = new double[p, p];
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                for (int k = j; k <= i; k++)
                {
                    factor[i, j] += root[i, k] * lower[k, j];
                }
            }
        }

        double[,] covariances = new double[p, p];
        for (int i = 0; i < p; i++)
        {
            for (int j = 0; j < p; j++)
            {
                for (int k = 0; k <= Math.Min(i, j); k++)
                {
                    covariances[i, j] += factor[i, k] * factor[j, k] / (n - 1);
                }
            }
        }

        return (drawn, covariances);
    }

    /// <summary>The upper triangle of the sums of products, by rows.</summary>
    private static double[] Triangle(double[,] covariances, long n)
    {
        int p = covariances.GetLength(0);
        List<double> products = [];
        for (int i = 0; i < p; i++)
        {
            for (int j = i; j < p; j++)
            {
                products.Add(covariances[i, j] * (n - 1));
            }
        }

        return [.. products];
    }

    private static string Setting(string law, string split, double deviation, bool hasEffect) =>
        $"{law}, split {split}, sd 1:{deviation:0}{(hasEffect ? ", effect 2.8 SE" : "")}";
}
