using System.Data.Common;
using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Connections;

/// <summary>What T-SQL says beside its rows: PRINT, and RAISERROR of severity 10 and less.</summary>
public static class Messages
{
    /// <summary>Hears the messages of a connection from now on, until it is closed.</summary>
    /// <param name="connection">A connection to a server or to the local engine.</param>
    /// <param name="hear">Gets each message, while the batch that says it runs.</param>
    /// <exception cref="ArgumentException">The connection is of another kind.</exception>
    public static void Listen(DbConnection connection, Action<string> hear)
    {
        switch (connection)
        {
            case LocalSqlConnection local:
                local.InfoMessage += (_, text) => hear(text);
                break;
            case SqlConnection server:
                server.InfoMessage += (_, message) =>
                {
                    foreach (SqlError said in message.Errors)
                    {
                        hear(said.Message);
                    }
                };
                break;
            default:
                throw new ArgumentException($"A {connection.GetType().Name} says no messages.", nameof(connection));
        }
    }
}
