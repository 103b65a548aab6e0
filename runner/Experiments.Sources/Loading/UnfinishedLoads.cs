using System.Data.Common;
using System.Globalization;

namespace Experiments.Sources;

/// <summary>Loads that a killed process left behind: their rows and their log row go before the next command works.</summary>
public static class UnfinishedLoads
{
    /// <summary>Removes every load whose status is not finished; gives their number.</summary>
    public static async Task<int> RemoveAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        // The tables are those of catalog.sources; a name that is no plain word is none of ours.
        var tables = (await SourceFormat.ReadAllAsync(connection, cancellationToken).ConfigureAwait(false)).Values
            .Select(static f => f.Table).Where(static t => t.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            .Append("rejected_lines").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        await using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = $"""
            SET XACT_ABORT ON;
            DECLARE @removed int = 0;
            IF EXISTS (SELECT 1 FROM ops.load_log AS l WHERE l.status = 'loading')
            BEGIN
                BEGIN TRANSACTION;
            {string.Join('\n', tables.Select(static t => $"""
                DELETE r FROM raw.{t} AS r
                INNER JOIN ops.load_log AS l ON l.load_id = r.load_id WHERE l.status = 'loading';
            """))}
                DELETE FROM ops.load_log WHERE status = 'loading';
                SET @removed = @@ROWCOUNT;
                COMMIT TRANSACTION;
            END;
            SELECT @removed;
            """;
        return Convert.ToInt32(
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    /// <summary>One loader at a time: another one's unfinished load is not ours to remove.</summary>
    internal static async Task LockAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            DECLARE @result int;
            EXEC @result = sp_getapplock @Resource = 'experiments_load', @LockMode = 'Exclusive',
                @LockOwner = 'Session', @LockTimeout = 0;
            SELECT @result;
            """;
        var result = Convert.ToInt32(
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        if (result < 0)
        {
            throw new LoadException("Another load is under way in this database; try again when it has ended.");
        }
    }

    internal static async Task UnlockAsync(DbConnection connection)
    {
        try
        {
            await using var command = connection.CreateCommand();
            command.CommandText =
                "EXEC sp_releaseapplock @Resource = 'experiments_load', @LockOwner = 'Session';";
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The lock ends with its connection; the error that broke it is the one to report.
        }
    }
}
