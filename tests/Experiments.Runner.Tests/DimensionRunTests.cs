using System.Globalization;
using System.Text;

namespace Experiments.Runner.Tests;

/// <summary>Quantiles, ranks and times to event by the value of a dimension, from files to results.</summary>
public sealed class DimensionRunTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const int Units = 600;

    private const string Catalog =
        """
        dimensions:
          - {dimension_id: country}
          - {dimension_id: everyone}
        metrics:
          - {metric_id: bought, metric_type: proportion, event_name: purchase, maturity: all}
          - {metric_id: price, metric_type: quantile, event_name: purchase, quantile_fraction: 0.5, maturity: all}
          - {metric_id: spent, metric_type: mean, event_name: purchase, aggregation: sum, maturity: all}
          - {metric_id: wait, metric_type: time_to_event, event_name: purchase, maturity: all}
        experiments:
          - experiment_id: dims
            analysis_mode: itt
            start_at: 2026-01-01
            end_at: 2026-01-29
            dimensions: [country, everyone]
            variations:
              - {variation_id: control, is_control: true, weight: 0.5}
              - {variation_id: treatment, weight: 0.5}
            metrics:
              - {metric_id: bought, metric_role: primary}
              - {metric_id: price, metric_role: secondary}
              - {metric_id: spent, metric_role: secondary, test_method: mann_whitney}
              - {metric_id: wait, metric_role: secondary}
        """;

    /// <summary>One value that every unit has gives what all units give; the countries give their own.</summary>
    [Fact]
    public async Task Each_value_is_analysed_and_computed_again_to_the_last_bit()
    {
        using TestFolder folder = databases.Create();
        await LoadAsync(folder);
        RunnerResult first = await folder.SucceedAsync("analyze", "--experiment", "dims", "--format", "csv");
        string kept = await RowsAsync(folder);
        foreach (string table in new[]
        {
            "agg_experiment_metric_quantiles_by_dimension", "agg_experiment_metric_ranks_by_dimension",
            "agg_experiment_metric_risk_sets_by_dimension", "agg_experiment_metric_quantiles",
        })
        {
            await folder.SucceedAsync("sql", $"DELETE FROM marts.{table};");
        }

        RunnerResult same = await folder.SucceedAsync("reanalyze", "--run", "1", "--format", "csv");

        Assert.Equal(first.Output, same.Output);
        Assert.Equal(kept, await RowsAsync(folder));
        foreach (string metric in new[] { "price", "spent", "wait" })
        {
            string[] of = await folder.RowAsync(
                "SELECT d.p_value, r.p_value, d.test_statistic, r.test_statistic, "
                + "COALESCE(d.uplift_rel, 0e0) AS d_rel, COALESCE(r.uplift_rel, 0e0) AS r_rel, d.reason_code "
                + "FROM results.experiment_results_by_dimension AS d INNER JOIN results.experiment_results AS r "
                + "ON r.metric_id = d.metric_id AND r.variation_id = d.variation_id "
                + $"WHERE d.metric_id = '{metric}' AND d.variation_id = 'treatment' AND d.dimension_id = 'everyone';");
            Assert.InRange(Number(of[0]), double.Epsilon, 1);
            Assert.Equal(Number(of[1]), Number(of[0]), 1e-12);
            Assert.Equal(Number(of[3]), Number(of[2]), 1e-9);
            Assert.Equal(Number(of[5]), Number(of[4]), 1e-12);
            Assert.Equal(string.Empty, of[6]);
            string[] countries = await folder.RowAsync(
                "SELECT COUNT_BIG(d.p_value) AS answers, COUNT_BIG(*) AS row_count, MIN(d.p_value) AS least, "
                + "MAX(d.p_value) AS most FROM results.experiment_results_by_dimension AS d "
                + $"WHERE d.metric_id = '{metric}' AND d.variation_id = 'treatment' AND d.dimension_id = 'country';");
            Assert.Equal(["2", "2"], countries[..2]);
            Assert.NotEqual(countries[2], countries[3]);
        }

        Dictionary<string, string> reasons = await folder.PairsAsync(
            "SELECT h.metric_id, CONCAT(h.degrees_of_freedom, ' ', h.reason_code) AS answer "
            + "FROM results.experiment_heterogeneity AS h WHERE h.dimension_id = 'country' ORDER BY h.metric_id;");
        Assert.Equal("1 ", reasons["bought"]);
        Assert.Equal("1 not_evaluable", reasons["price"]);
        Assert.Equal(" not_evaluable", reasons["spent"]);
        Assert.Equal(" not_evaluable", reasons["wait"]);
    }

    /// <summary>Half of the units are treated and buy dearer and earlier, a third live in DE, the others in AT.</summary>
    private static async Task LoadAsync(TestFolder folder)
    {
        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", Catalog));
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("unit_id,event_name,event_at,event_value\n");
        StringBuilder attributes = new("unit_id,attribute,attribute_value\n");
        for (int i = 0; i < Units; i++)
        {
            bool isTreated = i % 2 == 1;
            bool isGerman = i % 3 == 0;
            assignments.Append(
                CultureInfo.InvariantCulture,
                $"dims,u{i},{(isTreated ? "treatment" : "control")},2026-01-01 00:00:00\n");
            attributes.Append(
                CultureInfo.InvariantCulture,
                $"u{i},country,{(isGerman ? "DE" : "AT")}\nu{i},everyone,yes\n");
            for (int k = 0; k < 1 + (i % 4); k++)
            {
                int price = 10 + ((i * 7) + (k * 13) + (isTreated && isGerman ? 11 : isTreated ? 2 : 0)) % 40;
                int minute = 5 + ((i * 11) + (k * 17) + (isTreated ? 0 : 3)) % 50;
                if (i % 5 != 0)
                {
                    events.Append(
                        CultureInfo.InvariantCulture, $"u{i},purchase,2026-01-02 0{k}:{minute:00}:00,{price}\n");
                }
            }
        }

        await folder.SucceedAsync("load", "unit_attributes", folder.Write("c.csv", attributes.ToString()));
        await folder.SucceedAsync("load", "assignments", folder.Write("a.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write("e.csv", events.ToString()));
    }

    private static async Task<string> RowsAsync(TestFolder folder) => (await folder.SucceedAsync(
        "sql",
        "SELECT d.dimension_id, d.dimension_value, d.metric_id, d.variation_id, d.p_value, d.ci_lower, d.ci_rel_upper, "
        + "d.n_units FROM results.experiment_results_by_dimension AS d "
        + "ORDER BY d.dimension_id, d.dimension_value, d.metric_id, d.variation_id;",
        "--format",
        "csv")).Output;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
