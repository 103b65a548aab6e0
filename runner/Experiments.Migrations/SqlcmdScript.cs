using System.Globalization;
using System.Text;

namespace Experiments.Migrations;

/// <summary>The sqlcmd file of a plan: writes it, and reads it back for an engine that has no sqlcmd.</summary>
public static class SqlcmdScript
{
    private const string OnErrorExit = ":on error exit";

    private const string SessionOptions = """
        SET NOCOUNT ON;
        SET XACT_ABORT ON;
        SET ANSI_NULLS ON;
        SET ANSI_PADDING ON;
        SET ANSI_WARNINGS ON;
        SET ARITHABORT ON;
        SET CONCAT_NULL_YIELDS_NULL ON;
        SET QUOTED_IDENTIFIER ON;
        SET NUMERIC_ROUNDABORT OFF;
        """;

    private const string CheckCollation = $"""
        DECLARE @collation_name varchar(128) =
            CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS varchar(128));
        IF @collation_name IS NULL OR @collation_name <> '{Deployer.Collation}'
        BEGIN
            DECLARE @collation_message varchar(400) = CONCAT(
                'The database ', DB_NAME(), ' has the collation ', @collation_name,
                '; it must be created with COLLATE {Deployer.Collation}.'
            );
            THROW 50090, @collation_message, 1;
        END;
        """;

    private const string TakeLock = DeploymentLock.AcquireSql + """

        IF @lock_result < 0
        BEGIN
            THROW 50091, 'Another deployment holds the lock of this database; run the file again later.', 1;
        END;
        """;

