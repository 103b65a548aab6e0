using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Runner.Tests;

/// <summary>Public experiments, loaded unchanged, against figures computed elsewhere (scipy and R).</summary>
public sealed class RealDataTests
{
    [Fact]
    public async Task Cookie_Cats_gives_the_reference_figures()
    {
        string file = Data("cookie_cats.csv.gz");
        using TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync("catalog", "apply", Fixture("cookie_cats.yaml"));
        await folder.SucceedAsync(
            "load", "assignments", file, "--columns", "unit_id=userid,variation_id=version",
            "--set", "experiment_id=cookie_cats,assigned_at=2016-01-01");
        foreach (string column in new[] { "retention_1", "retention_7", "sum_gamerounds" })
        {
            await folder.SucceedAsync(
                "load", "events", file, "--columns", $"unit_id=userid,event_value={column}",
                "--set", $"event_name={column},event_at=2016-01-08");
        }

        JsonElement wald = await AnalyzeAsync(folder, "cookie_cats", "--interval", "wald");
        JsonElement score = await AnalyzeAsync(folder, "cookie_cats");

        JsonElement day7 = Row(wald, "retention_7", "gate_40");
        AssertClose(.182000, Number(day7, "mean_value"), 3);
        AssertClose(.190201, Number(Row(wald, "retention_7", "gate_30"), "mean_value"), 6);
        AssertClose(.00155425, Number(day7, "p_value"), 6);
        AssertClose(-.013282, Number(day7, "ci_lower"), 5);
        AssertClose(-.003121, Number(day7, "ci_upper"), 4);
        Assert.Equal("two_proportion_z_pooled+wald", day7.GetProperty("method").GetString());
        Assert.Equal("two_proportion_z_pooled", Row(score, "retention_7", "gate_40").GetProperty("method").GetString());
        Assert.True(Row(score, "retention_7", "gate_40").GetProperty("interval_agrees").GetBoolean());
        AssertClose(.0744097, Number(Row(score, "retention_1", "gate_40"), "p_value"), 6);
        AssertClose(.375924, Number(Row(score, "sum_gamerounds", "gate_40"), "p_value"), 6);

        AssertClose(-3.16436, Number(day7, "test_statistic"), 6);
        JsonElement rounds = Row(score, "sum_gamerounds", "gate_40");
        AssertClose(-.88544, Number(rounds, "test_statistic"), 5);
        AssertClose(58595.48, Number(rounds, "degrees_of_freedom"), 7);
        AssertClose(.883371, Number(Row(score, "rounds_winsorised", "gate_40"), "p_value"), 6);
        JsonElement ratio = score.GetProperty("sample_ratios").EnumerateArray()
            .First(row => row.GetProperty("stage").GetString() == "assigned");
        AssertClose(.008608, Number(ratio, "p_value"), 4);
        Assert.Equal(44700, ratio.GetProperty("observed_count").GetInt64());
        await folder.AssertReconciledAsync();
    }

    [Fact]
    public async Task Ab_data_loaded_unchanged_gives_the_reference_figures()
    {
        using TestFolder folder = await LoadAbDataAsync(Data("ab_data.csv.gz"));

        JsonElement exposed = await AnalyzeAsync(folder, "landing_page", "--mode", "exposed");

        JsonElement treatment = Row(exposed, "page_conversion", "treatment");
        JsonElement control = Row(exposed, "page_conversion", "control");
        AssertCount(17522, 144801, control);
        AssertCount(17311, 144817, treatment);
        AssertClose(.223855, Number(treatment, "p_value"), 6);
        AssertClose(-1.216342, Number(treatment, "test_statistic"), 7);
        Assert.Equal(
            ["290584", "1895"],
            await folder.RowAsync(
                "SELECT COUNT_BIG(*) AS n, SUM(CAST(a.is_conflict AS bigint)) AS conflicts "
                + "FROM staging.stg_experiment_assignments AS a;"));
        Assert.Equal(
            ["2964", "1998", "966"],
            await folder.RowAsync(
                "SELECT SUM(CAST(v.variant_mismatch AS bigint)) AS mismatch, "
                + "SUM(CAST(v.multi_variation_exposure AS bigint)) AS multi, "
                + "SUM(CASE WHEN v.is_valid_exposure = 1 THEN CAST(0 AS bigint) ELSE CAST(1 AS bigint) END) AS invalid "
                + "FROM marts.int_experiment_exposure_validation AS v;"));
        await AssertCountriesAsync(folder, Data("countries.csv.gz"));
        await folder.AssertReconciledAsync();
    }

