using System.Data.Common;
using System.Globalization;
using Experiments.LocalSql;

namespace Experiments.Runner.Tests.Recomputation;

/// <summary>A simulated world, loaded and refreshed by the runner, and the same files read here.</summary>
public sealed class RecomputationFixture : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, TrialFacts> _facts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Recomputed> _recomputed = new(StringComparer.Ordinal);

    internal LandedFiles Files { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        new SimulatedWorld(_folder.Path, 20260101).Write();
        await _folder.SucceedAsync("migrate");
        await _folder.SucceedAsync("catalog", "apply", _folder.In("catalog.json"));
        await _folder.SucceedAsync("load", "assignments", _folder.In("assignments.csv"));
        await _folder.SucceedAsync("load", "events", _folder.In("exposures.csv"));
        await _folder.SucceedAsync("load", "events", _folder.In("events.ndjson"));
        await _folder.SucceedAsync("load", "events", _folder.In("late.csv"));
        await _folder.SucceedAsync("load", "unit_attributes", _folder.In("attributes.csv"));
        await _folder.SucceedAsync("refresh");
        await _folder.AssertReconciledAsync();
        Files = new LandedFiles(
            _folder.Path, "assignments.csv", "exposures.csv", "events.ndjson", "late.csv", "attributes.csv");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    internal TrialFacts Facts(string trial)
    {
        if (!_facts.TryGetValue(trial, out TrialFacts? facts))
        {
            facts = new TrialFacts(Definitions.Trials.Single(candidate => candidate.Id == trial), Files);
            _facts.Add(trial, facts);
        }

        return facts;
    }

    internal async Task<Recomputed> RecomputedAsync(string trial)
    {
        if (!_recomputed.TryGetValue(trial, out Recomputed? recomputed))
        {
            Dictionary<(string, string), Centers> centers = [];
            foreach (Dictionary<string, object?> row in (await ReadAsync(
                "SELECT * FROM marts.agg_experiment_metric_by_variant AS t WHERE t.experiment_id = @experiment_id;", trial)))
            {
                centers[((string)row["analysis_mode"]!, (string)row["metric_id"]!)] = new(
                    (double)row["center_value"]!, (double?)row["center_d"], (double?)row["center_x"], (double?)row["center_w"]);
            }

            Dictionary<(string, string), double[]> regressionCenters = [];
            foreach (Dictionary<string, object?> row in (await ReadAsync(
                "SELECT * FROM marts.agg_experiment_metric_covariates AS t WHERE t.experiment_id = @experiment_id;",
                trial)))
            {
                regressionCenters[((string)row["analysis_mode"]!, (string)row["metric_id"]!)] =
                    [.. RegressionSums.Columns.Select(column => (double)row[$"center_{column}"]!)];
            }

            recomputed = new Recomputed(
                Facts(trial), Files, (mode, metric) => centers[(mode, metric)],
                (mode, metric) => regressionCenters[(mode, metric)]).Compute();
            _recomputed.Add(trial, recomputed);
        }

        return recomputed;
    }

    internal async Task<TenureSeries> TenureAsync(string trial)
    {
        Dictionary<(string, string), (double, double?)> centers = [];
        foreach (Dictionary<string, object?> row in await ReadAsync(
            "SELECT * FROM marts.agg_experiment_metric_tenure AS t WHERE t.experiment_id = @experiment_id;", trial))
        {
            centers[((string)row["analysis_mode"]!, (string)row["metric_id"]!)] =
                ((double)row["center_value"]!, (double?)row["center_d"]);
        }

        // A metric without rows has no constants; none are expected of it either.
        return new TenureSeries(Facts(trial), Files, (mode, metric) => centers.GetValueOrDefault((mode, metric))).Compute();
    }

    internal async Task<List<Dictionary<string, object?>>> ReadAsync(string sql, string trial)
    {
        LocalSqlConnection connection = new($"Data Source={_folder.Database}");
        await using (connection)
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using DbCommand command = connection.CreateCommand();
            command.CommandText = sql.Replace("@experiment_id", $"'{trial}'", StringComparison.Ordinal);
            await using DbDataReader reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            List<Dictionary<string, object?>> rows = [];
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(
                    reader.GetName, i => reader.IsDBNull(i) ? null : reader.GetValue(i), StringComparer.Ordinal));
            }

            return rows;
        }
    }
}

