using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Reads the marts and keeps runs. A run is a row with status running, made in a short transaction of its own, then
/// all its results and the change to finished in one transaction: a run that is killed has no results, is in no view,
/// and its row is removed by the next run of the same experiment and mode.
/// </summary>
internal sealed class AnalysisStore(DbConnection connection)
{
    /// <summary>Reads what the marts hold for an experiment in a mode.</summary>
    public async Task<AnalysisData> ReadAsync(string experimentId, string mode, CancellationToken cancellationToken)
    {
        DateTime? watermark;
        using (DbCommand command = Db.Command(connection, "SELECT w.watermark_at FROM ops.data_watermark AS w;"))
        {
            List<DateTime?> found =
                await Db.QueryAsync(command, reader => reader.Time(0), cancellationToken).ConfigureAwait(false);
            watermark = found.Count == 0 ? null : found[0];
        }

        List<MetricAggregate> aggregates;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT a.metric_id, a.metric_version, a.variation_id, a.weight_epoch, a.n_assigned, a.n_units,
                a.center_value, a.sum_centered, a.sum_centered_sq, a.success_count, a.center_d, a.sum_d, a.sum_dd,
                a.sum_yd, a.center_x, a.sum_x, a.sum_xx, a.sum_yx, a.missing_covariate_count, a.cap_reason
            FROM marts.agg_experiment_metric_by_variant AS a
            WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode
            ORDER BY a.metric_id, a.metric_version, a.variation_id, a.weight_epoch;
            """).WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16))
        {
            aggregates = await Db.QueryAsync(
                command,
                reader => new MetricAggregate(
                    reader.GetString(0),
                    (int)reader.BigInt(1)!.Value,
                    reader.GetString(2),
                    (int)reader.BigInt(3)!.Value,
                    reader.BigInt(4) ?? 0,
                    reader.BigInt(5) ?? 0,
                    reader.Float(6) ?? 0,
                    reader.Float(7) ?? 0,
                    reader.Float(8) ?? 0,
                    reader.BigInt(9))
                {
                    Denominator = reader.Float(10) is { } d
                        ? new PartSums(d, reader.Float(11) ?? 0, reader.Float(12) ?? 0, reader.Float(13) ?? 0)
                        : null,
                    Covariate = reader.Float(14) is { } x
                        ? new PartSums(
                            x, reader.Float(15) ?? 0, reader.Float(16) ?? 0, reader.Float(17) ?? 0, reader.BigInt(18) ?? 0)
                        : null,
                    CapReason = reader.Text(19),
                },
                cancellationToken).ConfigureAwait(false);
        }

        List<QuantileAggregate> quantiles;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT q.metric_id, q.metric_version, q.variation_id, q.quantile_fraction, q.n_units, q.observation_count,
                q.quantile_value, q.lower_value, q.upper_value, q.level_variance
            FROM marts.agg_experiment_metric_quantiles AS q
            WHERE q.experiment_id = @experiment_id AND q.analysis_mode = @analysis_mode
            ORDER BY q.metric_id, q.metric_version, q.variation_id;
            """).WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16))
        {
            quantiles = await Db.QueryAsync(
                command,
                reader => new QuantileAggregate(
                    reader.GetString(0),
                    (int)reader.BigInt(1)!.Value,
                    reader.GetString(2),
                    reader.Float(3)!.Value,
                    reader.BigInt(4) ?? 0,
                    new QuantileArm(
                        reader.BigInt(5) ?? 0,
                        reader.Float(6)!.Value,
                        reader.Float(7) ?? reader.Float(6)!.Value,
                        reader.Float(8) ?? reader.Float(6)!.Value,
                        reader.Float(9) ?? double.PositiveInfinity)),
                cancellationToken).ConfigureAwait(false);
        }

        List<RiskSetAggregate> riskSets;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT r.metric_id, r.metric_version, r.variation_id, r.treatment_event_count, r.expected_event_count,
                r.event_variance
            FROM marts.agg_experiment_metric_risk_sets AS r
            WHERE r.experiment_id = @experiment_id AND r.analysis_mode = @analysis_mode
            ORDER BY r.metric_id, r.metric_version, r.variation_id, r.weight_epoch;
            """).WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16))
        {
            riskSets = await Db.QueryAsync(
                command,
                reader => new RiskSetAggregate(
                    reader.GetString(0),
                    (int)reader.BigInt(1)!.Value,
                    reader.GetString(2),
                    reader.BigInt(3) ?? 0,
                    reader.Float(4) ?? 0,
                    reader.Float(5) ?? 0),
                cancellationToken).ConfigureAwait(false);
        }

        List<EpochWeight> epochWeights;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT w.weight_epoch, w.variation_id, w.weight
            FROM catalog.weight_epochs AS w
            WHERE w.experiment_id = @experiment_id
            ORDER BY w.weight_epoch, w.variation_id;
            """).WithText("@experiment_id", experimentId))
        {
            epochWeights = await Db.QueryAsync(
                command,
                reader => new EpochWeight(
                    (int)reader.BigInt(0)!.Value, reader.GetString(1), reader.Float(2) ?? 0),
                cancellationToken).ConfigureAwait(false);
        }

        List<StageCount> counts;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT c.variation_id,
                c.weight_epoch,
                SUM(CAST(c.is_itt AS bigint)) AS assigned_count,
                SUM(CAST(c.is_exposed AS bigint)) AS exposed_count
            FROM marts.fct_experiment_cohort AS c
            WHERE c.experiment_id = @experiment_id
            GROUP BY c.variation_id, c.weight_epoch
            ORDER BY c.variation_id, c.weight_epoch;
            """).WithText("@experiment_id", experimentId))
        {
            List<(string Variation, int Epoch, long Assigned, long Exposed)> rows = await Db.QueryAsync(
                command,
                reader => (
                    reader.GetString(0), (int)reader.BigInt(1)!.Value, reader.BigInt(2) ?? 0, reader.BigInt(3) ?? 0),
                cancellationToken).ConfigureAwait(false);
            counts =
                [.. rows.Select(row => new StageCount(AnalysisComputer.Assigned, row.Variation, row.Assigned, row.Epoch)),
                .. rows.Select(row => new StageCount(AnalysisComputer.Exposed, row.Variation, row.Exposed, row.Epoch))];
        }

        (long Loads, long Unbalanced, long Difference) reconciliation;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT COUNT_BIG(*) AS load_count,
                SUM(CASE WHEN r.is_balanced = 1 THEN 0 ELSE 1 END) AS unbalanced_count,
                SUM(CASE WHEN r.staged_at IS NULL THEN CAST(0 AS bigint) ELSE ABS(r.difference) END) AS difference
            FROM quality.reconciliation AS r;
            """))
        {
            reconciliation = (await Db.QueryAsync(
                command,
                reader => (reader.BigInt(0) ?? 0, reader.BigInt(1) ?? 0, reader.BigInt(2) ?? 0),
                cancellationToken).ConfigureAwait(false))[0];
        }

        return new AnalysisData(
            mode,
            watermark,
            aggregates,
            counts,
            reconciliation.Loads == 0 ? null : reconciliation.Unbalanced == 0,
            reconciliation.Loads == 0 ? null : reconciliation.Difference)
        {
            Quantiles = quantiles,
            RiskSets = riskSets,
            EpochWeights = epochWeights.Exists(static row => row.WeightEpoch > 1) ? epochWeights : [],
        };
    }

    /// <summary>Makes a run: its number and its row, in their own short transaction.</summary>
    public async Task<long> BeginAsync(
        ExperimentDefinition definition,
        AnalysisData data,
        string requestedBy,
        string codeVersion,
        CancellationToken cancellationToken)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            using DbCommand next = Db.Command(
                connection,
                """
                UPDATE ops.counters SET last_value = last_value + 1 WHERE counter_name = 'run_id';
                SELECT c.last_value FROM ops.counters AS c WHERE c.counter_name = 'run_id';
                """,
                transaction);
            long runId = Convert.ToInt64(
                await next.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
            using DbCommand insert = Db.Command(
                connection,
                """
                INSERT INTO ops.analysis_runs (run_id, experiment_id, analysis_mode, status, requested_by, started_at,
                    ended_at, data_watermark, definitions_hash, code_version, policy_id, policy_version)
                VALUES (@run_id, @experiment_id, @analysis_mode, 'running', @requested_by, SYSUTCDATETIME(),
                    NULL, @data_watermark, @definitions_hash, @code_version, @policy_id, @policy_version);
                """,
                transaction)
                .WithBigInt("@run_id", runId)
                .WithText("@experiment_id", definition.ExperimentId)
                .WithText("@analysis_mode", data.Mode, 16)
                .WithText("@requested_by", requestedBy)
                .WithTime("@data_watermark", data.Watermark)
                .WithText("@definitions_hash", definition.Hash, 64)
                .WithText("@code_version", codeVersion, 64)
                .WithText("@policy_id", definition.Policy.PolicyId)
                .WithInt("@policy_version", definition.Policy.PolicyVersion);
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return runId;
        }
    }

    /// <summary>Writes all of a run and, last, that it is finished.</summary>
    /// <exception cref="RunnerException">A newer run of the same experiment and mode finished meanwhile.</exception>
    public async Task FinishAsync(
        long runId, string experimentId, string mode, AnalysisOutcome outcome, CancellationToken cancellationToken)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (ResultRow row in outcome.Results)
            {
                using DbCommand insert = InsertResult(runId, experimentId, mode, row, transaction);
                await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (SrmRow row in outcome.SampleRatios)
            {
                using DbCommand insert = InsertSampleRatio(runId, row, transaction);
                await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (GateRow row in outcome.Gates)
            {
                using DbCommand insert = InsertGate(runId, row, transaction);
                await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            foreach (SummaryRow row in outcome.Summaries)
            {
                using DbCommand insert = InsertSummary(runId, experimentId, mode, row, transaction);
                await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            using DbCommand clear = Db.Command(
                connection,
                """
                DELETE FROM ops.analysis_runs
                WHERE experiment_id = @experiment_id AND analysis_mode = @analysis_mode AND status = 'running'
                    AND run_id < @run_id;
                """,
                transaction)
                .WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16)
                .WithBigInt("@run_id", runId);
            await clear.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);

            using DbCommand flip = Db.Command(
                connection,
                """
                UPDATE ops.analysis_runs SET status = 'finished', ended_at = SYSUTCDATETIME()
                WHERE run_id = @run_id AND status = 'running';
                """,
                transaction).WithBigInt("@run_id", runId);
            if (await flip.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 0)
            {
                await transaction.RollbackAsync(cancellationToken).ConfigureAwait(false);
                throw new RunnerException(
                    ExitCode.Failed,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A newer analysis of '{experimentId}' ({mode}) finished before run {runId}, "
                        + $"which is dropped."));
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private DbCommand InsertResult(
        long runId, string experimentId, string mode, ResultRow row, DbTransaction transaction) =>
        Db.Command(
            connection,
            """
            INSERT INTO results.result_rows (run_id, experiment_id, analysis_mode, metric_id, metric_version,
                metric_role, variation_id, is_control, n_assigned, n_units, mean_value, sd_value, uplift_abs,
                uplift_rel, std_error, p_value, ci_lower, ci_upper, ci_rel_lower, ci_rel_upper, effect_size,
                p_value_adjusted, method, reason_code, confidence_level, interval_agrees, mde_rel, test_statistic,
                degrees_of_freedom)
            VALUES (@run_id, @experiment_id, @analysis_mode, @metric_id, @metric_version,
                @metric_role, @variation_id, @is_control, @n_assigned, @n_units, @mean_value, @sd_value, @uplift_abs,
                @uplift_rel, @std_error, @p_value, @ci_lower, @ci_upper, @ci_rel_lower, @ci_rel_upper, @effect_size,
                @p_value_adjusted, @method, @reason_code, @confidence_level, @interval_agrees, @mde_rel,
                @test_statistic,
                @degrees_of_freedom);
            """,
            transaction)
            .WithBigInt("@run_id", runId)
            .WithText("@experiment_id", experimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithText("@metric_id", row.MetricId)
            .WithInt("@metric_version", row.MetricVersion)
            .WithText("@metric_role", row.MetricRole, 16)
            .WithText("@variation_id", row.VariationId)
            .WithBit("@is_control", row.IsControl)
            .WithBigInt("@n_assigned", row.AssignedCount)
            .WithBigInt("@n_units", row.UnitCount)
            .WithFloat("@mean_value", row.Mean)
            .WithFloat("@sd_value", row.StandardDeviation)
            .WithFloat("@uplift_abs", row.UpliftAbsolute)
            .WithFloat("@uplift_rel", row.UpliftRelative)
            .WithFloat("@std_error", row.StandardError)
            .WithFloat("@p_value", row.PValue)
            .WithFloat("@ci_lower", row.CiLower)
            .WithFloat("@ci_upper", row.CiUpper)
            .WithFloat("@ci_rel_lower", row.CiRelativeLower)
            .WithFloat("@ci_rel_upper", row.CiRelativeUpper)
            .WithFloat("@effect_size", row.EffectSize)
            .WithFloat("@p_value_adjusted", row.AdjustedPValue)
            .WithText("@method", row.Method, 64)
            .WithText("@reason_code", row.ReasonCode, 64)
            .WithFloat("@confidence_level", row.ConfidenceLevel)
            .WithBit("@interval_agrees", row.IntervalAgrees)
            .WithFloat("@mde_rel", row.MdeRelative)
            .WithFloat("@test_statistic", row.TestStatistic)
            .WithFloat("@degrees_of_freedom", row.DegreesOfFreedom);

    private DbCommand InsertSampleRatio(long runId, SrmRow row, DbTransaction transaction) =>
        Db.Command(
            connection,
            """
            INSERT INTO results.srm_rows (run_id, stage, variation_id, observed_count, expected_count, residual,
                chi_square, degrees_of_freedom, p_value)
            VALUES (@run_id, @stage, @variation_id, @observed_count, @expected_count, @residual,
                @chi_square, @degrees_of_freedom, @p_value);
            """,
            transaction)
            .WithBigInt("@run_id", runId)
            .WithText("@stage", row.Stage, 32)
            .WithText("@variation_id", row.VariationId)
            .WithBigInt("@observed_count", row.Observed)
            .WithFloat("@expected_count", row.Expected)
            .WithFloat("@residual", row.Residual)
            .WithFloat("@chi_square", row.ChiSquare)
            .WithInt("@degrees_of_freedom", row.DegreesOfFreedom)
            .WithFloat("@p_value", row.PValue);

    private DbCommand InsertGate(long runId, GateRow row, DbTransaction transaction) =>
        Db.Command(
            connection,
            """
            INSERT INTO results.gate_rows (run_id, variation_id, gate_order, gate_name, gate_kind, metric_id,
                threshold, observed, passed, reason_code, detail)
            VALUES (@run_id, @variation_id, @gate_order, @gate_name, @gate_kind, @metric_id,
                @threshold, @observed, @passed, @reason_code, @detail);
            """,
            transaction)
            .WithBigInt("@run_id", runId)
            .WithText("@variation_id", row.VariationId)
            .WithInt("@gate_order", row.Order)
            .WithText("@gate_name", row.Name, 64)
            .WithText("@gate_kind", row.Kind, 16)
            .WithText("@metric_id", row.MetricId)
            .WithFloat("@threshold", row.Threshold)
            .WithFloat("@observed", row.Observed)
            .WithBit("@passed", row.Passed)
            .WithText("@reason_code", row.ReasonCode, 64)
            .WithText("@detail", row.Detail, 1000);

    private DbCommand InsertSummary(
        long runId, string experimentId, string mode, SummaryRow row, DbTransaction transaction) =>
        Db.Command(
            connection,
            """
            INSERT INTO results.summary_rows (run_id, experiment_id, analysis_mode, variation_id, is_best, decision,
                decision_code, decision_text, primary_metric_id, uplift_rel, ci_rel_lower, ci_rel_upper, p_value,
                p_value_adjusted, remaining_units)
            VALUES (@run_id, @experiment_id, @analysis_mode, @variation_id, @is_best, @decision,
                @decision_code, @decision_text, @primary_metric_id, @uplift_rel, @ci_rel_lower, @ci_rel_upper, @p_value,
                @p_value_adjusted, @remaining_units);
            """,
            transaction)
            .WithBigInt("@run_id", runId)
            .WithText("@experiment_id", experimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithText("@variation_id", row.VariationId)
            .WithBit("@is_best", row.IsBest)
            .WithText("@decision", row.Decision, 16)
            .WithText("@decision_code", row.Code, 64)
            .WithText("@decision_text", row.Sentence, 2000)
            .WithText("@primary_metric_id", row.PrimaryMetricId)
            .WithFloat("@uplift_rel", row.UpliftRelative)
            .WithFloat("@ci_rel_lower", row.CiRelativeLower)
            .WithFloat("@ci_rel_upper", row.CiRelativeUpper)
            .WithFloat("@p_value", row.PValue)
            .WithFloat("@p_value_adjusted", row.AdjustedPValue)
            .WithBigInt("@remaining_units", row.RemainingUnits);
}
