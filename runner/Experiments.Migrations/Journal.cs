using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Experiments.Migrations;

/// <summary>
/// The journal: dbo.SchemaVersions, which is DbUp's own table, with the numbered scripts; ops.script_log with the
/// checksums and durations of all scripts; ops.script_errors with what failed.
/// </summary>
internal sealed class Journal(DbConnection connection)
{
    /// <summary>Makes what is missing of the tables, one batch each.</summary>
    internal static readonly IReadOnlyList<string> Schema =
    [
        """
        IF OBJECT_ID('dbo.SchemaVersions') IS NULL
        BEGIN
            create table [dbo].[SchemaVersions] (
                [Id] int identity(1,1) not null constraint [PK_SchemaVersions_Id] primary key,
                [ScriptName] nvarchar(255) not null,
                [Applied] datetime not null
            );
        END;
        """,
        """
        IF SCHEMA_ID('ops') IS NULL
        BEGIN
            EXEC('CREATE SCHEMA ops');
        END;
        """,
        """
        IF OBJECT_ID('ops.script_log') IS NULL
        BEGIN
            CREATE TABLE ops.script_log (
                script_name varchar(255) NOT NULL,
                checksum varchar(64) NOT NULL,
                kind varchar(16) NOT NULL,
                applied_at datetime2(6) NOT NULL,
                duration_ms bigint NULL,
                CONSTRAINT pk_script_log PRIMARY KEY (script_name)
            );
        END;
        """,
        """
        IF OBJECT_ID('ops.script_errors') IS NULL
        BEGIN
            CREATE TABLE ops.script_errors (
                error_id bigint NOT NULL,
                script_name varchar(255) NOT NULL,
                checksum varchar(64) NOT NULL,
                failed_at datetime2(6) NOT NULL,
                error_number int NULL,
                error_message varchar(4000) NOT NULL,
                CONSTRAINT pk_script_errors PRIMARY KEY (error_id)
            );
        END;
        """,
    ];

    private const int MaxMessageBytes = 4000;

    private const string PresenceSql = """
        SELECT
            CASE WHEN OBJECT_ID('dbo.SchemaVersions') IS NULL THEN 0 ELSE 1 END AS has_journal,
            CASE WHEN OBJECT_ID('ops.script_log') IS NULL THEN 0 ELSE 1 END AS has_log,
            CASE WHEN OBJECT_ID('ops.script_errors') IS NULL THEN 0 ELSE 1 END AS has_errors;
        """;

    private const string JournaledSql = "SELECT v.ScriptName FROM dbo.SchemaVersions AS v ORDER BY v.Id;";

    private const string LoggedSql = """
        SELECT l.script_name, l.checksum, l.kind FROM ops.script_log AS l ORDER BY l.script_name;
        """;

    private const string StoreNumberedSql =
        "INSERT INTO dbo.SchemaVersions (ScriptName, Applied) VALUES (@script_name, SYSUTCDATETIME());";

    private const string StoreLogSql = """
        DELETE FROM ops.script_log WHERE script_name = @script_name;
        INSERT INTO ops.script_log (script_name, checksum, kind, applied_at, duration_ms)
        VALUES (@script_name, @checksum, @kind, SYSUTCDATETIME(), @duration_ms);
        """;

    private const string ForgetSql =
        "DELETE FROM ops.script_log WHERE script_name = @script_name AND kind = 'definition';";

    private const string StoreErrorSql = """
        INSERT INTO ops.script_errors (
            error_id, script_name, checksum, failed_at, error_number, error_message
        )
        SELECT
            COALESCE(MAX(e.error_id), 0) + 1,
            @script_name,
            @checksum,
            SYSUTCDATETIME(),
            @error_number,
            @error_message
        FROM ops.script_errors AS e;
        """;

