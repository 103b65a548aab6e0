using System.CommandLine;
using System.Data.Common;
using Experiments.Runner.Analysis;
using Experiments.Runner.Output;

namespace Experiments.Runner.Commands;

/// <summary>Shows the last finished run.</summary>
internal sealed class ReportCommand : Command, IHasExamples
{
    private readonly CommandServices _services;
    private readonly Option<string> _experiment = GlobalOptions.CreateExperiment();
    private readonly Option<string?> _mode =
        AnalyzeCommand.CreateMode("The last run in this mode; without it, the last run.");

    private readonly Option<OutputFormat> _format = GlobalOptions.CreateFormat();

    public ReportCommand(CommandServices services)
        : base("report", "Show the last finished analysis again; computes and writes nothing.")
    {
        _services = services;
        Add(_experiment);
        Add(_mode);
        Add(_format);
        SetAction(RunAsync);
    }

    public IReadOnlyList<string> Examples =>
        ["runner report --experiment exp_1", "runner report --experiment exp_1 --format csv > exp_1.csv"];

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        string id = parse.GetRequiredValue(_experiment);
        string? mode = parse.GetValue(_mode);
        DbConnection connection = await _services.OpenExistingAsync(parse, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            AnalysisReport report =
                await new ReportStore(connection).ReadLastAsync(id, mode, cancellationToken).ConfigureAwait(false)
                ?? throw new RunnerException(
                    ExitCode.Failed,
                    $"Experiment '{id}' has no finished analysis{(mode is null ? "" : $" in mode {mode}")}; "
                    + $"run 'runner analyze --experiment {id}'.");
            await new AnalysisRenderer(_services.Console)
                .WriteAsync(report, parse.GetValue(_format), cancellationToken).ConfigureAwait(false);
        }

        return (int)ExitCode.Done;
    }
}
