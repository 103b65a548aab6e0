using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;
using Experiments.Runner.Validation;
using Experiments.Statistics;
using Experiments.Trust;

namespace Experiments.Runner.Commands;

/// <summary>Re-randomises past units and looks whether each metric's test keeps its promises: an A/A replay.</summary>
internal sealed class ValidateCommand : Command, IHasExamples
{
    private const int LeastSplits = 100;
    private const int MostSplits = 10_000;

    private readonly CommandServices _services;

    private readonly Option<string?> _experiment = new("--experiment", "-e")
    {
        Description = "Replay the metrics of this experiment.", HelpName = "ID",
    };

    private readonly Option<string?> _source = new("--source")
    {
        Description = "Replay measures of this source's events, such as events; needs no experiment.", HelpName = "S",
    };

    private readonly Option<int> _splits = new("--splits")
    {
        Description = "How many splits are drawn, 100 to 10,000.",
        HelpName = "NUMBER",
        DefaultValueFactory = static _ => 1000,
    };

    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Another seed gives another hash and other splits; the same one gives the same bytes.",
        HelpName = "NUMBER",
        DefaultValueFactory = static _ => 1,
    };

    private readonly Option<string?> _mode = AnalyzeCommand.CreateMode(
        "All assigned units (itt) or those with a valid exposure (exposed); without it, as the experiment's row says.");

    private readonly Option<string> _arms = new("--arms")
    {
        Description = "Whose units are split: the control's (the default), or those of all arms together.",
        HelpName = "control|all",
        DefaultValueFactory = static _ => "control",
        CustomParser = static result => result.Tokens[0].Value is "control" or "all"
            ? result.Tokens[0].Value
            : GlobalOptions.Reject<string>(result, $"--arms is '{result.Tokens[0].Value}'; control and all are known"),
    };

    private readonly Option<double?> _share = new("--treatment-share")
    {
        Description = "The share of units that a split treats; without it, a treatment's against the control's weight.",
        HelpName = "NUMBER",
    };

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "Split units by this attribute's value, all of a value to one side, as if it were what is randomised.",
        HelpName = "ATTRIBUTE",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public ValidateCommand(CommandServices services)
        : base("validate", "Re-randomise past units (A/A replay): do the metrics' tests keep their promises on this data?")
    {
        _services = services;
        Add(_experiment);
        Add(_source);
        Add(_splits);
        Add(_seed);
        Add(_mode);
        Add(_arms);
        Add(_share);
        Add(_cluster);
        Add(_format);
        Validators.Add(result =>
        {
            if (result.GetValue(_experiment) is null == result.GetValue(_source) is null)
            {
                result.AddError("validate needs --experiment or --source, one of them");
            }

            if (result.GetValue(_source) is not null
                && (result.GetResult(_mode) is not null || result.GetValue(_cluster) is not null
                    || result.GetResult(_arms) is { Implicit: false }))
            {
                result.AddError("--mode, --arms and --cluster are for --experiment");
            }

            if (result.GetResult(_splits) is { Implicit: false }
                && result.GetValue(_splits) is < LeastSplits or > MostSplits)
            {
                result.AddError($"--splits is {result.GetValue(_splits)}; {LeastSplits} to {MostSplits} are possible");
            }

            if (result.GetValue(_share) is <= 0 or >= 1)
            {
                result.AddError("--treatment-share lies between 0 and 1");
            }
        });
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner validate --experiment exp_1",
        "runner validate --experiment exp_1 --arms all --treatment-share 0.1 --splits 5000 --format json",
        "runner validate --experiment exp_1 --cluster household",
        "runner validate --source events --seed 7",
    ];

    public string Notes =>
        """
        Units are hashed to 10,000 buckets with a salt of the replay's own; one pass over them gives each metric's sums by
        bucket. A split sends each bucket to one of two sides at random; the metric's own test compares the sides, between
        which there is no difference. Reported: how often p is below .05 and .01, and below .05 on either side of 0, each
        with Clopper and Pearson's 95 % interval, and Kolmogorov and Smirnov's test that p-values are uniform.
        A metric fails where a rate's exact interval leaves its level out or p-values are not uniform, too few false
        positives included, with a false alarm of 1 % over all metrics and checks together; a proportion is forgiven the
        steps of its whole numbers.
        The control's units saw no treatment, so nothing has to be taken off their values. --arms all splits the units of
        all arms as they are: a treatment's effect is spread over both sides alike, so that there is no difference either.
        --source measures each event name of a source: share (of units that have it), count, sum (of its values), average
        (their mean over events, a ratio) and later (events of the second half, those of the first as covariate); events
        that fewer than 100 units have, and measures without an answer, are left out with a line on stderr.
        --cluster asks whether a test by unit would hold if whole clusters were randomised; mostly it would not.
        The marts are taken as the last refresh left them. Quantiles, times to event and ranks need more than sums: they
        are listed as not covered.
        Exit codes: 0 every test holds, 3 one fails, 5 none fails but a metric is not covered.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ReplayRequest request = new(
            parse.GetValue(_experiment),
            parse.GetValue(_source),
            parse.GetValue(_mode),
            parse.GetValue(_arms) == "all",
            parse.GetValue(_cluster),
            parse.GetValue(_share),
            parse.GetValue(_splits),
            parse.GetValue(_seed));
        ReplayOutcome outcome;
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            outcome = await new ReplayService(connection, _services.Console, new WorkProgress(_services.Console))
                .RunAsync(request, cancellationToken).ConfigureAwait(false);
        }

        OutputFormat format = parse.GetValue(_format);
        switch (format)
        {
            case OutputFormat.Json:
                await new DocumentWriter(_services.Console.Output).WriteAsync(
                    [("summary", Summary(outcome), true), ("metrics", Metrics(outcome), false)], cancellationToken)
                    .ConfigureAwait(false);
                break;
            case OutputFormat.Csv:
                await _services.Writer(format).WriteAsync(Metrics(outcome), cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Table:
                await _services.Writer(format).WriteAsync(ForPeople(outcome), cancellationToken).ConfigureAwait(false);
                if (outcome.Metrics.Any(static metric => metric.Status != ReplayStatus.Holds))
                {
                    _services.Console.Output.Write('\n');
                    await _services.Writer(format).WriteAsync(Problems(outcome), cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(parse), format, "No such format.");
        }

        int Count(ReplayStatus status) => outcome.Metrics.Count(metric => metric.Status == status);
        string sentence = string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(ReplayStatus.Holds)} of {outcome.Metrics.Count} metrics hold in {outcome.Splits} splits, "
            + $"{Count(ReplayStatus.Failed)} failed, {Count(ReplayStatus.NotCovered)} are not covered.");
        if (Count(ReplayStatus.Failed) > 0)
        {
            throw new RunnerException(ExitCode.Refused, sentence);
        }

        if (Count(ReplayStatus.NotCovered) > 0)
        {
            throw new RunnerException(ExitCode.NotCovered, sentence);
        }

        _services.Console.Log(sentence);
        return (int)ExitCode.Done;
    }

    private static RowSet Summary(ReplayOutcome outcome) => RowSet.Of(
        [
            new RowColumn("subject", typeof(string)), new RowColumn("splits", typeof(int)),
            new RowColumn("treatment_share", typeof(double)), new RowColumn("seed", typeof(long)),
            new RowColumn("metrics", typeof(int)), new RowColumn("failed", typeof(int)),
            new RowColumn("not_covered", typeof(int)), new RowColumn("runner_version", typeof(string)),
        ],
        [
            [
                outcome.Subject,
                outcome.Splits,
                outcome.Share,
                outcome.Seed,
                outcome.Metrics.Count,
                outcome.Metrics.Count(static metric => metric.Status == ReplayStatus.Failed),
                outcome.Metrics.Count(static metric => metric.Status == ReplayStatus.NotCovered),
                RunnerVersion.Text,
            ],
        ]);

    private static RowSet Metrics(ReplayOutcome outcome) => RowSet.Of(
        [
            new RowColumn("metric_id", typeof(string)), new RowColumn("metric_type", typeof(string)),
            new RowColumn("method", typeof(string)), new RowColumn("n_units", typeof(long)),
            new RowColumn("splits", typeof(int)), new RowColumn("without_answer", typeof(int)),
            .. ((string[])["p_below_05", "p_below_01", "below_0", "above_0"]).SelectMany(static name => new RowColumn[]
            {
                new(name, typeof(double)), new($"{name}_lower", typeof(double)), new($"{name}_upper", typeof(double)),
            }),
            new RowColumn("ks_distance", typeof(double)), new RowColumn("ks_p_value", typeof(double)),
            new RowColumn("status", typeof(string)), new RowColumn("detail", typeof(string)),
        ],
        outcome.Metrics.Select(static metric => (object?[])
        [
            metric.MetricId, metric.Type, metric.Method, metric.UnitCount, metric.Report?.Splits,
            metric.Report?.WithoutAnswer,
            .. Rates(metric.Report).SelectMany(static rate => new object?[] { rate?.Rate, rate?.Lower, rate?.Upper }),
            metric.Report?.KolmogorovSmirnov, metric.Report?.KolmogorovSmirnovPValue, Word(metric.Status),
            metric.Details.Count == 0 ? null : string.Join(' ', metric.Details),
        ]));

    private static RowSet ForPeople(ReplayOutcome outcome) => RowSet.Of(
        [
            new RowColumn("metric", typeof(string)), new RowColumn("test", typeof(string)),
            new RowColumn("units", typeof(long)), new RowColumn("p < .05, %", typeof(string)),
            new RowColumn("p < .01, %", typeof(string)), new RowColumn("tails, %", typeof(string)),
            new RowColumn("KS p", typeof(string)),
            new RowColumn("status", typeof(string)),
        ],
        outcome.Metrics.Select(static metric =>
        {
            FalsePositiveRate?[] rates = Rates(metric.Report);
            return new object?[]
            {
                metric.MetricId,
                metric.Method,
                metric.UnitCount,
                rates[0] is { } r
                    ? string.Create(
                        CultureInfo.InvariantCulture, $"{100 * r.Rate:0.0} ({100 * r.Lower:0.0} to {100 * r.Upper:0.0})")
                    : null,
                Percent(rates[1]),
                rates[2] is null ? null : $"{Percent(rates[2])} and {Percent(rates[3])}",
                metric.Report?.KolmogorovSmirnovPValue?.ToString("0.###", CultureInfo.InvariantCulture),
                Word(metric.Status),
            };
        }));

    private static RowSet Problems(ReplayOutcome outcome) => RowSet.Of(
        [
            new RowColumn("metric", typeof(string)), new RowColumn("status", typeof(string)),
            new RowColumn("detail", typeof(string)),
        ],
        outcome.Metrics.SelectMany(static metric => metric.Details.Select(
            detail => new object?[] { metric.MetricId, Word(metric.Status), detail })));

    private static FalsePositiveRate?[] Rates(ReplayReport? report) => report is { Splits: > 0 }
        ? [report.Rates[0], report.Rates[1], report.LowerTail, report.UpperTail]
        : [null, null, null, null];

    private static string? Percent(FalsePositiveRate? rate) =>
        rate is { } r ? string.Create(CultureInfo.InvariantCulture, $"{100 * r.Rate:0.0}") : null;

    private static string Word(ReplayStatus status) => status switch
    {
        ReplayStatus.Holds => "ok",
        ReplayStatus.Failed => "failed",
        ReplayStatus.NotCovered => "not covered",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such status."),
    };
}
