using System.Data.Common;
using System.Globalization;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>What is to be different when a run is computed again; null leaves it as it was.</summary>
internal sealed record ReanalyzeRequest(long RunId)
{
    /// <summary>The alpha of tests and intervals.</summary>
    public double? Alpha { get; init; }

    /// <summary>The correction.</summary>
    public Correction? Correction { get; init; }

    /// <summary>Which p-values are corrected together.</summary>
    public string? CorrectionFamily { get; init; }

    /// <summary>The prior of every metric that has a posterior by it.</summary>
    public PriorDefinition? Prior { get; init; }

    /// <summary>The test of every metric of a mean or a proportion.</summary>
    public TestMethod? TestMethod { get; init; }

    /// <summary>The intervals of proportions.</summary>
    public ProportionInterval? Interval { get; init; }
}

/// <summary>
/// Computes a run again from what it kept, with other options. Nothing is written: the run and its views stay as they are.
/// With the options of the run the rows are the same to the last bit.
/// </summary>
internal sealed class ReanalyzeService(DbConnection connection)
{
    /// <summary>Computes.</summary>
    /// <exception cref="RunnerException">The run is not known, or kept nothing.</exception>
    public async Task<AnalysisReport> RunAsync(ReanalyzeRequest request, CancellationToken cancellationToken)
    {
        AnalysisReport report = await new ReportStore(connection)
            .ReadRunAsync(request.RunId, cancellationToken).ConfigureAwait(false)
            ?? throw new RunnerException(
                ExitCode.Failed,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Run {request.RunId} is not among the finished runs; see results.analysis_runs."));
        (RunDocument document, AnalysisData data) =
            await new RunStore(connection).ReadAsync(request.RunId, cancellationToken).ConfigureAwait(false)
            ?? throw new RunnerException(
                ExitCode.Refused,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"needs_rows: run {request.RunId} kept no sums; analyze experiment '{report.ExperimentId}' again."));
        ExperimentDefinition definition = Change(document.Definition, request);
        return report with
        {
            Outcome = AnalysisComputer.Compute(definition, data, request.Interval ?? document.Interval),
            Proportions = definition.Metrics.Where(static metric => metric.Type == "proportion")
                .Select(static metric => metric.MetricId).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static ExperimentDefinition Change(ExperimentDefinition definition, ReanalyzeRequest request) =>
        definition with
        {
            Policy = definition.Policy with
            {
                Alpha = request.Alpha ?? definition.Policy.Alpha,
                Correction = request.Correction ?? definition.Policy.Correction,
                CorrectionFamily = request.CorrectionFamily ?? definition.Policy.CorrectionFamily,
            },
            Metrics = [.. definition.Metrics.Select(metric => metric with
            {
                Options = metric.Options with
                {
                    Prior = request.Prior is { } prior
                        && (prior.Kind != PriorKind.Beta || metric.Type is "proportion" or "retention")
                            ? prior
                            : metric.Options.Prior,
                    TestMethod = metric.Type switch
                    {
                        "mean" => request.TestMethod ?? metric.Options.TestMethod,
                        "proportion" or "retention" when request.TestMethod == TestMethod.MannWhitney =>
                            TestMethod.MannWhitney,
                        _ => metric.Options.TestMethod,
                    },
                },
            })],
        };
}
