using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Analysis;
using Experiments.Runner.Data;
using Experiments.Runner.Output;
using Experiments.Statistics;
using Experiments.Trust;

namespace Experiments.Runner.Validation;

/// <summary>What a replay is asked for.</summary>
/// <param name="ExperimentId">The experiment, or null for a source.</param>
/// <param name="Source">The source, or null for an experiment.</param>
/// <param name="Mode">itt or exposed; null: the experiment's own.</param>
/// <param name="TakesAllArms">Whether the units of all arms are split, or the control's.</param>
/// <param name="ClusterAttribute">The attribute that units are split by; null: each by itself.</param>
/// <param name="Share">The treatment's share; null: by the experiment's weights.</param>
/// <param name="Splits">How many splits.</param>
/// <param name="Seed">The seed of hash and draws.</param>
internal sealed record ReplayRequest(
    string? ExperimentId,
    string? Source,
    string? Mode,
    bool TakesAllArms,
    string? ClusterAttribute,
    double? Share,
    int Splits,
    long Seed);

/// <summary>How a metric did.</summary>
internal enum ReplayStatus
{
    /// <summary>Its test keeps its promises.</summary>
    Holds,

    /// <summary>It does not.</summary>
    Failed,

    /// <summary>It was not replayed.</summary>
    NotCovered,
}

/// <summary>A metric's replay; null where it was not replayed.</summary>
internal sealed record ReplayedMetric(
    string MetricId,
    string Type,
    string? Method,
    long? UnitCount,
    ReplayReport? Report,
    ReplayStatus Status,
    IReadOnlyList<string> Details);

/// <summary>The outcome of a replay.</summary>
internal sealed record ReplayOutcome(
    string Subject, int Splits, double Share, long Seed, IReadOnlyList<ReplayedMetric> Metrics);

