using System.Globalization;

namespace Experiments.Runner.Analysis;

/// <summary>A column as it is stored.</summary>
internal sealed record StoredColumn(string Name, Type Type, int Size = 0);

/// <summary>The rows that a run writes into one table.</summary>
internal sealed record ResultTable(string Name, IReadOnlyList<StoredColumn> Columns, IReadOnlyList<object?[]> Rows);

/// <summary>The tables of a run with their columns.</summary>
internal static class ResultTables
{
    private static readonly StoredColumn[] s_run =
        [BigInt("run_id"), Text("experiment_id", 128), Text("analysis_mode", 16)];

    private static readonly StoredColumn[] s_result =
        [.. ResultColumns.All.Select(static column => new StoredColumn(column.Name, column.Type, column.Size))];

    private static readonly StoredColumn[] s_sampleRatio =
    [
        BigInt("run_id"), Text("stage", 32), Text("variation_id", 128), BigInt("observed_count"),
        Float("expected_count"), Float("residual"), Float("chi_square"), Int("degrees_of_freedom"), Float("p_value"),
        Float("sequential_p_value"), BigInt("units_without_weight"), Text("reason_code", 64),
    ];

    private static readonly StoredColumn[] s_gate =
    [
        BigInt("run_id"), Text("variation_id", 128), Int("gate_order"), Text("gate_name", 64), Text("gate_kind", 16),
        Text("metric_id", 128), Float("threshold"), Float("observed"), Bit("passed"), Text("reason_code", 64),
        Text("detail", 1000),
    ];

    private static readonly StoredColumn[] s_summary =
    [
        .. s_run, Text("variation_id", 128), Bit("is_best"), Text("decision", 16), Text("decision_code", 64),
        Text("decision_text", 2000), Text("primary_metric_id", 128), Float("uplift_rel"), Float("ci_rel_lower"),
        Float("ci_rel_upper"), Float("p_value"), Float("p_value_adjusted"), BigInt("remaining_units"),
    ];

    private static readonly StoredColumn[] s_heterogeneity =
    [
        BigInt("run_id"), Text("metric_id", 128), Text("dimension_id", 64), Text("variation_id", 128),
        Int("value_count"), Float("q_statistic"), Int("degrees_of_freedom"), Float("p_value"),
        Float("p_value_adjusted"), Float("i_squared"), Float("pooled_uplift_abs"), Float("stratified_uplift_abs"),
        Float("stratified_p_value"), Float("stratified_ci_lower"), Float("stratified_ci_upper"),
        Text("mix_shift", 64), Text("reason_code", 64),
    ];

    private static readonly StoredColumn[] s_check =
    [
        BigInt("run_id"), Text("check_name", 64), Text("metric_id", 128), Text("variation_id", 128),
        Float("threshold"), Float("observed"), Float("p_value"), Bit("is_flagged"), Text("reason_code", 64),
        Text("detail", 1000),
    ];

    private static readonly StoredColumn[] s_look =
    [
        BigInt("run_id"), Int("look_number"), Text("metric_id", 128), Text("variation_id", 128),
        Time("data_watermark"), BigInt("n_units"), Float("information_fraction"), Float("alpha_spent"),
        Float("critical_value"), Float("uplift_abs"), Float("std_error"), Float("p_value"), Float("ci_lower"),
        Float("ci_upper"), Float("running_p_value"), Float("running_lower"), Float("running_upper"),
        Float("futility_bound"), Bit("is_futile"), Text("reason_code", 64),
    ];

