using System.Data.Common;
using Experiments.Runner.Analysis;
using Experiments.Runner.Data;
using Experiments.Statistics.Decisions;
using Experiments.Trust;

namespace Experiments.Runner.Validation;

/// <summary>Reads the sums by hash bucket; one pass over the units, and at most 10,000 rows a metric come out.</summary>
internal sealed class ReplayStore(DbConnection connection)
{
    /// <summary>The buckets that catalog.assignment_bucket has.</summary>
    public const int BucketCount = 10_000;

    /// <summary>Units that must have an event of a source: with fewer no test by moments can hold.</summary>
    private const long LeastUnits = 100;

    private const string Ranks = "mann_whitney";

    /// <summary>Why metrics of a type cannot be replayed from sums.</summary>
    private static readonly Dictionary<string, string> WithoutSums = new(StringComparer.Ordinal)
    {
        ["quantile"] = "Quantiles need the values, which sums by bucket do not hold.",
        ["time_to_event"] = "Risk sets need the times, which sums by bucket do not hold.",
    };

    /// <summary>Reads the metrics of an experiment.</summary>
    /// <param name="definition">The experiment.</param>
    /// <param name="mode">itt or exposed.</param>
    /// <param name="variationId">The variation whose units are taken; null: those of all.</param>
    /// <param name="clusterAttribute">The attribute of units by whose value they are hashed; null: each by itself.</param>
    /// <param name="salt">The salt of the hash.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<ReplayData> ReadExperimentAsync(
        ExperimentDefinition definition,
        string mode,
        string? variationId,
        string? clusterAttribute,
        string salt,
        CancellationToken cancellationToken)
    {
        Dictionary<string, string?> reasons = await ReadMetricsAsync(
            """
            SELECT p.metric_id, p.cap_reason
            FROM marts.experiment_metric_parts AS p
            WHERE p.experiment_id = @experiment_id AND p.analysis_mode = @analysis_mode AND p.part_name = 'y';
            """,
            definition.ExperimentId,
            mode,
            cancellationToken).ConfigureAwait(false);
        Dictionary<string, string?> tests = await ReadMetricsAsync(
            """
            SELECT m.metric_id, m.test_method
            FROM catalog.experiment_metrics AS m
            WHERE m.experiment_id = @experiment_id AND @analysis_mode IS NOT NULL;
            """,
            definition.ExperimentId,
            mode,
            cancellationToken).ConfigureAwait(false);

        DateTime? watermark;
        using (DbCommand command = Db.Command(connection, "SELECT w.watermark_at FROM ops.data_watermark AS w;"))
        {
            watermark = (await Db.QueryAsync(command, static reader => reader.Time(0), cancellationToken)
                .ConfigureAwait(false)).FirstOrDefault();
        }

        Dictionary<string, List<Row>> rows;
        using (DbCommand command = Db.Command(
            connection,
            """
            SELECT b.metric_id, b.bucket, b.unit_count, b.success_count, b.missing_covariate_count, b.center_y,
                b.center_d, b.center_x, b.sum_y, b.sum_yy, b.sum_d, b.sum_dd, b.sum_yd, b.sum_x, b.sum_xx, b.sum_yx
            FROM marts.replay_buckets
                (@experiment_id, @analysis_mode, @variation_id, @cluster_attribute, @salt, @watermark_at) AS b
            WHERE b.unit_count > 0
            ORDER BY b.metric_id, b.bucket;
            """)
            .WithText("@experiment_id", definition.ExperimentId)
            .WithText("@analysis_mode", mode, 16)
            .WithText("@variation_id", variationId)
            .WithText("@cluster_attribute", clusterAttribute)
            .WithText("@salt", salt)
            .WithTime("@watermark_at", watermark))
        {
            rows = Group(await Db.QueryAsync(command, static reader => Read(reader, reader.GetString(0), 1), cancellationToken)
                .ConfigureAwait(false));
        }

        List<ReplayMetric> metrics = [];
        List<UncoveredMetric> uncovered = [];
        foreach (MetricDefinition metric in definition.Metrics)
        {
            string? why = WithoutSums.GetValueOrDefault(metric.Type)
                ?? (tests.GetValueOrDefault(metric.MetricId) == Ranks
                    ? "Ranks need the values, which sums by bucket do not hold."
                    : !rows.ContainsKey(metric.MetricId)
                        ? "No unit has a value: its window has passed for none."
                        : null);
            if (why is not null)
            {
                uncovered.Add(new UncoveredMetric(metric.MetricId, metric.Type, why));
                continue;
            }

            metrics.Add(Metric(metric, rows[metric.MetricId]) with
            {
                CapReason = reasons.GetValueOrDefault(metric.MetricId),
            });
        }

        return new ReplayData(metrics, uncovered);
    }

    /// <summary>Reads the measures of a source's events.</summary>
    /// <param name="source">The source, as in ops.load_log.</param>
    /// <param name="salt">The salt of the hash.</param>
    /// <param name="cancellationToken">Stops the query.</param>
    public async Task<ReplayData> ReadSourceAsync(string source, string salt, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            """
            SELECT b.event_name, b.measure, b.bucket, b.unit_count, b.success_count, CAST(NULL AS bigint) AS missing,
                b.center_y, b.center_d, b.center_x, b.sum_y, b.sum_yy, b.sum_d, b.sum_dd, b.sum_yd, b.sum_x, b.sum_xx,
                b.sum_yx
            FROM marts.replay_source_buckets(@source, @salt) AS b
            ORDER BY b.event_name, b.measure, b.bucket;
            """)
            .WithText("@source", source, 64)
            .WithText("@salt", salt);
        Dictionary<string, List<Row>> rows = Group(await Db.QueryAsync(
            command, static reader => Read(reader, $"{reader.GetString(0)}.{reader.GetString(1)}", 2), cancellationToken)
            .ConfigureAwait(false));
        List<ReplayMetric> metrics = [];
        List<UncoveredMetric> uncovered = [];
        foreach ((string id, List<Row> own) in rows.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            int dot = id.LastIndexOf('.');
            string type = id[(dot + 1)..] switch
            {
                "share" => "proportion",
                "average" => "ratio",
                "count" or "sum" or "later" => "mean",
                var other => throw new InvalidOperationException($"No measure '{other}'."),
            };
            ReplayMetric share = Metric(Definition(id, type), rows[id[..dot] + ".share"]);
            if (share.SuccessCount < LeastUnits)
            {
                uncovered.Add(new UncoveredMetric(
                    id, type, $"{share.SuccessCount} units have the event, {LeastUnits} are asked for."));
                continue;
            }

            metrics.Add(Metric(Definition(id, type), own));
        }

        return new ReplayData(metrics, uncovered);

        static MetricDefinition Definition(string id, string type) =>
            new(id, 1, type, DesiredDirection.Increase, MetricRole.Secondary, null);
    }

    private static Dictionary<string, List<Row>> Group(List<Row> rows) =>
        rows.GroupBy(static row => row.MetricId, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.ToList(), StringComparer.Ordinal);

    private static ReplayMetric Metric(MetricDefinition definition, List<Row> rows) => new(
        definition,
        rows[0].CenterY,
        rows[0].CenterD,
        rows[0].CenterX,
        rows[0].IsCount,
        [.. rows.Select(static row => row.Bucket)]);

    /// <summary>A row from its bucket on.</summary>
    private static Row Read(DbDataReader reader, string metricId, int at) => new(
        metricId,
        reader.Float(at + 4) ?? 0,
        reader.Float(at + 5),
        reader.Float(at + 6),
        !reader.IsDBNull(at + 2),
        new ReplayBucket(
            (int)reader.BigInt(at)!.Value,
            [
                reader.BigInt(at + 1) ?? 0, reader.BigInt(at + 2) ?? 0, reader.BigInt(at + 3) ?? 0,
                .. Enumerable.Range(at + 7, 8).Select(column => reader.Float(column) ?? 0),
            ]));

    private async Task<Dictionary<string, string?>> ReadMetricsAsync(
        string sql, string experimentId, string mode, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(connection, sql)
            .WithText("@experiment_id", experimentId).WithText("@analysis_mode", mode, 16);
        List<(string Id, string? Text)> rows = await Db.QueryAsync(
            command, static reader => (reader.GetString(0), reader.Text(1)), cancellationToken).ConfigureAwait(false);
        return rows.ToDictionary(static row => row.Id, static row => row.Text, StringComparer.Ordinal);
    }

    private sealed record Row(
        string MetricId, double CenterY, double? CenterD, double? CenterX, bool IsCount, ReplayBucket Bucket);
}
