using System.Text.Json.Nodes;

namespace Experiments.Runner.Tests;

public sealed class PowerCommandTests
{
    [Fact]
    public async Task A_proportion_is_rs_power_prop_test_and_runs_whole_weeks()
    {
        // power.prop.test(p1 = .04, p2 = .042, power = .8): n = 154303.87; 308,608 at 20,000 a day are 16 days, 3 weeks.
        JsonNode plan = await PlanAsync("--metric-type proportion --baseline 0.04 --mde 0.05 --daily-units 20000 --window-days 3");
        Assert.Equal(308_608, (double)plan["units"]!);
        Assert.Equal("154304:154304", (string)plan["units_by_arm"]!);
        Assert.Equal(.002, (double)plan["effect_absolute"]!, 1e-15);
        Assert.Equal(24, (int)plan["days"]!);
        Assert.Equal(.8, (double)plan["power"]!, 1e-5);
        Assert.Equal(.05, (double)plan["detectable_relative"]!, 1e-6);
    }

    [Fact]
    public async Task A_mean_is_rs_power_t_test()
    {
        // power.t.test(delta = 1, sd = 1, power = .9): n = 22.02110.
        JsonNode plan = await PlanAsync("--metric-type mean --baseline 5 --sd 1 --mde 1 --absolute --power 0.9");
        Assert.Equal("23:23", (string)plan["units_by_arm"]!);

        // power.t.test(n = 20, delta = 1, sd = 1): power = .8689528.
        Assert.Equal(.8689528, (double)(await PlanAsync("--metric-type mean --baseline 5 --variance 1 --mde 1 --absolute --units 40"))["power"]!, 1e-5);
    }

    [Fact]
    public async Task Weights_covariates_clusters_and_guardrails_scale_the_sample()
    {
        const string plain = "--metric-type mean --baseline 100 --sd 40 --mde 0.01";
        double n = (double)(await PlanAsync(plain))["units"]!;
        Assert.Equal(.6, (double)(await PlanAsync(plain + " --cuped-r2 0.4"))["units"]! / n, 1e-3);
        Assert.Equal(1.95, (double)(await PlanAsync(plain + " --cluster-size 20 --icc 0.05"))["units"]! / n, .02);

        // Shares of 4/5 and 1/5: the sample is 1/(4 · 4/25) times as large.
        JsonNode split = await PlanAsync(plain + " --weights 80:20");
        Assert.Equal(25 / 16.0, (double)split["units"]! / n, 1e-3);
        Assert.Equal("80:20", (string)split["weights"]!);
        JsonNode guarded = await PlanAsync(plain + " --guardrails 3");
        Assert.Equal(.95, (double)guarded["target_power"]!, 1e-12);
        Assert.Equal((double)(await PlanAsync(plain + " --power 0.95"))["units"]!, (double)guarded["units"]!);
        double dunnett = (double)(await PlanAsync(plain + " --weights 1:1:1 --correction dunnett"))["units"]!;
        double bonferroni = (double)(await PlanAsync(plain + " --weights 1:1:1 --correction bonferroni"))["units"]!;
        Assert.True(1.5 * n < dunnett && dunnett < bonferroni);
    }

    [Fact]
    public async Task Margins_and_looks_have_their_own_plans()
    {
        const string plain = "--metric-type mean --baseline 100 --sd 40";

        // One-sided z: (1.644854 + .841621)² 2 s² (1 + .99²)/2 over (1)², two arms.
        JsonNode margin = await PlanAsync(plain + " --non-inferiority-margin 0.01");
        Assert.Equal(2 * Math.Pow(1.644854 + .841621, 2) * 1600 * (1 + (.99 * .99)), (double)margin["units"]!, 5.0);
        Assert.Equal("non_inferiority", (string)margin["goal"]!);
        Assert.Equal("one-sided", (string)margin["alternative"]!);
        Assert.Equal(0, (double)margin["effect_absolute"]!);
        Assert.Equal("equivalence", (string)(await PlanAsync(plain + " --equivalence-margin 0.02"))["goal"]!);
        Assert.Equal("superiority_by_margin", (string)(await PlanAsync(plain + " --superiority-margin 0.01 --mde 0.03"))["goal"]!);
        double n = (double)(await PlanAsync(plain + " --mde 0.01"))["units"]!;
        Assert.Equal(1.0247, (double)(await PlanAsync(plain + " --mde 0.01 --sequential group"))["units"]! / n, 5e-4);
        Assert.Equal(1.2126, (double)(await PlanAsync(plain + " --mde 0.01 --sequential group --spending pocock"))["units"]! / n, 5e-4);
        Assert.True((double)(await PlanAsync(plain + " --mde 0.01 --sequential always"))["units"]! > 1.8 * n);
    }

