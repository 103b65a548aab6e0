using System.Data.Common;
using System.Globalization;
using Experiments.Connections;

namespace Experiments.Migrations;

/// <summary>
/// Brings a database to the state of a folder of scripts. Numbered scripts run once, in order; definitions run
/// afterwards when they are new or changed. One script is one transaction, its journal rows included.
/// </summary>
/// <param name="scripts">What to deploy.</param>
/// <param name="connection">An open connection; it stays open and is the caller's.</param>
/// <param name="engine">What is behind the connection.</param>
/// <param name="time">The clock of the durations; the system's by default.</param>
public sealed class Deployer(
    ScriptFolder scripts, DbConnection connection, DatabaseEngine engine, TimeProvider? time = null)
{
    /// <summary>The only collation that a database may have.</summary>
    public const string Collation = "Latin1_General_100_BIN2_UTF8";

    private const string CollationSql =
        "SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128)) AS collation_name;";

    private const string SessionSql = "SET XACT_ABORT ON;\nSET ARITHABORT ON;";

    private readonly Journal _journal = new(connection);
    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>Reads the journal and says what is to do; writes nothing.</summary>
    /// <exception cref="DeploymentException">
    /// The database has another collation; an applied numbered script was changed or is missing; a definition was
    /// removed without a numbered DROP; a script that is to run is no T-SQL.
    /// </exception>
    public async Task<DeploymentPlan> PlanAsync(CancellationToken cancellationToken)
    {
        await RequireCollationAsync(cancellationToken);
        return DeploymentPlan.Make(scripts, engine, await _journal.ReadAsync(cancellationToken));
    }

    /// <summary>Carries out a plan; where it has no work, the database is not touched.</summary>
    /// <param name="plan">A plan of this deployer.</param>
    /// <param name="progress">Told of each step when it is done.</param>
    /// <param name="cancellationToken">Stops between and within scripts; a script that it stops is rolled back.</param>
    /// <exception cref="DeploymentException">
    /// A script failed: it left nothing behind but a row in ops.script_errors, and no later one ran. Or another
    /// deployment is under way, or took place after the plan was made.
    /// </exception>
    public async Task<DeploymentResult> ApplyAsync(
        DeploymentPlan plan, IProgress<DeploymentStep>? progress, CancellationToken cancellationToken)
    {
        RequireOwn(plan);
        var done = new List<DeploymentStep>();
        if (!plan.HasWork)
        {
            return new DeploymentResult(done);
        }

        await using var held = await DeploymentLock.AcquireAsync(connection, engine, cancellationToken);
        if (!plan.State.Says(await _journal.ReadAsync(cancellationToken)))
        {
            throw new DeploymentException(
                "The database was deployed to after this plan was made; nothing was changed, so plan again.");
        }

        if (engine == DatabaseEngine.SqlServer)
        {
            await ExecuteAsync(SessionSql, null, cancellationToken);
        }

        if (plan.CreatesJournal)
        {
            await CreateJournalAsync(cancellationToken);
        }

        foreach (var step in plan.Steps.Where(step => step.Action != DeploymentAction.Skip))
        {
            var finished = await ApplyAsync(step, cancellationToken);
            done.Add(finished);
            progress?.Report(finished);
        }

        return new DeploymentResult(done);
    }

    /// <summary>
    /// Writes a plan as one sqlcmd file, to be run with <c>sqlcmd -b -x -I</c>. It makes the journal rows too, so that
    /// nothing is left to do afterwards, and it may be run twice.
    /// </summary>
    /// <exception cref="DeploymentException">A script has a line that sqlcmd would take for its own.</exception>
    public async Task ExportAsync(TextWriter writer, DeploymentPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writer);
        RequireOwn(plan);
        await writer.WriteAsync(SqlcmdScript.Write(plan).AsMemory(), cancellationToken);
    }

    private void RequireOwn(DeploymentPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Engine != engine)
        {
            throw new ArgumentException($"The plan is for {plan.Engine}, the connection for {engine}.", nameof(plan));
        }
    }

    private async Task<DeploymentStep> ApplyAsync(DeploymentStep step, CancellationToken cancellationToken)
    {
        var script = step.Script;
        var batch = new RunningBatch();
        var start = _time.GetTimestamp();
        try
        {
            TimeSpan? duration = null;
            if (step.Action == DeploymentAction.Run && !script.IsTransactional)
            {
                await RunAsync(script, null, batch, cancellationToken);
                duration = _time.GetElapsedTime(start);
            }

            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            try
            {
                if (step.Action == DeploymentAction.Run && script.IsTransactional)
                {
                    await RunAsync(script, transaction, batch, cancellationToken);
                    duration = _time.GetElapsedTime(start);
                }

                await _journal.StoreAsync(step, duration, transaction, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            catch
            {
                await RollbackAsync(transaction);
                throw;
            }

            return step with { Duration = duration };
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is DbException or InvalidOperationException)
        {
            throw await RecordAsync(script, batch.Index, exception);
        }
        catch (DbException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException($"{script.Name} was cancelled.", exception, cancellationToken);
        }
    }

    private async Task RunAsync(
        Script script, DbTransaction? transaction, RunningBatch batch, CancellationToken cancellationToken)
    {
        foreach (var part in script.Batches)
        {
            batch.Index++;
            await ExecuteAsync(part.Text, transaction, cancellationToken);
        }

        batch.Index = 0;
    }

    private async Task<DeploymentException> RecordAsync(Script script, int batchIndex, Exception exception)
    {
        var error = SqlError.Of(exception);
        var batch = batchIndex == 0 ? null : script.Batches[batchIndex - 1];
        int? line = batch is not null && error.Line is { } inBatch ? batch.StartLine + inBatch - 1 : null;
        var where = line is null
            ? script.Name
            : string.Create(CultureInfo.InvariantCulture, $"{script.Name}, line {line}");
        var inProcedure = error.Procedure is null ? string.Empty : $" (in {error.Procedure})";
        var message = $"{where}: {error.Message}{inProcedure}";
        try
        {
            await _journal.StoreErrorAsync(script, error.Number, message, CancellationToken.None);
        }
        catch (Exception unrecorded) when (unrecorded is DbException or InvalidOperationException)
        {
            message += $" (not recorded: {unrecorded.Message})";
        }

        return new DeploymentException(message, script.Name, line, exception)
        {
            Batch = batchIndex == 0 ? null : batchIndex,
            Fragment = batch?.Text,
        };
    }

    private async Task CreateJournalAsync(CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            foreach (var batch in Journal.Schema)
            {
                await ExecuteAsync(batch, transaction, cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbException exception)
        {
            await RollbackAsync(transaction);
            throw new DeploymentException($"The journal tables cannot be made: {exception.Message}", exception);
        }
    }

    private async Task RequireCollationAsync(CancellationToken cancellationToken)
    {
        if (engine != DatabaseEngine.SqlServer)
        {
            return;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = CollationSql;
        var found = await command.ExecuteScalarAsync(cancellationToken) as string;
        if (found != Collation)
        {
            throw new DeploymentException(
                $"The database {connection.Database} has the collation {found ?? "(unknown)"}; "
                    + $"it must be created with COLLATE {Collation}.");
        }
    }

    private async Task ExecuteAsync(string sql, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task RollbackAsync(DbTransaction transaction)
    {
        try
        {
            await transaction.RollbackAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException)
        {
            // XACT_ABORT rolled it back already.
        }
    }

    /// <summary>The batch that runs, counted from 1; 0 outside batches.</summary>
    private sealed class RunningBatch
    {
        internal int Index { get; set; }
    }
}
