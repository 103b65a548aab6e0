using System.Data.Common;
using Experiments.Runner.Data;
using Experiments.Sources;

namespace Experiments.Runner.Analysis;

/// <summary>One planted number and what the platform found.</summary>
internal sealed record TruthLine(string What, long Planted, long Found);

/// <summary>Compares a simulation's known numbers with what the layers hold.</summary>
internal sealed class TruthCheck(DbConnection connection)
{
    /// <summary>Every trap, in the order of the layers.</summary>
    public async Task<IReadOnlyList<TruthLine>> ReadAsync(SimulationTruth truth, CancellationToken cancellationToken)
    {
        List<TruthLine> lines = [];
        Dictionary<string, long> rejected = await CountAsync(
            """
            SELECT CONCAT(l.file_name, '/', r.rule_name) AS rule_key, COUNT_BIG(*) AS row_count
            FROM raw.rejected_lines AS r
            INNER JOIN ops.load_log AS l ON l.load_id = r.load_id
            GROUP BY CONCAT(l.file_name, '/', r.rule_name);
            """,
            cancellationToken).ConfigureAwait(false);
        foreach (SimulatedFile file in truth.Files)
        {
            foreach ((string rule, long planted) in file.Rejected.OrderBy(rule => rule.Key, StringComparer.Ordinal))
            {
                lines.Add(new TruthLine(
                    $"rejected lines, {rule} in {file.Name}",
                    planted,
                    rejected.GetValueOrDefault($"{file.Name}/{rule}")));
            }
        }

        Dictionary<string, long> quarantined = await CountAsync(
            """
            SELECT CONCAT(q.source, '/', q.rule_name) AS rule_key, COUNT_BIG(*) AS row_count
            FROM staging.quarantine AS q
            GROUP BY CONCAT(q.source, '/', q.rule_name);
            """,
            cancellationToken).ConfigureAwait(false);
        AddQuarantined("assignments", truth.QuarantinedAssignments);
        AddQuarantined("events", truth.QuarantinedEvents);

        Dictionary<string, long> duplicates = await CountAsync(
            "SELECT d.source, COUNT_BIG(*) AS row_count FROM staging.duplicates AS d GROUP BY d.source;",
            cancellationToken).ConfigureAwait(false);
        lines.Add(new TruthLine(
            "duplicate assignments", truth.DuplicateAssignments, duplicates.GetValueOrDefault("assignments")));
        lines.Add(new TruthLine("duplicate events", truth.DuplicateEvents, duplicates.GetValueOrDefault("events")));

        using DbCommand conflicts = Db.Command(
            connection,
            """
            SELECT SUM(CASE WHEN a.is_conflict = 1 THEN CAST(1 AS bigint) ELSE CAST(0 AS bigint) END) AS conflict_count
            FROM staging.stg_experiment_assignments AS a
            WHERE a.experiment_id = @experiment_id;
            """).WithText("@experiment_id", truth.ExperimentId);
        lines.Add(new TruthLine(
            "units assigned to two variations",
            truth.AssignmentConflicts,
            (await Db.QueryAsync(conflicts, reader => reader.BigInt(0) ?? 0, cancellationToken)
                .ConfigureAwait(false))[0]));

        using DbCommand flags = Db.Command(
            connection,
            """
            SELECT SUM(CAST(v.pre_assignment_exposure AS bigint)) AS early_count,
                SUM(CAST(v.variant_mismatch AS bigint)) AS mismatch_count,
                SUM(CAST(v.multi_variation_exposure AS bigint)) AS multi_count,
                SUM(CAST(v.exposure_outside_window AS bigint)) AS outside_count,
                SUM(CAST(v.unassigned_exposure AS bigint)) AS unassigned_count,
                (
                    SELECT COUNT_BIG(DISTINCT e.unit_id)
                    FROM staging.stg_experiment_exposures AS e
                    LEFT JOIN catalog.experiment_variations AS x
                        ON x.experiment_id = e.experiment_id AND x.variation_id = e.variation_id
                    WHERE e.experiment_id = @experiment_id AND x.variation_id IS NULL
                ) AS unknown_count
            FROM marts.int_experiment_exposure_validation AS v
            WHERE v.experiment_id = @experiment_id;
            """).WithText("@experiment_id", truth.ExperimentId);
        long[] found = (await Db.QueryAsync(
            flags,
            reader => Enumerable.Range(0, reader.FieldCount).Select(i => reader.BigInt(i) ?? 0).ToArray(),
            cancellationToken).ConfigureAwait(false))[0];
        lines.Add(new TruthLine("units exposed before their assignment", truth.PreAssignmentExposure, found[0]));
        lines.Add(new TruthLine("units exposed to another variation", truth.VariantMismatch, found[1]));
        lines.Add(new TruthLine("units exposed to several variations", truth.MultiVariationExposure, found[2]));
        lines.Add(new TruthLine("units exposed after the end", truth.ExposureOutsideWindow, found[3]));
        lines.Add(new TruthLine("units exposed without an assignment", truth.UnassignedExposure, found[4]));
        lines.Add(new TruthLine("units exposed to an unknown variation", truth.UnknownVariationExposure, found[5]));
        return lines;

        void AddQuarantined(string source, IReadOnlyDictionary<string, long> planted)
        {
            foreach ((string rule, long count) in planted.OrderBy(rule => rule.Key, StringComparer.Ordinal))
            {
                lines.Add(new TruthLine(
                    $"quarantined {source}, {rule}", count, quarantined.GetValueOrDefault($"{source}/{rule}")));
            }
        }
    }

    private async Task<Dictionary<string, long>> CountAsync(string sql, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, sql);
        List<(string Key, long Count)> rows = await Db.QueryAsync(
            command, reader => (reader.GetString(0), reader.BigInt(1) ?? 0), cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(row => row.Key, row => row.Count, StringComparer.Ordinal);
    }
}
