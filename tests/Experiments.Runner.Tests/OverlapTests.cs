using System.Globalization;
using System.Text;
using Experiments.Runner.Analysis;

namespace Experiments.Runner.Tests;

/// <summary>Experiments on the same units: independence of their assignments, then the interaction.</summary>
public sealed class OverlapTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const int Units = 800;

    private static readonly string[] s_experiments = ["first", "second", "copied", "few"];

    [Fact]
    public async Task Independence_comes_first_then_the_interaction_of_the_primary()
    {
        using TestFolder folder = databases.Create();
        StringBuilder catalog = new("metrics:\n  - {metric_id: spent, metric_type: mean, event_name: purchase, aggregation: sum, maturity: all}\nexperiments:\n");
        foreach (string id in s_experiments)
        {
            catalog.Append(CultureInfo.InvariantCulture, $$"""
                  - experiment_id: {{id}}
                    analysis_mode: itt
                    start_at: 2026-01-01
                    end_at: 2026-02-01
                    planned_units: 800
                    variations:
                      - {variation_id: control, is_control: true, weight: 0.5}
                      - {variation_id: treatment, weight: 0.5}
                    metrics:
                      - {metric_id: spent, metric_role: primary}

                """);
        }

        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", catalog.ToString()));
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("unit_id,event_name,event_at,event_value\n");
        Random random = new(3);
        double[,] sum = new double[2, 2];
        double[,] squares = new double[2, 2];
        int[,] count = new int[2, 2];
        for (int i = 0; i < Units; i++)
        {
            int a = i % 2;
            int b = i / 2 % 2;
            double value = i % 5 == 0 ? 0 : Math.Round((3 * a * b) + a + (6 * random.NextDouble()) + .1, 3);
            (sum[a, b], squares[a, b], count[a, b]) = (sum[a, b] + value, squares[a, b] + (value * value), count[a, b] + 1);
            foreach ((string id, int arm) in new[] { ("first", a), ("second", b), ("copied", a) })
            {
                assignments.Append(CultureInfo.InvariantCulture, $"{id},u{i},{(arm == 1 ? "treatment" : "control")},2026-01-01 00:00:00\n");
            }

            if (i < 99)
            {
                assignments.Append(CultureInfo.InvariantCulture, $"few,u{i},control,2026-01-01 00:00:00\n");
            }

            if (value > 0)
            {
                events.Append(CultureInfo.InvariantCulture, $"u{i},purchase,2026-01-02 00:00:00,{value}\n");
            }
        }

        await folder.SucceedAsync("load", "assignments", folder.Write("a.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write("e.csv", events.ToString()));
        foreach (string id in s_experiments)
        {
            await folder.SucceedAsync("refresh", "--experiment", id);
        }

        RunnerResult report = await folder.SucceedAsync("analyze", "--experiment", "first", "--format", "json");
        Dictionary<string, string> flags = await folder.PairsAsync(
            "SELECT c.check_name, CAST(c.is_flagged AS int) AS is_flagged FROM results.experiment_checks AS c "
            + "WHERE c.check_name LIKE 'in%' ORDER BY c.check_name;");
        string[] interaction = await folder.RowAsync(
            "SELECT c.observed, c.p_value, c.metric_id, c.variation_id FROM results.experiment_checks AS c WHERE c.check_name = 'interaction_second';");
        string[] independence = await folder.RowAsync(
            "SELECT c.observed, c.p_value FROM results.experiment_checks AS c WHERE c.check_name = 'independence_copied';");
        string[] refused = await folder.RowAsync(
            "SELECT c.reason_code, c.p_value FROM results.experiment_checks AS c WHERE c.check_name = 'interaction_copied';");

        // (m11 - m01) - (m10 - m00) and the root of the four variances of means.
        double Mean(int a, int b) => sum[a, b] / count[a, b];
        double Variance(int a, int b) =>
            (squares[a, b] - (sum[a, b] * Mean(a, b))) / (count[a, b] - 1) / count[a, b];
        double effect = Mean(1, 1) - Mean(0, 1) - (Mean(1, 0) - Mean(0, 0));
        double z = effect / Math.Sqrt(Variance(0, 0) + Variance(0, 1) + Variance(1, 0) + Variance(1, 1));

        Assert.Equal(["independence_copied", "independence_second", "interaction_copied", "interaction_second"], flags.Keys);
        Assert.Equal(["1", "0", "", "1"], flags.Values);
        Assert.Equal(effect, Number(interaction[0]), 1e-9);
        Assert.Equal(MathNet.Numerics.SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2)), Number(interaction[1]), 1e-9);
        Assert.Equal(["spent", "treatment"], interaction[2..]);

        // Both arms are the same: 400 + 400 on the diagonal, 200 expected in each cell.
        Assert.Equal(800, Number(independence[0]), 1e-9);
        Assert.Equal(["not_evaluable", ""], refused);

        // Kept with the run, so that it is the same when the other experiments are gone.
        await folder.SucceedAsync("sql", "DELETE FROM marts.fct_experiment_cohort;");
        Assert.Equal(report.Output, (await folder.SucceedAsync("reanalyze", "--run", "1", "--format", "json")).Output);
    }

    [Fact]
    public void Names_of_checks_fit_their_column_and_stay_apart()
    {
        string one = OverlapChecks.CheckName("interaction_", new string('ä', 60) + "1");
        string two = OverlapChecks.CheckName("interaction_", new string('ä', 60) + "2");

        Assert.Equal("interaction_exp_1", OverlapChecks.CheckName("interaction_", "exp_1"));
        Assert.NotEqual(one, two);
        Assert.InRange(Encoding.UTF8.GetByteCount(one), 60, 64);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
