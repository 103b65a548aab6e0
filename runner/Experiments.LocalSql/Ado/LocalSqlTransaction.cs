using System.Data;
using System.Data.Common;

namespace Experiments.LocalSql;

/// <summary>
/// A transaction of a <see cref="LocalSqlConnection"/>. Every isolation level is snapshot. After an error in it only
/// rollback is left: a commit then is an error, never silence.
/// </summary>
public sealed class LocalSqlTransaction : DbTransaction
{
    private LocalSqlConnection? _connection;

    internal LocalSqlTransaction(LocalSqlConnection connection, IsolationLevel level)
    {
        _connection = connection;
        IsolationLevel = level == IsolationLevel.Unspecified ? IsolationLevel.Snapshot : level;
    }

    /// <inheritdoc/>
    public override IsolationLevel IsolationLevel { get; }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection => _connection;

    /// <inheritdoc/>
    public override void Commit()
    {
        var connection = _connection ?? throw new InvalidOperationException("The transaction has ended already.");
        connection.Session.Commit();
        End();
    }

    /// <inheritdoc/>
    public override void Rollback()
    {
        var connection = _connection ?? throw new InvalidOperationException("The transaction has ended already.");
        connection.Session.Rollback();
        End();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _connection is { State: ConnectionState.Open } connection)
        {
            connection.Session.Rollback();
            End();
        }

        base.Dispose(disposing);
    }

    private void End()
    {
        if (_connection is not null)
        {
            _connection.Transaction = null;
            _connection = null;
        }
    }
}
