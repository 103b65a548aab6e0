using System.Globalization;
using System.Text;

namespace Experiments.Simulations;

/// <summary>Findings as text and as Markdown.</summary>
internal static class Report
{
    internal static string Line(Finding f) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(f.Passed ? "ok  " : "FAIL")} {f.Study.Group,-34} {f.Measure.Name,-40} {Percent(f.Observed),9} "
        + $"{Sign(f)} {Percent(f.Measure.Expected),8}  error {Percent(f.Error),7} {f.Distance,6:0.0}{(f.IsRedrawn ? " redrawn" : "")}");

    /// <summary>One row a group and measure: how many settings, the worst of them.</summary>
    internal static string Markdown(IReadOnlyList<Finding> findings, double seconds, bool isQuick)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{findings.Count} rates over {findings.Select(static f => f.Study).Distinct().Count()} ");
        text.Append(CultureInfo.InvariantCulture, $"settings, {findings.Sum(static f => f.Measure == f.Study.Measures[0] ? f.Runs : 0):N0} simulated ");
        text.Append(CultureInfo.InvariantCulture, $"experiments, {seconds:0} s{(isQuick ? " (quick)" : "")}; ");
        text.Append(CultureInfo.InvariantCulture, $"{findings.Count(static f => !f.Passed)} failed. \"Distance\" is in Monte Carlo errors.\n\n");
        text.Append("| study | rate | settings | observed | expected | error | largest distance |\n");
        text.Append("|---|---|---|---|---|---|---|\n");
        foreach (IGrouping<(string, string), Finding> group in findings.GroupBy(static f => (f.Study.Group, f.Measure.Name)))
        {
            Finding worst = group.MaxBy(static f => f.Measure.Criterion == Criterion.Equals ? Math.Abs(f.Distance) : f.Distance)!;
            text.Append(CultureInfo.InvariantCulture, $"| {worst.Study.Group} | {worst.Measure.Name} | {group.Count()} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Percent(worst.Observed)} | {Sign(worst)} {Percent(worst.Measure.Expected)} ");
            string distance = worst.Measure.Criterion == Criterion.Never
                ? "" : worst.Distance.ToString("0.0", CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"| {Percent(worst.Error)} | {distance} ({worst.Study.Setting}) |\n");
        }

        return text.ToString();
    }

    private static string Sign(Finding f) => f.Measure.Criterion switch
    {
        Criterion.Equals => "=",
        Criterion.AtMost => "<=",
        Criterion.Never => "=",
        _ => throw new InvalidOperationException($"No criterion {f.Measure.Criterion}."),
    };

    private static string Percent(double rate) => (100 * rate).ToString("0.000", CultureInfo.InvariantCulture) + " %";
}
