using System.Globalization;

namespace Experiments.Runner.Tests;

/// <summary>Assignment by the command line: holdouts, layers, and weights of the time.</summary>
public sealed class AssignCommandTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Catalog =
        """
        metrics:
          - { metric_id: orders, metric_type: mean, event_name: purchase }
        layers:
          - { layer_id: checkout, salt: layer }
        holdouts:
          - { holdout_id: global, salt: held, bucket_count: 2763, start_at: 2026-01-01 }
        experiments:
          - experiment_id: exp
            start_at: 2026-01-01
            salt: own
            layer_id: checkout
            layer_from: 2225
            layer_to: 7980
            variations:
              - { variation_id: control, is_control: true, weight: 0.5 }
              - { variation_id: treatment, weight: 0.5 }
            metrics:
              - { metric_id: orders, metric_role: primary }
            weight_changes:
              - { effective_at: 2026-01-05, weights: { control: 0.2664, treatment: 0.7336 } }
        """;

    /// <summary>Buckets by SHA-256 elsewhere: see catalog_assigned_variation.class.sql.</summary>
    [Fact]
    public async Task A_unit_that_takes_no_part_is_told_why_and_is_not_written()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));
        string[] units = ["u1", "u2", "u3", "u4", "u5", "u6"];

        RunnerResult told = await folder.SucceedAsync(["assign", "--experiment", "exp", .. units, "--format", "csv"]);
        RunnerResult before = await folder.SucceedAsync(
            ["assign", "--experiment", "exp", .. units, "--assigned-at", "2026-01-04T23:59:59Z", "--format", "csv"]);
        RunnerResult after = await folder.SucceedAsync(
            ["assign", "--experiment", "exp", .. units, "--assigned-at", "2026-01-05T00:00:00Z", "--format", "csv"]);

        Assert.Equal(
            [
                "unit_id,variation_id,bucket,reason_code", "u1,treatment,5025,", "u2,,8631,holdout",
                "u3,,2663,other_layer_range", "u4,treatment,3186,", "u5,control,2589,", "u6,,6801,holdout",
            ],
            Lines(told));
        Assert.Equal(["u1,treatment", "u4,control", "u5,control"], Lines(before).Skip(1).Select(Assigned));
        Assert.Equal(["u1,treatment", "u4,treatment", "u5,control"], Lines(after).Skip(1).Select(Assigned));
    }

    /// <summary>What is written, loaded, leaves no data test of layers and holdouts with a row.</summary>
    [Fact]
    public async Task What_is_assigned_keeps_the_rules_that_the_data_tests_check()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Catalog));
        string units = folder.Write(
            "units.txt",
            string.Join('\n', Enumerable.Range(0, 3000).Select(i => i.ToString(CultureInfo.InvariantCulture))));
        RunnerResult written = await folder.SucceedAsync(
            "assign", "--experiment", "exp", "--units", units, "--assigned-at", "2026-01-02T00:00:00Z", "--format", "csv");
        await folder.SucceedAsync("load", "assignments", folder.Write("a.csv", written.Output));
        await folder.SucceedAsync("refresh");

        Assert.Equal(
            ["cohort_in_holdout 0", "cohort_layer_bucket 0"],
            (await folder.PairsAsync(
                "SELECT t.test_name, t.offending_rows FROM quality.data_tests AS t "
                + "WHERE t.test_name IN ('cohort_in_holdout', 'cohort_layer_bucket') ORDER BY t.test_name;"))
                .Select(pair => $"{pair.Key} {pair.Value}"));

        // 72.37 % are not held, 57.55 % are in the range: within 4 standard errors of 3,000 x .41649.
        int count = int.Parse(
            (await folder.RowAsync("SELECT COUNT_BIG(*) AS n FROM marts.fct_experiment_cohort AS c;"))[0],
            CultureInfo.InvariantCulture);
        Assert.InRange(count, 1250 - 108, 1250 + 108);
    }

    private static string[] Lines(RunnerResult result) =>
        result.Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    private static string Assigned(string line) => string.Join(',', line.Split(',').Skip(1).Take(2));
}
