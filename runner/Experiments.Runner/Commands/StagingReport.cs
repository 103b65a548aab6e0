using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>
/// Stages what is loaded, and says what became of its lines. It counts what is small, duplicates and
/// quarantine; that the rest is staged is what quality.reconciliation proves by counting every table.
/// </summary>
internal static class StagingReport
{
    private const int MostLines = 20;

    /// <summary>Stages every load that waits to be, and says what became of its lines.</summary>
    public static async Task StageAsync(
        DbConnection connection, RunnerConsole console, CancellationToken cancellationToken)
    {
        StagedBefore? before = await ReadBeforeAsync(connection, cancellationToken).ConfigureAwait(false);
        if (before is null)
        {
            return;
        }

        await new RefreshService(connection, new WorkProgress(console)).StageAsync(cancellationToken)
            .ConfigureAwait(false);
        await WriteAsync(connection, console, before, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What has become of the lines of loads so far; null where none waits to be staged.</summary>
    public static async Task<StagedBefore?> ReadBeforeAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            "SELECT COUNT_BIG(*) AS n FROM ops.load_log AS l WHERE l.status = 'finished' AND l.staged_at IS NULL;");
        object? waiting = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        if (Convert.ToInt64(waiting, CultureInfo.InvariantCulture) == 0)
        {
            return null;
        }

        return new StagedBefore(
            (await ReadAsync(connection, cancellationToken).ConfigureAwait(false)).ToDictionary(load => load.LoadId));
    }

    /// <summary>
    /// One line a load that is staged now: landed, staged, duplicates, quarantined by rule; and one of an earlier load
    /// whose lines have another fate now.
    /// </summary>
    public static async Task WriteAsync(
        DbConnection connection, RunnerConsole console, StagedBefore before, CancellationToken cancellationToken)
    {
        List<StagedLoad> loads = (await ReadAsync(connection, cancellationToken).ConfigureAwait(false))
            .FindAll(load => !before.Loads.TryGetValue(load.LoadId, out StagedLoad? earlier) || earlier != load);
        using DbCommand rules = Db.Command(
            connection,
            """
            SELECT q.load_id, q.rule_name, COUNT_BIG(*) AS line_count
            FROM staging.quarantine AS q
            GROUP BY q.load_id, q.rule_name
            ORDER BY q.load_id, q.rule_name;
            """);
        ILookup<long, string> byLoad = (await Db.QueryAsync(
            rules,
            reader => (Load: reader.GetInt64(0), Text: $"{Numbers.Count(reader.GetInt64(2))} {reader.GetString(1)}"),
            cancellationToken).ConfigureAwait(false)).ToLookup(row => row.Load, row => row.Text);
        foreach (StagedLoad load in loads.Take(MostLines))
        {
            string why = string.Join(", ", byLoad[load.LoadId]);
            string again = before.Loads.ContainsKey(load.LoadId) ? ", now" : string.Empty;
            console.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"  load {load.LoadId} {load.File}{again}: {load.Landed:N0} landed, "
                + $"{load.Landed - load.Duplicates - load.Quarantined:N0} staged, "
                + $"{Numbers.Count(load.Duplicates, "duplicate")}, "
                + $"{load.Quarantined:N0} quarantined{(why.Length > 0 ? $" ({why})" : string.Empty)}."));
        }

        if (loads.Count > MostLines)
        {
            console.Log($"  … and {Numbers.Count(loads.Count - MostLines, "more load")}; runner check lists them.");
        }
    }

    private static async Task<List<StagedLoad>> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT
                l.load_id,
                l.file_name,
                l.landed_count,
                COALESCE(d.line_count, 0) AS duplicate_count,
                COALESCE(q.line_count, 0) AS quarantined_count
            FROM ops.load_log AS l
            LEFT JOIN
            (
                SELECT d.load_id, COUNT_BIG(*) AS line_count FROM staging.duplicates AS d GROUP BY d.load_id
            ) AS d
                ON d.load_id = l.load_id
            LEFT JOIN
            (
                SELECT q.load_id, COUNT_BIG(*) AS line_count FROM staging.quarantine AS q GROUP BY q.load_id
            ) AS q
                ON q.load_id = l.load_id
            WHERE l.status = 'finished' AND l.staged_at IS NOT NULL
            ORDER BY l.load_id;
            """);
        return await Db.QueryAsync(
            command,
            reader => new StagedLoad(
                reader.GetInt64(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)),
            cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A staged load, and how many of its lines are no staged row.</summary>
internal sealed record StagedLoad(long LoadId, string File, long Landed, long Duplicates, long Quarantined);

/// <summary>The loads that were staged before a staging.</summary>
internal sealed record StagedBefore(IReadOnlyDictionary<long, StagedLoad> Loads);
