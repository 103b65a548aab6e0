using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;
using Experiments.Statistics;

namespace Experiments.Runner.Commands;

/// <summary>Combines what experiments found in one metric, and what the shipped ones add up to.</summary>
internal sealed class CombineCommand : Command, IHasExamples
{
    private readonly CommandServices _services;

    private readonly Option<string> _metric = new("--metric", "-m")
    {
        Description = "The metric whose effects are combined.", HelpName = "ID", Required = true,
    };

    private readonly Option<string[]> _experiments = new("--experiments")
    {
        Description = "Only these experiments, separated by commas; the distribution of effects is that of all of them.",
        HelpName = "A,B,C",
        CustomParser = static result => [.. result.Tokens.SelectMany(static token => token.Value.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string?> _mode =
        AnalyzeCommand.CreateMode("Runs in this mode; without it, in each experiment's own.");

    private readonly Option<double?> _alpha = new("--alpha")
    {
        Description = "1 - the level of the intervals; without it, 0.05.",
        HelpName = "NUMBER",
        CustomParser = static result => double.TryParse(
            result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double alpha)
            && alpha is > 0 and < 1
                ? alpha
                : GlobalOptions.Reject<double?>(
                    result, $"--alpha is '{result.Tokens[0].Value}'; a number above 0 and below 1 is needed"),
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public CombineCommand(CommandServices services)
        : base("combine", "Combine the effects of experiments on one metric, and add up what was shipped.")
    {
        _services = services;
        Add(_metric);
        Add(_experiments);
        Add(_mode);
        Add(_alpha);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner combine --metric conversion",
        "runner combine --metric conversion --experiments exp_1,exp_2,exp_3 --format json",
    ];

    public string Notes =>
        """
        Reads the latest finished run of each experiment (results.experiment_results) and computes on log(1 + lift), the
        standard error being that of the published interval. An experiment counts once: the mean of its variations, which
        share a control. fixed: one true effect; random: true effects that differ (Paule and Mandel's variance, Hartung
        and Knapp's interval), at least three experiments.
        shrunk is the posterior mean under the distribution of true effects, fitted to all experiments of the metric,
        never to the shipped ones alone: what was chosen because it was large is too large on average. The cumulative
        impact multiplies the shrunk lifts of the variations whose decision was ship, beside the naive product.
        """;

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string metric = parse.GetRequiredValue(_metric);
        HashSet<string>? chosen = parse.GetValue(_experiments) is { Length: > 0 } names
            ? new(names, StringComparer.Ordinal)
            : null;
        List<PublishedEffect> history;
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            history = await new PublishedEffects(connection)
                .ReadAsync(metric, parse.GetValue(_mode), cancellationToken).ConfigureAwait(false);
        }

        if (history.Count == 0)
        {
            throw new RunnerException(
                ExitCode.Failed, $"No finished analysis has the metric '{metric}'; see results.experiment_results.");
        }

        string? unknown = chosen?.Order(StringComparer.Ordinal)
            .FirstOrDefault(id => history.TrueForAll(effect => effect.ExperimentId != id));
        if (unknown is not null)
        {
            throw new RunnerException(
                ExitCode.Failed, $"Experiment '{unknown}' has no finished analysis of the metric '{metric}'.");
        }

        CombinedEffects combined = EffectCombiner.Combine(history, chosen, parse.GetValue(_alpha) ?? .05);
        OutputFormat format = parse.GetValue(_format);
        switch (format)
        {
            case OutputFormat.Json:
                await new DocumentWriter(_services.Console.Output).WriteAsync(
                    [("combined", Combined(combined), false), ("effects", Effects(combined), false)],
                    cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Csv:
                await _services.Writer(format).WriteAsync(Combined(combined), cancellationToken).ConfigureAwait(false);
                break;
            case OutputFormat.Table:
                await _services.Writer(format).WriteAsync(EffectTexts(combined), cancellationToken).ConfigureAwait(false);
                _services.Console.Output.Write('\n');
                await _services.Writer(format).WriteAsync(CombinedTexts(combined), cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(parse), format, "No such format.");
        }

        return (int)ExitCode.Done;
    }

    private static RowSet Combined(CombinedEffects found) => RowSet.Of(
        [
            new("combination", typeof(string)), new("experiment_count", typeof(int)), new("lift", typeof(double)),
            new("ci_lower", typeof(double)), new("ci_upper", typeof(double)), new("p_value", typeof(double)),
            new("tau", typeof(double)), new("q_statistic", typeof(double)), new("q_p_value", typeof(double)),
            new("i_squared", typeof(double)), new("naive_lift", typeof(double)), new("reason_code", typeof(string)),
        ],
        [
            Row("fixed", found.Fixed, found.Heterogeneity),
            Row("random", found.Random, found.Heterogeneity),
            [
                "cumulative_impact", found.Shipped, found.Impact?.Impact, found.Impact?.Lower, found.Impact?.Upper, null,
                null, null, null, null, found.Impact?.NaiveSum, found.ImpactReason,
            ],
        ]);

    private static object?[] Row(string name, CombinedEffect effect, HeterogeneityResult heterogeneity) =>
    [
        name, effect.Experiments, LiftOf(effect.Effect), LiftOf(effect.Lower), LiftOf(effect.Upper), effect.PValue,
        effect.BetweenVariance is { } variance ? Math.Sqrt(variance) : null, heterogeneity.Q, heterogeneity.PValue,
        heterogeneity.ISquared, null, effect.ReasonCode,
    ];

    private static RowSet Effects(CombinedEffects found) => RowSet.Of(
        [
            new("experiment_id", typeof(string)), new("variation_id", typeof(string)), new("lift", typeof(double)),
            new("ci_lower", typeof(double)), new("ci_upper", typeof(double)), new("shrunk_lift", typeof(double)),
            new("shrinkage", typeof(double)), new("is_shipped", typeof(bool)), new("reason_code", typeof(string)),
        ],
        found.Effects.Select(static row => new object?[]
        {
            row.Effect.ExperimentId, row.Effect.VariationId, row.Effect.Lift, row.Effect.Lower, row.Effect.Upper,
            row.Lift, row.Shrinkage, row.Effect.IsShipped, row.Reason,
        }));

    private static RowSet EffectTexts(CombinedEffects found) => RowSet.Of(
        [
            new("experiment", typeof(string)), new("variation", typeof(string)), new("lift", typeof(string)),
            new("interval", typeof(string)), new("shrunk", typeof(string)), new("shipped", typeof(string)),
            new("note", typeof(string)),
        ],
        found.Effects.Select(static row => new object?[]
        {
            row.Effect.ExperimentId, row.Effect.VariationId, Text(row.Effect.Lift),
            Interval(row.Effect.Lower, row.Effect.Upper), Text(row.Lift), row.Effect.IsShipped ? "yes" : string.Empty,
            row.Reason ?? string.Empty,
        }));

    private static RowSet CombinedTexts(CombinedEffects found) => RowSet.Of(
        [
            new("combination", typeof(string)), new("effects", typeof(string)), new("lift", typeof(string)),
            new("interval", typeof(string)), new("p", typeof(string)), new("note", typeof(string)),
        ],
        [
            Texts("fixed", found.Fixed, null),
            Texts("random", found.Random, found.Heterogeneity.PValue is { } p
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"effects differ with p = {Numbers.P(p)} (Q), I² = {100 * found.Heterogeneity.ISquared:0} %")
                : null),
            [
                "cumulative impact", Count(found.Shipped), Text(found.Impact?.Impact),
                Interval(found.Impact?.Lower, found.Impact?.Upper), string.Empty,
                found.ImpactReason ?? "naive " + Text(found.Impact?.NaiveSum),
            ],
        ]);

    private static object?[] Texts(string name, CombinedEffect effect, string? note) =>
    [
        name, Count(effect.Experiments), Text(LiftOf(effect.Effect)), Interval(LiftOf(effect.Lower), LiftOf(effect.Upper)),
        effect.PValue is { } p ? Numbers.P(p) : string.Empty, effect.ReasonCode ?? note ?? string.Empty,
    ];

    private static double? LiftOf(double? log) => log is { } value ? EffectCombiner.Lift(value) : null;

    private static string Text(double? lift) => lift is null ? string.Empty : Numbers.Lift(lift);

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Interval(double? lower, double? upper) =>
        lower is null || upper is null ? string.Empty : $"{Numbers.Lift(lower)} to {Numbers.Lift(upper)}";
}
