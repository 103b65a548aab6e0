using System.CommandLine;
using System.Data.Common;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;
using Experiments.Statistics;

namespace Experiments.Runner.Commands;

/// <summary>Analyzes an experiment.</summary>
internal sealed class AnalyzeCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<string> _experiment = GlobalOptions.CreateExperiment();
    private readonly Option<string?> _mode = CreateMode("Analyze all assigned units (itt) or those with a valid "
        + "exposure (exposed); without it, as the experiment's row says.");

    private readonly Option<ProportionInterval?> _interval = new("--interval")
    {
        Description =
            "The intervals of proportions, before what the catalog says: score (the default) agrees with the test.",
        HelpName = "score|wald|newcombe|miettinen_nurminen",
        CustomParser = result => result.Tokens[0].Value switch
        {
            "score" => ProportionInterval.Score,
            "wald" => ProportionInterval.Wald,
            "newcombe" => ProportionInterval.Newcombe,
            "miettinen_nurminen" => ProportionInterval.MiettinenNurminen,
            var other => GlobalOptions.Reject<ProportionInterval?>(
                result, $"--interval is '{other}'; score, wald, newcombe and miettinen_nurminen are known"),
        },
    };

    private readonly Option<bool> _noRefresh = new("--no-refresh")
    {
        Description = "Take the marts as they are, without staging new loads and rebuilding the experiment's slice.",
    };

    private readonly Option<bool> _requireShip = new("--require-ship")
    {
        Description = "For pipelines: exit with 3 unless a variation is to be shipped; everything is written all the same.",
    };

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public AnalyzeCommand(CommandServices services)
        : base(
            "analyze",
            "Refresh an experiment, compare its variations with the control, decide, and write it to results.*.")
    {
        _services = services;
        Add(_experiment);
        Add(_mode);
        Add(_interval);
        Add(_noRefresh);
        Add(_requireShip);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "runner analyze --experiment exp_1",
        "runner analyze --experiment exp_1 --mode exposed --interval wald --format json",
        "runner analyze --experiment exp_1 --require-ship && deploy",
    ];

    public string Notes =>
        """
        New loads are staged and the experiment's marts are rebuilt first, so that the numbers are those of what is
        loaded; --no-refresh leaves that out. Exits 0 for every decision that is written, whatever it is; exits 3 when
        it refuses before computing: an unknown experiment, rows in catalog.problems, no mode, no assigned unit. With
        --require-ship it also exits 3 where no variation is to be shipped.
        """;

    /// <summary>A --mode option.</summary>
    public static Option<string?> CreateMode(string description) => new("--mode")
    {
        Description = description,
        HelpName = "itt|exposed",
        CustomParser = result => result.Tokens[0].Value is "itt" or "exposed"
            ? result.Tokens[0].Value
            : GlobalOptions.Reject<string>(result, $"--mode is '{result.Tokens[0].Value}'; itt and exposed are known"),
    };

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        AnalysisRequest request = new(
            parse.GetRequiredValue(_experiment),
            parse.GetValue(_mode),
            parse.GetValue(_interval),
            !parse.GetValue(_noRefresh));
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            AnalysisReport report = await new AnalysisService(
                connection, _services.Console, new WorkProgress(_services.Console))
                .RunAsync(request, cancellationToken).ConfigureAwait(false);
            await new AnalysisRenderer(_services.Console)
                .WriteAsync(report, parse.GetValue(_format), cancellationToken).ConfigureAwait(false);
            bool isShipped = report.Outcome.Summaries.Any(static summary => summary.Decision == "ship");
            return (int)(parse.GetValue(_requireShip) && !isShipped ? ExitCode.Refused : ExitCode.Done);
        }
    }
}
