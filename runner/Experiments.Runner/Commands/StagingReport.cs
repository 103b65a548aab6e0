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
        long? waiting = await FirstWaitingAsync(connection, cancellationToken).ConfigureAwait(false);
        if (waiting is not { } first)
        {
            return;
        }

        await new RefreshService(connection, new WorkProgress(console)).StageAsync(cancellationToken)
            .ConfigureAwait(false);
        await WriteAsync(connection, console, first, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The oldest load that waits to be staged; null for none.</summary>
    public static async Task<long?> FirstWaitingAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            "SELECT MIN(l.load_id) FROM ops.load_log AS l WHERE l.status = 'finished' AND l.staged_at IS NULL;");
        object? value = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        return value is null or DBNull ? null : Convert.ToInt64(value, CultureInfo.InvariantCulture);
    }

    /// <summary>One line a load from the given one on: landed, staged, duplicates, quarantined by rule.</summary>
    public static async Task WriteAsync(
        DbConnection connection, RunnerConsole console, long firstLoadId, CancellationToken cancellationToken)
    {
        using DbCommand rules = Db.Command(
            connection,
            """
            SELECT q.load_id, q.rule_name, COUNT_BIG(*) AS line_count
            FROM staging.quarantine AS q
            WHERE q.load_id >= @first
            GROUP BY q.load_id, q.rule_name
            ORDER BY q.load_id, q.rule_name;
            """)
            .WithBigInt("@first", firstLoadId);
        ILookup<long, string> byLoad = (await Db.QueryAsync(
            rules,
            reader => (Load: reader.GetInt64(0), Text: $"{Numbers.Count(reader.GetInt64(2))} {reader.GetString(1)}"),
            cancellationToken).ConfigureAwait(false)).ToLookup(row => row.Load, row => row.Text);
        using DbCommand loads = Db.Command(
            connection,
            """
            SELECT
                l.load_id,
                l.file_name,
                l.landed_count,
                l.landed_count - COALESCE(d.line_count, 0) - COALESCE(q.line_count, 0) AS staged_count,
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
            WHERE l.load_id >= @first AND l.staged_at IS NOT NULL
            ORDER BY l.load_id;
            """)
            .WithBigInt("@first", firstLoadId);
        List<string> lines = await Db.QueryAsync(
            loads,
            reader =>
            {
                string why = string.Join(", ", byLoad[reader.GetInt64(0)]);
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"  load {reader.GetInt64(0)} {reader.GetString(1)}: {reader.GetInt64(2):N0} landed, "
                    + $"{reader.GetInt64(3):N0} staged, {reader.GetInt64(4):N0} duplicates, "
                    + $"{reader.GetInt64(5):N0} quarantined{(why.Length > 0 ? $" ({why})" : string.Empty)}.");
            },
            cancellationToken).ConfigureAwait(false);
        foreach (string line in lines.Take(MostLines))
        {
            console.Log(line);
        }

        if (lines.Count > MostLines)
        {
            console.Log($"  … and {Numbers.Count(lines.Count - MostLines)} more loads; runner check lists them.");
        }
    }
}