    /// <summary>Every user has a country (one of CA, UK, US, as counted in the file), and so has every assigned unit.</summary>
    private static async Task AssertCountriesAsync(TestFolder folder, string file)
    {
        await folder.SucceedAsync(
            "load", "unit_attributes", file, "--columns", "unit_id=user_id,attribute_value=country",
            "--set", "attribute=country");
        await folder.SucceedAsync("refresh");
        Assert.Equal(
            ["CA 14499", "UK 72466", "US 203619"],
            (await folder.PairsAsync(
                "SELECT a.attribute_value, COUNT_BIG(*) AS n FROM staging.stg_unit_attributes AS a "
                + "WHERE a.attribute = 'country' GROUP BY a.attribute_value ORDER BY a.attribute_value;"))
                .Select(pair => $"{pair.Key} {pair.Value}"));
        Assert.Equal(
            ["290584"],
            await folder.RowAsync(
                "SELECT COUNT_BIG(*) AS n FROM marts.experiment_unit_dimensions AS d "
                + "WHERE d.experiment_id = 'landing_page' AND d.dimension_id = 'country' "
                + "AND d.dimension_value IN ('CA', 'UK', 'US');"));
    }

    [Fact]
    public async Task Ab_data_with_the_mismatching_pages_rejected_gives_the_reference_figures()
    {
        using TestFolder folder = await LoadAbDataAsync(
            Data("ab_data.csv.gz"),
            "--reject", "group=control,landing_page=new_page", "--reject", "group=treatment,landing_page=old_page");

        JsonElement itt = await AnalyzeAsync(folder, "landing_page", "--mode", "itt");

        JsonElement treatment = Row(itt, "page_conversion", "treatment");
        AssertCount(17489, 145274, Row(itt, "page_conversion", "control"));
        AssertCount(17264, 145310, treatment);
        AssertClose(.189883, Number(treatment, "p_value"), 6);
        string[] quarantined = await folder.RowAsync(
            "SELECT COUNT_BIG(*) AS n FROM staging.quarantine AS q "
            + "WHERE q.rule_name = 'rejected_by_rule' AND q.source = 'assignments';");
        Assert.Equal("3893", quarantined[0]);
        await folder.AssertReconciledAsync();
    }

    /// <summary>Pooled z of each country, from the counts of the aggregate by dimension.</summary>
    [Fact]
    public async Task Ab_data_by_country_gives_the_reference_figures()
    {
        string countries = Data("countries.csv.gz");
        using TestFolder folder = await LoadAbDataAsync(
            Data("ab_data.csv.gz"),
            "--reject", "group=control,landing_page=new_page", "--reject", "group=treatment,landing_page=old_page");
        await folder.SucceedAsync(
            "load", "unit_attributes", countries, "--columns", "unit_id=user_id,attribute_value=country",
            "--set", "attribute=country");
        await folder.SucceedAsync("refresh");

        Dictionary<string, string> counts = await folder.PairsAsync(
            "SELECT CONCAT(a.dimension_value, ' ', a.variation_id) AS cell, "
            + "CONCAT(a.success_count, ' ', a.n_units) AS counts "
            + "FROM marts.agg_experiment_metric_by_dimension AS a "
            + "WHERE a.experiment_id = 'landing_page' AND a.analysis_mode = 'itt' AND a.dimension_id = 'country';");

        Assert.Equal(6, counts.Count);
        foreach ((string country, double expected) in new[] { ("CA", .194666), ("UK", .634865), ("US", .132274) })
        {
            double[] control = [.. counts[$"{country} control"].Split(' ').Select(Parse)];
            double[] treatment = [.. counts[$"{country} treatment"].Split(' ').Select(Parse)];
            double pooled = (control[0] + treatment[0]) / (control[1] + treatment[1]);
            double z = ((treatment[0] / treatment[1]) - (control[0] / control[1]))
                / Math.Sqrt(pooled * (1 - pooled) * ((1 / control[1]) + (1 / treatment[1])));
            AssertClose(expected, Tails.NormalTwoSided(z), 6);
        }

        double[] all = [.. counts.Values.Select(text => Parse(text.Split(' ')[1]))];
        Assert.Equal(145274 + 145310, all.Sum());
    }

