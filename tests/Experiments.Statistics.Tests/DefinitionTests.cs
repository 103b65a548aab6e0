namespace Experiments.Statistics.Tests;

/// <summary>
/// Cases that no reference covers, by their definition: sets by membership, covariances by enumerating assignments,
/// probabilities by integrals that share nothing with the code. The derivation stands at each.
/// </summary>
public sealed class DefinitionTests
{
    /// <summary>
    /// Fieller's set is {R: (m_t - R m_c)² ≤ q² (V_t + R² V_c)}, the lift R - 1 for m_c &gt; 0. Each shape is compared with
    /// membership over a grid of R, none of which lies on a border.
    /// </summary>
    [Theory]
    [InlineData(10, .01, 11, .01, 1.96, null)]
    [InlineData(.1, 1, .1, 1, 1.96, Reasons.FiellerUnbounded)]
    [InlineData(1, .36, 3, .25, 1.96, Reasons.FiellerExclusive)]
    [InlineData(2, 1, 5, .01, 2, Reasons.FiellerHalfLine)]
    [InlineData(2, 1, -5, .01, 2, Reasons.FiellerHalfLine)]
    public void Fiellers_set_is_what_its_definition_admits(
        double mc, double vc, double mt, double vt, double q, string? reason)
    {
        RelativeInterval set = RelativeLift.Fieller(mc, vc, mt, vt, q);
        Assert.Equal(reason, set.Reason);
        int inside = 0;
        for (double r = -60.0123; r < 60; r += .0137)
        {
            double d = mt - (r * mc);
            bool isMember = d * d <= q * q * (vt + (r * r * vc));
            double lift = r - 1;
            bool isReported = reason switch
            {
                Reasons.FiellerUnbounded => true,
                Reasons.FiellerExclusive => lift <= set.ExcludedLower || lift >= set.ExcludedUpper,
                _ => !(lift < set.Lower) && !(lift > set.Upper),
            };
            Assert.True(isMember == isReported, $"{r:R}");
            inside += isMember ? 1 : 0;
        }

        Assert.True(inside > 0);
    }

    /// <summary>
    /// m_c = 2, V_c = 1, q = 2: A = m_c² - q² V_c = 0, and (5 - 2R)² ≤ 4 (.01 + R²) is 25 - 20 R ≤ .04: R ≥ 1.248.
    /// With m_t = -5 the other way: 25 + 20 R ≤ .04, R ≤ -1.248.
    /// </summary>
    [Fact]
    public void Fiellers_half_lines_end_where_the_line_does()
    {
        RelativeInterval above = RelativeLift.Fieller(2, 1, 5, .01, 2);
        Assert.Equal(.248, above.Lower!.Value, 1e-14);
        Assert.Null(above.Upper);
        RelativeInterval below = RelativeLift.Fieller(2, 1, -5, .01, 2);
        Assert.Equal(-2.248, below.Upper!.Value, 1e-14);
        Assert.Null(below.Lower);
    }

    /// <summary>
    /// For m_c &lt; 0 the lift is (m_t - m_c)/|m_c| = 1 - R, the ends of R swapped. m_c = -10, m_t = -9, V = .01 and .04,
    /// q = 2: A = 100 - .04, B = 90, D = 81 - .16; R = (90 ± sqrt(90² - A D))/A.
    /// </summary>
    [Fact]
    public void A_negative_baseline_has_the_mirrored_set()
    {
        double a = 100 - .04;
        double root = Math.Sqrt((90.0 * 90) - (a * (81 - .16)));
        RelativeInterval set = RelativeLift.Fieller(-10, .01, -9, .04, 2);
        Assert.Equal(.1, set.Lift!.Value, 1e-15);
        Assert.Equal(1 - ((90 + root) / a), set.Lower!.Value, 1e-13);
        Assert.Equal(1 - ((90 - root) / a), set.Upper!.Value, 1e-13);
    }

    /// <summary>
    /// Two epochs: three units at .6 : .3 : .1, then two at .2 : .3 : .5. All 3^5 assignments with their probabilities give
    /// E and the covariance of the counts; X² = (O - E)' V⁻ (O - E) over two of the arms, by the inverse of a 2 x 2 matrix.
    /// </summary>
    [Fact]
    public void The_covariance_over_weight_epochs_is_that_of_all_assignments()
    {
        double[][] shares = [[.6, .3, .1], [.6, .3, .1], [.6, .3, .1], [.2, .3, .5], [.2, .3, .5]];
        double[] mean = new double[3];
        double[,] square = new double[3, 3];
        for (int code = 0; code < 243; code++)
        {
            double probability = 1;
            double[] counts = new double[3];
            for (int unit = 0, rest = code; unit < 5; unit++, rest /= 3)
            {
                probability *= shares[unit][rest % 3];
                counts[rest % 3]++;
            }

            for (int i = 0; i < 3; i++)
            {
                mean[i] += probability * counts[i];
                for (int j = 0; j < 3; j++)
                {
                    square[i, j] += probability * counts[i] * counts[j];
                }
            }
        }

        double V(int i, int j) => square[i, j] - (mean[i] * mean[j]);
        double[] o = [1, 2, 2];
        SampleRatioResult check = SampleRatioMismatch.Compute(
            [new WeightEpoch([1, 1, 1], [.6, .3, .1]), new WeightEpoch([0, 1, 1], [.2, .3, .5])]);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(mean[i], check.Arms[i].Expected, 1e-14);
            Assert.Equal((o[i] - mean[i]) / Math.Sqrt(V(i, i)), check.Arms[i].Residual!.Value, 1e-13);
        }

