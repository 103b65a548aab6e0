using System.Data.Common;
using System.Globalization;

namespace Experiments.Sources.Tests;

/// <summary>
/// A refresh after every few loads gives the rows of one that builds everything at once, in whatever order files arrive;
/// equal: keys, counts, flags and times the same, floats within 1e-12 relative.
/// </summary>
public sealed class RefreshTests
{
    private const double Tolerance = 1e-12;
    private const int UnitCount = 400;
    private static readonly DateTime s_start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly (string Name, string Key)[] s_tables =
    [
        ("int_experiment_exposure_validation", "unit_id"),
        ("fct_experiment_exposure_quality_daily", "quality_date"),
        ("experiment_measures", "analysis_mode, measure_number"),
        ("experiment_metric_parts", "analysis_mode, metric_id, part_name"),
        ("agg_experiment_metric_by_variant", "analysis_mode, metric_id, variation_id, weight_epoch"),
        ("agg_experiment_metric_by_dimension",
            "analysis_mode, metric_id, dimension_id, dimension_value, variation_id, weight_epoch"),
        ("agg_experiment_metric_quantiles", "analysis_mode, metric_id, variation_id"),
        ("agg_experiment_metric_ranks", "analysis_mode, metric_id, variation_id"),
        ("agg_experiment_metric_risk_sets", "analysis_mode, metric_id, variation_id, weight_epoch"),
        ("agg_experiment_metric_quantiles_by_dimension",
            "analysis_mode, metric_id, dimension_id, dimension_value, variation_id"),
        ("agg_experiment_metric_ranks_by_dimension",
            "analysis_mode, metric_id, dimension_id, dimension_value, variation_id"),
        ("agg_experiment_metric_risk_sets_by_dimension",
            "analysis_mode, metric_id, dimension_id, dimension_value, variation_id, weight_epoch"),
        ("agg_experiment_metric_daily", "analysis_mode, metric_id, variation_id, weight_epoch, metric_date"),
        ("agg_experiment_metric_tenure", "analysis_mode, metric_id, variation_id, weight_epoch, tenure_day"),
        ("agg_experiment_metric_novelty", "analysis_mode, metric_id, variation_id, weight_epoch"),
    ];

