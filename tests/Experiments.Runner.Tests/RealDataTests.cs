using System.Globalization;
using System.Text.Json;

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
