using System.Globalization;
using System.Text;

namespace Experiments.Runner.Tests;

/// <summary>A sequential plan from the catalog to the decision, and runs that are computed again.</summary>
public sealed class SequentialRunTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Catalog =
        """
        dimensions:
          - {dimension_id: country}
        metrics:
          - {metric_id: bought, metric_type: proportion, event_name: purchase, maturity: all}
          - {metric_id: spent, metric_type: mean, event_name: purchase, aggregation: sum, maturity: all, cap_upper: 8}
        plans:
          - {plan_id: always, plan_kind: confidence_sequence, planned_units: 2000, fixed_at: 2025-12-31}
          - {plan_id: looks, plan_kind: group_sequential, planned_units: 2000, planned_looks: 3, spending: obrien_fleming, fixed_at: 2025-12-31}
          - {plan_id: futile, plan_kind: group_sequential, planned_units: 2000, planned_looks: 2, spending: obrien_fleming, futility_spending: obrien_fleming, futility_power: 0.8, fixed_at: 2025-12-31}
        experiments:
          - experiment_id: seq
            analysis_mode: itt
            start_at: 2026-01-01
            end_at: 2026-01-29
            planned_units: 2000
            plan_id: PLAN
            dimensions: [country]
            variations:
              - {variation_id: control, is_control: true, weight: 0.5}
              - {variation_id: treatment, weight: 0.5}
            metrics:
              - {metric_id: bought, metric_role: primary}
              - {metric_id: spent, metric_role: secondary}
        """;

    [Fact]
    public async Task A_look_is_recorded_once_and_late_events_change_no_recorded_one()
    {
        using TestFolder folder = await StartAsync("always");
        await LoadAsync(folder, 1, 600);
        await folder.SucceedAsync("analyze", "--experiment", "seq");
        string[] first = await LookAsync(folder, 1);
        RunnerResult again = await folder.SucceedAsync("analyze", "--experiment", "seq", "--format", "csv");
        string[] looks = await folder.RowAsync("SELECT COUNT_BIG(*) AS look_count, MIN(l.run_id) AS run_id FROM results.looks AS l;");

        // Late events of the first day, and then a second day.
        string late = string.Concat(Enumerable.Range(0, 150).Select(i => $"late{i},purchase,2026-01-01 05:00:00,1\n"
            .Replace($"late{i}", $"d1u{(2 * i) + 1}", StringComparison.Ordinal)));
        await folder.SucceedAsync("load", "events", folder.Write("late.csv", "unit_id,event_name,event_at,event_value\n" + late));
        RunnerResult afterLate = await folder.SucceedAsync("analyze", "--experiment", "seq", "--format", "csv");
        string[] frozen = await LookAsync(folder, 1);
        await LoadAsync(folder, 2, 600);
        RunnerResult second = await folder.SucceedAsync("analyze", "--experiment", "seq");
        string[] kept = await LookAsync(folder, 1);
        string[] next = await LookAsync(folder, 2);

        Assert.Equal(["1", "1"], looks);
        Assert.Equal(first, frozen);
        Assert.Equal(first, kept);
        Assert.Equal(Without(again.Output, "run_id"), Without(afterLate.Output, "run_id"));
        Assert.Equal("1200", next[0]);

        // The running interval is the intersection of both, the running p the smaller one.
        Assert.Equal(Math.Max(Number(kept[2]), Number(next[2])), Number(next[4]), 1e-12);
        Assert.Equal(Math.Min(Number(kept[1]), Number(next[1])), Number(next[5]), 1e-300);
        Assert.Contains("sequential_bound", second.Output, StringComparison.Ordinal);
        string[] row = await folder.RowAsync(
            "SELECT r.look_number, r.always_valid_p, r.always_valid_p_adjusted, r.p_value_adjusted FROM results.experiment_results AS r "
            + "WHERE r.metric_id = 'bought' AND r.variation_id = 'treatment';");
        Assert.Equal("2", row[0]);
        Assert.Equal(Number(next[5]), Number(row[1]));
        Assert.Equal(row[1], row[2]);
        Assert.Equal(string.Empty, row[3]);

        await folder.SucceedAsync("catalog", "apply", folder.Write("other.yaml", Catalog.Replace("PLAN", "looks", StringComparison.Ordinal)));
        RunnerResult refused = await folder.RunAsync("analyze", "--experiment", "seq");
        Assert.Equal(3, refused.ExitCode);
        Assert.Contains("was looked at under the plan 'always' version 1", refused.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_sequential_plan_spends_alpha_at_its_looks()
    {
        using TestFolder folder = await StartAsync("looks");
        for (int day = 1; day <= 2; day++)
        {
            await LoadAsync(folder, day, 500);
            await folder.SucceedAsync("analyze", "--experiment", "seq");
        }

        string[] first = await folder.RowAsync(
            "SELECT l.information_fraction, l.critical_value, l.alpha_spent FROM results.experiment_looks AS l "
            + "WHERE l.metric_id = 'bought' AND l.look_number = 1;");
        string[] second = await folder.RowAsync(
            "SELECT l.information_fraction, l.critical_value, l.alpha_spent FROM results.experiment_looks AS l "
            + "WHERE l.metric_id = 'bought' AND l.look_number = 2;");

        // O'Brien-Fleming type spending (Lan and DeMets 1983) at t = .25 and .5 of four looks, alpha .025 one-sided: R rpact
        // 3.3.4, getDesignGroupSequential, the value gs-spend-of4 of runner/Experiments.Trust/reference_values.json.
        Assert.Equal(.25, Number(first[0]));
        Assert.Equal(4.332633646049565, Number(first[1]), 1e-6);
        Assert.Equal(.5, Number(second[0]));
        Assert.Equal(2.9631315976798915, Number(second[1]), 1e-6);
    }

    [Theory]
    [InlineData(false, "0")]
    [InlineData(true, "1")]
    public async Task A_futility_bound_says_where_a_look_may_stop_in_vain(bool isWorse, string isFutile)
    {
        using TestFolder folder = await StartAsync("futile");
        await LoadAsync(folder, 1, 1000, isWorse);
        await folder.SucceedAsync("analyze", "--experiment", "seq");

        string[] look = await folder.RowAsync(
            "SELECT l.information_fraction, l.critical_value, l.futility_bound, l.is_futile "
            + "FROM results.experiment_looks AS l WHERE l.metric_id = 'bought';");

        // Type II error .2 spent as by O'Brien and Fleming: b*(1/2) = 2 (1 - F(1.281552 / sqrt(1/2))) = .0699, and at the
        // first look P(Z < bound) = b* with Z normal of mean drift sqrt(1/2). The drift of the plan is that of the power:
        // R = (drift / (1.959964 + .841621))^2, between that of the efficacy bounds alone (1.008) and 1.2.
        const double spent = .069926;
        double bound = Number(look[2]);
        double drift = (bound - MathNet.Numerics.Distributions.Normal.InvCDF(0, 1, spent)) / Math.Sqrt(.5);
        Assert.Equal(.5, Number(look[0]));
        Assert.Equal(2.962588, Number(look[1]), 1e-3);
        Assert.InRange(Math.Pow(drift / (1.959964 + .841621), 2), 1.008, 1.2);
        Assert.Equal(isFutile, look[3]);
    }

    [Fact]
    public async Task A_run_is_computed_again_to_the_last_bit_when_the_raw_data_is_gone()
    {
        using TestFolder folder = await StartAsync("always");
        await LoadAsync(folder, 1, 400);
        await folder.SucceedAsync("load", "unit_attributes", folder.Write(
            "c.csv",
            "unit_id,attribute,attribute_value\n"
                + string.Concat(Enumerable.Range(0, 400).Select(i => $"d1u{i},country,{(i % 3 == 0 ? "DE" : "AT")}\n"))));
        RunnerResult first = await folder.SucceedAsync("analyze", "--experiment", "seq", "--format", "csv");
        foreach (string table in new[]
        {
            "marts.agg_experiment_metric_by_variant", "marts.agg_experiment_metric_by_dimension",
            "marts.fct_experiment_cohort", "staging.stg_conversion_events", "raw.events", "raw.assignments",
        })
        {
            await folder.SucceedAsync("sql", $"DELETE FROM {table};");
        }

        RunnerResult same = await folder.SucceedAsync("reanalyze", "--run", "1", "--format", "csv");
        RunnerResult other = await folder.SucceedAsync(
            "reanalyze", "--run", "1", "--alpha", "0.2", "--prior", "normal:0,0.1", "--format", "csv");
        RunnerResult ranks = await folder.SucceedAsync(
            "reanalyze", "--run", "1", "--test-method", "mann_whitney", "--format", "csv");
        RunnerResult unknown = await folder.RunAsync("reanalyze", "--run", "99");

        Assert.Equal(first.Output, same.Output);
        Assert.Contains("alpha=0.2;", other.Output, StringComparison.Ordinal);
        Assert.Contains("normal(0, 0.1) of the lift", other.Output, StringComparison.Ordinal);
        Assert.Contains("needs_rows", ranks.Output, StringComparison.Ordinal);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Equal("Run 99 is not among the finished runs; see results.analysis_runs.", unknown.ErrorSentence);

        Dictionary<string, string> values = await folder.PairsAsync(
            "SELECT r.dimension_value, r.n_units FROM results.experiment_results_by_dimension AS r "
            + "WHERE r.metric_id = 'bought' AND r.variation_id = 'treatment' ORDER BY r.dimension_value;");
        Assert.Equal(["AT", "DE"], values.Keys);
        Assert.Equal(200, values.Values.Sum(static value => int.Parse(value, CultureInfo.InvariantCulture)));
        string[] day = await folder.RowAsync(
            "SELECT TOP (1) d.n_units, d.p_value, r.n_units, r.p_value FROM results.experiment_results_daily AS d "
            + "INNER JOIN results.experiment_results AS r ON r.metric_id = d.metric_id AND r.variation_id = d.variation_id "
            + "WHERE d.metric_id = 'bought' AND d.variation_id = 'treatment' ORDER BY d.metric_date DESC;");
        Assert.Equal((day[2], Number(day[3])), (day[0], Number(day[1])));
        string[] q = await folder.RowAsync(
            "SELECT h.value_count, h.degrees_of_freedom FROM results.experiment_heterogeneity AS h WHERE h.metric_id = 'bought';");
        Assert.Equal(["2", "1"], q);
        string[] capped = await folder.RowAsync(
            "SELECT r.cap_upper, r.capped_count FROM results.experiment_results AS r WHERE r.metric_id = 'spent' AND r.variation_id = 'treatment';");
        Assert.Equal("8", capped[0]);
        Assert.NotEqual("0", capped[1]);
    }

    [Fact]
    public async Task A_pipeline_that_requires_a_ship_gets_3_without_one()
    {
        using TestFolder folder = await StartAsync("always");
        await LoadAsync(folder, 1, 100);

        RunnerResult early = await folder.RunAsync("analyze", "--experiment", "seq", "--require-ship");
        await LoadAsync(folder, 2, 1800);
        RunnerResult ship = await folder.RunAsync("analyze", "--experiment", "seq", "--require-ship");

        Assert.Equal(3, early.ExitCode);
        Assert.Contains("INCONCLUSIVE", early.Output, StringComparison.Ordinal);
        Assert.Equal(0, ship.ExitCode);
        Assert.Contains("SHIP", ship.Output, StringComparison.Ordinal);
        string[] runs = await folder.RowAsync("SELECT COUNT_BIG(*) AS run_count, MAX(r.run_id) AS run_id FROM results.analysis_runs AS r;");
        Assert.Equal(["2", "2"], runs);
    }

    private async Task<TestFolder> StartAsync(string plan)
    {
        TestFolder folder = databases.Create();
        await folder.SucceedAsync(
            "catalog", "apply", folder.Write("catalog.yaml", Catalog.Replace("PLAN", plan, StringComparison.Ordinal)));
        return folder;
    }

    /// <summary>A day's units, half of them treated; 20 % of the control and 40 % of the treatment buy, or the other way round, for 1 to 12.</summary>
    private static async Task LoadAsync(TestFolder folder, int day, int units, bool isWorse = false)
    {
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("unit_id,event_name,event_at,event_value\n");
        for (int i = 0; i < units; i++)
        {
            bool isTreated = i % 2 == 1;
            assignments.Append(CultureInfo.InvariantCulture, $"seq,d{day}u{i},{(isTreated ? "treatment" : "control")},2026-01-0{day} 00:00:00\n");
            if (i / 2 % 5 < (isTreated == isWorse ? 1 : 2))
            {
                events.Append(CultureInfo.InvariantCulture, $"d{day}u{i},purchase,2026-01-0{day} 12:00:00,{1 + (i % 12)}\n");
            }
        }

        await folder.SucceedAsync("load", "assignments", folder.Write($"a{day}.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write($"e{day}.csv", events.ToString()));
    }

    private static Task<string[]> LookAsync(TestFolder folder, int look) => folder.RowAsync(
        "SELECT l.n_units, l.p_value, l.ci_lower, l.ci_upper, l.running_lower, l.running_p_value, l.uplift_abs "
        + $"FROM results.experiment_looks AS l WHERE l.metric_id = 'bought' AND l.look_number = {look};");

    private static string Without(string csv, string column)
    {
        string[][] rows = [.. csv.Split("\r\n").Select(line => line.Split(','))];
        int at = Array.IndexOf(rows[0], column);
        return string.Join('\n', rows.Select(row => string.Join(',', row.Where((_, i) => i != at))));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