    /// <summary>
    /// A line's net value, quantity times price, is no column of the file, so the lines are written once more with it;
    /// a line without a customer goes to quarantine.
    /// </summary>
    [Fact]
    public async Task Online_Retail_split_by_parity_shows_no_difference()
    {
        string file = Data("online_retail_2010_2011.csv.gz");
        using TestFolder folder = new();
        (List<(int Customer, string At, decimal Net)> lines, long all) = ReadRetail(file, folder.In("lines.csv"));
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync("catalog", "apply", Fixture("online_retail.yaml"));
        foreach ((string experiment, string at) in new[] { ("retail_all", "2010-12-01"), ("retail_half", "2011-06-01") })
        {
            await folder.SucceedAsync(
                "load", "assignments",
                folder.Write(experiment + ".csv", "customer,parity\n" + string.Join('\n', lines
                    .Select(line => line.Customer).Distinct()
                    .Select(customer => $"{customer},{(customer % 2 == 0 ? "even" : "odd")}"))),
                "--columns", "unit_id=customer,variation_id=parity",
                "--set", $"experiment_id={experiment},assigned_at={at}");
        }

        await folder.SucceedAsync(
            "load", "events", folder.In("lines.csv"), "--columns", "unit_id=customer,event_at=at,event_value=net",
            "--set", "event_name=invoice_line");
        JsonElement whole = await AnalyzeAsync(folder, "retail_all");
        JsonElement half = await AnalyzeAsync(folder, "retail_half");

        // Whole file: sums and the reference's Welch p.
        JsonElement odd = Row(whole, "net_revenue", "odd");
        AssertClose(1900.139, Number(Row(whole, "net_revenue", "even"), "mean_value"), 7);
        AssertClose(1896.7788, Number(odd, "mean_value"), 8);
        AssertClose(.989216, Number(odd, "p_value"), 6);
        Assert.Equal(4372, Number(odd, "n_units") + Number(Row(whole, "net_revenue", "even"), "n_units"));
        Assert.Equal(
            [(all - lines.Count).ToString(CultureInfo.InvariantCulture)],
            await folder.RowAsync(
                "SELECT COUNT_BIG(*) AS n FROM staging.quarantine AS q WHERE q.rule_name = 'missing_unit_id';"));

        // The half-year from June, adjusted by the one before: theta within arms, straight from the lines.
        Cuped expected = Cuped.Of(lines, "2011-06-01");
        JsonElement adjusted = Row(half, "net_revenue_adjusted", "odd");
        Assert.Equal(expected.Difference, Number(adjusted, "uplift_abs"), 1e-9 * Math.Abs(expected.Difference));
        Assert.Equal(expected.StandardError, Number(adjusted, "std_error"), 1e-9 * expected.StandardError);
        Assert.Equal(
            expected.Theta,
            Parse((await folder.RowAsync(
                "SELECT SUM(a.sum_yx - a.sum_centered * a.sum_x / a.n_units) "
                + "/ SUM(a.sum_xx - a.sum_x * a.sum_x / a.n_units) AS theta "
                + "FROM marts.agg_experiment_metric_by_variant AS a "
                + "WHERE a.experiment_id = 'retail_half' AND a.analysis_mode = 'itt';"))[0]),
            1e-9);
        Assert.True(expected.StandardError < .9 * expected.UnadjustedError);
        await folder.AssertReconciledAsync();
    }

    /// <summary>The lines with a customer and the number of all; writes customer, time and net value of each.</summary>
    private static (List<(int Customer, string At, decimal Net)> Lines, long All) ReadRetail(string file, string written)
    {
        using GZipStream stream = new(File.OpenRead(file), CompressionMode.Decompress);
        using StreamReader reader = new(stream);
        using StreamWriter writer = new(written);
        writer.Write("customer,at,net\n");
        List<(int Customer, string At, decimal Net)> lines = [];
        long all = 0;
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            // Only descriptions are quoted; what is read stands before and behind them.
            string[] fields = Unquoted(line).Split(',');
            string at = fields[4];
            decimal net = decimal.Parse(fields[3], CultureInfo.InvariantCulture)
                * decimal.Parse(fields[5], CultureInfo.InvariantCulture);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{fields[6]},{at},{net}\n"));
            all++;
            if (fields[6].Length > 0)
            {
                lines.Add((int.Parse(fields[6], CultureInfo.InvariantCulture), at, net));
            }
        }

