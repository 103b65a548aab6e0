using System.Globalization;

namespace Experiments.Runner.Tests;

/// <summary>
/// A listening experiment from files to results: users assigned by hash, metrics from the catalog. The expected means are
/// sums over plays and sessions of a variation's users, written without the catalog's metrics.
/// </summary>
public sealed class StreamingExperimentTests(EmptyDatabaseFixture databases) : IClassFixture<EmptyDatabaseFixture>
{
    /// <summary>Of the users of each variation: the value of the metric.</summary>
    private static readonly Dictionary<string, (string Value, string Table, string Time)> Expected = new(StringComparer.Ordinal)
    {
        ["session_minutes"] = ("SUM(s.minutes) / COUNT_BIG(s.user_id)", "marts.dim_sessions", "started_at"),
        ["listened_minutes"] = ("SUM(s.minutes) / COUNT(DISTINCT a.unit_id)", "marts.dim_sessions", "started_at"),
        ["sessions"] = ("CAST(COUNT_BIG(s.user_id) AS float) / COUNT(DISTINCT a.unit_id)", "marts.dim_sessions", "started_at"),
        ["tracks_per_session"] = ("CAST(SUM(s.track_count) AS float) / COUNT_BIG(s.user_id)", "marts.dim_sessions", "started_at"),
        ["skip_rate"] = ("CAST(SUM(CAST(s.is_skip AS int)) AS float) / COUNT_BIG(s.user_id)", "staging.stg_scrobbles", "played_at"),
        ["unique_artists"] = ("CAST(COUNT(DISTINCT CONCAT(a.unit_id, '|', s.artist_name)) AS float) / COUNT(DISTINCT a.unit_id)", "staging.stg_scrobbles", "played_at"),
        ["retention_day_1"] = (
            "CAST(COUNT(DISTINCT CASE WHEN s.played_at >= DATEADD(hour, 24, a.assigned_at) AND s.played_at < DATEADD(hour, 48, a.assigned_at) THEN a.unit_id END) AS float) / COUNT(DISTINCT a.unit_id)",
            "staging.stg_scrobbles", "played_at"),
    };

    [Fact]
    public async Task Plays_become_sessions_and_sessions_the_metrics_of_an_experiment_by_hash()
    {
        using TestFolder folder = databases.Create();
        await folder.SucceedAsync("simulate", "--source", "scrobbles", "--rows", "40000", "--seed", "4", "--out", folder.In("plays"));
        await folder.SucceedAsync("load", "scrobbles", folder.In("plays"));
        await folder.SucceedAsync("catalog", "apply", Path.Combine(Repository.Root, "tests", "fixtures", "streaming.yaml"));
        await folder.SucceedAsync("sql", "INSERT INTO catalog.hash_assignments (experiment_id, source) VALUES ('longer_mixes', 'scrobbles')");
        RunnerResult analysis = await folder.RunAsync("analyze", "--experiment", "longer_mixes");

        Assert.True(analysis.ExitCode == 0, analysis.Error);
        Dictionary<string, string> units = await folder.PairsAsync(
            "SELECT a.variation_id, COUNT_BIG(*) AS n FROM staging.stg_experiment_assignments AS a GROUP BY a.variation_id");
        double control = Number(units["control"]);
        double treatment = Number(units["treatment"]);

        // Every user who plays in the experiment's time is in it, half of them here: within four standard errors.
        Assert.Equal(
            [units.Values.Sum(Number).ToString(CultureInfo.InvariantCulture)],
            await folder.RowAsync("SELECT COUNT(DISTINCT s.user_id) AS n FROM staging.stg_scrobbles AS s WHERE s.played_at >= '2009-05-29' AND s.played_at < '2009-06-02'"));
        Assert.InRange((control - treatment) / Math.Sqrt(control + treatment), -4, 4);
        foreach ((string metric, (string value, string table, string time)) in Expected)
        {
            Dictionary<string, string> actual = await folder.PairsAsync(
                $"SELECT r.variation_id, r.mean_value FROM results.experiment_results AS r WHERE r.metric_id = '{metric}'");
            Dictionary<string, string> expected = await folder.PairsAsync(
                $"""
                SELECT a.variation_id, {value} AS expected
                FROM staging.stg_experiment_assignments AS a
                LEFT JOIN {table} AS s
                    ON s.user_id = a.unit_id AND s.{time} >= a.assigned_at AND s.{time} < '2009-06-02'
                WHERE a.experiment_id = 'longer_mixes'
                GROUP BY a.variation_id
                """);
            foreach (string variation in new[] { "control", "treatment" })
            {
                Assert.True(Number(expected[variation]) > 0, $"{metric} of {variation} is 0: the test has lost its point.");
                Assert.Equal(Number(expected[variation]), Number(actual[variation]), 1e-9 * Number(expected[variation]));
            }
        }

        string[] primary = await folder.RowAsync(
            "SELECT COUNT(*) AS n FROM results.experiment_results AS r WHERE r.metric_role = 'primary' AND r.metric_id = 'session_minutes' AND r.p_value BETWEEN 0 AND 1");
        Assert.Equal(["1"], primary);
        await folder.AssertReconciledAsync();
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
