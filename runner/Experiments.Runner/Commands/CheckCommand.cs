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
    private readonly CommandServices _services;
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public CheckCommand(CommandServices services)
        : base(
            "check",
            "Check reconciliation, definitions and sample ratios; exits 3 when a check fails.")
    {
        _services = services;
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner check", "runner check --format json"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        List<Check> checks = [];
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            checks.AddRange(await ReadReconciliationAsync(connection, cancellationToken).ConfigureAwait(false));
            checks.AddRange(await ReadProblemsAsync(connection, cancellationToken).ConfigureAwait(false));
            checks.AddRange(await ReadSampleRatiosAsync(connection, cancellationToken).ConfigureAwait(false));
        }

        await _services.Writer(parse.GetValue(_format)).WriteAsync(
            RowSet.Of(
                [
                    new RowColumn("check", typeof(string)), new RowColumn("subject", typeof(string)),
                    new RowColumn("status", typeof(string)), new RowColumn("detail", typeof(string)),
                ],
                checks.Select(check =>
                    new object?[] { check.Name, check.Subject, check.Passed ? "ok" : "error", check.Detail })),
            cancellationToken).ConfigureAwait(false);
        int failed = checks.Count(check => !check.Passed);
        if (failed == 0)
        {
            return (int)ExitCode.Done;
        }

        throw new RunnerException(
            ExitCode.Refused,
            string.Create(CultureInfo.InvariantCulture, $"{failed} of {checks.Count} checks failed."));
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
                reader.Bit(8),
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
            ? [new Check("definitions", "catalog", true, "catalog.problems has no rows")]
            : [.. problems.Select(problem => new Check(
                "definitions", problem.ExperimentId ?? problem.MetricId ?? "catalog", false, problem.Sentence))];
    }

    private static async Task<List<Check>> ReadSampleRatiosAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT s.experiment_id, s.stage, MAX(s.chi_square) AS chi_square, MAX(s.degrees_of_freedom) AS df,
                MAX(s.critical_value) AS critical_value,
                MAX(CASE WHEN s.is_mismatch = 1 THEN 1 ELSE 0 END) AS is_mismatch
            FROM quality.sample_ratio_mismatch AS s
            GROUP BY s.experiment_id, s.stage
            ORDER BY s.experiment_id, s.stage;
            """);
        return await Db.QueryAsync(
            command,
            reader => new Check(
                "sample_ratio",
                $"{reader.GetString(0)} {reader.GetString(1)}",
                reader.BigInt(5) == 0,
                reader.IsDBNull(2) ? "no units" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"chi-square {reader.Float(2):0.####} with {reader.BigInt(3)} degrees of freedom, "
                    + $"critical value {reader.Float(4):0.####}")),
            cancellationToken).ConfigureAwait(false);
    }

    private sealed record Check(string Name, string Subject, bool Passed, string Detail);
}
