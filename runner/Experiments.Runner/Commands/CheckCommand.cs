using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Catalog;
using Experiments.Runner.Data;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Runs the quality checks.</summary>
internal sealed class CheckCommand : Command, IHasExamples
{
    private const string Error = "error";

    private readonly CommandServices _services;
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    private readonly Option<bool> _all = new("--all")
    {
        Description = "List the checks that hold, too; csv and json always do.",
    };

    public CheckCommand(CommandServices services)
        : base(
            "check",
            "Check loads, definitions, sample ratios and run the data tests; exits 3 when one of severity error fails.")
    {
        _services = services;
        Add(_all);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner check", "runner check --all", "runner check --format json"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        List<Check> checks = [];
        WorkProgress progress = new(_services.Console);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await progress.RunAsync(
                "Check loads, definitions and sample ratios",
                async () =>
                {
                    checks.AddRange(await ReadReconciliationAsync(connection, cancellationToken).ConfigureAwait(false));
                    checks.AddRange(await ReadProblemsAsync(connection, cancellationToken).ConfigureAwait(false));
                    checks.AddRange(await ReadSampleRatiosAsync(connection, cancellationToken).ConfigureAwait(false));
                }).ConfigureAwait(false);
            checks.AddRange(await progress.RunAsync(
                "Run data tests",
                steps => ReadDataTestsAsync(connection, steps, cancellationToken),
                found => string.Create(CultureInfo.InvariantCulture, $"{found.Count} tests")).ConfigureAwait(false));
        }

        OutputFormat format = parse.GetValue(_format);
        IRowSetWriter writer = _services.Writer(format);
        bool areAllListed = format != OutputFormat.Table || parse.GetValue(_all);
        List<Check> listed = areAllListed ? checks : checks.FindAll(static check => check.Offending > 0);
        if (areAllListed || listed.Count > 0)
        {
            await writer.WriteAsync(Rows(listed), cancellationToken).ConfigureAwait(false);
        }

        if (format == OutputFormat.Table)
        {
            if (listed.Count > 0)
            {
                await _services.Console.Output.WriteLineAsync().ConfigureAwait(false);
            }

            await writer.WriteAsync(Summary(checks), cancellationToken).ConfigureAwait(false);
        }

        int failed = checks.Count(check => check.Result == Error);
        if (failed == 0)
        {
            return (int)ExitCode.Done;
        }

        throw new RunnerException(
            ExitCode.Refused,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{failed} of {checks.Count} checks failed; quality.data_test_rows has the rows that break a data test."));
    }

    private static RowSet Rows(List<Check> checks) => RowSet.Of(
        [
            new RowColumn("check", typeof(string)), new RowColumn("subject", typeof(string)),
            new RowColumn("severity", typeof(string)), new RowColumn("offending", typeof(long)),
            new RowColumn("result", typeof(string)), new RowColumn("detail", typeof(string)),
        ],
        checks.Select(check => new object?[]
        {
            check.Name, check.Subject, check.Severity, check.Offending, check.Result, check.Detail,
        }));

    /// <summary>How many checks of each area hold, warn and fail.</summary>
    private static RowSet Summary(List<Check> checks) => RowSet.Of(
        [
            new RowColumn("area", typeof(string)), new RowColumn("checks", typeof(long)),
            new RowColumn("ok", typeof(long)), new RowColumn("warning", typeof(long)),
            new RowColumn(Error, typeof(long)),
        ],
        checks.GroupBy(static check => check.Area).Select(area => new object?[]
        {
            area.Key, area.LongCount(), area.LongCount(check => check.Result == "ok"),
            area.LongCount(check => check.Result is not ("ok" or Error)), area.LongCount(check => check.Result == Error),
        }));