        return (lines, all);
    }

    private static string Unquoted(string line)
    {
        StringBuilder text = new();
        bool isQuoted = false;
        foreach (char letter in line)
        {
            isQuoted ^= letter == '"';
            text.Append(isQuoted && letter == ',' ? ' ' : letter);
        }

        return text.ToString();
    }

    /// <summary>CUPED of two arms by parity (Deng et al. 2013), theta within arms, each sum about its mean.</summary>
    private sealed record Cuped(double Theta, double Difference, double StandardError, double UnadjustedError)
    {
        public static Cuped Of(List<(int Customer, string At, decimal Net)> lines, string start)
        {
            var arms = lines.GroupBy(line => line.Customer)
                .Select(customer => (
                    customer.Key,
                    X: (double)customer.Where(line => string.CompareOrdinal(line.At, start) < 0).Sum(line => line.Net),
                    Y: (double)customer.Where(line => string.CompareOrdinal(line.At, start) >= 0).Sum(line => line.Net)))
                .GroupBy(unit => unit.Key % 2).OrderBy(arm => arm.Key)
                .Select(arm =>
                {
                    double n = arm.Count();
                    double x = arm.Average(unit => unit.X);
                    double y = arm.Average(unit => unit.Y);
                    return (
                        N: n, X: x, Y: y,
                        Xx: arm.Sum(unit => (unit.X - x) * (unit.X - x)),
                        Xy: arm.Sum(unit => (unit.X - x) * (unit.Y - y)),
                        Yy: arm.Sum(unit => (unit.Y - y) * (unit.Y - y)));
                }).ToList();
            double theta = arms.Sum(arm => arm.Xy) / arms.Sum(arm => arm.Xx);
            return new Cuped(
                theta,
                arms[1].Y - arms[0].Y - (theta * (arms[1].X - arms[0].X)),
                Math.Sqrt(arms.Sum(arm =>
                    (arm.Yy - (2 * theta * arm.Xy) + (theta * theta * arm.Xx)) / (arm.N - 1) / arm.N)),
                Math.Sqrt(arms.Sum(arm => arm.Yy / (arm.N - 1) / arm.N)));
        }
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static async Task<TestFolder> LoadAbDataAsync(string file, params string[] reject)
    {
        TestFolder folder = new();
        await folder.SucceedAsync("migrate");
        await folder.SucceedAsync("catalog", "apply", Fixture("landing_page.yaml"));
        await folder.SucceedAsync(
        [
            "load", "assignments", file, "--columns", "unit_id=user_id,variation_id=group,assigned_at=timestamp",
            "--set", "experiment_id=landing_page", .. reject,
        ]);
        await folder.SucceedAsync(
        [
            "load", "events", file, "--columns", "unit_id=user_id,variation_id=landing_page,event_at=timestamp",
            "--set", "event_name=exposure,experiment_id=landing_page",
            "--values", "variation_id=old_page:control,new_page:treatment", .. reject,
        ]);
        await folder.SucceedAsync(
        [
            "load", "events", file, "--columns", "unit_id=user_id,event_value=converted,event_at=timestamp",
            "--set", "event_name=conversion", .. reject,
        ]);
        return folder;
    }

    private static async Task<JsonElement> AnalyzeAsync(TestFolder folder, string experiment, params string[] more)
    {
        RunnerResult result =
            await folder.SucceedAsync(["analyze", "--experiment", experiment, "--format", "json", .. more]);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    private static JsonElement Row(JsonElement report, string metric, string variation) =>
        report.GetProperty("results").EnumerateArray().Single(row =>
            row.GetProperty("metric_id").GetString() == metric
            && row.GetProperty("variation_id").GetString() == variation);

    private static double Number(JsonElement row, string name) => row.GetProperty(name).GetDouble();

    private static void AssertCount(long successes, long units, JsonElement row)
    {
        Assert.Equal(units, row.GetProperty("n_units").GetInt64());
        Assert.Equal((double)successes / units, Number(row, "mean_value"), 1e-12);
    }

    /// <summary>Equal once both are rounded to so many significant digits.</summary>
    private static void AssertClose(double expected, double actual, int digits) => Assert.Equal(
        expected.ToString("E" + (digits - 1), CultureInfo.InvariantCulture),
        actual.ToString("E" + (digits - 1), CultureInfo.InvariantCulture));

    /// <summary>A file beside the repository; the test is skipped where it is absent.</summary>
    private static string Data(string name)
    {
        string folder = Environment.GetEnvironmentVariable("EXPERIMENTS_TEST_DATA")
            ?? Path.Combine(Path.GetDirectoryName(Repository.Root) ?? string.Empty, "shared", "data");
        string path = Path.Combine(folder, name);
        Assert.SkipUnless(File.Exists(path), $"There is no {name} in ../shared/data.");
        return path;
    }

    /// <summary>The definitions that the README's commands apply.</summary>
    private static string Fixture(string name) => Path.Combine(Repository.Root, "tests", "fixtures", name);
}
