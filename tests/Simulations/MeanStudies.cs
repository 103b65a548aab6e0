using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Simulations;

/// <summary>Means, ratios, covariates, margins, periods and posteriors.</summary>
internal static class MeanStudies
{
    private const double Alpha = .05;

    private static readonly (string Name, int Control, int Treatment)[] Splits =
        [("1:1", 1, 1), ("9:1", 9, 1), ("99:1", 99, 1)];

    internal static IEnumerable<Study> All() =>
    [
        .. NormalMeans(),
        .. DiscreteMeans(DiscreteLaw.Lognormal()),
        .. DiscreteMeans(DiscreteLaw.HeavyTail()),
        .. DiscreteMeans(DiscreteLaw.ZeroInflated()),
        PooledT(1, 1, 1),
        PooledT(99, 1, 2),
        .. Ratios(),
        .. Covariates(),
        .. Margin(),
        .. Periods(),
        Credible(),
    ];

    /// <summary>Size or power and both tails of the absolute and the relative interval.</summary>
    private static Measure[] MeanMeasures(
        double critical, double degrees, double shift, double skewness, double fiellerSkewness) =>
    [
        new("rejects above 0", Expected.Upper(critical, degrees, shift, skewness)),
        shift == 0
            ? new("rejects below 0", Expected.Lower(critical, degrees, shift, skewness))
            : new("rejects on the wrong side", 1e-4, Criterion.AtMost),
        new("interval above the effect", Expected.Upper(critical, degrees, 0, skewness)),
        new("interval below the effect", Expected.Lower(critical, degrees, 0, skewness)),
        new("Fieller above the lift", Expected.Upper(critical, degrees, 0, fiellerSkewness)),
        new("Fieller below the lift", Expected.Lower(critical, degrees, 0, fiellerSkewness)),
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

    /// <summary>Mean and variance of a normal sample, drawn as such.</summary>
    private static MeanArm NormalArm(Rng random, long n, double mean, double deviation) => new(
        n,
        mean + (deviation / Math.Sqrt(n) * random.Normal()),
        deviation * deviation * random.ChiSquare(n - 1) / (n - 1));

    private static IEnumerable<Study> NormalMeans()
    {
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    const double mean = 10;
                    (long nc, long nt) = (200L * c, 200L * t);
                    double vc = 1.0 / nc;
                    double vt = deviation * deviation / nt;
                    double error = Math.Sqrt(vc + vt);
                    double shift = hasEffect ? 2.8 : 0;
                    double degrees = (vc + vt) * (vc + vt) / ((vc * vc / (nc - 1)) + (vt * vt / (nt - 1)));
                    double critical = Tails.StudentTUpperQuantile(Alpha / 2, degrees);
                    double effect = shift * error;
                    yield return new Study(
                        "Welch t, Fieller",
                        Setting("normal", split, deviation, hasEffect),
                        MeanMeasures(critical, degrees, shift, 0, 0),
                        1,
                        () => (random, counts) => Count(
                            WelchTTest.Compute(
                                NormalArm(random, nc, mean, 1), NormalArm(random, nt, mean + effect, deviation), Alpha),
                            effect,
                            effect / mean,
                            counts));
                }
            }
        }
    }

    private static IEnumerable<Study> DiscreteMeans(DiscreteLaw law)
    {
        // So many units that the skewness of the arm's mean is .05: what the expansion leaves out is below 1e-4.
        long small = (long)Math.Max(1000, 400 * law.Skewness * law.Skewness);
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long nc, long nt) = (small * c, small * t);
                    double vc = law.Variance / nc;
                    double vt = deviation * deviation * law.Variance / nt;
                    double shift = hasEffect ? 2.8 : 0;
                    double effect = shift * Math.Sqrt(vc + vt);
                    double ratio = 1 + (effect / law.Mean);
                    double third = Math.Pow(deviation, 3) * law.ThirdMoment / nt / nt;
                    double Skewness(double r) =>
                        (third - (r * r * r * law.ThirdMoment / nc / nc)) / Math.Pow(vt + (r * r * vc), 1.5);
                    double degrees = (vc + vt) * (vc + vt) / ((vc * vc / (nc - 1)) + (vt * vt / (nt - 1)));
                    yield return new Study(
                        "Welch t, Fieller",
                        Setting(law.Name, split, deviation, hasEffect),
                        MeanMeasures(
                            Tails.StudentTUpperQuantile(Alpha / 2, degrees), degrees, shift, Skewness(1), Skewness(ratio)),
                        1,
                        () =>
                        {
                            long[] control = new long[law.Values.Count];
                            long[] treatment = new long[law.Values.Count];
                            return (random, counts) =>
                            {
                                law.Draw(random, nc, control);
                                law.Draw(random, nt, treatment);
                                Count(
                                    WelchTTest.Compute(
                                        law.Arm(control, law.Mean, 1),
                                        law.Arm(treatment, law.Mean + effect, deviation),
                                        Alpha),
                                    effect,
                                    effect / law.Mean,
                                    counts);
                            };
                        });
                }
            }
        }
    }

    /// <summary>
    /// The pooled t test, and what it does where its assumption fails: its error is off by the ratio of the pooled to the
    /// true one, 31.8 % for 99:1 and deviations of 1:2.
    /// </summary>
    private static Study PooledT(int c, int t, double deviation)
    {
        (long nc, long nt) = (500L * c, 500L * t);
        double pooled = (nc + (deviation * deviation * nt)) / (nc + nt) * ((1.0 / nc) + (1.0 / nt));
        double true2 = (1.0 / nc) + (deviation * deviation / nt);
        double size = deviation == 1 ? Alpha : Tails.NormalTwoSided(Expected.Z * Math.Sqrt(pooled / true2));
        return new Study(
            "pooled t",
            Setting("normal", $"{c}:{t}", deviation, false) + (deviation == 1 ? "" : " (assumption broken)"),
            [new("rejects above 0", size / 2), new("rejects below 0", size / 2)],
            deviation == 1 ? 1 : .2,
            () => (random, counts) =>
            {
                EffectEstimate e = StudentTTest.Compute(
                    NormalArm(random, nc, 10, 1), NormalArm(random, nt, 10, deviation), Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });
    }

    /// <summary>Means, variances and covariance of a bivariate normal sample (Wishart, by Bartlett).</summary>
    private static (double X, double Y, double Xx, double Yy, double Xy) Bivariate(
        Rng random, long n, double x, double y, double sx, double sy, double correlation)
    {
        double rest = Math.Sqrt(1 - (correlation * correlation));
        double u = random.Normal() / Math.Sqrt(n);
        double v = (correlation * u) + (rest * random.Normal() / Math.Sqrt(n));
        double a = Math.Sqrt(random.ChiSquare(n - 1));
        double b = random.Normal();
        double d = random.ChiSquare(n - 2);
        double lower = (correlation * a) + (rest * b);
        double k = n - 1;
        return (
            x + (sx * u),
            y + (sy * v),
            sx * sx * a * a / k,
            sy * sy * ((lower * lower) + (rest * rest * d)) / k,
            sx * sy * a * lower / k);
    }

    /// <summary>
    /// A ratio whose numerator and denominator go together. A relative effect on the numerator; the variances are those of
    /// the linearised ratio.
    /// </summary>
    private static IEnumerable<Study> Ratios()
    {
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long nc, long nt) = (20_000L * c, 20_000L * t);
                    const double d = 10;
                    const double sd = 3;
                    const double correlation = .6;
                    double Unit(double m, double scale) =>
                        ((scale * scale) + (m / d * (m / d) * sd * sd) - (2 * m / d * correlation * scale * sd)) / d / d;
                    double m0 = 4;
                    double m1 = m0;
                    double error = Math.Sqrt((Unit(m0, 2) / nc) + (Unit(m1, 2 * deviation) / nt));
                    if (hasEffect)
                    {
                        m1 = m0 + (2.8 * error * d);
                        error = Math.Sqrt((Unit(m0, 2) / nc) + (Unit(m1, 2 * deviation) / nt));
                    }

                    double effect = (m1 - m0) / d;
                    yield return new Study(
                        "ratio, delta method",
                        Setting("bivariate normal, correlation .6", split, deviation, hasEffect),
                        MeanMeasures(Expected.Z, 1e13, effect / error, 0, 0),
                        1,
                        () => (random, counts) =>
                        {
                            RatioArm Arm(long n, double m, double s)
                            {
                                (double x, double y, double xx, double yy, double xy) =
                                    Bivariate(random, n, m, d, s, sd, correlation);
                                return new RatioArm(n, x, y, xx, yy, xy);
                            }

                            Count(
                                RatioTest.Compute(Arm(nc, m0, 2), Arm(nt, m1, 2 * deviation), Alpha),
                                effect,
                                effect / (m0 / d),
                                counts);
                        });
                }
            }
        }
    }

    private static IEnumerable<Study> Covariates()
    {
        foreach ((string split, int c, int t) in Splits)
        {
            foreach (double deviation in (double[])[1, 2])
            {
                foreach (bool hasEffect in (bool[])[false, true])
                {
                    (long nc, long nt) = (2000L * c, 2000L * t);
                    const double correlation = .6;

                    // The pooled slope of y on x, x with deviation 1 in both arms; y has 1 and the treatment's.
                    double theta = correlation * (nc + (deviation * nt)) / (nc + nt);
                    double Unit(double s) => (s * s) + (theta * theta) - (2 * theta * correlation * s);
                    double vc = Unit(1) / nc;
                    double vt = Unit(deviation) / nt;
                    double effect = hasEffect ? 2.8 * Math.Sqrt(vc + vt) : 0;
                    double degrees = (vc + vt) * (vc + vt) / ((vc * vc / (nc - 1)) + (vt * vt / (nt - 1)));
                    double critical = Tails.StudentTUpperQuantile(Alpha / 2, degrees);
                    yield return new Study(
                        "CUPED, Fieller",
                        Setting("bivariate normal, correlation .6", split, deviation, hasEffect),
                        MeanMeasures(critical, degrees, hasEffect ? 2.8 : 0, 0, 0),
                        .5,
                        () => (random, counts) =>
                        {
                            CupedArm Arm(long n, double mean, double s)
                            {
                                (double x, double y, double xx, double yy, double xy) =
                                    Bivariate(random, n, 5, mean, 1, s, correlation);
                                return new CupedArm(n, y, x, yy, xx, xy);
                            }

                            Count(
                                Cuped.Compute(Arm(nc, 10, 1), Arm(nt, 10 + effect, deviation), Alpha).Effect,
                                effect,
                                effect / 10,
                                counts);
                        });
                }
            }
        }
    }

    /// <summary>At the margin the claim is made with alpha; inside of it with the computed power.</summary>
    private static IEnumerable<Study> Margin()
    {
        foreach (DesiredDirection direction in Enum.GetValues<DesiredDirection>())
        {
            foreach (double mean in (double[])[10, -10])
            {
                foreach ((string split, int c, int t) in Splits)
                {
                    foreach (double inside in (double[])[0, 2.5])
                    {
                        (long nc, long nt) = (2000L * c, 2000L * t);
                        const double nim = .3;
                        double sign = direction == DesiredDirection.Increase ? 1 : -1;
                        double share = nim * Math.Sign(mean);
                        double error = Math.Sqrt((4.0 / nt) + ((sign - share) * (sign - share) / nc));
                        double effect = sign * ((inside * error) - (nim * Math.Abs(mean)));
                        yield return new Study(
                            "non-inferiority, relative margin",
                            $"normal, split {split}, sd 1:2, mean {mean:0}, margin 30 %, {direction.ToString().ToLowerInvariant()} is good, "
                            + (inside == 0 ? "at the margin" : "inside"),
                            [new("non-inferior", Tails.NormalSurvival(Tails.NormalUpperQuantile(.05) - inside))],
                            .5,
                            () => (random, counts) => counts[0] = NonInferiority.Relative(
                                NormalArm(random, nc, mean, 1), NormalArm(random, nt, mean + effect, 2), nim, direction, .05)
                                .IsNonInferior == true ? 1 : 0);
                    }
                }
            }
        }

        foreach (double at in (double[])[0, 3])
        {
            // Margin of 3 errors; at its edge, or at no effect at all.
            double edge = at == 0 ? 3 : 0;
            double q = Tails.NormalUpperQuantile(.05);
            double expected = Math.Max(0, Tails.NormalCdf(3 - edge - q) - Tails.NormalSurvival(3 + edge - q));
            yield return new Study(
                "equivalence (TOST)",
                at == 0 ? "normal, split 1:1, at the margin" : "normal, split 1:1, no effect",
                [new("equivalent", expected)],
                .5,
                () => (random, counts) =>
                {
                    const long n = 20_000;
                    double error = Math.Sqrt(2.0 / n);
                    EffectMoments moments = EffectMoments.Of(
                        NormalArm(random, n, 10, 1), NormalArm(random, n, 10 + (edge * error), 1));
                    counts[0] = Margins.Equivalent(moments, 3 * error, false, .05).IsEquivalent == true ? 1 : 0;
                });
        }
    }

    /// <summary>A ramp from 95:5 to 50:50 while the level moves from 10 to 10.2, no effect at any time.</summary>
    private static IEnumerable<Study> Periods()
    {
        (long Nc, long Nt, double Mean)[] ramp = [(9500, 500, 10), (5000, 5000, 10.2)];
        yield return new Study(
            "weight epochs, post-stratified",
            "normal, 95:5 at 10.0 then 50:50 at 10.2, sd 1:2, no effect",
            [new("rejects above 0", .025), new("rejects below 0", .025)],
            1,
            () => (random, counts) =>
            {
                EffectEstimate e = PostStratification.Compute(
                    [.. ramp.Select(p => (NormalArm(random, p.Nc, p.Mean, 1), NormalArm(random, p.Nt, p.Mean, 2)))],
                    Alpha).Effect;
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
                counts[1] = e.PValue < Alpha && e.UpliftAbsolute < 0 ? 1 : 0;
            });

        // Pooled: the treatment has more of the later units. Bias of the means over its error, both in closed form.
        double MeanOf(Func<(long Nc, long Nt, double Mean), long> n) => ramp.Sum(p => n(p) * p.Mean) / ramp.Sum(n);
        double VarianceOf(Func<(long Nc, long Nt, double Mean), long> n, double own) =>
            (own + ramp.Sum(p => n(p) * Math.Pow(p.Mean - MeanOf(n), 2)) / ramp.Sum(n)) / ramp.Sum(n);
        double error = Math.Sqrt(VarianceOf(static p => p.Nc, 1) + VarianceOf(static p => p.Nt, 4));
        double noise = Math.Sqrt((1.0 / 14_500) + (4.0 / 5500));
        double bias = MeanOf(static p => p.Nt) - MeanOf(static p => p.Nc);
        yield return new Study(
            "weight epochs, pooled (wrong)",
            "the same ramp",
            [new("rejects above 0", Tails.NormalSurvival(((Expected.Z * error) - bias) / noise))],
            .2,
            () => (random, counts) =>
            {
                MeanArm control = default;
                MeanArm treatment = default;
                foreach ((long nc, long nt, double mean) in ramp)
                {
                    control = control.Merge(NormalArm(random, nc, mean, 1));
                    treatment = treatment.Merge(NormalArm(random, nt, mean, 2));
                }

                EffectEstimate e = WelchTTest.Compute(control, treatment, Alpha);
                counts[0] = e.PValue < Alpha && e.UpliftAbsolute > 0 ? 1 : 0;
            });
    }

    /// <summary>Effects drawn from the prior lie beyond either end of the credible interval with 2.5 %.</summary>
    private static Study Credible() => new(
        "Bayesian, normal",
        "effects drawn from the prior N(1 %, (2 %)²), control mean 10",
        [new("effect above the interval", .025), new("effect below the interval", .025), new("loss of the better choice", 0, Criterion.AtMost, false)],
        .5,
        () => (random, counts) =>
        {
            RelativePrior prior = new(.01, .02 * .02);
            double effect = 10 * (prior.Mean + (.02 * random.Normal()));
            double estimate = effect + (.15 * random.Normal());
            PosteriorEstimate p = BayesianNormal.Absolute(estimate, .15, 10, prior, .05);
            counts[0] = effect > p.Upper ? 1 : 0;
            counts[1] = effect < p.Lower ? 1 : 0;

            // What the choice of the smaller expected loss loses, less what it was expected to: 0 on average.
            bool ships = p.ExpectedLossTreatment < p.ExpectedLossControl;
            double loss = ships ? Math.Max(0, -effect) : Math.Max(0, effect);
            counts[2] = loss - Math.Min(p.ExpectedLossTreatment!.Value, p.ExpectedLossControl!.Value);
        });

    private static string Setting(string law, string split, double deviation, bool hasEffect) =>
        $"{law}, split {split}, sd 1:{deviation:0}{(hasEffect ? ", effect 2.8 SE" : "")}";
}