    internal async Task<JournalState> ReadAsync(CancellationToken cancellationToken)
    {
        var (hasJournal, hasLog, hasErrors) = await ReadPresenceAsync(cancellationToken);
        var journaled = new List<string>();
        if (hasJournal)
        {
            await using var command = Command(JournaledSql, null);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                journaled.Add(reader.GetString(0));
            }
        }

        var logged = new Dictionary<string, LoggedScript>(StringComparer.Ordinal);
        if (hasLog)
        {
            await using var command = Command(LoggedSql, null);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var row = new LoggedScript(reader.GetString(0), reader.GetString(1), ParseKind(reader.GetString(2)));
                logged.Add(row.Name, row);
            }
        }

        return new JournalState(hasJournal && hasLog && hasErrors, journaled, logged);
    }

    /// <summary>Records a script that ran, or that DbUp ran, in the transaction of the script.</summary>
    internal async Task StoreAsync(
        DeploymentStep step, TimeSpan? duration, DbTransaction transaction, CancellationToken cancellationToken)
    {
        var script = step.Script;
        if (script.Kind == ScriptKind.Numbered)
        {
            foreach (var dropped in script.Content.DroppedObjects)
            {
                await using var forget = Command(ForgetSql, transaction);
                AddText(forget, "@script_name", 255, DeploymentPlan.DefinitionOf(dropped));
                await forget.ExecuteNonQueryAsync(cancellationToken);
            }

            if (step.Action == DeploymentAction.Run)
            {
                await using var numbered = Command(StoreNumberedSql, transaction);
                AddText(numbered, "@script_name", 255, script.Name);
                await numbered.ExecuteNonQueryAsync(cancellationToken);
            }
        }

        await using var command = Command(StoreLogSql, transaction);
        AddText(command, "@script_name", 255, script.Name);
        AddText(command, "@checksum", 64, script.Checksum);
        AddText(command, "@kind", 16, KindName(script.Kind));
        Add(command, "@duration_ms", DbType.Int64, duration is { } d ? (long)d.TotalMilliseconds : DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    internal async Task StoreErrorAsync(Script script, int? number, string message, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var command = Command(StoreErrorSql, transaction))
        {
            AddText(command, "@script_name", 255, script.Name);
            AddText(command, "@checksum", 64, script.Checksum);
            Add(command, "@error_number", DbType.Int32, number is { } n ? n : DBNull.Value);
            AddText(command, "@error_message", MaxMessageBytes, Utf8Prefix(message, MaxMessageBytes));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    internal static string KindName(ScriptKind kind) => kind switch
    {
        ScriptKind.Numbered => "numbered",
        ScriptKind.Definition => "definition",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such kind of script."),
    };

    /// <summary>The longest start of <paramref name="text"/> that has at most so many bytes.</summary>
    internal static string Utf8Prefix(string text, int maxBytes)
    {
        var bytes = 0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > maxBytes)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..Math.Min(length, text.Length)];
    }

    private static ScriptKind ParseKind(string kind) => kind switch
    {
        "numbered" => ScriptKind.Numbered,
        "definition" => ScriptKind.Definition,
        _ => throw new DeploymentException(
            $"ops.script_log has the kind '{kind}'; allowed are numbered and definition."),
    };

    private static void AddText(DbCommand command, string name, int size, string value)
    {
        var parameter = Add(command, name, DbType.AnsiString, value);
        parameter.Size = size;
    }

    private static DbParameter Add(DbCommand command, string name, DbType type, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.DbType = type;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private async Task<(bool HasJournal, bool HasLog, bool HasErrors)> ReadPresenceAsync(
        CancellationToken cancellationToken)
    {
        await using var command = Command(PresenceSql, null);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (IsSet(reader, 0), IsSet(reader, 1), IsSet(reader, 2));
    }

    private static bool IsSet(DbDataReader reader, int column) =>
        Convert.ToInt32(reader.GetValue(column), CultureInfo.InvariantCulture) == 1;

    private DbCommand Command(string sql, DbTransaction? transaction)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command;
    }
}
