using System.Data.Common;
using System.Globalization;
using System.Text;
using Experiments.Runner.Data;

namespace Experiments.Runner.Analysis;

/// <summary>
/// Writes runs. A run is a row with status running, made in a short transaction of its own (<see cref="RunStore"/>), then
/// all its results and the change to finished in one transaction: a run that is killed has no results, is in no view,
/// and its row is removed by the next run of the same experiment and mode.
/// </summary>
internal sealed class AnalysisStore(DbConnection connection)
{
    private const int MostParameters = 2000;

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
                await InsertAsync(table, transaction, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Several rows a statement, as many as the parameters of one allow.</summary>
    private async Task InsertAsync(
        ResultTable table, DbTransaction transaction, CancellationToken cancellationToken)
    {
        int width = table.Columns.Count;
        int most = Math.Max(1, Math.Min(table.Rows.Count, MostParameters / width));
        for (int at = 0; at < table.Rows.Count; at += most)
        {
            int count = Math.Min(most, table.Rows.Count - at);
            StringBuilder sql = new();
            sql.Append(CultureInfo.InvariantCulture, $"INSERT INTO {table.Name} (")
                .AppendJoin(", ", table.Columns.Select(static column => column.Name)).Append(") VALUES ");
            using DbCommand command = Db.Command(connection, string.Empty, transaction);
            for (int row = 0; row < count; row++)
            {
                sql.Append(row == 0 ? "(" : ", (");
                for (int i = 0; i < width; i++)
                {
                    string name = string.Create(CultureInfo.InvariantCulture, $"@p{row}_{i}");
                    sql.Append(i == 0 ? string.Empty : ", ").Append(name);
                    Add(command, name, table.Columns[i], table.Rows[at + row][i]);
                }

                sql.Append(')');
            }

            command.CommandText = sql.Append(';').ToString();
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Add(DbCommand command, string name, StoredColumn column, object? value)
    {
        switch (column.Type)
        {
            case var type when type == typeof(string):
                command.WithText(name, (string?)value, column.Size);
                break;
            case var type when type == typeof(long):
                command.WithBigInt(name, (long?)value);
                break;
            case var type when type == typeof(int):
                command.WithInt(name, (int?)value);
                break;
            case var type when type == typeof(double):
                command.WithFloat(name, (double?)value);
                break;
            case var type when type == typeof(bool):
                command.WithBit(name, (bool?)value);
                break;
            case var type when type == typeof(DateTime):
                command.WithTime(name, (DateTime?)value);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(column), column.Type, "No column has this type.");
        }
    }
}
