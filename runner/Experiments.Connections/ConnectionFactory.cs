using System.Data.Common;
using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Connections;

/// <summary>The database cannot be reached or opened; the message is one sentence.</summary>
public sealed class DatabaseUnreachableException(string message, Exception inner) : Exception(message, inner);

/// <summary>The one place that knows which provider a command talks to.</summary>
/// <param name="target">Where to connect.</param>
public sealed class ConnectionFactory(ConnectionTarget target)
{
    /// <summary>What is behind the connections.</summary>
    public DatabaseEngine Engine => target.Engine;

    /// <summary>What a person may see of the target.</summary>
    public string DisplayName => target.DisplayName;

    /// <summary>Opens a connection; the caller disposes it.</summary>
    /// <exception cref="DatabaseUnreachableException">No answer, no right, or no database in the file.</exception>
    public async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        DbConnection connection = target.Engine == DatabaseEngine.Local
            ? new LocalSqlConnection(target.ConnectionString)
            : new SqlConnection(target.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch (LocalSqlException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new DatabaseUnreachableException(e.Message, e);
        }
        catch (SqlException e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new DatabaseUnreachableException(
                $"The server '{target.DisplayName}' cannot be reached: {e.Message.Split('\n')[0].TrimEnd()}", e);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
