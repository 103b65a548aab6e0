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
    public Task<AnalysisReport?> ReadLastAsync(
        string experimentId, string? mode, CancellationToken cancellationToken) =>
        ReadAsync(experimentId, mode, null, cancellationToken);

    /// <summary>A finished run by its number; null without one.</summary>
    public Task<AnalysisReport?> ReadRunAsync(long runId, CancellationToken cancellationToken) =>
        ReadAsync(null, null, runId, cancellationToken);

    private async Task<AnalysisReport?> ReadAsync(
        string? experimentId, string? mode, long? runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT TOP (1) r.run_id, r.experiment_id, e.experiment_name, r.analysis_mode, r.data_watermark, r.ended_at,
                r.policy_id, r.policy_version, r.definitions_hash, r.code_version
            FROM ops.analysis_runs AS r
            LEFT JOIN catalog.experiments AS e ON e.experiment_id = r.experiment_id
            WHERE r.status = 'finished'
                AND (r.experiment_id = @experiment_id OR @experiment_id IS NULL)
                AND (r.analysis_mode = @analysis_mode OR @analysis_mode IS NULL)
                AND (r.run_id = @run_id OR @run_id IS NULL)
            ORDER BY r.run_id DESC;
            """).WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16)
            .WithBigInt("@run_id", runId);
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
                await ReadSummariesAsync(run.RunId, cancellationToken).ConfigureAwait(false))
            {
                Heterogeneity = await ReadHeterogeneityAsync(run.RunId, cancellationToken).ConfigureAwait(false),
                Checks = await ReadChecksAsync(run.RunId, cancellationToken).ConfigureAwait(false),
                Looks = await ReadLooksAsync(run.RunId, cancellationToken).ConfigureAwait(false),
            },
            Proportions = await ReadProportionsAsync(run.RunId, cancellationToken).ConfigureAwait(false),
        };
    }

    private async Task<List<ResultRow>> ReadResultsAsync(long runId, CancellationToken cancellationToken)
    {
        string columns = string.Join(", ", ResultColumns.All.Select(static column => "r." + column.Name));
        using DbCommand command = Db.Command(
            connection,
            $"""
            SELECT {columns}
            FROM results.result_rows AS r
            WHERE r.run_id = @run_id
            ORDER BY CASE r.metric_role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 1 ELSE 2 END, r.metric_id,
                r.is_control DESC, r.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            static reader =>
            {
                ResultRow row = ResultColumns.Empty();
                for (int i = 0; i < ResultColumns.All.Count; i++)
                {
                    ResultColumns.All[i].Write(row, Value(reader, i, ResultColumns.All[i].Type));
                }

                return row;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static object? Value(DbDataReader reader, int column, Type type) => type switch
    {
        _ when reader.IsDBNull(column) => null,
        _ when type == typeof(string) => reader.Text(column),
        _ when type == typeof(double) => reader.Float(column),
        _ when type == typeof(long) => reader.BigInt(column),
        _ when type == typeof(int) => (int)reader.BigInt(column)!.Value,
        _ when type == typeof(bool) => reader.Bit(column),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No column has this type."),
    };

    private async Task<List<HeterogeneityRow>> ReadHeterogeneityAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT h.metric_id, h.dimension_id, h.variation_id, h.value_count, h.q_statistic, h.degrees_of_freedom,
                h.p_value, h.p_value_adjusted, h.i_squared, h.pooled_uplift_abs, h.stratified_uplift_abs,
                h.stratified_p_value, h.stratified_ci_lower, h.stratified_ci_upper, h.mix_shift, h.reason_code
            FROM results.heterogeneity_rows AS h
            WHERE h.run_id = @run_id
            ORDER BY h.metric_id, h.dimension_id, h.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new HeterogeneityRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), (int)reader.BigInt(3)!.Value,
                reader.Float(4), (int?)reader.BigInt(5), reader.Float(6), reader.Float(7), reader.Float(8),
                reader.Float(9), reader.Float(10), reader.Float(11), reader.Float(12), reader.Float(13),
                reader.Text(14), reader.Text(15)),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<CheckRow>> ReadChecksAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT c.check_name, c.metric_id, c.variation_id, c.threshold, c.observed, c.p_value, c.is_flagged,
                c.reason_code, c.detail
            FROM results.check_rows AS c
            WHERE c.run_id = @run_id
            ORDER BY c.check_name, c.metric_id, c.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new CheckRow(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.Float(3), reader.Float(4),
                reader.Float(5), reader.IsDBNull(6) ? null : reader.Bit(6), reader.Text(7), reader.GetString(8)),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<LookRow>> ReadLooksAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT l.look_number, l.metric_id, l.variation_id, l.data_watermark, l.n_units, l.information_fraction,
                l.alpha_spent, l.critical_value, l.uplift_abs, l.std_error, l.p_value, l.ci_lower, l.ci_upper,
                l.running_p_value, l.running_lower, l.running_upper, l.futility_bound, l.is_futile, l.reason_code
            FROM results.look_rows AS l
            WHERE l.run_id = @run_id
            ORDER BY l.metric_id, l.variation_id, l.look_number;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new LookRow(
                (int)reader.BigInt(0)!.Value, reader.GetString(1), reader.GetString(2), reader.Time(3)!.Value,
                reader.BigInt(4) ?? 0)
            {
                Fraction = reader.Float(5),
                AlphaSpent = reader.Float(6),
                Critical = reader.Float(7),
                UpliftAbsolute = reader.Float(8),
                StandardError = reader.Float(9),
                PValue = reader.Float(10),
                CiLower = reader.Float(11),
                CiUpper = reader.Float(12),
                RunningPValue = reader.Float(13),
                RunningLower = reader.Float(14),
                RunningUpper = reader.Float(15),
                FutilityBound = reader.Float(16),
                IsFutile = reader.IsDBNull(17) ? null : reader.Bit(17),
                ReasonCode = reader.Text(18),
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<SrmRow>> ReadSampleRatiosAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT s.stage, s.variation_id, s.observed_count, s.expected_count, s.residual, s.chi_square,
                s.degrees_of_freedom, s.p_value, s.sequential_p_value, s.units_without_weight, s.reason_code
            FROM results.srm_rows AS s
            WHERE s.run_id = @run_id
            ORDER BY CASE s.stage WHEN 'assigned' THEN 0 WHEN 'exposed' THEN 2 ELSE 1 END, s.stage, s.variation_id;
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
                reader.Float(7))
            {
                SequentialPValue = reader.Float(8),
                UnitsWithoutWeight = reader.BigInt(9) ?? 0,
                ReasonCode = reader.Text(10),
            },
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