        double x = o[0] - mean[0];
        double y = o[1] - mean[1];
        double determinant = (V(0, 0) * V(1, 1)) - (V(0, 1) * V(0, 1));
        double expected = ((x * x * V(1, 1)) - (2 * x * y * V(0, 1)) + (y * y * V(0, 0))) / determinant;
        Assert.Equal(expected, check.ChiSquare!.Value, 1e-12);
        Assert.Equal(2, check.DegreesOfFreedom);
        Assert.Equal(Math.Exp(-expected / 2), check.PValue!.Value, 1e-13);
    }

    /// <summary>
    /// Planned 300, looks at 150, 250, 330, a = .025: t = .5, .8333, 1. c_1 in closed form from a*(.5) =
    /// 2 - 2Φ(z_{a/2}/sqrt(.5)); c_2 solves ∫_{x &lt; c_1} φ(x) P(Z_2 ≥ c_2 | x) dx = a*(.8333) - a*(.5), and c_3 the double
    /// integral of the rest a - a*(.8333), each with correlations sqrt(150/250), sqrt(250/330): the true information, not
    /// the planned one.
    /// </summary>
    [Fact]
    public void Over_run_bounds_solve_their_integrals()
    {
        IReadOnlyList<GroupSequentialLook> looks = GroupSequential.Bounds(
            [150, 250, 330], 300, .025, new Spending(SpendingFamily.OBrienFleming));
        double z = Tails.NormalUpperQuantile(.0125);
        double Spent(double t) => 2 * Tails.NormalSurvival(z / Math.Sqrt(t));
        double[] c = [.. looks.Select(static look => look.Critical!.Value)];
        Assert.Equal(Spent(.5), Tails.NormalSurvival(c[0]), 1e-13);

        double r12 = Math.Sqrt(150 / 250.0);
        double r23 = Math.Sqrt(250 / 330.0);
        double second = Simpson(-9, c[0], 2000, x => Density(x) * Tails.NormalSurvival((c[1] - (r12 * x)) / Math.Sqrt(1 - (r12 * r12))));
        Assert.Equal(Spent(250 / 300.0) - Spent(.5), second, 1e-9);

        double third = Simpson(-9, c[1], 1000, y =>
        {
            // The density of Z_2 = y with Z_1 below its bound: φ(y) P(Z_1 < c_1 | y), then the step to Z_3.
            double stays = Tails.NormalCdf((c[0] - (r12 * y)) / Math.Sqrt(1 - (r12 * r12)));
            return Density(y) * stays * Tails.NormalSurvival((c[2] - (r23 * y)) / Math.Sqrt(1 - (r23 * r23)));
        });
        Assert.Equal(.025 - Spent(250 / 300.0), third, 1e-9);
    }

    /// <summary>
    /// Two treatments with V = 1 and 3 against a control with V = 2: Z_i correlate by l_1 l_2, l_i = sqrt(2/(2 + V_i)).
    /// P(|Z_1| ≥ c or |Z_2| ≥ c) = 1 - ∫_{-c}^{c} φ(x) P(|Z_2| &lt; c | x) dx.
    /// </summary>
    [Theory]
    [InlineData(.5)]
    [InlineData(1.96)]
    [InlineData(2.3)]
    [InlineData(4)]
    public void Dunnetts_tail_of_two_is_the_bivariate_normal_one(double c)
    {
        double r = Math.Sqrt(2 / 3.0) * Math.Sqrt(2 / 5.0);
        double rest = Math.Sqrt(1 - (r * r));
        double outside = Tails.NormalTwoSided(c) + Simpson(-c, c, 4000, x => Density(x)
            * (Tails.NormalSurvival((c - (r * x)) / rest) + Tails.NormalCdf((-c - (r * x)) / rest)));
        Assert.Equal(1, Dunnett.FamilyTail(2, [1, 3], c) / outside, 1e-10);
    }

    /// <summary>
    /// One event among n at risk at each of three times, (control, treatment) at risk (2, 2), (2, 1), (1, 1), events in
    /// treatment, control, treatment. Given the risk sets, the event is the treatment's with 2/4, 1/3, 1/2: O = 2,
    /// E = 1/2 + 1/3 + 1/2 = 4/3, V = 1/4 + 2/9 + 1/4 = 13/18.
    /// </summary>
    [Fact]
    public void Log_rank_sums_are_those_of_the_risk_sets()
    {
        LogRankSums sums = LogRankSums.FromTimes([new(2, 2, 0, 1), new(2, 1, 1, 0), new(1, 1, 0, 1)]);
        Assert.Equal(2, sums.Observed);
        Assert.Equal(4 / 3.0, sums.Expected, 1e-15);
        Assert.Equal(13 / 18.0, sums.Variance, 1e-15);
        LogRankEstimate test = LogRank.Compute(sums, .05);
        Assert.Equal((2 - (4 / 3.0)) / Math.Sqrt(13 / 18.0), test.Statistic!.Value, 1e-14);
        Assert.Equal(Math.Exp((2 / 3.0) / (13 / 18.0)), test.HazardRatio!.Value, 1e-13);
    }

    private static double Density(double x) => Math.Exp(-.5 * x * x) / Math.Sqrt(2 * Math.PI);

    private static double Simpson(double low, double high, int panels, Func<double, double> f)
    {
        double step = (high - low) / (2 * panels);
        double sum = f(low) + f(high);
        for (int i = 1; i < 2 * panels; i++)
        {
            sum += f(low + (i * step)) * (i % 2 == 1 ? 4 : 2);
        }

        return sum * step / 3;
    }
}