    /// <summary>The batches of a file that <see cref="Deployer.ExportAsync"/> wrote.</summary>
    /// <param name="text">The file's text.</param>
    /// <exception cref="DeploymentException">It has a sqlcmd command other than <c>:on error exit</c>.</exception>
    public static IReadOnlyList<ScriptBatch> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Equals(OnErrorExit, StringComparison.OrdinalIgnoreCase))
            {
                lines[i] = string.Empty;
            }
            else if (line.StartsWith(':'))
            {
                throw new DeploymentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Line {i + 1} is '{line}'; of sqlcmd's commands only '{OnErrorExit}' is read here."));
            }
        }

        return ScriptText.Split("The sqlcmd file", string.Join('\n', lines)).ToList();
    }

    /// <summary>The whole file; <see cref="DeploymentPlan.ForEmptyDatabase"/> plans without a connection.</summary>
    /// <exception cref="DeploymentException">A script has a line that sqlcmd would take for its own.</exception>
    public static string Write(DeploymentPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var text = new StringBuilder();
        WriteHead(text, plan);
        Batch(text, SessionOptions);
        Batch(text, CheckCollation);
        Batch(text, TakeLock);
        Begin(text);
        foreach (var batch in Journal.Schema)
        {
            Batch(text, batch);
        }

        Commit(text);
        WriteGuards(text, plan);
        foreach (var step in plan.Steps.Where(step => step.Action != DeploymentAction.Skip))
        {
            RefuseSqlcmdLines(step.Script);
            WriteStep(text, step);
        }

        Batch(text, DeploymentLock.ReleaseSql);
        return text.ToString();
    }

    private static void WriteHead(StringBuilder text, DeploymentPlan plan)
    {
        text.Append("/*\nRun with: sqlcmd -b -x -I -d <database> -i <this file>\n");
        text.Append("It may be run twice. It stops at the first error, and the script that failed is rolled back.\n");
        foreach (var step in plan.Steps)
        {
            var action = step.Action.ToString().ToLowerInvariant();
            text.Append(
                CultureInfo.InvariantCulture, $"  {action,-5}  {step.Script.Name}  {step.Script.Checksum}\n");
        }

        text.Append("*/\n").Append(OnErrorExit).Append("\nGO\n");
    }

    /// <summary>The file continues where the plan's database stood; nothing else may have been applied since.</summary>
    private static void WriteGuards(StringBuilder text, DeploymentPlan plan)
    {
        if (plan.State.Journaled is [.., var last])
        {
            Batch(text, $"""
                IF NOT EXISTS (SELECT 1 FROM dbo.SchemaVersions AS v WHERE v.ScriptName = '{last}')
                BEGIN
                    THROW 50092, 'This file continues after {last}, which this database does not have.', 1;
                END;
                """);
        }

        var numbered = plan.Steps
            .Where(step => step.Action != DeploymentAction.Skip && step.Script.Kind == ScriptKind.Numbered)
            .Select(step => step.Script)
            .ToList();
        var names = plan.State.Journaled.Concat(numbered.Select(script => script.Name));
        if (names.Max(StringComparer.Ordinal) is { } newest)
        {
            Batch(text, $"""
                IF EXISTS (SELECT 1 FROM dbo.SchemaVersions AS v WHERE v.ScriptName > '{newest}')
                BEGIN
                    THROW 50094, 'This file ends at {newest}, and this database is further.', 1;
                END;
                """);
        }

        foreach (var script in numbered)
        {
            Batch(text, $"""
                IF EXISTS (
                    SELECT 1
                    FROM ops.script_log AS l
                    WHERE l.script_name = '{script.Name}'
                        AND l.checksum <> '{script.Checksum}'
                )
                BEGIN
                    THROW 50093, 'This database has another {script.Name}; it was applied with another checksum.', 1;
                END;
                """);
        }
    }

    private static void WriteStep(StringBuilder text, DeploymentStep step)
    {
        var script = step.Script;
        var verb = step.Action == DeploymentAction.Adopt ? "Adopting" : "Applying";
        Batch(text, $"PRINT '{verb} {script.Name}';");
        if (step.Action == DeploymentAction.Run && !script.IsTransactional)
        {
            WriteBatches(text, script);
        }

        Begin(text);
        if (step.Action == DeploymentAction.Run && script.IsTransactional)
        {
            WriteBatches(text, script);
        }

        if (script.Kind == ScriptKind.Numbered)
        {
            WriteNumberedJournal(text, script);
        }
        else
        {
            Batch(text, $"DELETE FROM ops.script_log WHERE script_name = '{script.Name}';\n{InsertLog(script)}");
        }

        Commit(text);
    }

    private static void WriteBatches(StringBuilder text, Script script)
    {
        var content = script.Content;
        for (var i = 0; i < content.Batches.Count; i++)
        {
            var batch = content.Batches[i].Text;
            Batch(text, script.Kind == ScriptKind.Numbered && content.Shapes[i] == BatchShape.Wrappable
                ? $"IF NOT {IsJournaled(script)}\nBEGIN\n{batch}\nEND;"
                : batch);
        }
    }

    private static void WriteNumberedJournal(StringBuilder text, Script script)
    {
        var forget = string.Concat(script.Content.DroppedObjects.Select(dropped =>
            $"    DELETE FROM ops.script_log WHERE script_name = '{DeploymentPlan.DefinitionOf(dropped)}';\n"));
        Batch(text, $"""
            IF NOT {IsJournaled(script)}
            BEGIN
            {forget}    INSERT INTO dbo.SchemaVersions (ScriptName, Applied)
                VALUES ('{script.Name}', SYSUTCDATETIME());
            END;
            """);
        Batch(text, $"""
            IF NOT EXISTS (SELECT 1 FROM ops.script_log AS l WHERE l.script_name = '{script.Name}')
            BEGIN
            {InsertLog(script)}
            END;
            """);
    }

    private static string IsJournaled(Script script) =>
        $"EXISTS (SELECT 1 FROM dbo.SchemaVersions AS v WHERE v.ScriptName = '{script.Name}')";

    private static string InsertLog(Script script) => $"""
        INSERT INTO ops.script_log (script_name, checksum, kind, applied_at, duration_ms)
        VALUES ('{script.Name}', '{script.Checksum}', '{Journal.KindName(script.Kind)}', SYSUTCDATETIME(), NULL);
        """;

    /// <summary>sqlcmd looks at lines, also inside strings and comments.</summary>
    private static void RefuseSqlcmdLines(Script script)
    {
        foreach (var batch in script.Batches)
        {
            var lines = batch.Text.Split('\n');
            for (var i = 0; i < lines.Length; i++)
            {
                var line = lines[i].Trim();
                if (IsSqlcmdLine(line))
                {
                    var number = batch.StartLine + i;
                    throw new DeploymentException(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{script.Name}, line {number}: sqlcmd would take '{line}' for a command of its own."),
                        script.Name,
                        number);
                }
            }
        }
    }

    private static bool IsSqlcmdLine(string line)
    {
        var word = line.Split([' ', '\t', ';', '-'], 2)[0];
        return line.StartsWith(':')
            || line.StartsWith("!!", StringComparison.Ordinal)
            || word.Equals("GO", StringComparison.OrdinalIgnoreCase)
            || word.Equals("EXIT", StringComparison.OrdinalIgnoreCase)
            || word.Equals("QUIT", StringComparison.OrdinalIgnoreCase)
            || word.Equals("RESET", StringComparison.OrdinalIgnoreCase)
            || word.Equals("ED", StringComparison.OrdinalIgnoreCase);
    }

    private static void Begin(StringBuilder text) => Batch(text, "BEGIN TRANSACTION;");

    private static void Commit(StringBuilder text) => Batch(text, "COMMIT TRANSACTION;");

    private static void Batch(StringBuilder text, string batch) => text.Append(batch).Append("\nGO\n");
}
