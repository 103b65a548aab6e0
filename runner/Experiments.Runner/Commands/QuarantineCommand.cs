using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Lists what is in quarantine: by rule, or line by line.</summary>
internal sealed class QuarantineCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string> _source = new("--source")
    {
        Description = "The source, such as commerce_events.",
        HelpName = "SOURCE",
        Required = true,
    };

    private readonly Option<string?> _rule = new("--rule")
    {
        Description = "Only this rule, line by line; without it, the rules with their numbers.",
        HelpName = "RULE",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public QuarantineCommand(CommandServices services)
        : base("quarantine", "List the lines in quarantine, by rule or one by one.")
    {
        _services = services;
        Add(_source);
        Add(_rule);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner quarantine --source commerce_events",
        "runner quarantine --source commerce_events --rule bad_amount",
    ];

    /// <summary>Refuses a source that the catalog does not have.</summary>
    public static async Task RequireSourceAsync(
        DbConnection connection, string source, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection, "SELECT s.source FROM catalog.sources AS s ORDER BY s.source;");
        List<string> known =
            await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
        if (!known.Contains(source))
        {
            throw new RunnerException(
                ExitCode.Usage, $"The source '{source}' is unknown; allowed are {string.Join(", ", known)}.");
        }
    }

    /// <summary>Refuses a rule that the source does not have; every rule that was ever broken counts.</summary>
    public static async Task RequireRuleAsync(
        DbConnection connection, string source, string rule, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT r.rule_name FROM catalog.source_rules AS r WHERE r.source = @source
            UNION
            SELECT q.rule_name FROM staging.quarantine AS q WHERE q.source = @source
            ORDER BY rule_name;
            """)
            .WithText("@source", source);
        List<string> known =
            await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
        if (!known.Contains(rule))
        {
            throw new RunnerException(
                ExitCode.Usage, $"{source} has no rule '{rule}'; allowed are {string.Join(", ", known)}.");
        }
    }

    /// <summary>How many lines are in quarantine, of one rule or of all.</summary>
    public static async Task<long> CountAsync(
        DbConnection connection, string source, string? rule, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT COUNT_BIG(*) AS n
            FROM staging.quarantine AS q
            WHERE q.source = @source AND (@rule IS NULL OR q.rule_name = @rule);
            """)
            .WithText("@source", source)
            .WithText("@rule", rule);
        return Convert.ToInt64(
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    /// <summary>The sentence for a quarantine without lines.</summary>
    public static string Nothing(string source, string? rule) =>
        $"No line of {source} is in quarantine{(rule is null ? string.Empty : $" as {rule}")}.";

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string source = parse.GetRequiredValue(_source);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await RequireSourceAsync(connection, source, cancellationToken).ConfigureAwait(false);
            string? rule = parse.GetValue(_rule);
            OutputFormat format = parse.GetValue(_format);
            if (rule is not null)
            {
                await RequireRuleAsync(connection, source, rule, cancellationToken).ConfigureAwait(false);
            }

            if (await CountAsync(connection, source, rule, cancellationToken).ConfigureAwait(false) == 0)
            {
                _services.Console.Log(Nothing(source, rule));
                if (format == OutputFormat.Table)
                {
                    return (int)ExitCode.Done;
                }
            }

            RowSet rows = rule is not null
                ? await LinesAsync(connection, source, rule, cancellationToken).ConfigureAwait(false)
                : await RulesAsync(connection, source, cancellationToken).ConfigureAwait(false);
            await _services.Writer(format).WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }

    private static async Task<RowSet> RulesAsync(
        DbConnection connection, string source, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT q.rule_name, q.column_name, COUNT_BIG(*) AS line_count, MIN(r.description) AS description
            FROM staging.quarantine AS q
            LEFT JOIN catalog.source_rules AS r
                ON r.source = q.source AND r.rule_name = q.rule_name
            WHERE q.source = @source
            GROUP BY q.rule_name, q.column_name
            ORDER BY q.rule_name, q.column_name;
            """)
            .WithText("@source", source);
        return RowSet.Of(
            [
                new("rule", typeof(string)), new("column", typeof(string)), new("lines", typeof(long)),
                new("says", typeof(string)),
            ],
            await Db.QueryAsync(command, static reader => Values(reader), cancellationToken).ConfigureAwait(false));
    }

    private static async Task<RowSet> LinesAsync(
        DbConnection connection, string source, string rule, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT q.load_id, l.file_name, q.line_number, q.column_name, q.raw_value
            FROM staging.quarantine AS q
            INNER JOIN ops.load_log AS l
                ON l.load_id = q.load_id
            WHERE q.source = @source AND q.rule_name = @rule
            ORDER BY q.load_id, q.line_number;
            """)
            .WithText("@source", source)
            .WithText("@rule", rule);
        return RowSet.Of(
            [
                new("load", typeof(long)), new("file", typeof(string)), new("line", typeof(long)),
                new("column", typeof(string)), new("value", typeof(string)),
            ],
            await Db.QueryAsync(command, static reader => Values(reader), cancellationToken).ConfigureAwait(false));
    }

    private static object?[] Values(DbDataReader reader)
    {
        object?[] values = new object?[reader.FieldCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
        }

        return values;
    }
}