    /// <summary>Everything that a run writes, table by table.</summary>
    public static IEnumerable<ResultTable> Of(
        long runId, string experimentId, string mode, AnalysisOutcome outcome)
    {
        object?[] Result(ResultRow row, params object?[] key) =>
            [runId, experimentId, mode, .. key, .. ResultColumns.All.Select(column => column.Read(row))];

        yield return new ResultTable(
            "results.result_rows", [.. s_run, .. s_result], [.. outcome.Results.Select(row => Result(row))]);
        yield return new ResultTable(
            "results.result_rows_by_dimension",
            [.. s_run, Text("dimension_id", 64), Text("dimension_value", 400), .. s_result],
            [.. outcome.Slices.Where(static slice => slice.Key.Kind == SliceKey.DimensionKind)
                .Select(slice => Result(slice.Row, slice.Key.Id, slice.Key.Value))]);
        yield return new ResultTable(
            "results.result_rows_daily",
            [.. s_run, Time("metric_date"), .. s_result],
            [.. outcome.Slices.Where(static slice => slice.Key.Kind == SliceKey.DayKind)
                .Select(slice => Result(
                    slice.Row,
                    DateTime.ParseExact(slice.Key.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture)))]);
        yield return new ResultTable(
            "results.srm_rows",
            s_sampleRatio,
            [.. outcome.SampleRatios.Select(row => new object?[]
            {
                runId, row.Stage, row.VariationId, row.Observed, row.Expected, row.Residual, row.ChiSquare,
                row.DegreesOfFreedom, row.PValue, row.SequentialPValue, row.UnitsWithoutWeight, row.ReasonCode,
            })]);
        yield return new ResultTable(
            "results.gate_rows",
            s_gate,
            [.. outcome.Gates.Select(row => new object?[]
            {
                runId, row.VariationId, row.Order, row.Name, row.Kind, row.MetricId, row.Threshold, row.Observed,
                row.Passed, row.ReasonCode, row.Detail,
            })]);
        yield return new ResultTable(
            "results.summary_rows",
            s_summary,
            [.. outcome.Summaries.Select(row => new object?[]
            {
                runId, experimentId, mode, row.VariationId, row.IsBest, row.Decision, row.Code, row.Sentence,
                row.PrimaryMetricId, row.UpliftRelative, row.CiRelativeLower, row.CiRelativeUpper, row.PValue,
                row.AdjustedPValue, row.RemainingUnits,
            })]);
        yield return new ResultTable(
            "results.heterogeneity_rows",
            s_heterogeneity,
            [.. outcome.Heterogeneity.Select(row => new object?[]
            {
                runId, row.MetricId, row.DimensionId, row.VariationId, row.ValueCount, row.Q, row.DegreesOfFreedom,
                row.PValue, row.AdjustedPValue, row.ISquared, row.PooledUplift, row.StratifiedUplift,
                row.StratifiedPValue, row.StratifiedLower, row.StratifiedUpper, row.MixShift, row.ReasonCode,
            })]);
        yield return new ResultTable(
            "results.check_rows",
            s_check,
            [.. outcome.Checks.Select(row => new object?[]
            {
                runId, row.Name, row.MetricId, row.VariationId, row.Threshold, row.Observed, row.PValue,
                row.IsFlagged, row.ReasonCode, row.Detail,
            })]);
        yield return new ResultTable(
            "results.look_rows",
            s_look,
            [.. outcome.Looks.Select(row => new object?[]
            {
                runId, row.LookNumber, row.MetricId, row.VariationId, row.Watermark, row.UnitCount, row.Fraction,
                row.AlphaSpent, row.Critical, row.UpliftAbsolute, row.StandardError, row.PValue, row.CiLower,
                row.CiUpper, row.RunningPValue, row.RunningLower, row.RunningUpper, row.FutilityBound, row.IsFutile,
                row.ReasonCode,
            })]);
    }

    private static StoredColumn Text(string name, int size) => new(name, typeof(string), size);

    private static StoredColumn Int(string name) => new(name, typeof(int));

    private static StoredColumn BigInt(string name) => new(name, typeof(long));

    private static StoredColumn Float(string name) => new(name, typeof(double));

    private static StoredColumn Bit(string name) => new(name, typeof(bool));

    private static StoredColumn Time(string name) => new(name, typeof(DateTime));
}
