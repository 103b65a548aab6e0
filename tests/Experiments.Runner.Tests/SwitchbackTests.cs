using System.Globalization;
using System.Text;

namespace Experiments.Runner.Tests;

/// <summary>
/// A switchback from files to the decision: two cities, three days, two blocks a day and city, of which two of the four
/// of a day have the treatment. The first hour of a block is its burn-in.
/// </summary>
public sealed class SwitchbackTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Header =
        """
        metrics:
          - {metric_id: orders, metric_type: mean, event_name: order, aggregation: count, maturity: all}
          - {metric_id: spent, metric_type: mean, event_name: order, aggregation: sum, maturity: all}
          - {metric_id: basket, metric_type: ratio, numerator: spent, denominator: orders}
          - {metric_id: visits, metric_type: mean, event_name: visit, aggregation: count, maturity: all}
        experiments:
          - experiment_id: surge
            analysis_mode: itt
            region_attribute: city
            burn_in_hours: 1
            start_at: 2026-03-01
            end_at: 2026-03-04
            planned_units: 12
            variations:
              - {variation_id: "off", is_control: true, weight: 0.5}
              - {variation_id: "on", weight: 0.5}
            metrics:
              - {metric_id: orders, metric_role: primary}
              - {metric_id: basket, metric_role: secondary}
              - {metric_id: visits, metric_role: secondary}
            blocks:

        """;

    private const string Cities =
        "unit_id,attribute,attribute_value\na,city,north\nb,city,north\nc,city,south\nnobody,city,west\n";

    /// <summary>The blocks by day: the first and second half in the north, then in the south.</summary>
    private static readonly bool[][] s_isOn =
        [[true, false, false, true], [false, true, true, false], [false, true, false, true]];

    [Fact]
    public async Task The_effect_and_p_are_those_of_all_assignments_that_the_design_could_have_drawn()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Header + Blocks()));
        await LoadAsync(folder, 0, 3);
        RunnerResult analyzed = await folder.SucceedAsync("analyze", "--experiment", "surge", "--format", "csv");

        // Every unit orders four times under "on" and twice under "off": but for the assignment that was drawn and its
        // mirror image no assignment has a difference of 2, so that p = 2/6^3.
        string[] orders = await ResultAsync(folder, "orders");
        Assert.Equal("switchback", orders[0]);
        Assert.Equal(string.Empty, orders[1]);
        Assert.Equal(2.0, Number(orders[2]), 1e-12);
        Assert.Equal(1.0, Number(orders[3]), 1e-12);
        Assert.Equal(2.0 / 216, Number(orders[4]), 1e-12);

        // Two orders more a unit, or twice as many, are the only effects that leave blocks which do not differ.
        Assert.All(orders[5..7], end => Assert.Equal(2.0, Number(end), 1e-12));
        Assert.All(orders[7..9], end => Assert.Equal(1.0, Number(end), 1e-12));
        Assert.Equal(["", "6", "6"], orders[9..]);

        (double effect, double control, double p) = Enumerate(Baskets());
        string[] basket = await ResultAsync(folder, "basket");
        Assert.Equal(effect, Number(basket[2]), 1e-12);
        Assert.Equal(effect / control, Number(basket[3]), 1e-12);
        Assert.Equal(p, Number(basket[4]), 1e-12);
        Assert.InRange(p, .05, .95);
        foreach ((string end, Func<double, double, double, double> take) in new (string, Func<double, double, double, double>)[]
        {
            (basket[5], static (n, y, k) => y - (k * n)), (basket[6], static (n, y, k) => y - (k * n)),
            (basket[7], static (_, y, k) => y / (1 + k)), (basket[8], static (_, y, k) => y / (1 + k)),
        })
        {
            // The test does not reject an effect just inside the interval, and rejects one just outside.
            double at = Number(end);
            double inside = end == basket[5] || end == basket[7] ? 1e-6 : -1e-6;
            Assert.InRange(Enumerate(Without(at + inside, take)).PValue, .05, 1);
            Assert.InRange(Enumerate(Without(at - inside, take)).PValue, 0, .05 - 1e-9);
        }

        // Nothing happened in any block: every difference is 0, and no lift of a control of 0 exists.
        string[] visits = await ResultAsync(folder, "visits");
        Assert.Equal(["switchback", "control_zero", "0", "", "1"], visits[..5]);

        Assert.Equal(
            ["6", "6"],
            (await folder.PairsAsync(
                "SELECT s.variation_id, s.observed_count FROM results.experiment_srm AS s WHERE s.stage = 'assigned';"))
                .Values);
        Assert.Equal(
            ["ship", "all_gates_passed"],
            await folder.RowAsync("SELECT s.decision, s.decision_code FROM results.experiment_summary AS s;"));
        Assert.Equal(
            ["0"],
            await folder.RowAsync(
                "SELECT c.observed FROM results.experiment_checks AS c WHERE c.check_name = 'switchback' "
                + "AND c.metric_id = 'orders' AND c.detail LIKE '%12 blocks in 3 strata%all 216 assignments%';"));

        // What the run kept is enough.
        await folder.SucceedAsync(
            "sql", "DELETE FROM marts.agg_experiment_metric_blocks; DELETE FROM catalog.experiment_blocks;");
        Assert.Equal(analyzed.Output, (await folder.SucceedAsync("reanalyze", "--run", "1", "--format", "csv")).Output);
    }

    [Fact]
    public async Task A_significantly_worse_primary_is_not_shipped()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", (Header + Blocks()).Replace(
            "metric_id: orders, metric_type: mean,", "metric_id: orders, direction: decrease, metric_type: mean,",
            StringComparison.Ordinal)));
        await LoadAsync(folder, 0, 3);
        await folder.SucceedAsync("analyze", "--experiment", "surge");

        Assert.Equal(
            ["do_not_ship", "primary_worse"],
            await folder.RowAsync("SELECT s.decision, s.decision_code FROM results.experiment_summary AS s;"));
    }

    [Fact]
    public async Task Blocks_that_end_later_come_in_as_a_new_build_has_them()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Header + Blocks()));
        await LoadAsync(folder, 0, 2);
        await folder.SucceedAsync("analyze", "--experiment", "surge");
        Assert.Equal("4", (await ResultAsync(folder, "orders"))[^1]);

        await LoadAsync(folder, 2, 3);
        await folder.SucceedAsync("analyze", "--experiment", "surge");
        string[] kept = await ResultAsync(folder, "basket");
        Assert.Equal("6", kept[^1]);
        await folder.SucceedAsync("sql", "EXEC marts.forget_refresh @experiment_id = 'surge';");
        await folder.SucceedAsync("analyze", "--experiment", "surge");
        Assert.Equal(kept, await ResultAsync(folder, "basket"));

        // A change of the design alone is seen too: all blocks in one stratum allow 12 over 6 assignments.
        await folder.SucceedAsync("sql", "UPDATE catalog.experiment_blocks SET stratum = 'all';");
        await folder.SucceedAsync("analyze", "--experiment", "surge");
        Assert.Equal(2.0 / 924, Number((await ResultAsync(folder, "orders"))[4]), 1e-12);
    }

    [Fact]
    public async Task Without_blocks_that_are_over_without_regions_and_in_mode_exposed_it_is_refused_by_name()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("c.yaml", Header + Blocks()));
        await folder.SucceedAsync(
            "load", "events", folder.Write("e.csv", "unit_id,event_name,event_at\na,order,2026-03-01 11:59:59\n"));
        RunnerResult early = await folder.RunAsync("analyze", "--experiment", "surge");
        Assert.Equal(3, early.ExitCode);
        Assert.Contains("No block of experiment 'surge' is over", early.Error, StringComparison.Ordinal);

        await folder.SucceedAsync(
            "load", "events", folder.Write("f.csv", "unit_id,event_name,event_at\na,order,2026-03-01 12:00:00\n"));
        RunnerResult nowhere = await folder.RunAsync("analyze", "--experiment", "surge");
        Assert.Equal(3, nowhere.ExitCode);
        Assert.Contains("none has the attribute 'city'", nowhere.Error, StringComparison.Ordinal);

        RunnerResult exposed = await folder.RunAsync("analyze", "--experiment", "surge", "--mode", "exposed");
        Assert.Equal(3, exposed.ExitCode);
        Assert.Contains("which are not exposed", exposed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("variation_id: \"on\"}", "variation_id: \"off\"}", "has blocks, but none of the variation 'on'")]
    [InlineData("variation_id: \"on\"}", "variation_id: \"maybe\"}", "has the variation 'maybe', which is not in catalog.experiment_variations")]
    [InlineData("block_end_at: 2026-03-01T12:00:00Z", "block_end_at: 2026-03-01T13:00:00Z", "runs into the next one of the region")]
    [InlineData("burn_in_hours: 1", "burn_in_hours: 12", "no later than its burn-in of 12 hours")]
    [InlineData("    region_attribute: city\n    burn_in_hours: 1\n", "", "12 blocks and no region_attribute")]
    [InlineData("{metric_id: orders, metric_role: primary}", "{metric_id: orders, metric_role: primary, prior_kind: flat}", "a test, side, interval, margin or prior of its own")]
    public async Task Designs_that_cannot_be_analyzed_are_refused(string from, string to, string sentence)
    {
        using TestFolder folder = databases.Create();
        string text = Header + Blocks();
        Assert.Contains(from, text, StringComparison.Ordinal);

        RunnerResult refused = await folder.RunAsync(
            "catalog", "apply", folder.Write("c.yaml", text.Replace(from, to, StringComparison.Ordinal)));

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains(sentence, refused.Error + refused.Output, StringComparison.Ordinal);
    }

    private static Task<string[]> ResultAsync(TestFolder folder, string metric) => folder.RowAsync(
        "SELECT r.method, r.reason_code, r.uplift_abs, r.uplift_rel, r.p_value, r.ci_lower, r.ci_upper, "
        + "r.ci_rel_lower, r.ci_rel_upper, r.std_error, r.n_assigned, r.n_units "
        + $"FROM results.experiment_results AS r WHERE r.metric_id = '{metric}' AND r.variation_id = 'on';");

    private static string Blocks()
    {
        StringBuilder text = new();
        for (int day = 0; day < 3; day++)
        {
            for (int block = 0; block < 4; block++)
            {
                string end = block % 2 == 0 ? $"2026-03-{day + 1:00}T12:00:00Z" : $"2026-03-{day + 2:00}T00:00:00Z";
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"      - {{region: {(block < 2 ? "north" : "south")}, block_start_at: 2026-03-{day + 1:00}T{12 * (block % 2):00}:00:00Z, block_end_at: {end}, variation_id: \"{(s_isOn[day][block] ? "on" : "off")}\"}}\n");
            }
        }

        return text.ToString();
    }

    private static string[] Units(int block) => block < 2 ? ["a", "b"] : ["c"];

    private static int Price(int day, int block, int unit, int order) =>
        5 + (((31 * day) + (17 * block) + (7 * unit) + (11 * order)) % 13);

    private static async Task LoadAsync(TestFolder folder, int fromDay, int toDay)
    {
        StringBuilder events = new("unit_id,event_name,event_at,event_value\n");
        for (int day = fromDay; day < toDay; day++)
        {
            for (int block = 0; block < 4; block++)
            {
                string[] units = Units(block);
                for (int unit = 0; unit < units.Length; unit++)
                {
                    string date = $"2026-03-{day + 1:00}";
                    int hour = 12 * (block % 2);
                    events.Append(CultureInfo.InvariantCulture, $"{units[unit]},order,{date} {hour:00}:59:59.999,9999\n");
                    for (int order = 0; order < (s_isOn[day][block] ? 4 : 2); order++)
                    {
                        events.Append(
                            CultureInfo.InvariantCulture,
                            $"{units[unit]},order,{date} {hour + 1 + order:00}:00:00,{Price(day, block, unit, order)}\n");
                    }
                }
            }
        }

        // The last block is over when something is known of the next day; who is in no region counts for nothing.
        events.Append(CultureInfo.InvariantCulture, $"stranger,order,2026-03-{toDay + 1:00} 00:00:00,9999\n");
        events.Append(CultureInfo.InvariantCulture, $"stranger,order,2026-03-{fromDay + 1:00} 05:00:00,9999\n");
        await folder.SucceedAsync("load", "unit_attributes", folder.Write($"u{fromDay}.csv", Cities));
        await folder.SucceedAsync("load", "events", folder.Write($"e{fromDay}.csv", events.ToString()));
    }

    private static (double N, double Y)[][] Baskets() =>
    [
        .. Enumerable.Range(0, 3).Select(day => Enumerable.Range(0, 4).Select(block =>
        {
            int orders = s_isOn[day][block] ? 4 : 2;
            int units = Units(block).Length;
            return (
                (double)(orders * units),
                (double)Enumerable.Range(0, units).Sum(unit =>
                    Enumerable.Range(0, orders).Sum(order => Price(day, block, unit, order))));
        }).ToArray()),
    ];

    /// <summary>The baskets with an effect taken off the blocks that had the treatment.</summary>
    private static (double N, double Y)[][] Without(double effect, Func<double, double, double, double> take) =>
    [
        .. Baskets().Select((day, d) => day.Select((block, b) =>
            s_isOn[d][b] ? (block.N, take(block.N, block.Y, effect)) : block).ToArray()),
    ];

    /// <summary>Every mask of 12 bits with two of each day's four: effect by its definition, and the share as large.</summary>
    private static (double Effect, double Control, double PValue) Enumerate((double N, double Y)[][] blocks)
    {
        double all = blocks.Sum(static day => day.Sum(static block => block.N));
        (double Effect, double Control) Of(int mask)
        {
            double effect = 0;
            double mean = 0;
            for (int day = 0; day < 3; day++)
            {
                double[] n = new double[2];
                double[] y = new double[2];
                for (int block = 0; block < 4; block++)
                {
                    int arm = (mask >> ((4 * day) + block)) & 1;
                    n[arm] += blocks[day][block].N;
                    y[arm] += blocks[day][block].Y;
                }

                effect += (n[0] + n[1]) / all * ((y[1] / n[1]) - (y[0] / n[0]));
                mean += (n[0] + n[1]) / all * (y[0] / n[0]);
            }

            return (effect, mean);
        }

        int drawn = Enumerable.Range(0, 12).Sum(i => s_isOn[i / 4][i % 4] ? 1 << i : 0);
        int[] possible = [.. Enumerable.Range(0, 4096).Where(static mask =>
            Enumerable.Range(0, 3).All(day => int.PopCount((mask >> (4 * day)) & 15) == 2))];
        (double observed, double control) = Of(drawn);
        int hits = possible.Count(mask => Math.Abs(Of(mask).Effect) >= Math.Abs(observed) - 1e-12);
        return (observed, control, (double)hits / possible.Length);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
