using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Experiments.LocalSql.Batch;

namespace Experiments.LocalSql;

/// <summary>
/// A connection to a database of the local engine: T-SQL in, on DuckDB, in this process. Connections of one process may
/// share a file; a second process is told that the file is in use. Not for use by several threads at once.
/// </summary>
public sealed class LocalSqlConnection : DbConnection
{
    private string _connectionString;
    private Session? _session;

    /// <summary>Creates a closed connection.</summary>
    /// <param name="connectionString">See <see cref="LocalSqlConnectionStringBuilder"/>.</param>
    public LocalSqlConnection(string connectionString) => _connectionString = connectionString;

    /// <summary>Raised for PRINT and for RAISERROR of severity 10 and less.</summary>
    public event EventHandler<string>? InfoMessage;

    /// <inheritdoc/>
    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set => _connectionString = _session is null
            ? value ?? ""
            : throw new InvalidOperationException("The connection string cannot change while the connection is open.");
    }

    /// <inheritdoc/>
    public override string Database => "experiments";

    /// <inheritdoc/>
    public override string DataSource => new LocalSqlConnectionStringBuilder(_connectionString).DataSource;

    /// <inheritdoc/>
    public override string ServerVersion => "15.00.0000";

    /// <inheritdoc/>
    public override ConnectionState State => _session is null ? ConnectionState.Closed : ConnectionState.Open;

    internal Session Session => _session ?? throw new InvalidOperationException("The connection is not open.");

    /// <summary>The reader that still has rows of this connection; one at a time.</summary>
    internal LocalSqlDataReader? Reader { get; set; }

    internal LocalSqlTransaction? Transaction { get; set; }

    /// <inheritdoc/>
    public override void Open()
    {
        if (_session is not null)
        {
            throw new InvalidOperationException("The connection is open already.");
        }

        _session = Session.Open(new LocalSqlConnectionStringBuilder(_connectionString));
        _session.Message += text => InfoMessage?.Invoke(this, text);
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    /// <summary>Closes the connection; an open transaction is rolled back.</summary>
    public override void Close()
    {
        if (_session is null)
        {
            return;
        }

        Reader?.Dispose();
        _session.Dispose();
        _session = null;
        Transaction = null;
        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    /// <inheritdoc/>
    public override void ChangeDatabase(string databaseName) =>
        throw new NotSupportedException("A file of the local engine is one database.");

    /// <inheritdoc/>
    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel)
    {
        if (Session.TransactionCount > 0)
        {
            throw new InvalidOperationException("The connection has an open transaction; there is one at a time.");
        }

        Session.BeginTransaction();
        return Transaction = new LocalSqlTransaction(this, isolationLevel);
    }

    /// <inheritdoc/>
    protected override DbCommand CreateDbCommand() => new LocalSqlCommand { Connection = this };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Close();
        }

        base.Dispose(disposing);
    }
}