    [Fact]
    public async Task A_curve_is_by_week_where_there_is_traffic()
    {
        JsonNode json = await RunAsync("--metric-type proportion --baseline 0.04 --mde 0.05 --daily-units 20000 --curve");
        JsonArray curve = json["curve"]!.AsArray();
        Assert.Equal(12, curve.Count);
        Assert.Equal([7, 14, 21], curve.Take(3).Select(point => (int)point!["days"]!));
        Assert.Equal(140_000, (double)curve[0]!["units"]!);
        Assert.True(curve.Zip(curve.Skip(1)).All(pair =>
            (double)pair.First!["power"]! < (double)pair.Second!["power"]!
            && (double)pair.First!["detectable_relative"]! > (double)pair.Second!["detectable_relative"]!));
        RunnerResult csv = await RunnerHarness.RunAsync(
            "power", "--metric-type", "rank", "--mde", "0.02", "--curve", "--format", "csv");
        Assert.Equal(13, csv.Output.TrimEnd().Split('\n').Length);
        Assert.StartsWith("units,days,power", csv.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_experiment_gives_baseline_variance_weights_and_traffic()
    {
        using TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync(
            "sql",
            """
            INSERT INTO catalog.experiments
                (experiment_id, policy_id, policy_version, experiment_name, unit_type, exclude_multi_variation, start_at)
            VALUES ('e', 'default', 1, 'e', 'user', 0, '2024-01-01');
            INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
            VALUES ('e', 'c', 1, 2), ('e', 't', 0, 1);
            INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role)
            VALUES ('e', 'm', 1, 'primary'), ('e', 'p', 1, 'secondary');
            INSERT INTO marts.agg_experiment_metric_by_variant
                (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, n_assigned, n_units,
                success_count, center_value, sum_centered, sum_centered_sq, sum_centered_cube, refreshed_at)
            VALUES
                ('e', 'itt', 'm', 1, 'c', 1, 3, 3, NULL, 20, 3, 9, 0, '2024-01-09'),
                ('e', 'itt', 'm', 1, 'c', 2, 2, 2, NULL, 20, 7, 25, 0, '2024-01-09'),
                ('e', 'itt', 'm', 1, 't', 1, 3, 3, NULL, 20, 300, 90000, 0, '2024-01-09'),
                ('e', 'itt', 'p', 1, 'c', 1, 1000, 1000, 100, 0, 100, 100, 0, '2024-01-09');
            INSERT INTO marts.fct_experiment_cohort
                (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed,
                itt_anchor_at)
            VALUES
                ('e', 'a', 1, 'c', 1, 1, 1, 1, '2024-01-01T10:00:00'), ('e', 'b', 2, 'c', 1, 1, 1, 1, '2024-01-01T23:00:00'),
                ('e', 'd', 3, 't', 1, 2, 1, 1, '2024-01-02T01:00:00'), ('e', 'x', 4, 't', 1, 2, 0, 1, '2024-01-03T01:00:00');
            """);

        // Five values of the control: sum 110, squares about 22 are 14.
        JsonNode mean = Plan(await folder.SucceedAsync("power", "--experiment", "e", "--metric", "m", "--mde", "0.05", "--format", "json"));
        Assert.Equal(22, (double)mean["baseline"]!, 1e-12);
        Assert.Equal(3.5, (double)mean["variance"]!, 1e-12);
        Assert.Equal("2:1", (string)mean["weights"]!);
        Assert.Equal(1.5, (double)mean["daily_units"]!);
        JsonNode rate = Plan(await folder.SucceedAsync("power", "--experiment", "e", "--metric", "p", "--mde", "0.05", "--format", "json"));
        Assert.Equal("proportion", (string)rate["metric_type"]!);
        Assert.Equal(.1, (double)rate["baseline"]!, 1e-15);
        RunnerResult none = await folder.RunAsync("power", "--experiment", "e", "--metric", "q", "--mde", "0.05");
        Assert.Equal(3, none.ExitCode);
        Assert.Contains("'q'", none.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_experiments_ratio_covariate_and_quantile_are_planned_by_their_own_variances()
    {
        using TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync(
            "sql",
            """
            INSERT INTO catalog.experiments (experiment_id, policy_id, policy_version, experiment_name, unit_type,
                exclude_multi_variation, start_at, analysis_mode)
            VALUES ('e', 'default', 1, 'e', 'user', 0, '2024-01-01', 'exposed');
            INSERT INTO catalog.experiment_variations (experiment_id, variation_id, is_control, weight)
            VALUES ('e', 'c', 1, 1), ('e', 't', 0, 1);
            INSERT INTO catalog.metric_definitions (metric_id, metric_version, metric_type, event_name, aggregation,
                window_start_hours, maturity, direction, valid_from)
            VALUES ('r', 1, 'ratio', 'x', 'sum', 0, 'complete', 'increase', '2024-01-01'),
                ('m', 1, 'mean', 'x', 'sum', 0, 'complete', 'increase', '2024-01-01'),
                ('q', 1, 'quantile', 'x', 'sum', 0, 'complete', 'increase', '2024-01-01'),
                ('w', 1, 'time_to_event', 'x', 'count', 0, 'complete', 'decrease', '2024-01-01');
            INSERT INTO catalog.experiment_metrics (experiment_id, metric_id, metric_version, metric_role, test_method)
            VALUES ('e', 'r', 1, 'primary', NULL), ('e', 'm', 1, 'secondary', NULL), ('e', 'q', 1, 'secondary', NULL),
                ('e', 'w', 1, 'secondary', NULL);
            INSERT INTO marts.experiment_metric_parts (experiment_id, analysis_mode, metric_id, metric_version, part_name,
                measure_number, metric_type, aggregation, is_zero_filled, part_count, mature_seconds, anchored_before,
                winsor_nonzero, center_value)
            VALUES ('e', 'exposed', 'r', 1, 'y', 1, 'ratio', 'sum', 1, 2, 259200, '9999-12-31', 0, 0);
            INSERT INTO marts.agg_experiment_metric_by_variant
                (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, n_assigned, n_units,
                center_value, sum_centered, sum_centered_sq, sum_centered_cube, center_d, sum_d, sum_dd, sum_yd,
                center_x, sum_x, sum_xx, sum_yx, refreshed_at)
            VALUES
                ('e', 'exposed', 'r', 1, 'c', 1, 4, 4, 0, 16, 78, 0, 0, 8, 22, 41, NULL, NULL, NULL, NULL, '2024-01-09'),
                ('e', 'itt', 'r', 1, 'c', 1, 4, 4, 0, 99, 7800, 0, 0, 8, 22, 41, NULL, NULL, NULL, NULL, '2024-01-09'),
                ('e', 'exposed', 'm', 1, 'c', 1, 4, 4, 0, 10, 30, 0, NULL, NULL, NULL, NULL, 0, 10, 30, 29, '2024-01-09');
            INSERT INTO marts.agg_experiment_metric_quantiles
                (experiment_id, analysis_mode, metric_id, metric_version, variation_id, weight_epoch, quantile_fraction,
                n_units, observation_count, quantile_value, share_at_or_below, sum_residual_sq, level_variance,
                lower_value, upper_value, atom_share, refreshed_at)
            VALUES ('e', 'exposed', 'q', 1, 'c', 1, 0.5, 400, 1000, 10, 0.5, 100, 0.0006, 9, 11, 0, '2024-01-09');
            INSERT INTO marts.fct_experiment_cohort
                (experiment_id, unit_id, unit_number, variation_id, weight_epoch, arm_number, is_itt, is_exposed,
                itt_anchor_at, exposed_anchor_at)
            VALUES
                ('e', 'a', 1, 'c', 1, 1, 1, 1, '2024-01-01T10:00:00', '2024-01-04T10:00:00'),
                ('e', 'b', 2, 'c', 1, 1, 1, 1, '2024-01-01T23:00:00', '2024-01-04T23:00:00'),
                ('e', 'x', 3, 't', 1, 2, 1, 0, '2024-01-03T01:00:00', NULL);
            """);

        // (y, d) = (2, 1), (4, 2), (3, 1), (7, 4): means 4 and 2; variances 14/3 and 2, covariance 3;
        // n Var(r) = (14/3)/4 + 2 · 16/16 - 2 · 3 · 4/8 = 1/6.
        JsonNode ratio = await PlanOfAsync(folder, "r");
        Assert.Equal("ratio", (string)ratio["metric_type"]!);
        Assert.Equal(2, (double)ratio["baseline"]!, 1e-12);
        Assert.Equal(1.0 / 6, (double)ratio["variance"]!, 1e-12);
        Assert.Equal(.1, (double)ratio["effect_absolute"]!, 1e-12);
        JsonNode same = await PlanAsync("--metric-type ratio --baseline 2 --variance 0.16666666666666667 --mde 0.05");
        Assert.Equal((double)same["units"]!, (double)ratio["units"]!);

        // Two units on one day of exposure; whole weeks, then the window of three days.
        Assert.Equal(2, (double)ratio["daily_units"]!);
        Assert.Equal(3, (int)ratio["days"]! % 7);

        // y = 1, 2, 3, 4 and x = 1, 3, 2, 4: variances 5/3, covariance 4/3, correlation .8.
        JsonNode mean = await PlanOfAsync(folder, "m");
        Assert.Equal(.64, (double)mean["cuped_r2"]!, 1e-12);
        JsonNode plain = await PlanOfAsync(folder, "m", "--cuped-r2", "0");
        Assert.Equal(.36, (double)mean["units"]! / (double)plain["units"]!, .01);

        // SE = 2/(2 · 1.959964): n SE² = 400/3.8414588.
        JsonNode quantile = await PlanOfAsync(folder, "q");
        Assert.Equal("quantile", (string)quantile["metric_type"]!);
        Assert.Equal(10, (double)quantile["baseline"]!);
        Assert.Equal(400 / 3.841458820694124, (double)quantile["variance"]!, 1e-9);

        // A hazard ratio needs neither baseline nor variance, and counts events, not units a day.
        JsonNode time = await PlanOfAsync(folder, "w");
        Assert.Equal("time_to_event", (string)time["metric_type"]!);
        Assert.Null(time["daily_units"]);

        static async Task<JsonNode> PlanOfAsync(TestFolder folder, string metric, params string[] more) => Plan(
            await folder.SucceedAsync(
                ["power", "--experiment", "e", "--metric", metric, "--mde", "0.05", "--format", "json", .. more]));
    }

    [Theory]
    [InlineData("", "--metric-type")]
    [InlineData("--metric-type mean --sd 1 --mde 0.1", "--baseline")]
    [InlineData("--metric-type mean --baseline 1 --mde 0.1", "--sd")]
    [InlineData("--metric-type mean --baseline 1 --sd 1", "--mde or --units")]
    [InlineData("--metric-type mean --baseline 1 --sd 1 --mde 0", "--mde is 0")]
    [InlineData("--metric-type mean --baseline 1 --sd 1 --variance 1 --mde 1", "--variance and --sd")]
    [InlineData("--metric-type mean --baseline 1 --sd -1 --mde 1", "--sd is -1")]
    [InlineData("--metric-type median --baseline 1 --mde 1", "--metric-type is 'median'")]
    [InlineData("--metric-type proportion --baseline 0.1 --mde 0.1 --alpha 5", "--alpha is 5")]
    [InlineData("--metric-type proportion --baseline 0.1 --mde 0.1 --weights 1:x", "--weights is '1:x'")]
    [InlineData("--metric-type proportion --baseline 0.1 --mde 0.1 --weights 1", "two or more")]
    [InlineData("--metric-type proportion --baseline 3 --mde 0.1", "A rate lies in [0, 1]")]
    [InlineData("--metric-type mean --baseline 1 --sd 1 --non-inferiority-margin 0.1 --equivalence-margin 0.1", "One margin")]
    [InlineData("--experiment e --mde 0.1", "--metric")]
    public async Task A_plan_that_cannot_be_exits_2_with_one_sentence(string line, string names)
    {
        RunnerResult result = await RunnerHarness.RunAsync(
            ["power", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(names, result.ErrorSentence, StringComparison.Ordinal);
        Assert.Equal(string.Empty, result.Output);
    }

    [Fact]
    public async Task An_effect_against_the_alternative_is_found_by_no_sample()
    {
        RunnerResult result = await RunnerHarness.RunAsync(
            "power", "--metric-type", "mean", "--baseline", "25", "--sd", "3", "--mde", "0.1", "--alternative", "less");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No sample", result.ErrorSentence, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> PlanAsync(string line) => (await RunAsync(line))["plan"]!;

    private static async Task<JsonNode> RunAsync(string line)
    {
        RunnerResult result = await RunnerHarness.RunAsync(["power", .. line.Split(' '), "--format", "json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return JsonNode.Parse(result.Output)!;
    }

    private static JsonNode Plan(RunnerResult result) => JsonNode.Parse(result.Output)!["plan"]!;
}
