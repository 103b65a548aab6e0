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
            BigInt("run_id"), Experiment, Text("analysis_mode"), Text("metric_id"), Int("metric_version"),
            Text("metric_role"), Text("variation_id"), Bit("is_control"), BigInt("n_assigned"), BigInt("n_units"),
            Float("mean_value"), Float("sd_value"), Float("uplift_abs"), Float("uplift_rel"), Float("std_error"),
            Float("p_value"), Float("ci_lower"), Float("ci_upper"), Float("ci_rel_lower"), Float("ci_rel_upper"),
            Float("effect_size"), Float("p_value_adjusted"), Text("method"), Text("reason_code"),
            Float("confidence_level"), Bit("interval_agrees"), Float("mde_rel"),
            Float("test_statistic"), Float("degrees_of_freedom"),
        ],
        report.Outcome.Results.Select(row => new object?[]
        {
            report.RunId, report.ExperimentId, report.Mode, row.MetricId, row.MetricVersion,
            row.MetricRole, row.VariationId, row.IsControl, row.AssignedCount, row.UnitCount,
            row.Mean, row.StandardDeviation, row.UpliftAbsolute, row.UpliftRelative, row.StandardError,
            row.PValue, row.CiLower, row.CiUpper, row.CiRelativeLower, row.CiRelativeUpper,
            row.EffectSize, row.AdjustedPValue, row.Method, row.ReasonCode,
            row.ConfidenceLevel, row.IntervalAgrees, row.MdeRelative,
            row.TestStatistic, row.DegreesOfFreedom,
        }));

    /// <summary>The sample ratio checks.</summary>
    public static RowSet SampleRatios(AnalysisReport report) => RowSet.Of(
        [
            Text("stage"), Text("variation_id"), BigInt("observed_count"), Float("expected_count"), Float("residual"),
            Float("chi_square"), Int("degrees_of_freedom"), Float("p_value"),
        ],
        report.Outcome.SampleRatios.Select(row => new object?[]
        {
            row.Stage, row.VariationId, row.Observed, row.Expected, row.Residual,
            row.ChiSquare, row.DegreesOfFreedom, row.PValue,
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

    private static RowColumn Text(string name) => new(name, typeof(string));

    private static RowColumn Int(string name) => new(name, typeof(int));

    private static RowColumn BigInt(string name) => new(name, typeof(long));

    private static RowColumn Float(string name) => new(name, typeof(double));

    private static RowColumn Bit(string name) => new(name, typeof(bool));

    private static RowColumn Time(string name) => new(name, typeof(DateTime));
}
