using System.Globalization;
using System.Text;

namespace Experiments.Runner.Tests;

/// <summary>Several covariates from the catalog to the results, against least squares over the rows.</summary>
public sealed class CovariatesTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    private const string Catalog =
        """
        metrics:
          - {metric_id: spent, metric_type: mean, event_name: purchase, aggregation: sum, maturity: all, covariate_hours: 240}
          - {metric_id: visits, metric_type: mean, event_name: visit, aggregation: count, maturity: all, covariate_hours: 240}
          - {metric_id: plain, metric_type: mean, event_name: visit, aggregation: count, maturity: all}
        experiments:
          - experiment_id: lin
            analysis_mode: itt
            start_at: 2026-01-10
            end_at: 2026-02-01
            planned_units: 100
            variations:
              - {variation_id: control, is_control: true, weight: 0.5}
              - {variation_id: treatment, weight: 0.3}
              - {variation_id: other, weight: 0.2}
            metrics:
              - {metric_id: spent, metric_role: primary}
              - {metric_id: visits, metric_role: secondary}
              - {metric_id: plain, metric_role: secondary}
            covariates:
              - {metric_id: spent, covariate_metric_id: visits}
        """;

    private const int Units = 120;

    [Fact]
    public async Task The_effect_and_its_error_are_those_of_the_interacted_regression_with_HC2()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", Catalog));
        (string Variation, double Y, double X1, double X2)[] rows = Rows();
        await LoadAsync(folder, rows);
        RunnerResult first = await folder.SucceedAsync("analyze", "--experiment", "lin", "--format", "csv");
        double overall1 = rows.Average(static row => row.X1);
        double overall2 = rows.Average(static row => row.X2);
        foreach (string variation in new[] { "treatment", "other" })
        {
            (double effect, double error) = Regression(
                [.. rows.Where(row => row.Variation is "control" || row.Variation == variation)
                    .Select(row => (row.Variation == variation, row.Y, row.X1 - overall1, row.X2 - overall2))]);
            string[] found = await folder.RowAsync(
                "SELECT r.uplift_abs, r.std_error, r.method, r.unadjusted_uplift_abs, r.theta, r.missing_covariate_rate "
                + $"FROM results.experiment_results AS r WHERE r.metric_id = 'spent' AND r.variation_id = '{variation}';");

            Assert.Equal("lin_hc2_t", found[2]);
            Assert.Equal(effect, Number(found[0]), 1e-9);
            Assert.Equal(error, Number(found[1]), 1e-9);
            Assert.Equal(Mean(rows, variation) - Mean(rows, "control"), Number(found[3]), 1e-9);
            (string Variation, double Y, double X1, double X2)[] two =
                [.. rows.Where(row => row.Variation is "control" || row.Variation == variation)];
            Assert.Equal(two.Count(static row => row is { X1: 0, X2: 0 }) / (double)two.Length, Number(found[5]), 1e-12);
        }

        // What the run kept is enough: sums and the second pass.
        await folder.SucceedAsync("sql", "DELETE FROM marts.agg_experiment_metric_covariates; DELETE FROM marts.experiment_measure_units;");
        Assert.Equal(first.Output, (await folder.SucceedAsync("reanalyze", "--run", "1", "--format", "csv")).Output);
        RunnerResult wider = await folder.SucceedAsync("reanalyze", "--run", "1", "--alpha", "0.2", "--format", "csv");
        Assert.Contains("lin_hc2_t", wider.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_covariate_that_follows_from_another_is_refused_by_name()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("catalog", "apply", folder.Write("catalog.yaml", Catalog));
        await LoadAsync(folder, [.. Rows().Select(static row => row with { X2 = row.X1 })]);
        await folder.SucceedAsync("analyze", "--experiment", "lin");

        string[] found = await folder.RowAsync(
            "SELECT r.reason_code, r.uplift_abs, r.p_value FROM results.experiment_results AS r "
            + "WHERE r.metric_id = 'spent' AND r.variation_id = 'treatment';");
        Assert.Equal(["covariate_collinear", "", ""], found);
    }

    [Theory]
    [InlineData("{metric_id: spent, covariate_metric_id: visits}", "{metric_id: spent, covariate_metric_id: plain}", "the further covariate 'plain', of which nothing is measured before the anchor")]
    [InlineData("{metric_id: spent, covariate_metric_id: visits}", "{metric_id: spent, covariate_metric_id: nothing}", "the further covariate 'nothing', of which nothing is measured before the anchor")]
    [InlineData("{metric_id: spent, covariate_metric_id: visits}", "{metric_id: nothing, covariate_metric_id: visits}", "has covariates for 'nothing', which is not among its metrics")]
    [InlineData("{metric_id: spent, metric_role: primary}", "{metric_id: spent, metric_role: primary, test_method: student_t}", "1 further covariates; a mean, proportion or retention")]
    public async Task Covariates_that_are_not_measured_before_the_anchor_are_refused(string from, string to, string sentence)
    {
        using TestFolder folder = databases.Create();

        RunnerResult refused = await folder.RunAsync(
            "catalog", "apply", folder.Write("catalog.yaml", Catalog.Replace(from, to, StringComparison.Ordinal)));

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains(sentence, refused.Error + refused.Output, StringComparison.Ordinal);
    }

    private static (string Variation, double Y, double X1, double X2)[] Rows()
    {
        Random random = new(5);
        return
        [
            .. Enumerable.Range(0, Units).Select(i =>
            {
                string variation = (i % 10) switch { < 5 => "control", < 8 => "treatment", _ => "other" };
                double x1 = random.Next(4) == 0 ? 0 : random.Next(1, 20);
                double x2 = random.Next(4) == 0 ? 0 : random.Next(1, 6);
                double slope = variation == "control" ? 1 : 1.5;
                return (variation, Math.Round((slope * x1) + (2 * x2) + (random.NextDouble() * (3 + x1)), 3), x1, x2);
            }),
        ];
    }

    private static async Task LoadAsync(TestFolder folder, (string Variation, double Y, double X1, double X2)[] rows)
    {
        StringBuilder assignments = new("experiment_id,unit_id,variation_id,assigned_at\n");
        StringBuilder events = new("unit_id,event_name,event_at,event_value\n");
        for (int i = 0; i < rows.Length; i++)
        {
            assignments.Append(CultureInfo.InvariantCulture, $"lin,u{i},{rows[i].Variation},2026-01-10 00:00:00\n");
            if (rows[i].Y != 0)
            {
                events.Append(CultureInfo.InvariantCulture, $"u{i},purchase,2026-01-10 12:00:00,{rows[i].Y}\n");
            }

            if (rows[i].X1 != 0)
            {
                events.Append(CultureInfo.InvariantCulture, $"u{i},purchase,2026-01-08 12:00:00,{rows[i].X1}\n");
            }

            for (int visit = 0; visit < rows[i].X2; visit++)
            {
                events.Append(CultureInfo.InvariantCulture, $"u{i},visit,2026-01-09 12:00:{visit:00},\n");
            }
        }

        await folder.SucceedAsync("load", "assignments", folder.Write("a.csv", assignments.ToString()));
        await folder.SucceedAsync("load", "events", folder.Write("e.csv", events.ToString()));
    }

    private static double Mean((string Variation, double Y, double X1, double X2)[] rows, string variation) =>
        rows.Where(row => row.Variation == variation).Average(static row => row.Y);

    /// <summary>
    /// y on 1, T, x1, x2, T x1, T x2 with the covariates centred at their overall means: the coefficient of T and its HC2
    /// error, (X'X)^-1 X' diag(e^2/(1 - h)) X (X'X)^-1 (MacKinnon and White 1985), by the normal equations.
    /// </summary>
    private static (double Effect, double Error) Regression((bool IsTreated, double Y, double X1, double X2)[] rows)
    {
        double[][] x = [.. rows.Select(static row => new[]
        {
            1, row.IsTreated ? 1 : 0, row.X1, row.X2, row.IsTreated ? row.X1 : 0, row.IsTreated ? row.X2 : 0,
        })];
        const int p = 6;
        double[,] system = new double[p, 2 * p];
        for (int i = 0; i < p; i++)
        {
            system[i, p + i] = 1;
            for (int j = 0; j < p; j++)
            {
                system[i, j] = x.Sum(row => row[i] * row[j]);
            }
        }

        // Gauss and Jordan with pivots.
        for (int c = 0; c < p; c++)
        {
            int pivot = Enumerable.Range(c, p - c).MaxBy(r => Math.Abs(system[r, c]));
            for (int j = 0; j < 2 * p; j++)
            {
                (system[c, j], system[pivot, j]) = (system[pivot, j], system[c, j]);
            }

            double scale = system[c, c];
            for (int j = 0; j < 2 * p; j++)
            {
                system[c, j] /= scale;
            }

            for (int r = 0; r < p; r++)
            {
                double factor = r == c ? 0 : system[r, c];
                for (int j = 0; j < 2 * p; j++)
                {
                    system[r, j] -= factor * system[c, j];
                }
            }
        }

        double Inverse(int i, int j) => system[i, p + j];
        double[] right = [.. Enumerable.Range(0, p).Select(i => rows.Select((row, k) => x[k][i] * row.Y).Sum())];
        double[] beta = [.. Enumerable.Range(0, p).Select(i => Enumerable.Range(0, p).Sum(j => Inverse(i, j) * right[j]))];
        double variance = 0;
        for (int k = 0; k < rows.Length; k++)
        {
            double residual = rows[k].Y - Enumerable.Range(0, p).Sum(i => x[k][i] * beta[i]);
            double leverage = 0;
            double weight = 0;
            for (int i = 0; i < p; i++)
            {
                weight += Inverse(1, i) * x[k][i];
                for (int j = 0; j < p; j++)
                {
                    leverage += x[k][i] * Inverse(i, j) * x[k][j];
                }
            }

            variance += weight * weight * residual * residual / (1 - leverage);
        }

        return (beta[1], Math.Sqrt(variance));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