    /// <summary>Tables that name units and arms by number; two refreshes may number them in another order.</summary>
    private static readonly (string Name, string Query)[] s_numbered =
    [
        ("fct_experiment_cohort",
            """
            SELECT t.unit_id, t.variation_id, t.weight_epoch, a.variation_id AS arm, a.weight_epoch AS arm_epoch, t.is_itt,
                t.is_exposed, t.exclusion_reason, t.itt_anchor_at, t.exposed_anchor_at
            FROM marts.fct_experiment_cohort AS t
            LEFT JOIN marts.experiment_arms AS a ON a.experiment_id = t.experiment_id AND a.arm_number = t.arm_number
            ORDER BY t.unit_id
            """),
        ("experiment_unit_dimensions",
            """
            SELECT t.dimension_id, c.unit_id, t.dimension_value
            FROM marts.experiment_unit_dimensions AS t
            LEFT JOIN marts.fct_experiment_cohort AS c
                ON c.experiment_id = t.experiment_id AND c.unit_number = t.unit_number
            ORDER BY t.dimension_id, c.unit_id
            """),
        ("experiment_measure_units",
            """
            SELECT t.measure_number, c.unit_id, t.member_number, a.variation_id, a.weight_epoch, t.event_count,
                t.value_count, t.distinct_value_count, t.distinct_day_count, t.sum_value, t.min_value, t.max_value,
                t.anchor_at, t.first_at
            FROM marts.experiment_measure_units AS t
            LEFT JOIN marts.fct_experiment_cohort AS c
                ON c.experiment_id = t.experiment_id AND c.unit_number = t.unit_number
            LEFT JOIN marts.experiment_arms AS a ON a.experiment_id = t.experiment_id AND a.arm_number = t.arm_number
            ORDER BY t.measure_number, c.unit_id
            """),
        ("experiment_measure_values",
            """
            SELECT t.measure_number, c.unit_id, t.member_number, t.event_value, a.variation_id, a.weight_epoch,
                t.value_count, t.anchor_at
            FROM marts.experiment_measure_values AS t
            LEFT JOIN marts.fct_experiment_cohort AS c
                ON c.experiment_id = t.experiment_id AND c.unit_number = t.unit_number
            LEFT JOIN marts.experiment_arms AS a ON a.experiment_id = t.experiment_id AND a.arm_number = t.arm_number
            ORDER BY t.measure_number, c.unit_id, t.event_value
            """),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Refreshes_between_loads_in_any_order_give_the_rows_of_one_at_the_end(int seed)
    {
        var random = new Random(seed);
        var files = Files(random);
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await using var other = await PlatformDatabase.CreateAsync(Token);
        await DefineAsync(db);
        await DefineAsync(other);
        var kinds = new List<string>();
        foreach (var (source, name, text) in files.OrderBy(_ => random.Next()))
        {
            await LoadAsync(db, source, name, text);
            if (random.Next(2) == 0)
            {
                await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
                kinds.Add(await db.RowsAsync("SELECT refresh_kind FROM marts.experiment_refreshes"));
            }
        }

        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        Assert.Equal("none", await db.RowsAsync("SELECT refresh_kind FROM marts.experiment_refreshes"));
        Assert.Contains("incremental", kinds);
        var stepwise = await ReadAsync(db);
        Assert.DoesNotContain(stepwise, table => table.Value.Length == 0);

        await db.RunAsync("EXEC marts.forget_refresh; EXEC marts.refresh_experiment @experiment_id = 'exp_1';");
        Assert.Equal("full", await db.RowsAsync("SELECT refresh_kind FROM marts.experiment_refreshes"));
        RequireEqual(stepwise, await ReadAsync(db));

        foreach (var (source, name, text) in files.OrderBy(_ => random.Next()))
        {
            await LoadAsync(other, source, name, text);
        }

        await other.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        RequireEqual(stepwise, await ReadAsync(other));
    }

    [Fact]
    public async Task A_late_event_makes_the_rows_of_its_unit_again_and_no_others()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await DefineAsync(db);
        foreach (var (source, name, text) in Files(new Random(11)))
        {
            await LoadAsync(db, source, name, text);
        }

        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        var before = await ReadAsync(db);
        var anchor = await db.RowsAsync(
            "SELECT DATEADD(hour, 1, itt_anchor_at) FROM marts.fct_experiment_cohort WHERE unit_id = 'u007'");
        await LoadAsync(db, "events", "late.csv", $"event_id,unit_id,event_name,event_at,event_value\nlate,u007,buy,{anchor},1000\n");
        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        Assert.Equal(
            "incremental|1|1",
            await db.RowsAsync("SELECT refresh_kind, changed_load_count, changed_unit_count FROM marts.experiment_refreshes"));
        var after = await ReadAsync(db);
        Assert.NotEqual(before["experiment_measure_units"], after["experiment_measure_units"]);
        foreach (var name in new[] { "experiment_measure_units", "experiment_measure_values" })
        {
            Assert.Equal(
                before[name].Where(row => !row.Contains("u007", StringComparer.Ordinal)),
                after[name].Where(row => !row.Contains("u007", StringComparer.Ordinal)));
        }

        Assert.Equal(before["fct_experiment_cohort"], after["fct_experiment_cohort"]);
        await db.RunAsync("EXEC marts.forget_refresh; EXEC marts.refresh_experiment @experiment_id = 'exp_1';");
        RequireEqual(after, await ReadAsync(db));
    }

