using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Keeps what a run reads with the run: sums, counts and definitions. An analysis computes from what is kept and from
/// nothing else, so that the same run can be computed again later, and a look of a sequential plan stays as it was.
/// </summary>
internal sealed class RunStore(DbConnection connection)
{
    private const string AggregateColumns =
        """
        metric_id, metric_version, variation_id, weight_epoch, n_assigned, n_units, success_count, center_value,
        sum_centered, sum_centered_sq, sum_centered_cube, capped_count, cap_lower, cap_upper, cap_reason,
        sum_raw_centered, sum_raw_centered_sq, center_d, center_x, center_w, sum_d, sum_dd, sum_yd, sum_x, sum_xx,
        sum_yx, sum_dx, sum_w, sum_ww, sum_yw, sum_dw, sum_xw, missing_covariate_count
        """;

    private static readonly string[] s_tables =
    [
        "run_aggregates", "run_quantiles", "run_ranks", "run_risk_sets", "run_quantiles_by_dimension",
        "run_ranks_by_dimension", "run_risk_sets_by_dimension", "run_covariates", "run_blocks", "run_novelty",
        "run_stage_counts", "run_documents",
    ];

    /// <summary>The data's time; null without data.</summary>
    public async Task<DateTime?> ReadWatermarkAsync(CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, "SELECT w.watermark_at FROM ops.data_watermark AS w;");
        List<DateTime?> found =
            await Db.QueryAsync(command, reader => reader.Time(0), cancellationToken).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>Units of the cohort at the stages of quality.assignment_counts, over all days.</summary>
    public async Task<IReadOnlyList<StageCount>> ReadStageTotalsAsync(
        string experimentId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT c.stage, c.variation_id, SUM(c.unit_count) AS unit_count
            FROM quality.assignment_counts AS c
            WHERE c.experiment_id = @experiment_id
            GROUP BY c.stage, c.variation_id
            ORDER BY c.stage, c.variation_id;
            """).WithText("@experiment_id", experimentId);
        return await Db.QueryAsync(
            command,
            reader => new StageCount(reader.GetString(0), reader.GetString(1), reader.BigInt(2) ?? 0),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Everything of a run's document but the look.</summary>
    public async Task<RunDocument> ReadFactsAsync(
        ExperimentDefinition definition,
        string mode,
        ProportionInterval? interval,
        CancellationToken cancellationToken)
    {
        List<EpochWeight> epochs;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT w.weight_epoch, w.variation_id, w.weight
            FROM catalog.weight_epochs AS w
            WHERE w.experiment_id = @experiment_id
            ORDER BY w.weight_epoch, w.variation_id;
            """).WithText("@experiment_id", definition.ExperimentId))
        {
            epochs = await Db.QueryAsync(
                command,
                reader => new EpochWeight(
                    (int)reader.BigInt(0)!.Value, reader.GetString(1), reader.Float(2) ?? 0),
                cancellationToken).ConfigureAwait(false);
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

        return new RunDocument
        {
            Definition = definition,
            Interval = interval,
            IsReconciled = reconciliation.Loads == 0 ? null : reconciliation.Unbalanced == 0,
            ReconciliationDifference = reconciliation.Loads == 0 ? null : reconciliation.Difference,
            EpochWeights = epochs.Exists(static row => row.WeightEpoch > 1) ? epochs : [],
            History = await ReadHistoryAsync(definition, mode, cancellationToken).ConfigureAwait(false),
            Overlaps = await ReadOverlapsAsync(definition, mode, cancellationToken).ConfigureAwait(false),
            KeepsDimensions = true,
        };
    }

    /// <summary>
    /// Makes a run: its number, its row, what it will read, and the look that it records where the experiment has a
    /// plan. One transaction, committed before anything is computed.
    /// </summary>
    /// <exception cref="RunnerException">Looks were recorded under another plan.</exception>
    public async Task<long> BeginAsync(
        RunDocument document,
        string mode,
        DateTime? watermark,
        string requestedBy,
        string codeVersion,
        CancellationToken cancellationToken)
    {
        ExperimentDefinition definition = document.Definition;
        bool hasDays = await ExistsAsync("marts.experiment_metric_cumulative", cancellationToken).ConfigureAwait(false);
        bool hasNovelty =
            await ExistsAsync("marts.agg_experiment_metric_novelty", cancellationToken).ConfigureAwait(false);
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
                .WithText("@analysis_mode", mode, 16)
                .WithText("@requested_by", requestedBy)
                .WithTime("@data_watermark", watermark)
                .WithText("@definitions_hash", definition.Hash, 64)
                .WithText("@code_version", codeVersion, 64)
                .WithText("@policy_id", definition.Policy.PolicyId)
                .WithInt("@policy_version", definition.Policy.PolicyVersion);
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            foreach (string copy in Copies(hasDays, hasNovelty))
            {
                using DbCommand command = Db.Command(connection, copy, transaction)
                    .WithBigInt("@run_id", runId)
                    .WithText("@experiment_id", definition.ExperimentId);
                if (copy.Contains("@analysis_mode", StringComparison.Ordinal))
                {
                    command.WithText("@analysis_mode", mode, 16);
                }

                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await new RegressionStore(connection)
                .CopyAsync(runId, definition, mode, transaction, cancellationToken).ConfigureAwait(false);
            int look = definition.Plan is null || watermark is null
                ? 0
                : await RecordLookAsync(definition, definition.Plan, mode, watermark.Value, runId, transaction, cancellationToken)
                    .ConfigureAwait(false);
            IReadOnlyList<string> pieces = (document with { LookNumber = look }).ToPieces();
            for (int i = 0; i < pieces.Count; i++)
            {
                using DbCommand piece = Db.Command(
                    connection,
                    "INSERT INTO results.run_documents (run_id, piece_number, document) VALUES (@run_id, @piece, @document);",
                    transaction)
                    .WithBigInt("@run_id", runId).WithInt("@piece", i + 1).WithText("@document", pieces[i], 4000);
                await piece.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return runId;
        }
    }

    /// <summary>What a run kept; null where it kept nothing (runs of earlier versions).</summary>
    public async Task<(RunDocument Document, AnalysisData Data)?> ReadAsync(
        long runId, CancellationToken cancellationToken)
    {
        List<string> pieces;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT d.document
            FROM results.run_documents AS d
            WHERE d.run_id = @run_id
            ORDER BY d.piece_number;
            """).WithBigInt("@run_id", runId))
        {
            pieces = await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken)
                .ConfigureAwait(false);
        }

        if (pieces.Count == 0)
        {
            return null;
        }

        RunDocument document = RunDocument.FromPieces(pieces);
        (string Mode, DateTime? Watermark) run;
        using (DbCommand command = Db.Command(
            connection, "SELECT r.analysis_mode, r.data_watermark FROM ops.analysis_runs AS r WHERE r.run_id = @run_id;")
            .WithBigInt("@run_id", runId))
        {
            run = (await Db.QueryAsync(
                command, reader => (reader.GetString(0), reader.Time(1)), cancellationToken).ConfigureAwait(false))[0];
        }

        List<(SliceKey Key, AnalysisSlice Slice)> slices =
            await ReadSlicesAsync(runId, false, cancellationToken).ConfigureAwait(false);
        AnalysisSlice overall = slices.Find(static slice => slice.Key == SliceKey.Overall).Slice ?? new AnalysisSlice([]);
        AnalysisData data = new(
            run.Mode,
            run.Watermark,
            overall.Aggregates,
            await ReadCountsAsync(runId, cancellationToken).ConfigureAwait(false),
            document.IsReconciled,
            document.ReconciliationDifference)
        {
            Quantiles = overall.Quantiles,
            Ranks = overall.Ranks,
            RiskSets = overall.RiskSets,
            Regressions = overall.Regressions,
            Blocks = overall.Blocks,
            EpochWeights = document.EpochWeights,
            Slices = [.. slices.Where(static slice => slice.Key != SliceKey.Overall)],
            Novelty = await ReadNoveltyAsync(runId, cancellationToken).ConfigureAwait(false),
            History = document.History,
            Overlaps = document.Overlaps,
            KeepsDimensions = document.KeepsDimensions,
            Looks = await ReadLooksAsync(document, run.Mode, cancellationToken).ConfigureAwait(false),
        };
        return (document, data);
    }

    /// <summary>Removes what unfinished runs of an experiment and mode kept, looks excepted, and their rows.</summary>
    public async Task ClearAsync(
        long runId, string experimentId, string mode, DbTransaction transaction, CancellationToken cancellationToken)
    {
        const string dead =
            """
            SELECT r.run_id
            FROM ops.analysis_runs AS r
            WHERE r.experiment_id = @experiment_id AND r.analysis_mode = @analysis_mode AND r.status = 'running'
                AND r.run_id < @run_id
            """;
        foreach (string table in s_tables)
        {
            await ExecuteAsync(
                $"""
                DELETE FROM results.{table}
                WHERE run_id IN ({dead}) AND run_id NOT IN (SELECT l.run_id FROM results.looks AS l);
                """).ConfigureAwait(false);
        }

        await ExecuteAsync(
            """
            DELETE FROM ops.analysis_runs
            WHERE experiment_id = @experiment_id AND analysis_mode = @analysis_mode AND status = 'running'
                AND run_id < @run_id;
            """).ConfigureAwait(false);

        async Task ExecuteAsync(string sql)
        {
            using DbCommand command = Db.Command(connection, sql, transaction)
                .WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16)
                .WithBigInt("@run_id", runId);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> Copies(bool hasDays, bool hasNovelty)
    {
        yield return Aggregates("overall", "''", "''", "marts.agg_experiment_metric_by_variant");
        yield return Aggregates(
            "dimension", "a.dimension_id", "a.dimension_value", "marts.agg_experiment_metric_by_dimension");
        if (hasDays)
        {
            yield return Aggregates(
                "day", "''", "CAST(a.metric_date AS varchar(10))", "marts.experiment_metric_cumulative");
        }

        foreach (bool byDimension in new[] { false, true })
        {
            string suffix = byDimension ? "_by_dimension" : string.Empty;
            string names = byDimension ? "dimension_id, dimension_value, " : string.Empty;
            string values = byDimension ? "a.dimension_id, a.dimension_value, " : string.Empty;
            yield return $"""
                INSERT INTO results.run_quantiles{suffix} (run_id, {names}metric_id, metric_version, variation_id,
                    quantile_fraction, n_units, observation_count, quantile_value, lower_value, upper_value,
                    level_variance)
                SELECT @run_id, {values}a.metric_id, a.metric_version, a.variation_id, a.quantile_fraction, a.n_units,
                    a.observation_count, a.quantile_value, a.lower_value, a.upper_value, a.level_variance
                FROM marts.agg_experiment_metric_quantiles{suffix} AS a
                WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode;
                """;
            yield return $"""
                INSERT INTO results.run_ranks{suffix} (run_id, {names}metric_id, metric_version, variation_id,
                    weight_epoch, control_count, treatment_count, u_statistic, tie_sum)
                SELECT @run_id, {values}a.metric_id, a.metric_version, a.variation_id, a.weight_epoch, a.control_count,
                    a.treatment_count, a.u_statistic, a.tie_sum
                FROM marts.agg_experiment_metric_ranks{suffix} AS a
                WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode;
                """;
            yield return $"""
                INSERT INTO results.run_risk_sets{suffix} (run_id, {names}metric_id, metric_version, variation_id,
                    weight_epoch, treatment_event_count, expected_event_count, event_variance)
                SELECT @run_id, {values}a.metric_id, a.metric_version, a.variation_id, a.weight_epoch,
                    a.treatment_event_count, a.expected_event_count, a.event_variance
                FROM marts.agg_experiment_metric_risk_sets{suffix} AS a
                WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode;
                """;
        }

        yield return """
            INSERT INTO results.run_blocks (run_id, metric_id, metric_version, region, block_start_at, stratum,
                variation_id, n_units, sum_n, sum_y)
            SELECT @run_id, b.metric_id, b.metric_version, b.region, b.block_start_at, b.stratum, b.variation_id,
                b.n_units, b.sum_n, b.sum_y
            FROM marts.agg_experiment_metric_blocks AS b
            WHERE b.experiment_id = @experiment_id AND b.analysis_mode = @analysis_mode;
            """;
        if (hasNovelty)
        {
            yield return """
                INSERT INTO results.run_novelty (run_id, metric_id, metric_version, variation_id, n_units, sum_z, sum_zz)
                SELECT @run_id, z.metric_id, z.metric_version, z.variation_id, SUM(z.n_units), SUM(z.sum_z),
                    SUM(z.sum_zz)
                FROM marts.agg_experiment_metric_novelty AS z
                WHERE z.experiment_id = @experiment_id AND z.analysis_mode = @analysis_mode AND z.day_count >= 7
                GROUP BY z.metric_id, z.metric_version, z.variation_id;
                """;
        }

        yield return """
            INSERT INTO results.run_stage_counts (run_id, stage, variation_id, weight_epoch, assignment_date, unit_count)
            SELECT @run_id, c.stage, c.variation_id, c.weight_epoch, c.assignment_date, c.unit_count
            FROM quality.assignment_counts AS c
            WHERE c.experiment_id = @experiment_id;
            """;
    }

    private static string Aggregates(string kind, string id, string value, string source)
    {
        string columns = string.Join(
            ", ", AggregateColumns.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(column => (kind, column) switch
                {
                    // A day has the sums that comparisons need, not those before a cap; before a variation's first
                    // unit there are none.
                    (SliceKey.DayKind, "capped_count" or "cap_lower" or "cap_upper" or "cap_reason"
                        or "sum_raw_centered" or "sum_raw_centered_sq") => "NULL",
                    (SliceKey.DayKind, "n_assigned" or "n_units" or "sum_centered" or "sum_centered_sq"
                        or "sum_centered_cube") => $"COALESCE(a.{column}, 0)",
                    _ => "a." + column,
                }));
        return $"""
            INSERT INTO results.run_aggregates (run_id, slice_kind, slice_id, slice_value, {AggregateColumns})
            SELECT @run_id, '{kind}', {id}, {value}, {columns}
            FROM {source} AS a
            WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode;
            """;
    }

    /// <summary>A look at new data is recorded; one at the same watermark is the one that there is.</summary>
    private async Task<int> RecordLookAsync(
        ExperimentDefinition definition,
        SequentialPlan plan,
        string mode,
        DateTime watermark,
        long runId,
        DbTransaction transaction,
        CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT l.look_number, l.plan_id, l.plan_version, l.planned_units, l.data_watermark
            FROM results.looks AS l
            WHERE l.experiment_id = @experiment_id AND l.analysis_mode = @analysis_mode
            ORDER BY l.look_number;
            """,
            transaction).WithText("@experiment_id", definition.ExperimentId).WithText("@analysis_mode", mode, 16);
        List<(int Number, string PlanId, int Version, long Planned, DateTime Watermark)> looks = await Db.QueryAsync(
            command,
            reader => (
                (int)reader.BigInt(0)!.Value, reader.GetString(1), (int)reader.BigInt(2)!.Value,
                reader.BigInt(3)!.Value, reader.Time(4)!.Value),
            cancellationToken).ConfigureAwait(false);
        if (looks.Exists(look => look.PlanId != plan.PlanId || look.Version != plan.PlanVersion
            || look.Planned != plan.PlannedUnits))
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{definition.ExperimentId}' was looked at under the plan '{looks[0].PlanId}' version "
                + $"{looks[0].Version}; a plan that is changed after the first look keeps no error rate.");
        }

        if (looks.Count > 0 && watermark <= looks[^1].Watermark)
        {
            return looks.LastOrDefault(look => look.Watermark <= watermark).Number;
        }

        using DbCommand insert = Db.Command(
            connection,
            """
            INSERT INTO results.looks (experiment_id, analysis_mode, look_number, run_id, plan_id, plan_version,
                planned_units, n_units, data_watermark, recorded_at)
            SELECT @experiment_id, @analysis_mode, @look_number, @run_id, @plan_id, @plan_version, @planned_units,
                COALESCE(MAX(t.unit_count), 0), @data_watermark, SYSUTCDATETIME()
            FROM
            (
                SELECT a.metric_id, SUM(a.n_assigned) AS unit_count
                FROM results.run_aggregates AS a
                WHERE a.run_id = @run_id AND a.slice_kind = 'overall'
                GROUP BY a.metric_id
            ) AS t;
            """,
            transaction)
            .WithText("@experiment_id", definition.ExperimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithInt("@look_number", looks.Count + 1)
            .WithBigInt("@run_id", runId)
            .WithText("@plan_id", plan.PlanId)
            .WithInt("@plan_version", plan.PlanVersion)
            .WithBigInt("@planned_units", plan.PlannedUnits)
            .WithTime("@data_watermark", watermark);
        await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        return looks.Count + 1;
    }

    private async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, $"SELECT OBJECT_ID('{name}') AS object_number;");
        return (await Db.QueryAsync(command, reader => !reader.IsDBNull(0), cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>The lifts that other experiments found in the same metrics, in their latest runs of the mode.</summary>
    private async Task<IReadOnlyList<PastEffect>> ReadHistoryAsync(
        ExperimentDefinition definition, string mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT r.metric_id, r.uplift_rel, r.ci_rel_lower, r.ci_rel_upper, r.confidence_level
            FROM results.experiment_results AS r
            WHERE r.experiment_id <> @experiment_id
                AND r.analysis_mode = @analysis_mode
                AND r.uplift_rel IS NOT NULL
                AND r.ci_rel_upper > r.ci_rel_lower
                AND EXISTS
                (
                    SELECT 1
                    FROM catalog.experiment_metrics AS m
                    WHERE m.experiment_id = @experiment_id AND m.metric_id = r.metric_id
                )
            ORDER BY r.metric_id, r.experiment_id, r.variation_id;
            """).WithText("@experiment_id", definition.ExperimentId).WithText("@analysis_mode", mode, 16);
        return await Db.QueryAsync(
            command,
            reader => new PastEffect(
                reader.GetString(0),
                reader.Float(1)!.Value,
                (reader.Float(3)!.Value - reader.Float(2)!.Value)
                    / (2 * Tails.NormalUpperQuantile((1 - (reader.Float(4) ?? .95)) / 2))),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The arms of other experiments that share at least 100 units, with sums of the primary metric.</summary>
    private async Task<IReadOnlyList<OverlapCell>> ReadOverlapsAsync(
        ExperimentDefinition definition, string mode, CancellationToken cancellationToken)
    {
        using DbCommand find = Db.Command(
            connection,
            """
            SELECT o.experiment_id
            FROM marts.experiment_units AS u
            INNER JOIN marts.fct_experiment_cohort AS o
                ON o.unit_id = u.unit_id
            WHERE u.experiment_id = @experiment_id
                AND u.analysis_mode = @analysis_mode
                AND o.experiment_id <> @experiment_id
                AND o.is_itt = 1
            GROUP BY o.experiment_id
            HAVING COUNT_BIG(*) >= @fewest
            ORDER BY o.experiment_id;
            """)
            .WithText("@experiment_id", definition.ExperimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithInt("@fewest", OverlapChecks.FewestUnits);
        HashSet<string> others = new(
            await Db.QueryAsync(find, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false),
            StringComparer.Ordinal);
        MetricDefinition? primary = definition.Metrics.FirstOrDefault(static metric => metric.Role == MetricRole.Primary);
        if (others.Count == 0 || primary is null)
        {
            return [];
        }

        using DbCommand command = Db.Command(
            connection,
            """
            SELECT c.other_experiment_id, c.variation_id, c.other_variation_id, COALESCE(v.is_control, 0) AS is_control,
                c.unit_count, c.value_count, COALESCE(c.center_value, 0e0) AS center_value, c.sum_centered,
                c.sum_centered_sq
            FROM marts.overlap_cells(@experiment_id, @analysis_mode, @metric_id) AS c
            LEFT JOIN catalog.experiment_variations AS v
                ON v.experiment_id = c.other_experiment_id AND v.variation_id = c.other_variation_id
            ORDER BY c.other_experiment_id, c.other_variation_id, c.variation_id;
            """)
            .WithText("@experiment_id", definition.ExperimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithText("@metric_id", primary.MetricId);
        List<OverlapCell> cells = await Db.QueryAsync(
            command,
            reader => new OverlapCell(
                reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.Bit(3), reader.BigInt(4) ?? 0,
                primary.Type is "mean" or "proportion" or "retention" ? reader.BigInt(5) ?? 0 : 0,
                reader.Float(6) ?? 0, reader.Float(7) ?? 0, reader.Float(8) ?? 0),
            cancellationToken).ConfigureAwait(false);
        return [.. cells.Where(cell => others.Contains(cell.OtherExperimentId))];
    }

    private async Task<IReadOnlyList<RecordedLook>> ReadLooksAsync(
        RunDocument document, string mode, CancellationToken cancellationToken)
    {
        if (document.LookNumber == 0)
        {
            return [];
        }

        using DbCommand command = Db.Command(
            connection,
            """
            SELECT l.look_number, l.run_id, l.data_watermark, l.planned_units
            FROM results.looks AS l
            WHERE l.experiment_id = @experiment_id AND l.analysis_mode = @analysis_mode
                AND l.look_number <= @look_number
            ORDER BY l.look_number;
            """)
            .WithText("@experiment_id", document.Definition.ExperimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithInt("@look_number", document.LookNumber);
        List<(int Number, long Run, DateTime Watermark, long Planned)> rows = await Db.QueryAsync(
            command,
            reader => (
                (int)reader.BigInt(0)!.Value, reader.BigInt(1)!.Value, reader.Time(2)!.Value, reader.BigInt(3)!.Value),
            cancellationToken).ConfigureAwait(false);
        List<RecordedLook> looks = [];
        foreach ((int number, long run, DateTime watermark, long planned) in rows)
        {
            List<(SliceKey Key, AnalysisSlice Slice)> slices =
                await ReadSlicesAsync(run, true, cancellationToken).ConfigureAwait(false);
            looks.Add(new RecordedLook(
                number, run, watermark, planned, slices.Count == 0 ? new AnalysisSlice([]) : slices[0].Slice));
        }

        return looks;
    }

    private async Task<List<(SliceKey Key, AnalysisSlice Slice)>> ReadSlicesAsync(
        long runId, bool onlyOverall, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            $"""
            SELECT slice_kind, slice_id, slice_value, {AggregateColumns}
            FROM results.run_aggregates
            WHERE run_id = @run_id{(onlyOverall ? " AND slice_kind = 'overall'" : string.Empty)}
            ORDER BY slice_kind, slice_id, slice_value, metric_id, metric_version, variation_id, weight_epoch;
            """).WithBigInt("@run_id", runId);
        List<(SliceKey Key, MetricAggregate Row)> rows = await Db.QueryAsync(
            command,
            reader => (new SliceKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)), Aggregate(reader)),
            cancellationToken).ConfigureAwait(false);
        ILookup<SliceKey, QuantileAggregate> quantiles =
            await ReadQuantilesAsync(runId, onlyOverall, cancellationToken).ConfigureAwait(false);
        ILookup<SliceKey, RankAggregate> ranks =
            await ReadRanksAsync(runId, onlyOverall, cancellationToken).ConfigureAwait(false);
        ILookup<SliceKey, RiskSetAggregate> riskSets =
            await ReadRiskSetsAsync(runId, onlyOverall, cancellationToken).ConfigureAwait(false);
        AnalysisSlice Of(SliceKey key, IEnumerable<MetricAggregate> aggregates) => new([.. aggregates])
        {
            Quantiles = [.. quantiles[key]],
            Ranks = [.. ranks[key]],
            RiskSets = [.. riskSets[key]],
        };
        List<(SliceKey Key, AnalysisSlice Slice)> slices =
            [.. rows.GroupBy(static row => row.Key)
                .Select(group => (group.Key, Of(group.Key, group.Select(static row => row.Row))))];
        int at = slices.FindIndex(static slice => slice.Key == SliceKey.Overall);
        AnalysisSlice overall = (at < 0 ? Of(SliceKey.Overall, []) : slices[at].Slice) with
        {
            Regressions =
                await new RegressionStore(connection).ReadAsync(runId, cancellationToken).ConfigureAwait(false),
            Blocks = await ReadBlocksAsync(runId, cancellationToken).ConfigureAwait(false),
        };
        if (at < 0)
        {
            slices.Add((SliceKey.Overall, overall));
        }
        else
        {
            slices[at] = (SliceKey.Overall, overall);
        }

        return slices;
    }

    private static MetricAggregate Aggregate(DbDataReader reader)
    {
        const int first = 3;
        double? At(int column) => reader.Float(first + column);
        PartSums? denominator = At(17) is { } d
            ? new PartSums(d, At(20) ?? 0, At(21) ?? 0, At(22) ?? 0)
            : null;
        PartSums? covariate = At(18) is { } x
            ? new PartSums(x, At(23) ?? 0, At(24) ?? 0, At(25) ?? 0, reader.BigInt(first + 32) ?? 0)
            : null;
        return new MetricAggregate(
            reader.GetString(first),
            (int)reader.BigInt(first + 1)!.Value,
            reader.GetString(first + 2),
            (int)reader.BigInt(first + 3)!.Value,
            reader.BigInt(first + 4) ?? 0,
            reader.BigInt(first + 5) ?? 0,
            At(7) ?? 0,
            At(8) ?? 0,
            At(9) ?? 0,
            reader.BigInt(first + 6))
        {
            Denominator = denominator,
            Covariate = covariate,
            RatioCovariate = At(19) is { } w
                ? new RatioCovariateSums(
                    w, At(27) ?? 0, At(28) ?? 0, At(29) ?? 0, At(30) ?? 0, At(31) ?? 0, At(26) ?? 0)
                : null,
            CappedCount = reader.BigInt(first + 11),
            CapLower = At(12),
            CapUpper = At(13),
            CapReason = reader.Text(first + 14),
            RawSum = At(15),
            RawSumSquared = At(16),
        };
    }

    private Task<ILookup<SliceKey, QuantileAggregate>> ReadQuantilesAsync(
        long runId, bool onlyOverall, CancellationToken cancellationToken) => ReadKeyedAsync(
            "run_quantiles",
            "metric_id, metric_version, variation_id, quantile_fraction, n_units, observation_count, quantile_value, "
                + "lower_value, upper_value, level_variance",
            "metric_id, metric_version, variation_id",
            static reader => new QuantileAggregate(
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
            runId,
            onlyOverall,
            cancellationToken);

    private Task<ILookup<SliceKey, RankAggregate>> ReadRanksAsync(
        long runId, bool onlyOverall, CancellationToken cancellationToken) => ReadKeyedAsync(
            "run_ranks",
            "metric_id, metric_version, variation_id, control_count, treatment_count, u_statistic, "
                + "CAST(tie_sum AS float) AS tie_sum",
            "metric_id, metric_version, variation_id",
            static reader => new RankAggregate(
                reader.GetString(0),
                (int)reader.BigInt(1)!.Value,
                reader.GetString(2),
                new RankSums(
                    reader.BigInt(3) ?? 0, reader.BigInt(4) ?? 0, reader.Float(5) ?? 0, reader.Float(6) ?? 0)),
            runId,
            onlyOverall,
            cancellationToken);

    private Task<ILookup<SliceKey, RiskSetAggregate>> ReadRiskSetsAsync(
        long runId, bool onlyOverall, CancellationToken cancellationToken) => ReadKeyedAsync(
            "run_risk_sets",
            "metric_id, metric_version, variation_id, treatment_event_count, expected_event_count, event_variance",
            "metric_id, metric_version, variation_id, weight_epoch",
            static reader => new RiskSetAggregate(
                reader.GetString(0),
                (int)reader.BigInt(1)!.Value,
                reader.GetString(2),
                reader.BigInt(3) ?? 0,
                reader.Float(4) ?? 0,
                reader.Float(5) ?? 0),
            runId,
            onlyOverall,
            cancellationToken);

    /// <summary>The rows of a table that a run used, of all units and, from its sister, by value of a dimension.</summary>
    private async Task<ILookup<SliceKey, T>> ReadKeyedAsync<T>(
        string table,
        string columns,
        string order,
        Func<DbDataReader, T> read,
        long runId,
        bool onlyOverall,
        CancellationToken cancellationToken)
    {
        List<(SliceKey Key, T Row)> rows = [];
        using (DbCommand command = Db.Command(
            connection,
            $"SELECT {columns} FROM results.{table} WHERE run_id = @run_id ORDER BY {order};")
            .WithBigInt("@run_id", runId))
        {
            rows.AddRange(await Db.QueryAsync(command, reader => (SliceKey.Overall, read(reader)), cancellationToken)
                .ConfigureAwait(false));
        }

        if (!onlyOverall)
        {
            using DbCommand command = Db.Command(
                connection,
                $"""
                SELECT {columns}, dimension_id, dimension_value
                FROM results.{table}_by_dimension
                WHERE run_id = @run_id
                ORDER BY dimension_id, dimension_value, {order};
                """).WithBigInt("@run_id", runId);
            rows.AddRange(await Db.QueryAsync(
                command,
                reader => (
                    new SliceKey(
                        SliceKey.DimensionKind,
                        reader.GetString(reader.FieldCount - 2),
                        reader.GetString(reader.FieldCount - 1)),
                    read(reader)),
                cancellationToken).ConfigureAwait(false));
        }

        return rows.ToLookup(static row => row.Key, static row => row.Row);
    }

    private async Task<List<BlockAggregate>> ReadBlocksAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT b.metric_id, b.metric_version, b.variation_id, b.stratum, b.region, b.block_start_at, b.n_units,
                b.sum_n, b.sum_y
            FROM results.run_blocks AS b
            WHERE b.run_id = @run_id
            ORDER BY b.metric_id, b.metric_version, b.region, b.block_start_at;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new BlockAggregate(
                reader.GetString(0),
                (int)reader.BigInt(1)!.Value,
                reader.GetString(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.Time(5)!.Value,
                reader.BigInt(6) ?? 0,
                reader.Float(7) ?? 0,
                reader.Float(8) ?? 0),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<NoveltyAggregate>> ReadNoveltyAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT z.metric_id, z.metric_version, z.variation_id, z.n_units, z.sum_z, z.sum_zz
            FROM results.run_novelty AS z
            WHERE z.run_id = @run_id
            ORDER BY z.metric_id, z.metric_version, z.variation_id;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new NoveltyAggregate(
                reader.GetString(0),
                (int)reader.BigInt(1)!.Value,
                reader.GetString(2),
                reader.BigInt(3) ?? 0,
                reader.Float(4) ?? 0,
                reader.Float(5) ?? 0),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<List<StageCount>> ReadCountsAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT c.stage, c.variation_id, c.weight_epoch, CAST(c.assignment_date AS datetime2(6)) AS assignment_date,
                c.unit_count
            FROM results.run_stage_counts AS c
            WHERE c.run_id = @run_id
            ORDER BY c.stage, c.variation_id, c.weight_epoch, c.assignment_date;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(
            command,
            reader => new StageCount(
                reader.GetString(0), reader.GetString(1), reader.BigInt(4) ?? 0, (int)reader.BigInt(2)!.Value, reader.Time(3)),
            cancellationToken).ConfigureAwait(false);
    }
}