/// <summary>
/// Every row and column of an experiment's aggregates, computed once more from the files: no SQL, nothing of the
/// product but the database that is compared with. Counts, texts, times and flags are equal; a float differs by at most
/// 1e-12 of its value, a sum by at most 1e-12 of the sum of the absolute values of its terms.
/// </summary>
public sealed class RecomputationTests(RecomputationFixture world) : IClassFixture<RecomputationFixture>
{
    private const double Tolerance = 1e-12;

    public static TheoryData<string> Trials { get; } = [.. Definitions.Trials.Select(trial => trial.Id)];

    [Theory]
    [MemberData(nameof(Trials))]
    public Task Exposures_are_validated_alike(string trial) => CompareAsync(
        trial, "marts.int_experiment_exposure_validation", world.Facts(trial).Validation(), "unit_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public Task The_cohort_is_the_same(string trial) =>
        CompareAsync(trial, "marts.fct_experiment_cohort", world.Facts(trial).Members(), "unit_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Units_are_numbered_from_one_and_arms_by_variation_and_epoch(string trial)
    {
        List<Dictionary<string, object?>> rows = await world.ReadAsync(
            """
            SELECT c.unit_number, c.arm_number, c.variation_id, c.weight_epoch, a.variation_id AS arm_variation_id,
                a.weight_epoch AS arm_epoch
            FROM marts.fct_experiment_cohort AS c
            LEFT JOIN marts.experiment_arms AS a
                ON a.experiment_id = c.experiment_id AND a.arm_number = c.arm_number
            WHERE c.experiment_id = @experiment_id;
            """,
            trial);
        Assert.Equal(Enumerable.Range(1, rows.Count), rows.Select(static row => (int)row["unit_number"]!).Order());
        Assert.All(rows, static row => Assert.Equal(
            (row["variation_id"], row["weight_epoch"]), (row["arm_variation_id"], row["arm_epoch"])));
        Assert.Equal(
            rows.Select(static row => (row["variation_id"], row["weight_epoch"])).Distinct().Count(),
            rows.Select(static row => row["arm_number"]).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Trials))]
    public Task Exposure_quality_counts_the_same(string trial) => CompareAsync(
        trial, "marts.fct_experiment_exposure_quality_daily", world.Facts(trial).Daily(), "quality_date");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Sums_by_variation_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_by_variant", (await world.RecomputedAsync(trial)).ByVariant,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Sums_by_dimension_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_by_dimension", (await world.RecomputedAsync(trial)).ByDimension,
        "analysis_mode", "metric_id", "dimension_id", "dimension_value", "variation_id", "weight_epoch");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Quantiles_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_quantiles", (await world.RecomputedAsync(trial)).Quantiles,
        "analysis_mode", "metric_id", "variation_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Ranks_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_ranks", (await world.RecomputedAsync(trial)).Ranks,
        "analysis_mode", "metric_id", "variation_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Risk_sets_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_risk_sets", (await world.RecomputedAsync(trial)).RiskSets,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Quantiles_by_dimension_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_quantiles_by_dimension",
        (await world.RecomputedAsync(trial)).QuantilesByDimension,
        "analysis_mode", "metric_id", "dimension_id", "dimension_value", "variation_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Ranks_by_dimension_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_ranks_by_dimension",
        (await world.RecomputedAsync(trial)).RanksByDimension,
        "analysis_mode", "metric_id", "dimension_id", "dimension_value", "variation_id");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Risk_sets_by_dimension_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_risk_sets_by_dimension",
        (await world.RecomputedAsync(trial)).RiskSetsByDimension,
        "analysis_mode", "metric_id", "dimension_id", "dimension_value", "variation_id", "weight_epoch");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Values_by_day_of_tenure_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_tenure", (await world.TenureAsync(trial)).Days,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch", "tenure_day");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Slopes_over_days_of_tenure_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_novelty", (await world.TenureAsync(trial)).Slopes,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Days_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_daily", (await world.RecomputedAsync(trial)).Daily,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch", "metric_date");

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Running_sums_of_days_are_the_same(string trial) => await CompareAsync(
        trial, "marts.experiment_metric_cumulative", DailySeries.Running((await world.RecomputedAsync(trial)).Daily),
        "analysis_mode", "metric_id", "variation_id", "weight_epoch", "metric_date");

    /// <summary>The last day of a mode has the whole, which the recomputation has from the values of all events.</summary>
    [Theory]
    [MemberData(nameof(Trials))]
    public async Task The_last_day_has_the_whole(string trial)
    {
        Recomputed recomputed = await world.RecomputedAsync(trial);
        ExpectedTable running = DailySeries.Running(recomputed.Daily);
        ILookup<string, string> days = running.Rows.Keys.ToLookup(key => key[..^13]);
        ExpectedTable expected = new();
        foreach ((string key, Dictionary<string, Cell> whole) in recomputed.ByVariant.Rows)
        {
            string last = days[key].Max(StringComparer.Ordinal)!;
            Dictionary<string, Cell> row = running.Rows[last].ToDictionary(
                pair => pair.Key,
                pair => whole[pair.Key] with { Scale = Math.Max(whole[pair.Key].Scale, pair.Value.Scale) });
            row["metric_date"] = new(Clock.Time(Clock.Read(last[^10..])!.Value));
            expected.Add(row, key);
        }

        await CompareAsync(
            trial,
            """
            (
                SELECT c.*
                FROM marts.experiment_metric_cumulative AS c
                WHERE c.metric_date =
                (
                    SELECT MAX(d.metric_date)
                    FROM marts.agg_experiment_metric_daily AS d
                    WHERE d.experiment_id = c.experiment_id AND d.analysis_mode = c.analysis_mode
                )
            )
            """,
            expected, "analysis_mode", "metric_id", "variation_id", "weight_epoch");
    }

    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Sums_with_further_covariates_are_the_same(string trial) => await CompareAsync(
        trial, "marts.agg_experiment_metric_covariates", (await world.RecomputedAsync(trial)).Covariates,
        "analysis_mode", "metric_id", "variation_id", "weight_epoch");

    /// <summary>The view that traces a number to its units adds up to the number.</summary>
    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Values_of_single_units_add_up_to_the_sums_by_variation(string trial)
    {
        const string Key = "t.analysis_mode, t.metric_id, t.variation_id, t.weight_epoch";
        List<Dictionary<string, object?>> wholes = await world.ReadAsync(
            $"""
            SELECT {Key}, t.n_units, t.n_units * t.center_value + t.sum_centered AS y, t.n_units * t.center_d + t.sum_d AS d,
                t.n_units * t.center_x + t.sum_x AS x
            FROM marts.agg_experiment_metric_by_variant AS t
            WHERE t.experiment_id = @experiment_id AND t.n_units > 0
            ORDER BY {Key};
            """,
            trial);
        List<Dictionary<string, object?>> units = await world.ReadAsync(
            $"""
            SELECT {Key}, COUNT_BIG(*) AS n_units, SUM(t.outcome_value) AS y, SUM(t.denominator_value) AS d,
                SUM(t.covariate_value) AS x
            FROM marts.int_experiment_metric_outcomes AS t
            WHERE t.experiment_id = @experiment_id AND t.is_mature = 1 AND t.outcome_value IS NOT NULL
            GROUP BY {Key}
            ORDER BY {Key};
            """,
            trial);
        Assert.NotEmpty(wholes);
        Assert.Equal(wholes.Count, units.Count);
        Assert.Empty(
            from pair in wholes.Zip(units)
            from column in pair.First.Keys
            where pair.First[column] is double whole
                ? pair.Second[column] is not double sum || Math.Abs(whole - sum) > 1e-9 * Math.Max(1, Math.Abs(whole))
                : !Equals(pair.First[column], pair.Second[column])
            select $"{string.Join(' ', pair.First.Values)} / {string.Join(' ', pair.Second.Values)}: {column}");
    }

    /// <summary>One constant a metric, 0 or inside its values: that keeps the last digits of the squares.</summary>
    [Theory]
    [MemberData(nameof(Trials))]
    public async Task Sums_are_centred_at_one_constant_among_the_values(string trial)
    {
        List<Dictionary<string, object?>> rows = await world.ReadAsync(
            """
            SELECT t.analysis_mode, t.metric_id, MIN(t.center_value) AS least, MAX(t.center_value) AS greatest,
                MIN(t.min_value) AS low, MAX(t.max_value) AS high
            FROM marts.agg_experiment_metric_by_variant AS t
            WHERE t.experiment_id = @experiment_id
            GROUP BY t.analysis_mode, t.metric_id
            HAVING SUM(t.n_units) > 0;
            """,
            trial);
        Assert.NotEmpty(rows);
        Assert.Empty(
            from row in rows
            let center = (double)row["least"]!
            where center != (double)row["greatest"]!
                || (center != 0 && (center < (double)row["low"]! || center > (double)row["high"]!))
            select $"{row["analysis_mode"]} | {row["metric_id"]}: {row["low"]} <= {center} <= {row["high"]}");
    }

    /// <summary>The simulated data reach every corner that a metric's option is about; else the comparison shows nothing.</summary>
    [Fact]
    public async Task The_simulated_data_reach_every_option()
    {
        Recomputed main = await world.RecomputedAsync("exp_main");
        TenureSeries tenure = await world.TenureAsync("exp_main");
        Assert.All(
            new[] { "conversion", "visits", "revenue", "back_in_week_2", "german_share", "dear_purchase", "hours_to_purchase" },
            id => Assert.Contains(
                tenure.Days.Rows,
                row => row.Key.Contains($"| {id} |", StringComparison.Ordinal) && (long)row.Value["n_units"].Value! > 0));
        Assert.Contains(tenure.Slopes.Rows, static row => (double)row.Value["sum_z"].Value! != 0);
        Assert.All(
            main.ByVariant.Rows.Where(row => !row.Key.Contains("nobody", StringComparison.Ordinal)
                && !row.Key.Contains("early_orders", StringComparison.Ordinal)),
            row => Assert.True((long)row.Value["n_units"].Value! > 0, row.Key));
        foreach (string metric in new[]
        {
            "capped_revenue", "winsorised_revenue", "winsorised_of_buyers", "balance", "visits_raised",
            "at_least_two_visits",
        })
        {
            Assert.Contains(main.ByVariant.Rows, row =>
                row.Key.Contains($"| {metric} |", StringComparison.Ordinal) && (long)row.Value["capped_count"].Value! > 1);
        }

        Assert.Contains(main.ByVariant.Rows, row => row.Value["cap_reason"].Value is not null);
        Assert.Contains(main.ByVariant.Rows, row => row.Value["n_assigned"].Value is long assigned
            && row.Value["n_units"].Value is long units && assigned > units);
        Assert.Equal([1, 2], world.Facts("exp_main").Cohort.Select(unit => unit.Epoch).Distinct().Order());
        Assert.Contains(world.Facts("exp_main").Cohort, unit => unit.IsExcluded);
        Assert.All(
            new Func<JudgedUnit, bool>[] { unit => unit.IsEarly, unit => unit.IsMismatch, unit => unit.IsMulti, unit => unit.IsUnassigned },
            flag => Assert.True(world.Facts("exp_main").Judged.Count(flag) > 20));
        Assert.True((await world.RecomputedAsync("exp_cluster")).ByVariant.Rows.Count > 400);
        Assert.True((await world.RecomputedAsync("exp_trigger")).RiskSets.Rows.Count == 3);
        Assert.True(main.QuantilesByDimension.Rows.Count > 20);
        Assert.True(main.RanksByDimension.Rows.Count > 50);
        Assert.True(main.RiskSetsByDimension.Rows.Count > 50);
        Assert.True((await world.RecomputedAsync("exp_cluster")).QuantilesByDimension.Rows.Count > 5);

        // Sums of metrics that do not wait shrink on some days, and every trial but that of clusters has covariates.
        foreach (string metric in new[] { "in_credit", "balance_open", "cheapest_all", "average_load_open" })
        {
            Assert.Contains(main.Daily.Rows, row => row.Key.Contains($"| {metric} |", StringComparison.Ordinal)
                && (long)row.Value["n_units"].Value! == 0 && (double)row.Value["sum_centered"].Value! < 0);
        }

        Assert.Equal([1L, 2L, 3L, 4L], main.Covariates.Rows.Values
            .Concat((await world.RecomputedAsync("exp_trigger")).Covariates.Rows.Values)
            .Select(row => (long)row["covariate_count"].Value!).Distinct().Order());
    }

    private static bool IsSame(Cell expected, object? actual) => (expected.Value, actual) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (double number, _) => Math.Abs(number - Convert.ToDouble(actual, CultureInfo.InvariantCulture))
            <= Tolerance * Math.Max(Math.Abs(number), expected.Scale),
        (decimal number, _) => number == Convert.ToDecimal(actual, CultureInfo.InvariantCulture),
        (long number, _) => number == Convert.ToInt64(actual, CultureInfo.InvariantCulture),
        (string text, _) => string.Equals(text, actual as string, StringComparison.Ordinal),
        (DateTime time, DateTime found) => time.Ticks == found.Ticks,
        (bool flag, bool found) => flag == found,
        _ => throw new InvalidOperationException($"{expected.Value} and {actual} are not comparable."),
    };

    private static string KeyText(object? value) => value is DateTime day
        ? day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private async Task CompareAsync(string trial, string table, ExpectedTable expected, params string[] key)
    {
        List<Dictionary<string, object?>> rows =
            await world.ReadAsync($"SELECT * FROM {table} AS t WHERE t.experiment_id = @experiment_id;", trial);
        HashSet<string> missing = [.. expected.Rows.Keys];
        SortedDictionary<string, List<string>> differences = new(StringComparer.Ordinal);
        foreach (Dictionary<string, object?> row in rows)
        {
            string name = string.Join(" | ", key.Select(column => KeyText(row[column])));
            if (!missing.Remove(name))
            {
                Differ("(row)", $"{name} is not expected");
                continue;
            }

            Dictionary<string, Cell> cells = expected.Rows[name];
            foreach ((string column, object? value) in row)
            {
                // Numbers of units and arms say nothing by themselves; they have a test of their own.
                if (column is "experiment_id" or "refreshed_at" or "unit_number" or "arm_number" || key.Contains(column))
                {
                    continue;
                }

                // A column that nothing is expected of would pass unseen: it fails here.
                if (!IsSame(cells[column], value))
                {
                    Differ(column, $"{name}: expected {cells[column].Value ?? "NULL"}, found {value ?? "NULL"}");
                }
            }

            Assert.Empty(cells.Keys.Except(row.Keys));
        }

        foreach (string name in missing)
        {
            Differ("(row)", $"{name} is missing");
        }

        Assert.True(
            differences.Count == 0,
            $"{table} of {trial}, {rows.Count} rows:\n" + string.Join('\n', differences.Select(pair =>
                $"{pair.Key}: {pair.Value.Count}\n  {string.Join("\n  ", pair.Value.Order(StringComparer.Ordinal).Take(6))}")));

        void Differ(string column, string text)
        {
            if (!differences.TryGetValue(column, out List<string>? list))
            {
                list = [];
                differences.Add(column, list);
            }

            list.Add(text);
        }
    }
}
