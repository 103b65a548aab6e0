using Experiments.Runner.Analysis;

namespace Experiments.Runner.Output;

/// <summary>A run's rows with the names of the columns they are stored in.</summary>
internal static class ReportRows
{
    private static readonly RowColumn Experiment = Text("experiment_id");

    /// <summary>The run itself.</summary>
    public static RowSet Run(AnalysisReport report) => RowSet.Of(
        [
            BigInt("run_id"), Experiment, Text("experiment_name"), Text("analysis_mode"), Time("data_watermark"),
            Time("ended_at"), Text("policy_id"), Int("policy_version"), Text("definitions_hash"), Text("code_version"),
        ],
        [
            [
                report.RunId, report.ExperimentId, report.ExperimentName, report.Mode, report.Watermark,
                report.EndedAt, report.PolicyId, report.PolicyVersion, report.DefinitionsHash, report.CodeVersion,
            ],
        ]);

    /// <summary>The columns of results.experiment_results, in its order.</summary>
    public static RowSet Results(AnalysisReport report) => RowSet.Of(
        [
            BigInt("run_id"), Experiment, Text("analysis_mode"),
            .. ResultColumns.All.Select(static column => new RowColumn(column.Name, column.Type)),
        ],
        report.Outcome.Results.Select(row => new object?[]
        {
            report.RunId, report.ExperimentId, report.Mode,
        }.Concat(ResultColumns.All.Select(column => column.Read(row))).ToArray()));

    /// <summary>The sample ratio checks.</summary>
    public static RowSet SampleRatios(AnalysisReport report) => RowSet.Of(
        [
            Text("stage"), Text("variation_id"), BigInt("observed_count"), Float("expected_count"), Float("residual"),
            Float("chi_square"), Int("degrees_of_freedom"), Float("p_value"), Float("sequential_p_value"),
            BigInt("units_without_weight"), Text("reason_code"),
        ],
        report.Outcome.SampleRatios.Select(row => new object?[]
        {
            row.Stage, row.VariationId, row.Observed, row.Expected, row.Residual,
            row.ChiSquare, row.DegreesOfFreedom, row.PValue, row.SequentialPValue, row.UnitsWithoutWeight,
            row.ReasonCode,
        }));

    /// <summary>The gates.</summary>
    public static RowSet Gates(AnalysisReport report) => RowSet.Of(
        [
            Text("variation_id"), Int("gate_order"), Text("gate_name"), Text("gate_kind"), Text("metric_id"),
            Float("threshold"), Float("observed"), Bit("passed"), Text("reason_code"), Text("detail"),
        ],
        report.Outcome.Gates.Select(row => new object?[]
        {
            row.VariationId, row.Order, row.Name, row.Kind, row.MetricId,
            row.Threshold, row.Observed, row.Passed, row.ReasonCode, row.Detail,
        }));

    /// <summary>The decisions.</summary>
    public static RowSet Summaries(AnalysisReport report) => RowSet.Of(
        [
            Text("variation_id"), Bit("is_best"), Text("decision"), Text("decision_code"), Text("decision_text"),
            Text("primary_metric_id"), Float("uplift_rel"), Float("ci_rel_lower"), Float("ci_rel_upper"),
            Float("p_value"), Float("p_value_adjusted"), BigInt("remaining_units"),
        ],
        report.Outcome.Summaries.Select(row => new object?[]
        {
            row.VariationId, row.IsBest, row.Decision, row.Code, row.Sentence,
            row.PrimaryMetricId, row.UpliftRelative, row.CiRelativeLower, row.CiRelativeUpper,
            row.PValue, row.AdjustedPValue, row.RemainingUnits,
        }));

    /// <summary>Whether effects differ between the values of dimensions.</summary>
    public static RowSet Heterogeneity(AnalysisReport report) => RowSet.Of(
        [
            Text("metric_id"), Text("dimension_id"), Text("variation_id"), Int("value_count"), Float("q_statistic"),
            Int("degrees_of_freedom"), Float("p_value"), Float("p_value_adjusted"), Float("i_squared"),
            Text("mix_shift"), Text("reason_code"),
        ],
        report.Outcome.Heterogeneity.Select(row => new object?[]
        {
            row.MetricId, row.DimensionId, row.VariationId, row.ValueCount, row.Q,
            row.DegreesOfFreedom, row.PValue, row.AdjustedPValue, row.ISquared,
            row.MixShift, row.ReasonCode,
        }));

    /// <summary>What a reader should know beyond the effects.</summary>
    public static RowSet Checks(AnalysisReport report) => RowSet.Of(
        [
            Text("check_name"), Text("metric_id"), Text("variation_id"), Float("threshold"), Float("observed"),
            Float("p_value"), Bit("is_flagged"), Text("reason_code"), Text("detail"),
        ],
        report.Outcome.Checks.Select(row => new object?[]
        {
            row.Name, row.MetricId, row.VariationId, row.Threshold, row.Observed,
            row.PValue, row.IsFlagged, row.ReasonCode, row.Detail,
        }));

    /// <summary>The looks of a sequential plan.</summary>
    public static RowSet Looks(AnalysisReport report) => RowSet.Of(
        [
            Int("look_number"), Text("metric_id"), Text("variation_id"), Time("data_watermark"), BigInt("n_units"),
            Float("information_fraction"), Float("critical_value"), Float("uplift_abs"), Float("p_value"),
            Float("running_p_value"), Float("running_lower"), Float("running_upper"), Text("reason_code"),
        ],
        report.Outcome.Looks.Select(row => new object?[]
        {
            row.LookNumber, row.MetricId, row.VariationId, row.Watermark, row.UnitCount,
            row.Fraction, row.Critical, row.UpliftAbsolute, row.PValue,
            row.RunningPValue, row.RunningLower, row.RunningUpper, row.ReasonCode,
        }));

    private static RowColumn Text(string name) => new(name, typeof(string));

    private static RowColumn Int(string name) => new(name, typeof(int));

    private static RowColumn BigInt(string name) => new(name, typeof(long));

    private static RowColumn Float(string name) => new(name, typeof(double));

    private static RowColumn Bit(string name) => new(name, typeof(bool));

    private static RowColumn Time(string name) => new(name, typeof(DateTime));
}
