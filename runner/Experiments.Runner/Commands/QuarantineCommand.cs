using System.CommandLine;
using System.Data.Common;
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

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string source = parse.GetRequiredValue(_source);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await RequireSourceAsync(connection, source, cancellationToken).ConfigureAwait(false);
            RowSet rows = parse.GetValue(_rule) is { } rule
                ? await LinesAsync(connection, source, rule, cancellationToken).ConfigureAwait(false)
                : await RulesAsync(connection, source, cancellationToken).ConfigureAwait(false);
            await _services.Writer(parse.GetValue(_format)).WriteAsync(rows, cancellationToken).ConfigureAwait(false);
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
