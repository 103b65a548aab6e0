using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Connections;
using Experiments.Migrations;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Spectre.Console;

namespace Experiments.Runner.Commands;

/// <summary>Says where everything stands.</summary>
internal sealed class StatusCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public StatusCommand(CommandServices services)
        : base("status", "Say what is deployed, what is loaded, and what each experiment's last run decided.")
    {
        _services = services;
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner status", "runner status --format json"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ConnectionTarget target = _services.Target(parse);
        DbConnection connection =
            await CommandServices.OpenExistingAsync(target, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            DeploymentPlan plan = await new Deployer(
                ScriptFolder.Load(_services.MigrationsDirectory, _services.DefinitionsDirectory),
                connection,
                target.Engine).PlanAsync(cancellationToken).ConfigureAwait(false);
            int pending = plan.Steps.Count(step => step.Action != DeploymentAction.Skip);
            object?[] database =
            [
                target.Engine == DatabaseEngine.Local ? "local" : "sqlserver",
                target.DisplayName,
                pending,
                RunnerVersion.Text,
            ];
            if (plan.CreatesJournal)
            {
                // Nothing is deployed: there is nothing to count.
                await WriteAsync(parse.GetValue(_format), database, [], [], cancellationToken).ConfigureAwait(false);
                return (int)ExitCode.Done;
            }

            List<object?[]> loads = await ReadAsync(
                connection,
                """
                SELECT l.load_id, l.source, l.file_name, l.line_count, l.landed_count, l.rejected_count, l.status,
                    l.ended_at, l.staged_at
                FROM ops.load_log AS l
                ORDER BY l.load_id;
                """,
                cancellationToken).ConfigureAwait(false);
            List<object?[]> experiments = await ReadAsync(
                connection,
                """
                SELECT e.experiment_id, r.run_id, r.analysis_mode, r.ended_at, s.variation_id, s.decision,
                    s.decision_code
                FROM catalog.experiments AS e
                LEFT JOIN results.latest_runs AS m ON m.experiment_id = e.experiment_id
                LEFT JOIN ops.analysis_runs AS r ON r.run_id = m.run_id
                LEFT JOIN results.summary_rows AS s ON s.run_id = m.run_id
                ORDER BY e.experiment_id, r.analysis_mode, s.variation_id;
                """,
                cancellationToken).ConfigureAwait(false);
            await WriteAsync(parse.GetValue(_format), database, loads, experiments, cancellationToken)
                .ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }

    private static async Task<List<object?[]>> ReadAsync(
        DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, sql);
        return await Db.QueryAsync(
            command,
            reader =>
            {
                object?[] values = new object?[reader.FieldCount];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
                }

                return values;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAsync(
        OutputFormat format,
        object?[] database,
        List<object?[]> loads,
        List<object?[]> experiments,
        CancellationToken cancellationToken)
    {
        RowSet experimentRows = RowSet.Of(
            [
                new("experiment_id", typeof(string)), new("run_id", typeof(long)), new("analysis_mode", typeof(string)),
                new("ended_at", typeof(DateTime)), new("variation_id", typeof(string)),
                new("decision", typeof(string)), new("decision_code", typeof(string)),
            ],
            experiments);
        switch (format)
        {
            case OutputFormat.Csv:
                await new CsvWriter(_services.Console.Output)
                    .WriteAsync(experimentRows, cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Json:
                await new DocumentWriter(_services.Console.Output).WriteAsync(
                    [
                        (
                            "database",
                            RowSet.Of(
                                [
                                    new("engine", typeof(string)), new("name", typeof(string)),
                                    new("scripts_pending", typeof(int)), new("runner_version", typeof(string)),
                                ],
                                [database]),
                            true),
                        (
                            "loads",
                            RowSet.Of(
                                [
                                    new("load_id", typeof(long)), new("source", typeof(string)),
                                    new("file_name", typeof(string)), new("line_count", typeof(long)),
                                    new("landed_count", typeof(long)), new("rejected_count", typeof(long)),
                                    new("status", typeof(string)), new("ended_at", typeof(DateTime)),
                                    new("staged_at", typeof(DateTime)),
                                ],
                                loads),
                            false),
                        ("experiments", experimentRows, false),
                    ],
                    cancellationToken).ConfigureAwait(false);
                break;
            default:
                WritePage(database, loads, experiments);
                break;
        }
    }

    private void WritePage(object?[] database, List<object?[]> loads, List<object?[]> experiments)
    {
        RunnerConsole console = _services.Console;
        Page page = new(console.Output, console.OutputIsTerminal, console.Width);
        int pending = (int)database[2]!;
        page.Line($"[bold]{Markup.Escape((string)database[1]!)}[/]  {database[0]} engine");
        page.Line(pending == 0
            ? "Up to date: no script is pending."
            : string.Create(
                CultureInfo.InvariantCulture, $"[yellow]{pending} scripts are pending[/]: run 'runner migrate'."));
        page.Line();
        if (loads.Count == 0)
        {
            page.Line("Nothing is loaded.");
        }
        else
        {
            Table table = Tables.Plain();
            Tables.AddColumn(table, "load", true);
            Tables.AddColumn(table, "source", false);
            Tables.AddColumn(table, "file", false);
            Tables.AddColumn(table, "lines", true);
            Tables.AddColumn(table, "landed", true);
            Tables.AddColumn(table, "rejected", true);
            Tables.AddColumn(table, "status", false);
            foreach (object?[] load in loads)
            {
                string status = load[6] as string == "finished" && load[8] is null ? "not staged" : (string)load[6]!;
                table.AddRow(
                    new Text(Shown(load[0])), new Text((string)load[1]!), new Text(Path.GetFileName((string)load[2]!)),
                    new Text(Shown(load[3])), new Text(Shown(load[4])), new Text(Shown(load[5])), new Text(status));
            }

            page.Draw(table);
        }

        page.Line();
        if (experiments.Count == 0)
        {
            page.Line("The catalog has no experiment.");
            return;
        }

        Table runs = Tables.Plain();
        Tables.AddColumn(runs, "experiment", false);
        Tables.AddColumn(runs, "run", true);
        Tables.AddColumn(runs, "mode", false);
        Tables.AddColumn(runs, "ended", false);
        Tables.AddColumn(runs, "variation", false);
        Tables.AddColumn(runs, "decision", false);
        Tables.AddColumn(runs, "code", false);
        foreach (object?[] row in experiments)
        {
            runs.AddRow(
                new Text((string)row[0]!), new Text(Shown(row[1])), new Text(row[2] as string ?? ""),
                new Text(row[3] is DateTime ended ? Numbers.Utc(ended) : "not analyzed"),
                new Text(row[4] as string ?? ""), new Text(row[5] as string ?? ""), new Text(row[6] as string ?? ""));
        }

        page.Draw(runs);
    }

    private static string Shown(object? count) =>
        count is null ? string.Empty : Numbers.Count(Convert.ToInt64(count, CultureInfo.InvariantCulture));
}
