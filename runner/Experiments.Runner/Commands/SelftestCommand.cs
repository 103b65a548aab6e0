using System.CommandLine;
using System.Globalization;
using Experiments.Runner.Output;
using Experiments.Trust;

namespace Experiments.Runner.Commands;

/// <summary>Compares the statistics of this machine with reference values.</summary>
internal sealed class SelftestCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();
    private readonly Option<FileInfo?> _vectors = new("--vectors")
    {
        Description = "A JSON file of reference values; without it, those that come with the program.",
        HelpName = "FILE",
    };

    public SelftestCommand(CommandServices services)
        : base("selftest", "Compare the statistics with reference values; needs no database.")
    {
        _services = services;
        Add(_vectors);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples => ["runner selftest", "runner selftest --vectors mine.json --format json"];

    public string Notes =>
        """
        One row a method: values, numbers compared, the largest relative deviation and where it is, and the largest
        share of a tolerance that is used (above 1 a number has failed; json and csv). Below: each failure, and what is
        not covered. csv has one row a reference value.
        --vectors takes a list of {id, method, source, inputs, expected, tolerance}; tolerance has rel, abs (either may
        hold) and rel_FIELD. A field without a tolerance is held to 1e-8 relative.
        Exit codes: 0 every value is met, 1 a value is not, 5 none failed but a method, field or option is not covered.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReferenceOutcome> outcomes = ReferenceCheck.Run(Read(parse.GetValue(_vectors)));
        OutputFormat format = parse.GetValue(_format);
        switch (format)
        {
            case OutputFormat.Json:
                await new DocumentWriter(_services.Console.Output).WriteAsync(
                    [
                        ("summary", Summary(outcomes), true),
                        ("methods", Methods(outcomes), false),
                        ("problems", Problems(outcomes), false),
                    ],
                    cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Csv:
                await _services.Writer(format).WriteAsync(Values(outcomes), cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Table:
                await _services.Writer(format).WriteAsync(ForPeople(outcomes), cancellationToken).ConfigureAwait(false);
                if (outcomes.Any(static outcome => outcome.Status != ReferenceStatus.Passed))
                {
                    _services.Console.Output.Write('\n');
                    await _services.Writer(format).WriteAsync(Problems(outcomes), cancellationToken)
                        .ConfigureAwait(false);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(parse), format, "No such format.");
        }

        int Count(ReferenceStatus status) => outcomes.Count(outcome => outcome.Status == status);
        string sentence = string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(ReferenceStatus.Passed)} of {outcomes.Count} reference values are met, "
            + $"{Count(ReferenceStatus.Failed)} failed, {Count(ReferenceStatus.NotCovered)} are not covered.");
        if (Count(ReferenceStatus.Failed) > 0)
        {
            throw new RunnerException(ExitCode.Failed, sentence);
        }

        if (Count(ReferenceStatus.NotCovered) > 0)
        {
            throw new RunnerException(ExitCode.NotCovered, sentence);
        }

        _services.Console.Log(sentence);
        return (int)ExitCode.Done;
    }

    private static IReadOnlyList<ReferenceValue> Read(FileInfo? file)
    {
        if (file is null)
        {
            return ReferenceValue.Shipped();
        }

        if (!file.Exists)
        {
            throw new RunnerException(ExitCode.Usage, $"There is no file '{file}' of reference values.");
        }

        using FileStream stream = file.OpenRead();
        try
        {
            return ReferenceValue.Read(stream);
        }
        catch (FormatException exception)
        {
            throw new RunnerException(
                ExitCode.Refused, $"'{file}' has no reference values: {exception.Message}", exception);
        }
    }

    private static RowSet Summary(IReadOnlyList<ReferenceOutcome> outcomes) => RowSet.Of(
        [
            new RowColumn("values", typeof(int)), new RowColumn("met", typeof(int)),
            new RowColumn("failed", typeof(int)), new RowColumn("not_covered", typeof(int)),
            new RowColumn("runner_version", typeof(string)),
        ],
        [
            [
                outcomes.Count,
                outcomes.Count(static outcome => outcome.Status == ReferenceStatus.Passed),
                outcomes.Count(static outcome => outcome.Status == ReferenceStatus.Failed),
                outcomes.Count(static outcome => outcome.Status == ReferenceStatus.NotCovered),
                RunnerVersion.Text,
            ],
        ]);

    private static RowSet Methods(IReadOnlyList<ReferenceOutcome> outcomes) => RowSet.Of(
        [
            new RowColumn("method", typeof(string)), new RowColumn("status", typeof(string)),
            new RowColumn("values", typeof(int)), new RowColumn("numbers", typeof(int)),
            new RowColumn("largest_deviation", typeof(double)), new RowColumn("tolerance_used", typeof(double)),
            new RowColumn("where", typeof(string)),
        ],
        ByMethod(outcomes).Select(static row => new object?[]
        {
            row.Method, Word(row.Status), row.Values, row.Numbers, row.Deviation, row.Share, row.Where,
        }));

    private static RowSet ForPeople(IReadOnlyList<ReferenceOutcome> outcomes) => RowSet.Of(
        [
            new RowColumn("method", typeof(string)), new RowColumn("status", typeof(string)),
            new RowColumn("numbers", typeof(int)), new RowColumn("deviation", typeof(string)),
            new RowColumn("where", typeof(string)),
        ],
        ByMethod(outcomes).Select(static row => new object?[]
        {
            row.Method,
            Word(row.Status),
            row.Numbers,
            row.Deviation?.ToString("0.0e+00;;0", CultureInfo.InvariantCulture),
            row.Where,
        }));

    private static RowSet Values(IReadOnlyList<ReferenceOutcome> outcomes) => RowSet.Of(
        [
            new RowColumn("id", typeof(string)), new RowColumn("method", typeof(string)),
            new RowColumn("status", typeof(string)), new RowColumn("numbers", typeof(int)),
            new RowColumn("largest_deviation", typeof(double)), new RowColumn("tolerance_used", typeof(double)),
            new RowColumn("detail", typeof(string)),
        ],
        outcomes.Select(static outcome =>
        {
            MethodRow row = ByMethod([outcome]).Single();
            return new object?[]
            {
                outcome.Value.Id,
                row.Method,
                Word(row.Status),
                row.Numbers,
                row.Deviation,
                row.Share,
                string.Join(' ', Problems(outcome).Select(static problem => $"{problem[3]} {problem[^1]}".Trim())),
            };
        }));

    private static IEnumerable<MethodRow> ByMethod(IEnumerable<ReferenceOutcome> outcomes) =>
        outcomes.GroupBy(static outcome => outcome.Value.Method, StringComparer.Ordinal)
            .OrderBy(static group => group.Key, StringComparer.Ordinal)
            .Select(static group =>
            {
                (ReferenceOutcome Outcome, ReferenceNumber Number)[] numbers =
                    [.. group.SelectMany(static outcome => outcome.Numbers.Select(number => (outcome, number)))];
                (ReferenceOutcome Outcome, ReferenceNumber Number)? worst =
                    numbers.Length == 0 ? null : numbers.MaxBy(static item => item.Number.Deviation);
                bool Any(ReferenceStatus status) => group.Any(outcome => outcome.Status == status);
                return new MethodRow(
                    group.Key,
                    Any(ReferenceStatus.Failed)
                        ? ReferenceStatus.Failed
                        : Any(ReferenceStatus.NotCovered) ? ReferenceStatus.NotCovered : ReferenceStatus.Passed,
                    group.Count(),
                    numbers.Length,
                    worst?.Number.Deviation,
                    numbers.Length == 0 ? null : numbers.Max(static item => item.Number.Share),
                    worst is { Number.Deviation: > 0 } found ? $"{found.Outcome.Value.Id} {found.Number.Field}" : null);
            });

    private static RowSet Problems(IReadOnlyList<ReferenceOutcome> outcomes) => RowSet.Of(
        [
            new RowColumn("id", typeof(string)), new RowColumn("method", typeof(string)),
            new RowColumn("status", typeof(string)), new RowColumn("field", typeof(string)),
            new RowColumn("expected", typeof(string)), new RowColumn("actual", typeof(string)),
            new RowColumn("detail", typeof(string)),
        ],
        outcomes.SelectMany(static outcome => Problems(outcome)));

    private static IEnumerable<object?[]> Problems(ReferenceOutcome outcome)
    {
        (string id, string method) = (outcome.Value.Id, outcome.Value.Method);
        if (outcome.Problem is { } problem)
        {
            yield return [id, method, Word(outcome.Status), null, null, null, problem];
        }

        foreach (ReferenceNumber number in outcome.Numbers.Where(static number => !number.IsWithin))
        {
            yield return
            [
                id, method, Word(ReferenceStatus.Failed), number.Field, number.Expected, number.Actual,
                string.Create(CultureInfo.InvariantCulture, $"off by {number.Deviation:0.0##e+0} relative"),
            ];
        }

        foreach (string field in outcome.Missing)
        {
            yield return
            [
                id, method, Word(ReferenceStatus.NotCovered), field, null, null, $"'{method}' does not answer '{field}'.",
            ];
        }
    }

    private static string Word(ReferenceStatus status) => status switch
    {
        ReferenceStatus.Passed => "ok",
        ReferenceStatus.Failed => "failed",
        ReferenceStatus.NotCovered => "not covered",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };

    private sealed record MethodRow(
        string Method,
        ReferenceStatus Status,
        int Values,
        int Numbers,
        double? Deviation,
        double? Share,
        string? Where);
}
