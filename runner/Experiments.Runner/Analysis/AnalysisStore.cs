using System.Data.Common;
using System.Globalization;
using System.Text;
using Experiments.Connections;
using Experiments.Runner.Data;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Writes runs. A run is a row with status running, made in a short transaction of its own (<see cref="RunStore"/>), then
/// all its results and the change to finished in one transaction: a run that is killed has no results, is in no view,
/// and its row is removed by the next run of the same experiment and mode.
/// </summary>
internal sealed class AnalysisStore(DbConnection connection)
{
    /// <summary>Writes all of a run and, last, that it is finished.</summary>
    /// <exception cref="RunnerException">A newer run of the same experiment and mode finished meanwhile.</exception>
    public async Task FinishAsync(
        long runId, string experimentId, string mode, AnalysisOutcome outcome, CancellationToken cancellationToken)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            foreach (ResultTable table in ResultTables.Of(runId, experimentId, mode, outcome))
            {
                Insert(table, transaction, cancellationToken);
            }

            await new RunStore(connection)
                .ClearAsync(runId, experimentId, mode, transaction, cancellationToken).ConfigureAwait(false);
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

    /// <summary>In bulk: a row has some 90 columns, and an experiment thousands of rows by day and dimension.</summary>
    private void Insert(ResultTable table, DbTransaction transaction, CancellationToken cancellationToken)
    {
        if (table.Rows.Count == 0)
        {
            return;
        }

        string[] name = table.Name.Split('.');
        using IBulkWriter writer = BulkWriters.Create(
            connection, transaction, name[0], name[1], [.. table.Columns.Select(static column => column.Name)]);
        foreach (object?[] row in table.Rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < row.Length; i++)
            {
                Append(writer, table.Columns[i], row[i]);
            }

            writer.EndRow();
        }

        writer.Complete();
    }

    private static void Append(IBulkWriter writer, StoredColumn column, object? value)
    {
        switch (value)
        {
            case null:
                writer.AppendNull();
                break;
            case string text:
                AppendText(writer, text, column.Size);
                break;
            case long number:
                writer.Append(number);
                break;
            case int number:
                writer.Append((long)number);
                break;
            case double number:
                writer.Append(number);
                break;
            case bool flag:
                writer.Append(flag);
                break;
            case DateTime time:
                writer.Append(time);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value, $"No column has the type of {column.Name}.");
        }
    }

    /// <summary>A sentence that is longer than its column is cut between two characters, as a parameter would be.</summary>
    private static void AppendText(IBulkWriter writer, string text, int size)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = bytes.Length;
        if (length > size)
        {
            for (length = size; length > 0 && (bytes[length] & 0xC0) == 0x80; length--)
            {
            }
        }

        writer.AppendUtf8(bytes.AsSpan(0, length));
    }
}
