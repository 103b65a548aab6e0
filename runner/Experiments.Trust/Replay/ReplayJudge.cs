using System.Globalization;
using Experiments.Statistics;

namespace Experiments.Trust;

/// <summary>Whether a test kept its promises in an A/A replay.</summary>
public static class ReplayJudge
{
    /// <summary>The chance that a replay of sound tests is called failed, over all metrics and checks.</summary>
    public const double FalseAlarm = .01;

    /// <summary>What is checked of each metric: two levels, two tails, the p-values' distribution.</summary>
    public const int Checks = 5;

    /// <summary>Checks a metric's replay.</summary>
    /// <param name="report">What the splits gave.</param>
    /// <param name="metrics">How many metrics are judged together: the false alarm is divided among them.</param>
    /// <returns>
    /// A sentence for each check that fails, none where all hold. A rate fails where its exact interval (Clopper and
    /// Pearson), taken as wide as the number of checks asks for, does not hold the level, give or take what a discrete
    /// statistic cannot help; p-values fail where Kolmogorov and Smirnov's test of the uniform law is below the same
    /// alpha. Too few false positives fail as well as too many: such a test wastes units.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no metric.</exception>
    public static IReadOnlyList<string> Failures(ReplayReport report, int metrics)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentOutOfRangeException.ThrowIfLessThan(metrics, 1);
        double alpha = FalseAlarm / (Checks * metrics);
        List<string> failures = [];
        foreach (FalsePositiveRate rate in report.Rates)
        {
            Check($"p below {Text(rate.Level)}", rate, report.Allowance(rate.Level));
        }

        Check("p below 0.05 with a negative effect", report.LowerTail, report.Allowance(.05) / 2);
        Check("p below 0.05 with a positive effect", report.UpperTail, report.Allowance(.05) / 2);
        if (report.KolmogorovSmirnovPValue < alpha)
        {
            failures.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"p-values are not uniform: D = {report.KolmogorovSmirnov:0.####}, p = {report.KolmogorovSmirnovPValue:0.##e+0}."));
        }

        return failures;

        void Check(string what, FalsePositiveRate? rate, double allowance)
        {
            if (rate is not { } found)
            {
                return;
            }

            (double lower, double upper) = ReplayReport.ClopperPearson(found.Rejections, report.Splits, alpha);
            if (lower > found.Level + allowance || upper < found.Level - allowance)
            {
                failures.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{what} in {100 * found.Rate:0.##} % of the splits, not {Text(100 * found.Level)} %."));
            }
        }
    }

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
