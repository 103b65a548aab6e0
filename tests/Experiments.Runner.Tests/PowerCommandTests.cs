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
                (experiment_id, unit_id, variation_id, weight_epoch, is_itt, is_exposed, itt_anchor_at)
            VALUES
                ('e', 'a', 'c', 1, 1, 1, '2024-01-01T10:00:00'), ('e', 'b', 'c', 1, 1, 1, '2024-01-01T23:00:00'),
                ('e', 'd', 't', 1, 1, 1, '2024-01-02T01:00:00'), ('e', 'x', 't', 1, 0, 1, '2024-01-03T01:00:00');
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
