using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Experiments.LocalSql.Batch;

namespace Experiments.LocalSql;

/// <summary>A batch of T-SQL, or a stored procedure's name, with its parameters.</summary>
public sealed class LocalSqlCommand : DbCommand
{
    private readonly LocalSqlParameterCollection _parameters = [];
    private LocalSqlConnection? _connection;
    private BatchRun? _run;

    /// <inheritdoc/>
    [AllowNull]
    public override string CommandText { get; set; } = "";

    /// <summary>Seconds after which a running command is interrupted; 0 waits without end.</summary>
    public override int CommandTimeout { get; set; }

    /// <inheritdoc/>
    public override CommandType CommandType { get; set; } = CommandType.Text;

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get; set; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get; set; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection
    {
        get => _connection;
        set => _connection = (LocalSqlConnection?)value;
    }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => _parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction { get; set; }

    /// <summary>Interrupts the command if it is running, from any thread.</summary>
    public override void Cancel() => _run?.Interrupt(isTimeout: false);

    /// <inheritdoc/>
    public override void Prepare()
    {
        // A text is parsed once a connection; nothing is gained by doing it here.
    }

    /// <inheritdoc/>
    public override int ExecuteNonQuery()
    {
        using var reader = Execute(CommandBehavior.Default, CancellationToken.None);
        return Drain(reader);
    }

    /// <inheritdoc/>
    public override Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        using var reader = Execute(CommandBehavior.Default, cancellationToken);
        return Task.FromResult(Drain(reader));
    }

    /// <inheritdoc/>
    public override object? ExecuteScalar()
    {
        using var reader = Execute(CommandBehavior.Default, CancellationToken.None);
        return First(reader);
    }

    /// <inheritdoc/>
    public override Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        using var reader = Execute(CommandBehavior.Default, cancellationToken);
        return Task.FromResult(First(reader));
    }

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => new LocalSqlParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) =>
        Execute(behavior, CancellationToken.None);

    /// <inheritdoc/>
    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(
        CommandBehavior behavior, CancellationToken cancellationToken) =>
        Task.FromResult<DbDataReader>(Execute(behavior, cancellationToken));

    internal void Finished(BatchRun run)
    {
        foreach (var parameter in _parameters.Items)
        {
            parameter.Value = parameter.Direction switch
            {
                ParameterDirection.Output or ParameterDirection.InputOutput
                    => run.OutputValue(parameter.ParameterName.TrimStart('@')) ?? DBNull.Value,
                ParameterDirection.ReturnValue => run.ReturnValue,
                _ => parameter.Value,
            };
        }

        _run = null;
    }

    private LocalSqlDataReader Execute(CommandBehavior behavior, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var connection = _connection ?? throw new InvalidOperationException("The command has no connection.");
        if (connection.Reader is not null)
        {
            throw new InvalidOperationException(
                "The connection has an open reader; close it first (there is one result at a time).");
        }

        var parameters = _parameters.Items
            .Where(static p => p.Direction != ParameterDirection.ReturnValue)
            .Select(static p => p.ToBatchParameter()).ToList();
        var run = connection.Session.Start(CommandText, parameters, CommandType == CommandType.StoredProcedure);
        _run = run;
        var reader = new LocalSqlDataReader(this, connection, run, behavior, CommandTimeout, cancellationToken);
        connection.Reader = reader;
        try
        {
            reader.Begin();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private static int Drain(LocalSqlDataReader reader)
    {
        while (reader.NextResult())
        {
        }

        return reader.RecordsAffected;
    }

    private static object? First(LocalSqlDataReader reader)
    {
        var value = reader.Read() && reader.FieldCount > 0 ? reader.GetValue(0) : null;
        Drain(reader);
        return value;
    }
}
