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
        { "staging/load_events", "AND l.load_id <> @load_id", "AND 1 = 0", "staging_load_events" },
        { "staging/load_all", "l.status = 'finished' AND ", "", "staging_load_all" },
        { "marts/refresh_experiment", "WHERE p.experiment_id = @experiment_id\n", "\n", "marts_refresh_experiment" },
        { "marts/load_int_experiment_exposure_validation", "e.exposed_at >= @end_at", "e.exposed_at > @end_at", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_int_experiment_exposure_validation", "e.exposed_at < a.assigned_at", "e.exposed_at <= a.assigned_at", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_int_experiment_exposure_validation", "j.is_mismatch = 0 AND ", "", "marts_load_int_experiment_exposure_validation" },
        { "marts/load_fct_experiment_cohort", "v.assigned_at < @end_at", "v.assigned_at <= @end_at", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_cohort", "x.exclude_multi_variation = 1 AND ", "", "marts_load_fct_experiment_cohort" },
        { "marts/load_fct_experiment_exposure_quality_daily", "CAST(u.exposed_unit_count AS float) / NULLIF(CAST(u.assigned_unit_count AS float), 0)", "u.exposed_unit_count / NULLIF(u.assigned_unit_count, 0)", "marts_load_fct_experiment_exposure_quality_daily" },
        { "marts/load_experiment_measures", "AND e.event_at < COALESCE", "AND e.event_at <= COALESCE", "marts_load_experiment_measures" },
        { "marts/load_experiment_measures", "e.event_at >= DATEADD", "e.event_at > DATEADD", "marts_load_experiment_measures" },
        { "marts/load_agg_experiment_metric_by_variant", "w.mature_seconds, u.anchor_at) <= @watermark_at\n    GROUP", "w.mature_seconds, u.anchor_at) < @watermark_at\n    GROUP", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/load_agg_experiment_metric_by_variant", " + c.zeros * c.center_y * c.center_y AS sum_centered_sq", " AS sum_centered_sq", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/load_agg_experiment_metric_by_variant", "c.row_count + c.zero_count AS n_units", "c.row_count AS n_units", "marts_load_agg_experiment_metric_by_variant" },
        { "marts/metric_value", "a.aggregate_value >= @threshold", "a.aggregate_value > @threshold", "marts_metric_value" },
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
        { "catalog/problems", "ABS(t.weight_sum - 1e0) > 1e-9", "t.weight_sum > 1e0", "catalog_problems" },
        { "catalog/problems", "x.end_at <= x.start_at", "x.end_at < x.start_at", "catalog_problems" },
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
