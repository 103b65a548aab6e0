namespace Experiments.Runner.Tests.Recomputation;

/// <summary>
/// The sums of a metric with several covariates: y, its own covariate first where it looks back, then those of the
/// metrics that the experiment names, by their ids. A covariate is the one that its metric has, held between that
/// metric's caps, which are taken over that metric's units; who is in is told by y.
/// </summary>
internal static class RegressionSums
{
    /// <summary>The columns by the names they have in the table.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["y", "1", "2", "3", "4"];

    public static void Add(
        ExpectedTable table,
        string mode,
        Metric metric,
        Trial trial,
        UnitValues units,
        MetricValues whole,
        double[] centers,
        long watermark)
    {
        List<(Metric Metric, MetricValues Whole)> covariates =
        [
            .. metric.CovariateHours is null ? Array.Empty<(Metric, MetricValues)>() : [(metric, whole)],
            .. trial.Covariates[metric.Id].Order(StringComparer.Ordinal).Select(Definitions.Find)
                .Select(other => (other, units.Of(other))),
        ];
        List<(CohortUnit Unit, double[] Values, bool HasEvents)> rows = [];
        foreach (UnitValue value in whole.Values)
        {
            List<(double X, bool HasEvents)> x =
                [.. covariates.Select(row => units.Covariate(row.Metric, value.Unit, row.Whole))];
            rows.Add((value.Unit, [value.Y, .. x.Select(row => row.X)], x.Exists(row => row.HasEvents)));
        }

        foreach (var arm in rows.GroupBy(row => (row.Unit.Arm, row.Unit.Epoch)))
        {
            Dictionary<string, Cell> cells = new()
            {
                ["metric_version"] = new(1L),
                ["covariate_count"] = new((long)covariates.Count),
                ["n_units"] = new(arm.LongCount()),
                ["missing_count"] = new(arm.LongCount(row => !row.HasEvents)),
                ["watermark_at"] = new(Clock.Time(watermark)),
            };
            for (int i = 0; i < Columns.Count; i++)
            {
                // Centres are the means over all units; the sums are taken from those given. A column without a
                // covariate has zeros.
                Cell total = Sum(rows, row => row.Values[i], i);
                cells[$"center_{Columns[i]}"] = new((double)total.Value! / rows.Count, total.Scale / rows.Count);
                cells[$"sum_{Columns[i]}"] = Sum(arm, row => row.Values[i] - centers[i], i);
                for (int j = i; j < Columns.Count; j++)
                {
                    cells[$"sum_{Columns[i]}{Columns[j]}"] =
                        Sum(arm, row => (row.Values[i] - centers[i]) * (row.Values[j] - centers[j]), j);
                }
            }

            table.Add(cells, mode, metric.Id, arm.Key.Arm, arm.Key.Epoch);
        }

        Cell Sum(
            IEnumerable<(CohortUnit Unit, double[] Values, bool HasEvents)> part,
            Func<(CohortUnit Unit, double[] Values, bool HasEvents), double> term,
            int column) => column <= covariates.Count ? Total.Of(part.Select(term)) : new(0d);
    }
}