/// <summary>Reads sums by bucket, draws splits, runs each metric's own test and judges it.</summary>
internal sealed class ReplayService(DbConnection connection, RunnerConsole console, WorkProgress progress)
{
    /// <summary>Replays an experiment or a source.</summary>
    /// <exception cref="RunnerException">Refused: there is nothing to replay.</exception>
    public async Task<ReplayOutcome> RunAsync(ReplayRequest request, CancellationToken cancellationToken)
    {
        string salt = string.Create(CultureInfo.InvariantCulture, $"replay-{request.Seed}");
        ReplayStore store = new(connection);
        ReplayData data;
        string subject;
        double share = .5;
        if (request.ExperimentId is { } id)
        {
            CatalogStore catalog = new(connection);
            await catalog.RequireSoundAsync(id, console, cancellationToken).ConfigureAwait(false);
            ExperimentDefinition definition = await catalog.ReadAsync(id, cancellationToken).ConfigureAwait(false);
            string mode = request.Mode ?? definition.AnalysisMode
                ?? throw new RunnerException(
                    ExitCode.Refused,
                    $"Experiment '{id}' names no analysis mode in catalog.experiments; say --mode itt or --mode exposed.");
            VariationDefinition control = definition.Variations[0];
            double[] treated = [.. definition.Variations.Skip(1).Select(static v => v.Weight).Where(static w => w > 0)];
            share = treated.Length > 0 && control.Weight > 0 ? treated[0] / (treated[0] + control.Weight) : .5;
            await RequireCohortAsync(
                id, request.TakesAllArms ? null : control.VariationId, request.ClusterAttribute, cancellationToken)
                .ConfigureAwait(false);
            data = await ReadAsync(
                "Sum metrics by hash bucket",
                () => store.ReadExperimentAsync(
                    definition,
                    mode,
                    request.TakesAllArms ? null : control.VariationId,
                    request.ClusterAttribute,
                    salt,
                    cancellationToken)).ConfigureAwait(false);
            subject = $"{id} ({mode}, {(request.TakesAllArms ? "all arms" : control.VariationId)})";
        }
        else
        {
            data = await ReadAsync(
                "Sum events by hash bucket",
                () => store.ReadSourceAsync(request.Source!, salt, cancellationToken)).ConfigureAwait(false);
            subject = request.Source!;
            if (data.Metrics.Count + data.Uncovered.Count == 0)
            {
                throw new RunnerException(
                    ExitCode.Refused,
                    $"No event of the source '{request.Source}' is staged; see 'runner status' for what is loaded, and "
                    + "'runner refresh'.");
            }
        }

        ReplaySplits splits =
            new(ReplayStore.BucketCount, request.Splits, request.Share ?? share, (ulong)request.Seed);
        ReplayedMetric[] replayed = [];
        await progress.RunAsync(
            "Draw splits",
            () =>
            {
                replayed = Replay(data, splits, cancellationToken);
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        if (request.Source is not null)
        {
            // Measures of a source are all that can be thought of, not what somebody asked for.
            foreach (ReplayedMetric metric in replayed.Where(static m => m.Status == ReplayStatus.NotCovered))
            {
                console.Log($"Left out: {metric.MetricId}. {string.Join(' ', metric.Details)}");
            }

            replayed = [.. replayed.Where(static metric => metric.Status != ReplayStatus.NotCovered)];
        }

        return new ReplayOutcome(subject, splits.Count, splits.Share, request.Seed, replayed);
    }

    private async Task<ReplayData> ReadAsync(string title, Func<Task<ReplayData>> read)
    {
        ReplayData? data = null;
        await progress.RunAsync(title, async () => data = await read().ConfigureAwait(false)).ConfigureAwait(false);
        return data!;
    }

    /// <summary>Replays metrics on the same splits.</summary>
    internal static ReplayedMetric[] Replay(ReplayData data, ReplaySplits splits, CancellationToken cancellationToken) =>
    [
        .. data.Metrics.Select(metric =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Judge(metric, splits, data.Metrics.Count);
        }),
        .. data.Uncovered.Select(static metric => new ReplayedMetric(
            metric.MetricId, metric.Type, null, null, null, ReplayStatus.NotCovered, [metric.Why])),
    ];

    private static ReplayedMetric Judge(ReplayMetric metric, ReplaySplits splits, int metrics)
    {
        IReadOnlyList<EffectEstimate> effects = splits.Compare(metric.Buckets, metric.Compare);
        ReplayReport report = ReplayReport.Of(effects, metric.LatticeStep(splits.Share));
        string type = metric.Definition.Type;
        if (report.Splits == 0 || (metric.IsCount && metric.SuccessCount % metric.UnitCount == 0))
        {
            string why = report.Splits == 0
                ? $"No split has an answer: {effects[0].ReasonCode}."
                : "Every unit has the same value.";
            return new ReplayedMetric(
                metric.Definition.MetricId,
                type,
                effects[0].Method,
                metric.UnitCount,
                report,
                ReplayStatus.NotCovered,
                [why]);
        }

        IReadOnlyList<string> failures = ReplayJudge.Failures(report, metrics);
        return new ReplayedMetric(
            metric.Definition.MetricId,
            type,
            effects.First(static effect => effect.PValue is not null).Method,
            metric.UnitCount,
            report,
            failures.Count > 0 ? ReplayStatus.Failed : ReplayStatus.Holds,
            failures);
    }

    private async Task RequireCohortAsync(
        string experimentId, string? variationId, string? attribute, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT COUNT_BIG(*) AS unit_count,
                COUNT_BIG(CASE WHEN EXISTS
                (
                    SELECT 1
                    FROM staging.stg_unit_attributes AS a
                    WHERE a.unit_id = c.unit_id AND a.attribute = @attribute
                ) THEN 1 END) AS clustered_count
            FROM marts.fct_experiment_cohort AS c
            WHERE c.experiment_id = @experiment_id AND (@variation_id IS NULL OR c.variation_id = @variation_id);
            """)
            .WithText("@experiment_id", experimentId)
            .WithText("@variation_id", variationId)
            .WithText("@attribute", attribute);
        (long units, long clustered) = (await Db.QueryAsync(
            command, static reader => (reader.BigInt(0) ?? 0, reader.BigInt(1) ?? 0), cancellationToken)
            .ConfigureAwait(false))[0];
        if (units == 0)
        {
            throw new RunnerException(
                ExitCode.Refused,
                $"Experiment '{experimentId}' has no cohort{(variationId is null ? "" : $" in '{variationId}'")}; "
                + $"run 'runner refresh --experiment {experimentId}'.");
        }

        if (attribute is not null && clustered == 0)
        {
            throw new RunnerException(
                ExitCode.Refused, $"No unit of experiment '{experimentId}' has the attribute '{attribute}'.");
        }
    }
}