    /// <summary>
    /// The tests of every view <c>quality.data_tests_*</c>, one area after the other, so that a long one can be seen.
    /// </summary>
    private static async Task<List<Check>> ReadDataTestsAsync(
        DbConnection connection, IProgress<ProgressStep> steps, CancellationToken cancellationToken)
    {
        List<string> areas;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT v.TABLE_NAME
            FROM INFORMATION_SCHEMA.VIEWS AS v
            WHERE v.TABLE_SCHEMA = 'quality'
            ORDER BY v.TABLE_NAME;
            """))
        {
            areas = await Db.QueryAsync(command, reader => reader.GetString(0), cancellationToken).ConfigureAwait(false);
            areas.RemoveAll(name => !name.StartsWith("data_tests_", StringComparison.Ordinal));
        }

        List<Check> found = [];
        for (int i = 0; i < areas.Count; i++)
        {
            steps.Report(new ProgressStep((double)i / areas.Count, areas[i]));
            using DbCommand command = Db.Command(
                connection,
                $"""
                SELECT t.test_name, t.object_name, t.severity, t.offending_rows, t.description
                FROM quality.[{areas[i].Replace("]", "]]", StringComparison.Ordinal)}] AS t
                ORDER BY t.test_name;
                """);
            found.AddRange(await Db.QueryAsync(
                command,
                reader => new Check(
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    reader.BigInt(3) ?? 0,
                    reader.GetString(4))
                {
                    Area = areas[i].Replace('_', ' '),
                },
                cancellationToken).ConfigureAwait(false));
        }

        return found;
    }

    private static async Task<List<Check>> ReadReconciliationAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT r.load_id, r.source, r.file_name, r.landed_count, r.staged_count, r.duplicate_count,
                r.quarantined_count, r.difference, r.is_balanced, r.staged_at
            FROM quality.reconciliation AS r
            ORDER BY r.load_id;
            """);
        return await Db.QueryAsync(
            command,
            reader => new Check(
                "reconciliation",
                string.Create(
                    CultureInfo.InvariantCulture, $"load {reader.BigInt(0)} {Path.GetFileName(reader.Text(2))}"),
                Error,
                reader.Bit(8) ? 0 : 1,
                reader.IsDBNull(9)
                    ? string.Create(CultureInfo.InvariantCulture, $"{reader.BigInt(3):N0} landed, not staged yet")
                    : string.Create(
                        CultureInfo.InvariantCulture,
                        $"{reader.BigInt(3):N0} landed = {reader.BigInt(4):N0} staged "
                        + $"+ {reader.BigInt(5):N0} duplicates + {reader.BigInt(6):N0} quarantined, "
                        + $"difference {reader.BigInt(7):N0}")),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<List<Check>> ReadProblemsAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        List<CatalogProblem> problems =
            await CatalogApplier.ReadProblemsAsync(connection, null, cancellationToken).ConfigureAwait(false);
        return problems.Count == 0
            ? [new Check("definitions", "catalog", Error, 0, "catalog.problems has no rows")]
            : [.. problems.Select(problem => new Check(
                "definitions", problem.ExperimentId ?? problem.MetricId ?? "catalog", Error, 1, problem.Sentence))];
    }

    private static async Task<List<Check>> ReadSampleRatiosAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT s.experiment_id, s.stage, s.analysis_mode, s.metric_id, MAX(s.chi_square) AS chi_square,
                MAX(s.degrees_of_freedom) AS df, MAX(s.critical_value) AS critical_value,
                MAX(CASE WHEN s.is_mismatch = 1 THEN 1 ELSE 0 END) AS is_mismatch, MAX(s.reason_code) AS reason_code
            FROM quality.sample_ratio_mismatch AS s
            GROUP BY s.experiment_id, s.stage, s.analysis_mode, s.metric_id
            ORDER BY s.experiment_id, s.stage, s.analysis_mode, s.metric_id;
            """);
        return await Db.QueryAsync(
            command,
            reader => new Check(
                "sample_ratio",
                string.Join(' ', Enumerable.Range(0, 4).Select(reader.Text).Where(static part => part is not null)),
                Error,
                reader.BigInt(7) ?? 0,
                reader.IsDBNull(4) ? reader.Text(8) ?? "no units" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"chi-square {reader.Float(4):0.####} with {reader.BigInt(5)} degrees of freedom, "
                    + $"critical value {reader.Float(6):0.####}")),
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A check: the rows that break it, and what it says of them.</summary>
    private sealed record Check(string Name, string Subject, string Severity, long Offending, string Detail)
    {
        public string Result => Offending == 0 ? "ok" : Severity;

        public string Area { get; init; } = Name.Replace('_', ' ');
    }
}
