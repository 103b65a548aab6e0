using System.Data.Common;
using Experiments.Runner.Data;

namespace Experiments.Runner.Analysis;

/// <summary>One finished run with its rows, as the results views show it.</summary>
internal sealed record AnalysisReport(
    long RunId,
    string ExperimentId,
    string ExperimentName,
    string Mode,
    DateTime? Watermark,
    DateTime? EndedAt,
    string PolicyId,
    int PolicyVersion,
    string DefinitionsHash,
    string CodeVersion,
    AnalysisOutcome Outcome,
    IReadOnlySet<string> Proportions);

/// <summary>Reads finished runs.</summary>
internal sealed class ReportStore(DbConnection connection)
{
    /// <summary>
    /// The last finished run of an experiment, in a mode or in any. Null without one.
    /// </summary>
    public async Task<AnalysisReport?> ReadLastAsync(
        string experimentId, string? mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT TOP (1) r.run_id, r.experiment_id, e.experiment_name, r.analysis_mode, r.data_watermark, r.ended_at,
                r.policy_id, r.policy_version, r.definitions_hash, r.code_version
            FROM ops.analysis_runs AS r
            LEFT JOIN catalog.experiments AS e ON e.experiment_id = r.experiment_id
            WHERE r.experiment_id = @experiment_id AND r.status = 'finished'
                AND (r.analysis_mode = @analysis_mode OR @analysis_mode IS NULL)
            ORDER BY r.run_id DESC;
            """).WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16);
        List<AnalysisReport> runs = await Db.QueryAsync(
            command,
            reader => new AnalysisReport(
                reader.BigInt(0)!.Value,
                reader.GetString(1),
                reader.Text(2) ?? reader.GetString(1),
                reader.GetString(3),
                reader.Time(4),
                reader.Time(5),
                reader.GetString(6),
                (int)reader.BigInt(7)!.Value,
                reader.GetString(8),
                reader.GetString(9),
                new AnalysisOutcome([], [], [], []),
                new HashSet<string>(StringComparer.Ordinal)),
            cancellationToken).ConfigureAwait(false);
        if (runs.Count == 0)
        {
            return null;
        }

        AnalysisReport run = runs[0];
        return run with
        {
            Outcome = new AnalysisOutcome(
                await ReadResultsAsync(run.RunId, cancellationToken).ConfigureAwait(false),
                await ReadSampleRatiosAsync(run.RunId, cancellationToken).ConfigureAwait(false),
                await ReadGatesAsync(run.RunId, cancellationToken).ConfigureAwait(false),
                await ReadSummariesAsync(run.RunId, cancellationToken).ConfigureAwait(false)),
            Proportions = await ReadProportionsAsync(run.RunId, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<List<ResultRow>> ReadResultsAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT r.metric_id, r.metric_version, r.metric_role, r.variation_id, r.is_control, r.n_assigned, r.n_units,
                r.mean_value, r.sd_value, r.uplift_abs, r.uplift_rel, r.std_error, r.p_value, r.ci_lower, r.ci_upper,
                r.ci_rel_lower, r.ci_rel_upper, r.effect_size, r.p_value_adjusted, r.method, r.reason_code,
                r.confidence_level, r.interval_agrees, r.mde_rel, r.test_statistic, r.degrees_of_freedom
            FROM results.result_rows AS r
            WHERE r.run_id = @run_id
            ORDER BY CASE r.metric_role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 1 ELSE 2 END, r.metric_id,
                r.is_control DESC, r.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new ResultRow
            {
                MetricId = reader.GetString(0),
                MetricVersion = (int)reader.BigInt(1)!.Value,
                MetricRole = reader.GetString(2),
                VariationId = reader.GetString(3),
                IsControl = reader.Bit(4),
                AssignedCount = reader.BigInt(5) ?? 0,
                UnitCount = reader.BigInt(6) ?? 0,
                Mean = reader.Float(7),
                StandardDeviation = reader.Float(8),
                UpliftAbsolute = reader.Float(9),
                UpliftRelative = reader.Float(10),
                StandardError = reader.Float(11),
                PValue = reader.Float(12),
                CiLower = reader.Float(13),
                CiUpper = reader.Float(14),
                CiRelativeLower = reader.Float(15),
                CiRelativeUpper = reader.Float(16),
                EffectSize = reader.Float(17),
                AdjustedPValue = reader.Float(18),
                Method = reader.GetString(19),
                ReasonCode = reader.Text(20),
                ConfidenceLevel = reader.Float(21) ?? 0,
                IntervalAgrees = reader.IsDBNull(22) ? null : reader.Bit(22),
                MdeRelative = reader.Float(23),
                TestStatistic = reader.Float(24),
                DegreesOfFreedom = reader.Float(25),
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<SrmRow>> ReadSampleRatiosAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT s.stage, s.variation_id, s.observed_count, s.expected_count, s.residual, s.chi_square,
                s.degrees_of_freedom, s.p_value
            FROM results.srm_rows AS s
            WHERE s.run_id = @run_id
            ORDER BY s.stage, s.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new SrmRow(
                reader.GetString(0),
                reader.GetString(1),
                reader.BigInt(2) ?? 0,
                reader.Float(3) ?? 0,
                reader.Float(4),
                reader.Float(5),
                (int?)reader.BigInt(6),
                reader.Float(7)),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<GateRow>> ReadGatesAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT g.variation_id, g.gate_order, g.gate_name, g.gate_kind, g.metric_id, g.threshold, g.observed,
                g.passed, g.reason_code, g.detail
            FROM results.gate_rows AS g
            WHERE g.run_id = @run_id
            ORDER BY g.variation_id, g.gate_order;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new GateRow(
                reader.GetString(0),
                (int)reader.BigInt(1)!.Value,
                reader.GetString(2),
                reader.GetString(3),
                reader.Text(4),
                reader.Float(5),
                reader.Float(6),
                reader.IsDBNull(7) ? null : reader.Bit(7),
                reader.Text(8),
                reader.GetString(9)),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<SummaryRow>> ReadSummariesAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT s.variation_id, s.is_best, s.decision, s.decision_code, s.decision_text, s.primary_metric_id,
                s.uplift_rel, s.ci_rel_lower, s.ci_rel_upper, s.p_value, s.p_value_adjusted, s.remaining_units
            FROM results.summary_rows AS s
            WHERE s.run_id = @run_id
            ORDER BY s.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new SummaryRow(
                reader.GetString(0),
                reader.Bit(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.Text(5),
                reader.Float(6),
                reader.Float(7),
                reader.Float(8),
                reader.Float(9),
                reader.Float(10),
                reader.BigInt(11)),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<HashSet<string>> ReadProportionsAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT DISTINCT d.metric_id
            FROM results.result_rows AS r
            INNER JOIN catalog.metric_definitions AS d
                ON d.metric_id = r.metric_id AND d.metric_version = r.metric_version
            WHERE r.run_id = @run_id AND d.metric_type = 'proportion'
            ORDER BY d.metric_id;
            """).WithBigInt("@run_id", runId);
        return [.. await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken)
            .ConfigureAwait(false)];
    }
}
