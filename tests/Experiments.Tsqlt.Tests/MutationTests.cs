using Experiments.Migrations;

namespace Experiments.Tsqlt.Tests;

/// <summary>
/// Plants a known bug in a definition and demands that a test of its class fails: proof that the tests look at what they
/// say. The definition is put back afterwards.
/// </summary>
public sealed class MutationTests(DeployedDatabase deployed) : IClassFixture<DeployedDatabase>
{
    /// <summary>A definition, what stands in it, what takes its place, and the class that has to notice.</summary>
    public static TheoryData<string, string, string, string> Bugs() => new()
    {
        { "staging/parse_timestamp", "% 86400 AS int", "% 86399 AS int", "staging_parse_timestamp" },
        { "staging/parse_timestamp", "WHEN RIGHT(@shape, 1) = 'Z' THEN 28", "WHEN RIGHT(@shape, 1) = 'Z' THEN 27", "staging_parse_timestamp" },
        { "staging/parse_number", "UPPER(@text) = 'TRUE'", "@text = 'TRUE'", "staging_parse_number" },
        { "staging/load_assignments", "ORDER BY c.assigned_at, c.load_id", "ORDER BY c.assigned_at DESC, c.load_id", "staging_load_assignments" },
        { "staging/load_assignments", "c.load_id, c.line_number\n            ) AS place", "c.load_id, c.line_number DESC) AS place", "staging_load_assignments" },
        { "staging/load_assignments", "> 128", ">= 128", "staging_load_assignments" },
        { "staging/load_events", "ORDER BY c.event_at DESC", "ORDER BY c.event_at", "staging_load_events" },
        { "staging/load_events", "WHERE l.place > 1;", "WHERE l.place > 1 AND 1 = 0;", "staging_load_events" },
        { "staging/load_all", "l.status = 'finished' AND ", "", "staging_load_all" },
        { "marts/refresh_experiment", "WHERE p.experiment_id = @experiment_id\n", "\n", "marts_refresh_experiment" },
        { "marts/load_int_experiment_exposure_validation", "e.exposed_at >= @end_at", "e.exposed_at > @end_at", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_int_experiment_exposure_validation", "e.exposed_at < a.assigned_at", "e.exposed_at <= a.assigned_at", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_int_experiment_exposure_validation", "j.is_mismatch = 0 AND ", "", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_fct_experiment_cohort", "v.assigned_at < @end_at", "v.assigned_at <= @end_at", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_cohort", "x.exclude_multi_variation = 1 AND ", "", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_cohort", "COALESCE(r.unit_number, @last_unit + ", "COALESCE(r.unit_number, ", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_cohort", "ON c.unit_id = g.group_id\n        WHERE x.cluster_attribute IS NOT NULL", "ON c.unit_id <> g.group_id\n        WHERE x.cluster_attribute IS NOT NULL", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_exposure_quality_daily", "CAST(u.exposed_unit_count AS float) / NULLIF(CAST(u.assigned_unit_count AS float), 0)", "u.exposed_unit_count / NULLIF(u.assigned_unit_count, 0)", "marts_load_fct_experiment_exposure_quality_daily" },
        { "marts/measure_events", "e.event_at < COALESCE(DATEADD", "e.event_at <= COALESCE(DATEADD", "marts_load_experiment_measures" },
        { "marts/measure_events", "e.event_at >= DATEADD", "e.event_at > DATEADD", "marts_load_experiment_measures" },
        { "marts/load_agg_experiment_metric_by_variant", "w.mature_seconds, u.anchor_at) <= @watermark_at\n    GROUP", "w.mature_seconds, u.anchor_at) < @watermark_at\n    GROUP", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/load_agg_experiment_metric_by_variant", " + c.zeros * c.step_y * c.step_y AS sum_centered_sq", " AS sum_centered_sq", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/load_agg_experiment_metric_by_variant", "c.row_count + c.zero_count AS n_units", "c.row_count AS n_units", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/load_agg_experiment_metric_by_variant", "c.metric_date > CAST('0001-01-01' AS date)\n        AND c.mature_seconds > 0", "c.metric_date > CAST('0001-01-01' AS date)\n        AND c.mature_seconds > 86400", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_daily", "AND 1 PRECEDING) AS y_before", "AND CURRENT ROW) AS y_before", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_daily", "COALESCE(s.y_before, s.zero_value)", "s.zero_value", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_daily", "MAX(a.max_value) OVER", "MIN(a.max_value) OVER", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_daily", "WHEN e.event_at < e.anchor_at THEN e.anchor_at", "WHEN 1 = 0 THEN e.anchor_at", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_daily", "WHEN v.metric_value IS NOT NULL\n                        AND LAG", "WHEN LAG", "marts_load_agg_experiment_metric_daily" },
        { "marts/experiment_metric_cumulative", "COALESCE(d.success_count, g.zero_successes)", "d.success_count", "marts_load_agg_experiment_metric_daily" },
        { "marts/experiment_metric_cumulative", "COALESCE(d.sum_dx, g.zero_d + g.zero_x)", "d.sum_dx", "marts_load_agg_experiment_metric_daily" },
        { "marts/load_agg_experiment_metric_tenure", "DATEADD(day, d.tenure_day + 1, d.anchor_at) <= g.horizon_at", "DATEADD(day, d.tenure_day, d.anchor_at) <= g.horizon_at", "marts_load_agg_experiment_metric_tenure" },
        { "marts/load_agg_experiment_metric_tenure", "d.anchor_at <= s.anchored_until", "d.anchor_at <= DATEADD(day, 1, s.anchored_until)", "marts_load_agg_experiment_metric_tenure" },
        { "marts/load_agg_experiment_metric_tenure_values", "DATEADD(day, d.tenure_day + 1, d.anchor_at) <= m.horizon_at", "DATEADD(day, d.tenure_day, d.anchor_at) <= m.horizon_at", "marts_load_agg_experiment_metric_tenure_values" },
        { "marts/load_agg_experiment_metric_tenure_values", "- z.zeros * m.center_d END AS sum_d", "END AS sum_d", "marts_load_agg_experiment_metric_tenure_values" },
        { "marts/load_agg_experiment_metric_tenure_values", "COUNT_BIG(DISTINCT v.attribute_value)", "COUNT_BIG(v.attribute_value)", "marts_load_agg_experiment_metric_tenure_values" },
        { "marts/tenure_windows", "WHEN m.window_start_seconds < 0 THEN 0", "WHEN m.window_start_seconds < -999999999 THEN 0", "marts_load_agg_experiment_metric_tenure" },
        { "marts/tenure_windows", "        MIN\n        (\n            CASE\n                WHEN m.window_end_seconds IS NULL THEN 90", "        MAX\n        (\n            CASE\n                WHEN m.window_end_seconds IS NULL THEN 90", "marts_load_agg_experiment_metric_tenure_values" },
        { "marts/load_agg_experiment_metric_tenure", "- 1e0) / 12e0", "- 1e0) / 6e0", "marts_load_agg_experiment_metric_tenure" },
        { "marts/load_agg_experiment_metric_quantiles", "c.dimension_id, c.dimension_value, c.variation_id\n            ORDER", "c.dimension_id, c.variation_id\n            ORDER", "marts_metric_dimensions" },
        { "marts/load_agg_experiment_metric_ranks", "AND t.dimension_value = e.dimension_value\n", "\n", "marts_metric_dimensions" },
        { "marts/load_agg_experiment_metric_risk_sets", "WHERE v.experiment_id = @experiment_id AND t.duration >= 0", "WHERE t.duration >= 0", "marts_metric_dimensions" },
        { "marts/load_filter_events", "AND n.filter_count = c.filter_count", "AND n.filter_count >= c.filter_count", "marts_metric_types" },
        { "marts/load_metric_caps", "AND p.cap_lower > 0 THEN p.cap_lower", "AND p.cap_lower > 1e300 THEN p.cap_lower", "marts_metric_types" },
        { "marts/load_agg_experiment_metric_ranks", "COALESCE(z.zero_y, 0e0) AS unit_value", "0e0 AS unit_value", "marts_metric_types" },
        { "marts/metric_unit_values", "(n.member_count - g.y_count)", "(n.member_count - 0e0)", "marts_metric_types" },
        { "marts/metric_value", "@aggregate_value >= @threshold", "@aggregate_value > @threshold", "marts_metric_value" },
        { "catalog/assigned_variation", "r.bucket < x.layer_to", "r.bucket <= x.layer_to", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "r.bucket >= x.layer_from", "r.bucket > x.layer_from", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "q.bucket < o.bucket_count", "q.bucket <= o.bucket_count", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "o.end_at > @assigned_at", "o.end_at >= @assigned_at", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "o.start_at <= @assigned_at", "o.start_at < @assigned_at", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "b.epoch_end_at > @assigned_at", "b.epoch_end_at >= @assigned_at", "catalog_assigned_variation" },
        { "catalog/assigned_variation", "l.layer_id IS NOT NULL AND ", "l.layer_id IS NULL OR ", "catalog_assigned_variation" },
        { "catalog/variation_buckets", "PARTITION BY b.experiment_id, b.weight_epoch ORDER", "PARTITION BY b.experiment_id ORDER", "catalog_assigned_variation" },
        { "catalog/problems", "o.what = 'holdout' OR o.owner_id = x.layer_id", "o.owner_id = x.layer_id", "catalog_problems" },
        { "quality/reconciliation", "c.raw_count = c.landed_count", "1 = 1", "quality_reconciliation" },
        { "quality/reconciliation", "c.line_count = c.landed_count + c.rejected_count", "1 = 1", "quality_reconciliation" },
        { "quality/sample_ratio_test", "a.deviation / NULLIF(a.expected_count, 0)", "a.deviation / NULLIF(CAST(a.observed_count AS float), 0)", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "j.all_misplaced > 0 OR ", "", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "ELSE -a.epoch_units * a.share * b.share", "ELSE 0e0", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "FROM after_3 AS p", "FROM after_2 AS p", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "c.pivot_count + CASE WHEN c.pivot_cell > 1e-10", "c.pivot_count + CASE WHEN c.pivot_cell > -1e-10", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "n.arm_count <= 5", "n.arm_count <= 6", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "WHEN m.arm_count > 1 AND m.epoch_count = 1 THEN m.pearson", "WHEN m.arm_count > 1 THEN m.pearson", "quality_sample_ratio_mismatch" },
        { "quality/sample_ratio_test", "f.dimension_value, f.weight_epoch, f.variation_id\n                ORDER BY", "f.dimension_value, f.weight_epoch\n                ORDER BY", "quality_sample_ratio_mismatch_daily" },
        { "quality/sample_ratio_test", "WHERE @scope = 'dimension'\n        UNION ALL\n        /*", "WHERE @scope = 'none'\n        UNION ALL\n        /*", "quality_sample_ratio_mismatch_by_dimension" },
        { "quality/count_assignments", "u.exclusion_reason > x.exclusion_reason", "1 = 1", "quality_sample_ratio_mismatch" },
        { "quality/count_assignments", "WHERE @by_dimension = 0", "WHERE @by_dimension >= 0", "quality_sample_ratio_mismatch_by_dimension" },
        { "quality/metric_days", "DATEADD(microsecond, -1, COALESCE", "DATEADD(microsecond, 0, COALESCE", "quality_metric_days" },
        { "quality/metric_days", "a.sum_squares + a.sum_value * a.sum_value / NULLIF(CAST(a.active_count AS float), 0)\n", "a.sum_squares + 0e0\n", "quality_metric_days" },
        { "quality/metric_days", "c.first_date <= g.metric_date", "c.first_date < g.metric_date", "quality_metric_days" },
        { "quality/metric_days", "v.day_value >= d.threshold", "v.day_value > d.threshold", "quality_metric_days" },
        { "quality/metric_days", "< l.known_until", "<= l.known_until", "quality_metric_days" },
        { "quality/metric_days", "p.part_name = 'y'", "p.part_name IN ('y', 'x')", "quality_metric_days" },
        { "quality/metric_days", "> r.watermark_at THEN 1", "< r.watermark_at THEN 1", "quality_metric_days" },
        { "quality/daily_scores", "h.series_date < d.series_date", "h.series_date <= d.series_date", "quality_metric_anomalies" },
        { "quality/daily_scores", "h.series_date >= DATEADD(day, -t.window_days", "h.series_date > DATEADD(day, -t.window_days", "quality_metric_anomalies" },
        { "quality/daily_scores", "(c.day_mean - c.median_mean) * SQRT(c.n) AS distance", "(c.day_mean - c.median_mean) * SQRT(c.before_n) AS distance", "quality_metric_anomalies" },
        { "quality/daily_scores", "0.6745e0", "1e0", "quality_metric_anomalies" },
        { "quality/daily_scores", "/ 1.128e0", "/ 1e0", "quality_metric_anomalies" },
        { "quality/daily_scores", "PERCENTILE_CONT(0.75)", "PERCENTILE_CONT(0.5)", "quality_metric_anomalies" },
        { "quality/daily_scores", "CASE WHEN s.compared_count >= t.min_days THEN s.robust_z END", "s.robust_z", "quality_metric_anomalies" },
        { "quality/daily_scores", "/ NULLIF(CAST(s.unit_count - 1 AS float), 0)", "/ NULLIF(CAST(s.unit_count AS float), 0)", "quality_metric_anomalies" },
        { "quality/metric_anomalies", "ABS(s.iqr_distance) > t.iqr_distance", "ABS(s.iqr_distance) >= t.iqr_distance", "quality_metric_anomalies" },
        { "quality/metric_anomalies", "ABS(s.robust_z) > t.robust_z", "s.robust_z > t.robust_z", "quality_metric_anomalies" },
        { "quality/metric_anomalies", "s.active_count = 0 AND s.expected_active >= t.zero_expected", "s.active_count = 0 AND s.expected_active > t.zero_expected", "quality_metric_anomalies" },
        { "quality/metric_anomalies", "WHEN s.all_active_count = 0", "WHEN s.active_count = 0", "quality_metric_anomalies" },
        { "quality/exposure_days", "DATEADD(day, 2,", "DATEADD(day, 1,", "quality_exposure_checks" },
        { "quality/exposure_days", "DATEADD(hour, 24, v.assigned_at)", "DATEADD(hour, 12, v.assigned_at)", "quality_exposure_checks" },
        { "quality/exposure_checks", "s.rate_z < -q.threshold_value", "s.rate_z > q.threshold_value", "quality_exposure_checks" },
        { "quality/exposure_checks", "(t.exposed_count > 0 OR x.analysis_mode = 'exposed')", "(t.exposed_count > 0)", "quality_exposure_checks" },
        { "quality/exposure_checks", "CAST(f.counted AS float) > q.threshold_value", "CAST(f.counted AS float) >= q.threshold_value", "quality_exposure_checks" },
        { "quality/exposure_checks", "CAST(u.assigned_count AS float) >= m.threshold_value", "CAST(u.assigned_count AS float) > m.threshold_value", "quality_exposure_checks" },
        { "quality/freshness", "m.hours_behind > q.threshold_value", "m.hours_behind >= q.threshold_value", "quality_freshness" },
        { "quality/freshness", "x.end_at > w.watermark_at", "x.end_at >= w.watermark_at", "quality_freshness" },
        { "quality/freshness", "WHERE l.status = 'finished'", "WHERE l.status <> 'none'", "quality_freshness" },
        { "quality/data_test_rows_staging", "a.is_conflict = 0 AND a.min", "a.is_conflict = 1 AND a.min", "quality_data_tests_staging" },
        { "quality/data_test_rows_staging", "a.assigned_at < CAST('2000-01-01'", "a.assigned_at < CAST('1999-12-31'", "quality_data_tests_staging" },
        { "quality/data_test_rows_marts", "h.bucket >= x.layer_to", "h.bucket > x.layer_to", "quality_data_tests_marts" },
        { "quality/data_test_rows_marts", "c.itt_anchor_at < h.end_at", "c.itt_anchor_at <= h.end_at", "quality_data_tests_marts" },
        { "quality/data_test_rows_marts", "OR c.itt_anchor_at >= x.end_at", "OR c.itt_anchor_at > x.end_at", "quality_data_tests_marts" },
        { "quality/data_test_rows_marts", "a.assigned_at < x.end_at", "a.assigned_at <= x.end_at", "quality_data_tests_marts" },
        { "quality/data_test_rows_catalog", "o.layer_from < x.layer_to", "o.layer_from <= x.layer_to", "quality_data_tests_catalog" },
        { "quality/data_test_rows_catalog", "o.start_at < COALESCE(x.end_at", "o.start_at <= COALESCE(x.end_at", "quality_data_tests_catalog" },
        { "quality/data_test_rows_catalog", "HAVING COUNT_BIG(v.variation_id) <> 1", "HAVING COUNT_BIG(v.variation_id) = 0", "quality_data_tests_catalog" },
        { "quality/data_test_rows_results", "COALESCE(CAST(g.passed AS int), 0) = 0", "g.passed = 0", "quality_data_tests_results" },
        { "quality/data_tests_results", "LEFT JOIN", "INNER JOIN", "quality_data_tests_results" },
        { "quality/data_test_rows", "p.place <= 100", "p.place <= 101", "quality_data_test_rows" },
        { "marts/load_fct_experiment_exposure_quality_daily", "v.experiment_id = @experiment_id AND v.assigned_at IS NOT NULL\n    ),\n    events", "v.experiment_id = @experiment_id\n    ),\n    events", "marts_load_fct_experiment_exposure_quality_daily" },
        { "catalog/problems", "ABS(t.weight_sum - 1e0) > 1e-9", "t.weight_sum > 1e0", "catalog_problems" },
        { "catalog/problems", "x.end_at <= x.start_at", "x.end_at < x.start_at", "catalog_problems" },
        { "catalog/problems", "b.block_end_at <= b.block_start_at", "b.block_end_at < b.block_start_at", "catalog_problems" },
        { "catalog/problems", ") >= b.block_end_at", ") > b.block_end_at", "catalog_problems" },
        { "catalog/problems", "OR b.block_end_at > x.end_at", "OR b.block_end_at >= x.end_at", "catalog_problems" },
        { "catalog/problems", "o.next_start_at < b.block_end_at", "o.next_start_at <= b.block_end_at", "catalog_problems" },
        { "catalog/problems", "AND a.region = b.region AND", "AND", "catalog_problems" },
        { "catalog/problems", "p.aggregation NOT IN ('count', 'value_count', 'sum')", "p.aggregation NOT IN ('count', 'value_count', 'sum', 'max')", "catalog_problems" },
        { "catalog/experiment_hashes", "b.block_end_at), ' ', b.stratum, ' '", "b.block_end_at), ' '", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "e.event_at >= b.counted_from", "e.event_at > b.counted_from", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "e.event_at < b.block_end_at", "e.event_at <= b.block_end_at", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "b.block_end_at <= @watermark_at", "b.block_end_at < @watermark_at", "marts_load_agg_experiment_metric_blocks" },
        { "marts/unit_groups", "ORDER BY a.valid_from DESC", "ORDER BY a.valid_from", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "* y.zero_value AS sum_y", "* 0e0 AS sum_y", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "AND COALESCE(p.filter_metric_id, '') = g.filter_metric_id", "", "marts_load_agg_experiment_metric_blocks" },
        { "marts/load_agg_experiment_metric_blocks", "WHEN d.metric_id IS NULL THEN", "WHEN 1 = 1 THEN", "marts_load_agg_experiment_metric_blocks" },
        { "quality/count_assignments", "SELECT DISTINCT\n                g.experiment_id", "SELECT\n                g.experiment_id", "marts_load_agg_experiment_metric_blocks" },
        { "results/latest_runs", "WHERE r.status = 'finished'", "", "results_latest_runs" },
        { "results/experiment_results", "ON l.run_id = r.run_id", "ON l.run_id <= r.run_id", "results_experiment_results" },
    };

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found(string definition, string sound, string broken, string className)
    {
        var text = File.ReadAllText(Repository.Folder("database", definition + ".sql"));
        Assert.Contains(sound, text, StringComparison.Ordinal);
        var readers = Readers(definition);
        deployed.Database.Run([Batch(text.Replace(sound, broken, StringComparison.Ordinal)), .. readers]);
        try
        {
            var tests = TestScript.LoadAll(Repository.Folder("tests", "tsqlt"))
                .SelectMany(static s => s.Tests).Where(t => t.ClassName == className).ToList();
            Assert.NotEmpty(tests);
            Assert.Contains(tests, t => deployed.Database.RunTest(t.QuotedName).Result != "Success");
        }
        finally
        {
            deployed.Database.Run([Batch(text), .. readers]);
        }
    }

    /// <summary>
    /// The views and functions that read a definition, directly or not, in the order of deployment: the local engine
    /// writes an inline function out where a view reads it, so that a changed one takes effect when those run again.
    /// </summary>
    private static List<string> Readers(string definition)
    {
        HashSet<string> names = [definition.Replace('/', '.')];
        List<string> batches = [];
        foreach (var path in File.ReadLines(Repository.Folder("database", "order.txt")).Where(static l => l.Length > 0))
        {
            var text = File.ReadAllText(Repository.Folder("database", path));
            var name = path[..^".sql".Length].Replace('/', '.');
            if (!names.Contains(name) && !text.Contains("CREATE OR ALTER PROCEDURE", StringComparison.Ordinal)
                && names.Any(n => text[text.IndexOf("*/", StringComparison.Ordinal)..].Contains(n, StringComparison.Ordinal)))
            {
                names.Add(name);
                batches.Add(Batch(text));
            }
        }

        return batches;
    }

    /// <summary>The one batch of a definition, without its GO.</summary>
    private static string Batch(string text) => text.TrimEnd()[..^"GO".Length];
}