    [Theory]
    [InlineData("UPDATE catalog.metric_definitions SET winsor_upper = 0.7e0 WHERE metric_id = 'revenue'", "aggregates")]
    [InlineData("UPDATE catalog.metric_definitions SET window_end_hours = 36e0 WHERE metric_id = 'revenue'", "full")]
    [InlineData("UPDATE catalog.experiments SET end_at = CAST('2026-01-20' AS datetime2(6))", "full")]
    [InlineData("UPDATE catalog.metric_filters SET text_value = 'AT'", "full")]
    [InlineData("DELETE FROM catalog.experiment_dimensions", "full")]
    [InlineData("UPDATE catalog.experiments SET description = 'Another text.'", "none")]
    public async Task A_changed_definition_makes_again_what_depends_on_it(string change, string kind)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await DefineAsync(db);
        foreach (var (source, name, text) in Files(new Random(12)))
        {
            await LoadAsync(db, source, name, text);
        }

        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        await db.RunAsync(change);
        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        Assert.Equal(kind, await db.RowsAsync("SELECT refresh_kind FROM marts.experiment_refreshes"));
        var changed = await ReadAsync(db);
        await db.RunAsync("EXEC marts.forget_refresh; EXEC marts.refresh_experiment @experiment_id = 'exp_1';");
        RequireEqual(changed, await ReadAsync(db));
    }

    /// <summary>Households are randomised: unit n is the household of unit n + 1, so that both have events.</summary>
    [Fact]
    public async Task A_changed_cap_of_a_clustered_experiment_makes_the_aggregates_again_and_no_more()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await DefineAsync(db);
        await db.RunAsync(
            """
            UPDATE catalog.experiments SET cluster_attribute = 'household';
            DELETE FROM catalog.experiment_metrics
            WHERE metric_id IN (SELECT d.metric_id FROM catalog.metric_definitions AS d WHERE d.metric_type = 'time_to_event');
            """);
        foreach (var (source, name, text) in Files(new Random(14)))
        {
            await LoadAsync(db, source, name, text);
        }

        var members = Enumerable.Range(0, UnitCount - 1).Select(static i => string.Create(
            CultureInfo.InvariantCulture, $"u{i + 1:000},household,u{i:000},\n"));
        await LoadAsync(db, "unit_attributes", "households.csv", "unit_id,attribute,attribute_value,valid_from\n" + string.Concat(members));
        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        var before = await ReadAsync(db);
        await db.RunAsync("UPDATE catalog.metric_definitions SET winsor_upper = 0.7e0 WHERE metric_id = 'revenue'");
        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        Assert.Equal("aggregates", await db.RowsAsync("SELECT refresh_kind FROM marts.experiment_refreshes"));
        var after = await ReadAsync(db);
        Assert.NotEmpty(before["experiment_measure_units"]);
        Assert.Equal(before["experiment_measure_units"], after["experiment_measure_units"]);
        Assert.NotEqual(before["agg_experiment_metric_by_variant"], after["agg_experiment_metric_by_variant"]);
        await db.RunAsync("EXEC marts.forget_refresh; EXEC marts.refresh_experiment @experiment_id = 'exp_1';");
        RequireEqual(after, await ReadAsync(db));
    }

    [Fact]
    public async Task The_daily_series_ends_at_the_aggregate()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await DefineAsync(db);
        foreach (var (source, name, text) in Files(new Random(13)))
        {
            await LoadAsync(db, source, name, text);
        }

        await db.RunAsync("EXEC marts.refresh_experiment @experiment_id = 'exp_1'");
        string[] columns =
        [
            "n_assigned", "n_units", "success_count", "center_value", "sum_centered", "sum_centered_sq",
            "sum_centered_cube", "center_d", "center_x", "sum_d", "sum_dd", "sum_yd", "sum_x", "sum_xx", "sum_yx", "sum_dx",
            "missing_covariate_count",
        ];
        var list = string.Join(", ", columns.Select(column => "t." + column));
        const string Key = "t.analysis_mode, t.metric_id, t.variation_id, t.weight_epoch";
        var whole = await RowsAsync(db, $"SELECT {Key}, {list} FROM marts.agg_experiment_metric_by_variant AS t ORDER BY {Key}");
        var last = await RowsAsync(
            db,
            $"""
            SELECT {Key}, {list}
            FROM marts.experiment_metric_cumulative AS t
            INNER JOIN (SELECT m.analysis_mode, MAX(m.metric_date) AS metric_date FROM marts.agg_experiment_metric_daily AS m GROUP BY m.analysis_mode) AS d
                ON d.analysis_mode = t.analysis_mode AND d.metric_date = t.metric_date
            ORDER BY {Key}
            """);
        Assert.Equal(2 * 10 * 2 * 2, whole.Length);
        Assert.Equal(whole.Length, last.Length);
        foreach (var (left, right) in whole.Zip(last))
        {
            Assert.True(AreEqual(left, right), $"{string.Join('|', left)}\n{string.Join('|', right)}");
        }
    }

    private static async Task LoadAsync(PlatformDatabase db, string source, string name, string text)
    {
        await db.LoadAsync(source, db.Write(name, text));
        await db.RunAsync("EXEC staging.load_all");
    }

    private static Task DefineAsync(PlatformDatabase db) => db.RunAsync(
        """
        INSERT INTO catalog.decision_policies (policy_id, policy_version, min_relative_lift, alpha, guardrail_margin,
            guardrail_alpha, guardrail_power, srm_alpha, correction)
        SELECT 'test', 1, 0.02e0, 0.05e0, 0.01e0, 0.1e0, 0.8e0, 0.001e0, 'holm';
        INSERT INTO catalog.experiments (experiment_id, policy_id, policy_version, experiment_name, unit_type, start_at,
            end_at, exclude_multi_variation)
        VALUES ('exp_1', 'test', 1, 'A test', 'user', CAST('2026-01-01' AS datetime2(6)),
            CAST('2026-01-25' AS datetime2(6)), 1);
        INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
        VALUES ('exp_1', 'a', 1, 0.5e0), ('exp_1', 'b', 0, 0.5e0);
        INSERT INTO catalog.experiment_weight_changes (experiment_id, effective_at, variation_id, weight)
        VALUES ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'a', 0.3e0), ('exp_1', CAST('2026-01-05' AS datetime2(6)), 'b', 0.7e0);
        INSERT INTO catalog.dimensions (dimension_id, attribute) VALUES ('land', 'country');
        INSERT INTO catalog.experiment_dimensions (experiment_id, dimension_id) VALUES ('exp_1', 'land');
        INSERT INTO catalog.metric_definitions (metric_id, metric_version, metric_type, event_name, aggregation, threshold,
            window_start_hours, window_end_hours, maturity, direction, valid_from, winsor_upper, covariate_hours,
            quantile_fraction, distinct_attribute, numerator_metric_id, numerator_metric_version, denominator_metric_id,
            denominator_metric_version)
        VALUES
            ('bought', 1, 'proportion', 'buy', 'count', 1e0, 0e0, 72e0, 'complete', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('revenue', 1, 'mean', 'buy', 'sum', NULL, 0e0, 72e0, 'complete', 'increase',
                CAST('2026-01-01' AS datetime2(6)), 0.9e0, 48e0, NULL, NULL, NULL, NULL, NULL, NULL),
            ('visits', 1, 'mean', 'visit', 'count', NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('largest', 1, 'mean', 'buy', 'max', NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('german', 1, 'mean', 'buy', 'count', NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('days', 1, 'retention', 'visit', NULL, 2e0, 0e0, 168e0, 'complete', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
            ('lands', 1, 'mean', 'buy', 'distinct_values', NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, 'country', NULL, NULL, NULL, NULL),
            ('rate', 1, 'ratio', NULL, NULL, NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, 'german', 1, 'visits', 1),
            ('median', 1, 'quantile', 'buy', NULL, NULL, 0e0, NULL, 'all', 'increase',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, 0.5e0, NULL, NULL, NULL, NULL, NULL),
            ('first', 1, 'time_to_event', 'buy', NULL, NULL, 0e0, 96e0, 'all', 'decrease',
                CAST('2026-01-01' AS datetime2(6)), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        INSERT INTO catalog.metric_filters (metric_id, metric_version, filter_number, value_number, attribute, operator,
            text_value)
        VALUES ('german', 1, 1, 1, 'country', 'equals', 'DE');
        INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role, test_method)
        VALUES ('exp_1', 'bought', 1, 'primary', NULL), ('exp_1', 'revenue', 1, 'secondary', 'mann_whitney'),
            ('exp_1', 'visits', 1, 'secondary', NULL), ('exp_1', 'largest', 1, 'secondary', NULL),
            ('exp_1', 'german', 1, 'secondary', NULL), ('exp_1', 'days', 1, 'secondary', NULL),
            ('exp_1', 'lands', 1, 'secondary', NULL), ('exp_1', 'rate', 1, 'secondary', NULL),
            ('exp_1', 'median', 1, 'secondary', NULL), ('exp_1', 'first', 1, 'secondary', NULL);
        """);

    /// <summary>
    /// Random files. Lines of one id have times of their own, so that which of them is kept depends on no order of loads:
    /// newer versions move an event to another unit, assignments repeat, exposures come early or to the wrong variation.
    /// </summary>
    private static List<(string Source, string Name, string Text)> Files(Random random)
    {
        var tick = 0;
        string Time(double minDays, double maxDays) => s_start
            .AddSeconds(Math.Floor((minDays + (random.NextDouble() * (maxDays - minDays))) * 86400))
            .AddMicroseconds(++tick).ToString("yyyy-MM-ddTHH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        string Unit() => "u" + random.Next(UnitCount).ToString("000", CultureInfo.InvariantCulture);
        string Variation() => random.Next(2) == 0 ? "a" : "b";
        var assignments = Enumerable.Range(0, UnitCount)
            .Select(i => $"exp_1,u{i.ToString("000", CultureInfo.InvariantCulture)},{(i % 2 == 0 ? "a" : "b")},{Time(-1, 10)}")
            .Concat(Enumerable.Range(0, 60).Select(_ => $"exp_1,{Unit()},{Variation()},{Time(-1, 10)}"));
        var exposures = Enumerable.Range(0, 360).Select(_ =>
            $"x{random.Next(330)},{Unit()},exposure,{Time(0, 26)},,exp_1,{Variation()},");
        var events = Enumerable.Range(0, 900).Select(_ =>
            $"e{random.Next(800)},{Unit()},{(random.Next(3) == 0 ? "buy" : "visit")},{Time(-3, 26)},"
            + $"{(random.Next(5) == 0 ? "" : (random.Next(2000) / 100.0).ToString("0.00", CultureInfo.InvariantCulture))},,,"
            + (random.Next(3) == 0 ? "" : $"\"{{\"\"country\"\":\"\"{(random.Next(2) == 0 ? "DE" : "AT")}\"\"}}\""));
        var attributes = Enumerable.Range(0, 200).Select(_ =>
            $"{Unit()},country,{(random.Next(2) == 0 ? "DE" : "AT")},{Time(-9, 9)}");
        return [
            .. Split("assignments", "experiment_id,unit_id,variation_id,assigned_at", assignments, 3),
            .. Split("events", "event_id,unit_id,event_name,event_at,event_value,experiment_id,variation_id,attributes", exposures, 6),
            .. Split("events", "event_id,unit_id,event_name,event_at,event_value,experiment_id,variation_id,attributes", events, 12),
            .. Split("unit_attributes", "unit_id,attribute,attribute_value,valid_from", attributes, 3),
        ];

        IEnumerable<(string Source, string Name, string Text)> Split(string source, string header, IEnumerable<string> lines, int count) =>
            lines.OrderBy(_ => random.Next()).ToArray().Select((line, i) => (line, i)).GroupBy(pair => pair.i % count)
                .Select(group => (
                    source,
                    string.Create(CultureInfo.InvariantCulture, $"{source}_{++tick}.csv"),
                    header + "\n" + string.Join('\n', group.Select(pair => pair.line)) + "\n"));
    }

    /// <summary>Every table of the marts, without the times of the refresh.</summary>
    private static async Task<Dictionary<string, string[][]>> ReadAsync(PlatformDatabase db)
    {
        var tables = new Dictionary<string, string[][]>(StringComparer.Ordinal);
        foreach (var (name, key) in s_tables)
        {
            tables.Add(name, await RowsAsync(db, $"SELECT * FROM marts.{name} ORDER BY experiment_id, {key}"));
        }

        foreach (var (name, query) in s_numbered)
        {
            tables.Add(name, await RowsAsync(db, query));
        }

        return tables;
    }

    private static async Task<string[][]> RowsAsync(PlatformDatabase db, string query)
    {
        await using var command = db.Connection.CreateCommand();
        command.CommandText = query;
        await using var reader = await command.ExecuteReaderAsync(Token);
        var rows = new List<string[]>();
        var columns = Enumerable.Range(0, reader.FieldCount).Where(i => reader.GetName(i) != "refreshed_at").ToArray();
        while (await reader.ReadAsync(Token))
        {
            rows.Add([.. columns.Select(i => Text(reader, i))]);
        }

        return [.. rows];
    }

    private static string Text(DbDataReader reader, int i) => reader.GetValue(i) switch
    {
        DBNull => "NULL",
        double d => d.ToString("R", CultureInfo.InvariantCulture),
        DateTime t => t.ToString("O", CultureInfo.InvariantCulture),
        var v => Convert.ToString(v, CultureInfo.InvariantCulture)!,
    };

    private static void RequireEqual(Dictionary<string, string[][]> expected, Dictionary<string, string[][]> actual)
    {
        foreach (var (name, _) in s_tables)
        {
            Assert.Equal(expected[name].Length, actual[name].Length);
            foreach (var (left, right) in expected[name].Zip(actual[name]))
            {
                Assert.True(AreEqual(left, right), $"marts.{name}:\n{string.Join('|', left)}\n{string.Join('|', right)}");
            }
        }
    }

    private static bool AreEqual(string[] left, string[] right) => left.Zip(right).All(pair =>
        pair.First == pair.Second
        || (double.TryParse(pair.First, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
            && double.TryParse(pair.Second, NumberStyles.Float, CultureInfo.InvariantCulture, out var b)
            && (a != Math.Floor(a) || b != Math.Floor(b) || Math.Abs(a) < 1e-9)
            && Math.Abs(a - b) <= Tolerance * Math.Max(100, Math.Max(Math.Abs(a), Math.Abs(b)))));
}
