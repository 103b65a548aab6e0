using System.CommandLine;
using System.CommandLine.Parsing;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;
using Experiments.Statistics;

namespace Experiments.Runner.Commands;

/// <summary>Computes a finished run again with other options, from the sums that it kept.</summary>
internal sealed class ReanalyzeCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<long> _run = new("--run")
    {
        Description = "The run, as results.analysis_runs numbers it.",
        HelpName = "ID",
        Required = true,
    };

    private readonly Option<double?> _alpha = new("--alpha")
    {
        Description = "Another alpha of tests and intervals.",
        HelpName = "0.05",
        CustomParser = result => Number(result.Tokens[0].Value) is > 0 and < 1 and var alpha
            ? alpha
            : GlobalOptions.Reject<double?>(
                result, $"--alpha is '{result.Tokens[0].Value}'; a number above 0 and below 1 is needed"),
    };

    private readonly Option<Correction?> _correction = new("--correction")
    {
        Description = "Another correction of p-values.",
        HelpName = "none|bonferroni|holm|…",
        CustomParser = result => Known(result, "--correction", OptionNames.Corrections),
    };

    private readonly Option<string?> _family = new("--correction-family")
    {
        Description = "What is corrected together: a metric's variations, the metrics of a role, or the experiment.",
        HelpName = "variations|role|experiment",
        CustomParser = result => result.Tokens[0].Value is
            OptionNames.OverVariations or OptionNames.ByRole or OptionNames.OverExperiment
                ? result.Tokens[0].Value
                : GlobalOptions.Reject<string?>(
                    result,
                    $"--correction-family is '{result.Tokens[0].Value}'; variations, role and experiment are known"),
    };

    private readonly Option<PriorDefinition?> _prior = new("--prior")
    {
        Description = "A prior for the posterior: flat, normal:MEAN,SD of the lift, or beta:A,B of the rates.",
        HelpName = "normal:0,0.1",
        CustomParser = ParsePrior,
    };

    private readonly Option<TestMethod?> _method = new("--test-method")
    {
        Description = "Another test of means and proportions; needs_rows where its sums were not kept.",
        HelpName = "mann_whitney|student_t",
        CustomParser = result => Known(result, "--test-method", OptionNames.TestMethods),
    };

    private readonly Option<ProportionInterval?> _interval = new("--interval")
    {
        Description = "Another interval of proportions.",
        HelpName = "score|wald|newcombe|miettinen_nurminen|fieller",
        CustomParser = result => Known(result, "--interval", OptionNames.ProportionIntervals),
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public ReanalyzeCommand(CommandServices services)
        : base("reanalyze", "Compute a finished run again, with another alpha, correction, prior or test; writes nothing.")
    {
        _services = services;
        Add(_run);
        Add(_alpha);
        Add(_correction);
        Add(_family);
        Add(_prior);
        Add(_method);
        Add(_interval);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner reanalyze --run 1 --alpha 0.01 --correction benjamini_hochberg --correction-family role",
        "runner reanalyze --run 1 --prior normal:0,0.1 --format json",
    ];

    public string Notes =>
        """
        Reads only what the run kept (results.run_*), so that it works when the raw data is gone. Without an option the
        rows are those of the run, to the last bit. What cannot be computed from sums has the reason needs_rows.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        ReanalyzeRequest request = new(parse.GetRequiredValue(_run))
        {
            Alpha = parse.GetValue(_alpha),
            Correction = parse.GetValue(_correction),
            CorrectionFamily = parse.GetValue(_family),
            Prior = parse.GetValue(_prior),
            TestMethod = parse.GetValue(_method),
            Interval = parse.GetValue(_interval),
        };
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            AnalysisReport report =
                await new ReanalyzeService(connection).RunAsync(request, cancellationToken).ConfigureAwait(false);
            await new AnalysisRenderer(_services.Console)
                .WriteAsync(report, parse.GetValue(_format), cancellationToken).ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }

    private static T? Known<T>(
        ArgumentResult result, string option, System.Collections.Frozen.FrozenDictionary<string, T> names)
        where T : struct =>
        names.TryGetValue(result.Tokens[0].Value, out T value)
            ? value
            : GlobalOptions.Reject<T?>(
                result,
                $"{option} is '{result.Tokens[0].Value}'; "
                + string.Join(", ", names.Keys.Order(StringComparer.Ordinal)) + " are known");

    private static PriorDefinition? ParsePrior(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        string[] parts = text.Split(':');
        double?[] numbers = parts.Length == 2 ? [.. parts[1].Split(',').Select(Number)] : [];
        return (parts[0], numbers) switch
        {
            ("flat", []) => new PriorDefinition(PriorKind.Flat, 0, 1, 1, 1),
            ("normal", [{ } mean, > 0 and { } deviation]) =>
                new PriorDefinition(PriorKind.Normal, mean, deviation, 1, 1),
            ("beta", [> 0 and { } a, > 0 and { } b]) => new PriorDefinition(PriorKind.Beta, 0, 1, a, b),
            _ => GlobalOptions.Reject<PriorDefinition?>(
                result, $"--prior is '{text}'; flat, normal:MEAN,SD and beta:A,B with positive numbers are known"),
        };
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
                ? value
                : null;
}
