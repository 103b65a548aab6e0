using System.Data.Common;
using System.Globalization;
using Experiments.Connections;

namespace Experiments.Migrations;

/// <summary>
/// Keeps a second deployer out: sp_getapplock on a server, a lock file beside the database file on the local engine.
/// </summary>
internal sealed class DeploymentLock : IAsyncDisposable
{
    internal const string Resource = "Experiments.Migrations";

    internal const string AcquireSql = """
        DECLARE @lock_result int;
        EXEC @lock_result = sp_getapplock
            @Resource = 'Experiments.Migrations',
            @LockMode = 'Exclusive',
            @LockOwner = 'Session',
            @LockTimeout = 10000;
        """;

    internal const string ReleaseSql =
        "EXEC sp_releaseapplock @Resource = 'Experiments.Migrations', @LockOwner = 'Session';";

    private readonly DbConnection? _connection;
    private readonly FileStream? _file;

    private DeploymentLock(DbConnection? connection, FileStream? file)
    {
        _connection = connection;
        _file = file;
    }

    internal static async Task<DeploymentLock> AcquireAsync(
        DbConnection connection, DatabaseEngine engine, CancellationToken cancellationToken)
    {
        if (engine == DatabaseEngine.Local)
        {
            return new DeploymentLock(null, LockFile(connection.DataSource));
        }

        await using var command = connection.CreateCommand();
        command.CommandText = AcquireSql + "\nSELECT @lock_result AS lock_result;";
        var result = await command.ExecuteScalarAsync(cancellationToken);
        return Convert.ToInt32(result, CultureInfo.InvariantCulture) >= 0
            ? new DeploymentLock(connection, null)
            : throw Busy(connection.Database, null);
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }

        if (_connection is null)
        {
            return;
        }

        try
        {
            await using var command = _connection.CreateCommand();
            command.CommandText = ReleaseSql;
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (exception is DbException or InvalidOperationException)
        {
            // The session is gone, and the lock went with it.
        }
    }

    private static FileStream? LockFile(string dataSource)
    {
        if (string.IsNullOrEmpty(dataSource) || dataSource == ":memory:")
        {
            return null;
        }

        try
        {
            return new FileStream(
                dataSource + ".migrate",
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    Options = FileOptions.DeleteOnClose,
                });
        }
        catch (IOException exception)
        {
            throw Busy(dataSource, exception);
        }
    }

    private static DeploymentException Busy(string database, Exception? inner) => new(
        $"Another deployment holds the lock of {database}; nothing was changed, so wait for it and run again.",
        inner);
}
