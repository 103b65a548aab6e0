using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Connections;
using Experiments.Migrations;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Runner.Testing;
using Spectre.Console;

namespace Experiments.Runner.Commands;

/// <summary>Runs the tSQLt tests.</summary>
internal sealed class TestCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    private readonly Option<string[]> _classes = new("--class")
    {
        Description = "Run this test class only; may be given more than once.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _junit = new("--junit")
    {
        Description = "Write the results as JUnit XML too.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tests = new("--tests")
    {
        Description = "The folder of the *.class.sql files; without it the tests that come with the runner.",
        HelpName = "DIR",
    };

    public TestCommand(CommandServices services)
        : base(
            "test",
            "Run the tSQLt tests: on the local engine in a new database in memory, on a server in the database that the "
            + "connection names, which has tSQLt installed. Exits 1 when a test fails.")
    {
        _services = services;
        Add(_classes);
        Add(_junit);
        Add(_tests);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
        ["runner test", "runner test --class quality_reconciliation", "runner test --junit results.xml"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string folder = parse.GetValue(_tests) ?? _services.TestsDirectory;
        IReadOnlyList<TestScript> scripts = TestScript.LoadAll(folder);
        if (scripts.Count == 0)
        {
            throw new RunnerException(ExitCode.Usage, $"There is no *{TestScript.Extension} in '{folder}'.");
        }

        string[] classes = parse.GetValue(_classes) ?? [];
        string[] known =
            [.. scripts.SelectMany(script => script.Tests).Select(test => test.ClassName).Distinct(StringComparer.Ordinal)];
        if (classes.FirstOrDefault(name => !known.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new RunnerException(
                ExitCode.Usage, $"--class is '{unknown}'; the classes are {string.Join(", ", known)}.");
        }

        List<TestOutcome> outcomes;
        DbConnection connection = await OpenAsync(_services.Target(parse), cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await TsqltRun.DeployAsync(connection, scripts, cancellationToken).ConfigureAwait(false);
            outcomes = await TsqltRun.RunAsync(connection, classes, cancellationToken).ConfigureAwait(false);
        }

        if (parse.GetValue(_junit) is { } file)
        {
            FileStream stream = File.Create(file);
            await using (stream.ConfigureAwait(false))
            {
                JUnitReport.Write(stream, outcomes);
            }
        }

        await WriteAsync(outcomes, parse.GetValue(_format), cancellationToken).ConfigureAwait(false);
        return (int)(outcomes.Exists(outcome => outcome.IsBad) ? ExitCode.Failed : ExitCode.Done);
    }

    /// <summary>A new database in memory with the scripts deployed, or a server's database that has tSQLt.</summary>
    private async Task<DbConnection> OpenAsync(ConnectionTarget target, CancellationToken cancellationToken)
    {
        bool isLocal = target.Engine == DatabaseEngine.Local;
        DbConnection connection = await CommandServices.OpenAsync(
            isLocal ? ConnectionTargets.Resolve(null, "Engine=local;Data Source=:memory:;Constraints=on") : target,
            cancellationToken).ConfigureAwait(false);
        try
        {
            if (isLocal)
            {
                await MigrateCommand.ApplyAsync(_services, connection, target.Engine, quiet: true, cancellationToken)
                    .ConfigureAwait(false);
            }
            else
            {
                await RequireTsqltAsync(connection, target, cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task RequireTsqltAsync(
        DbConnection connection, ConnectionTarget target, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, "SELECT OBJECT_ID('tSQLt.RunAll');");
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is null or DBNull)
        {
            throw new RunnerException(
                ExitCode.Failed,
                $"{target} has no tSQLt. Install it (tsqlt.org), or run the tests where docker/compose.yaml installs it: "
                + "docker compose -f docker/compose.yaml --profile test up --build tsqlt.");
        }
    }

    private async Task WriteAsync(
        List<TestOutcome> outcomes, OutputFormat format, CancellationToken cancellationToken)
    {
        if (format == OutputFormat.Table)
        {
            DrawTable(outcomes);
        }
        else
        {
            await _services.Writer(format).WriteAsync(
                RowSet.Of(
                    [
                        new RowColumn("class", typeof(string)), new RowColumn("test", typeof(string)),
                        new RowColumn("result", typeof(string)), new RowColumn("ms", typeof(long)),
                        new RowColumn("message", typeof(string)),
                    ],
                    outcomes.Select(outcome => new object?[]
                    {
                        outcome.ClassName, outcome.TestName, outcome.Result, Milliseconds(outcome), outcome.Message,
                    })),
                cancellationToken).ConfigureAwait(false);
        }

        foreach (TestOutcome outcome in outcomes.Where(outcome => outcome.IsBad))
        {
            _services.Console.Log(
                $"{outcome.ClassName}: {outcome.TestName}: {outcome.Result}\n{outcome.Message.ReplaceLineEndings("\n")}\n");
        }

        int bad = outcomes.Count(outcome => outcome.IsBad);
        _services.Console.Log(string.Create(
            CultureInfo.InvariantCulture,
            $"{outcomes.Count} tests, {outcomes.Count - bad} succeeded or skipped, {bad} failed, "
            + $"{outcomes.Sum(outcome => outcome.Duration.TotalSeconds):0.0} s."));
    }

    private static long Milliseconds(TestOutcome outcome) => (long)Math.Round(outcome.Duration.TotalMilliseconds);

    /// <summary>A line a test; a long name takes several, so that the table keeps its shape.</summary>
    private void DrawTable(List<TestOutcome> outcomes)
    {
        Table table = Tables.Plain();
        Tables.AddColumn(table, "class", right: false);
        Tables.AddWrappedColumn(table, "test", gap: 2);
        Tables.AddColumn(table, "result", right: false);
        Tables.AddColumn(table, "ms", right: true);
        foreach (TestOutcome outcome in outcomes)
        {
            table.AddRow(
                new Text(outcome.ClassName), new Text(outcome.TestName), new Text(outcome.Result),
                new Text(Milliseconds(outcome).ToString(CultureInfo.InvariantCulture)));
        }

        RunnerConsole console = _services.Console;
        new Page(console.Output, console.OutputIsTerminal, console.Width).Draw(table);
    }
}
