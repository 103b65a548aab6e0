using System.Data.Common;
using System.Globalization;
using Experiments.Runner.Data;
using Experiments.Statistics;

namespace Experiments.Runner.Analysis;

/// <summary>
/// The sums of metrics with several covariates: kept with the run, together with the second pass over the units that the
/// HC2 error needs (marts.metric_regression_terms takes slopes and inverse of each arm as parameters).
/// </summary>
internal sealed class RegressionStore(DbConnection connection)
{
    private const int MostCovariates = 4;

    private const string Columns =
        """
        metric_id, metric_version, variation_id, weight_epoch, covariate_count, n_units, missing_count, center_y,
        center_1, center_2, center_3, center_4, sum_y, sum_1, sum_2, sum_3, sum_4, sum_yy, sum_y1, sum_y2, sum_y3,
        sum_y4, sum_11, sum_12, sum_13, sum_14, sum_22, sum_23, sum_24, sum_33, sum_34, sum_44
        """;

    private static readonly string s_selected = string.Join(
        ", ",
        Columns.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(static column => "a." + column));

    /// <summary>Copies the sums to the run, each with its second pass over the units as they were aggregated.</summary>
    public async Task CopyAsync(
        long runId,
        ExperimentDefinition definition,
        string mode,
        DbTransaction transaction,
        CancellationToken cancellationToken)
    {
        using DbCommand read = Db.Command(
            connection,
            $"""
            SELECT {s_selected}, CAST(NULL AS float) AS hc2_sum, a.watermark_at
            FROM marts.agg_experiment_metric_covariates AS a
            WHERE a.experiment_id = @experiment_id AND a.analysis_mode = @analysis_mode
            ORDER BY a.metric_id, a.weight_epoch, a.variation_id;
            """,
            transaction).WithText("@experiment_id", definition.ExperimentId).WithText("@analysis_mode", mode, 16);
        List<(RegressionAggregate Row, DateTime? Watermark)> rows = await Db.QueryAsync(
            read, reader => (Aggregate(reader), reader.Time(33)), cancellationToken).ConfigureAwait(false);
        foreach (IGrouping<(string, int, int), (RegressionAggregate Row, DateTime? Watermark)> group in rows
            .GroupBy(static row => (row.Row.MetricId, row.Row.MetricVersion, row.Row.WeightEpoch)))
        {
            RegressionAggregate[] arms = [.. group.Select(static item => item.Row)];
            foreach ((RegressionAggregate row, DateTime? watermark) in group)
            {
                using DbCommand insert = Db.Command(
                    connection,
                    $"""
                    INSERT INTO results.run_covariates (run_id, {Columns}, hc2_sum)
                    SELECT @run_id, {s_selected}, CASE WHEN t.unit_count = a.n_units THEN t.hc2_sum END
                    FROM marts.agg_experiment_metric_covariates AS a
                    CROSS JOIN marts.metric_regression_terms
                    (
                        @experiment_id, @analysis_mode, @metric_id, @variation_id, @weight_epoch, @watermark_at,
                        @unit_count, @mean_y, @mean_1, @mean_2, @mean_3, @mean_4, @slope_1, @slope_2, @slope_3,
                        @slope_4, @tilt_1, @tilt_2, @tilt_3, @tilt_4, @inverse_11, @inverse_12, @inverse_13,
                        @inverse_14, @inverse_22, @inverse_23, @inverse_24, @inverse_33, @inverse_34, @inverse_44
                    ) AS t
                    WHERE a.experiment_id = @experiment_id
                        AND a.analysis_mode = @analysis_mode
                        AND a.metric_id = @metric_id
                        AND a.variation_id = @variation_id
                        AND a.weight_epoch = @weight_epoch;
                    """,
                    transaction)
                    .WithBigInt("@run_id", runId)
                    .WithText("@experiment_id", definition.ExperimentId)
                    .WithText("@analysis_mode", mode, 16)
                    .WithText("@metric_id", row.MetricId)
                    .WithText("@variation_id", row.VariationId)
                    .WithInt("@weight_epoch", row.WeightEpoch)
                    .WithTime("@watermark_at", watermark);
                AddFit(insert, FitOf(row, arms));
                await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What a run kept.</summary>
    public async Task<List<RegressionAggregate>> ReadAsync(long runId, CancellationToken cancellationToken)
    {
        using DbCommand command = Db.Command(
            connection,
            $"""
            SELECT {s_selected}, a.hc2_sum
            FROM results.run_covariates AS a
            WHERE a.run_id = @run_id
            ORDER BY a.metric_id, a.metric_version, a.variation_id, a.weight_epoch;
            """).WithBigInt("@run_id", runId);
        return await Db.QueryAsync(command, Aggregate, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The fit of one arm among those of its metric and epoch; null where there is none.</summary>
    private static RegressionFit? FitOf(RegressionAggregate row, RegressionAggregate[] arms)
    {
        RegressionAggregate[] others = [.. arms.Where(other => other != row)];
        return others.Length == 0
            ? null
            : RegressionAdjustment.Compute(
                others[0].Arm, row.Arm, .05, otherArms: [.. others.Skip(1).Select(static other => other.Arm)]).Treatment;
    }

    /// <summary>Without a fit every parameter is NULL, and so is the sum.</summary>
    private static void AddFit(DbCommand command, RegressionFit? fit)
    {
        int count = fit?.Slopes.Count ?? 0;
        double? At(int index, Func<int, double> value) => fit is null ? null : index < count ? value(index) : 0;
        command.WithFloat("@unit_count", fit?.N).WithFloat("@mean_y", fit?.Mean);
        for (int i = 0; i < MostCovariates; i++)
        {
            command
                .WithFloat(Name("mean", i), At(i, at => fit!.CovariateMeans[at]))
                .WithFloat(Name("slope", i), At(i, at => fit!.Slopes[at]))
                .WithFloat(Name("tilt", i), At(i, at => fit!.Inverse[at].Select((value, j) => value * fit.Shift[j]).Sum()));
            for (int j = i; j < MostCovariates; j++)
            {
                command.WithFloat(
                    string.Create(CultureInfo.InvariantCulture, $"@inverse_{i + 1}{j + 1}"),
                    At(j, at => fit!.Inverse[i][at]));
            }
        }
    }

    private static string Name(string part, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"@{part}_{index + 1}");

    private static RegressionAggregate Aggregate(DbDataReader reader)
    {
        double At(int column) => reader.Float(column) ?? 0;
        int columns = 1 + (int)reader.BigInt(4)!.Value;

        // The upper triangle of five columns, less the rows and columns of covariates that the metric does not have.
        List<double> products = [];
        int next = 17;
        for (int i = 0; i <= MostCovariates; i++)
        {
            for (int j = i; j <= MostCovariates; j++, next++)
            {
                if (j < columns)
                {
                    products.Add(At(next));
                }
            }
        }

        return new RegressionAggregate(
            reader.GetString(0),
            (int)reader.BigInt(1)!.Value,
            reader.GetString(2),
            (int)reader.BigInt(3)!.Value,
            reader.BigInt(6) ?? 0,
            RegressionArm.FromCentred(
                reader.BigInt(5) ?? 0,
                [.. Enumerable.Range(7, columns).Select(At)],
                [.. Enumerable.Range(12, columns).Select(At)],
                products),
            reader.Float(32));
    }
}
