using System.Globalization;

namespace Experiments.Sources.Tests;

/// <summary>The generators of sources: what they plant is what the platform finds, to the last line.</summary>
public sealed class SimulatedSourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("scrobbles", 25_000)]
    [InlineData("scrobbles", 1_234)]
    [InlineData("commerce_events", 61_000)]
    [InlineData("podcast_events", 40_000)]
    public async Task What_is_planted_is_found(string source, int rows)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var truth = await SourceSimulator.WriteAsync(new SourceSimulationOptions(source, rows, 3, db.Folder), null, Token);
        Assert.Equal(rows, truth.Lines);
        Assert.Equal(truth.Lines, truth.Staged + truth.Duplicates + truth.Quarantined.Values.Sum() + truth.Rejected.Values.Sum());
        foreach (var file in truth.Files)
        {
            var summary = Assert.Single(await db.LoadAsync(file.Source, Path.Combine(db.Folder, file.Name)));
            Assert.Equal((file.Lines, file.Landed, file.Source), (summary.Lines, summary.Landed, summary.Source));
            Assert.Equal(file.Rejected, summary.Rejected);
        }

        await db.RunAsync("EXEC staging.load_all; EXEC marts.refresh_sources;");
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"{truth.Staged}|{truth.Duplicates}"),
            await db.RowsAsync($"SELECT r.staged_count, r.duplicate_count FROM quality.reconciliation AS r WHERE r.source = '{source}'"));
        Assert.Equal(
            string.Join('\n', truth.Quarantined.Select(q => string.Create(CultureInfo.InvariantCulture, $"{q.Key}|{q.Value}"))),
            await db.RowsAsync($"SELECT q.rule_name, COUNT_BIG(*) AS n FROM staging.quarantine AS q WHERE q.source = '{source}' GROUP BY q.rule_name ORDER BY q.rule_name"));
        Assert.Equal("", await db.RowsAsync($"SELECT t.test_name, t.offending_rows FROM quality.data_tests_{source} AS t WHERE t.severity = 'error' AND t.offending_rows > 0"));
        Assert.True(int.Parse(await db.RowsAsync($"SELECT COUNT_BIG(*) AS n FROM quality.data_tests_{source} AS t"), CultureInfo.InvariantCulture) >= 15);
        foreach (var (sql, fact) in Facts(source))
        {
            Assert.Equal(truth.Facts[fact].ToString("0.####", CultureInfo.InvariantCulture), decimal.Parse(await db.RowsAsync(sql), CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture));
        }

        if (source == "scrobbles")
        {
            Assert.Equal(
                truth.Facts["sessions"] - truth.Facts["sessions_of_one_track"],
                decimal.Parse(await db.RowsAsync("SELECT COUNT_BIG(*) AS n FROM marts.dim_sessions AS s"), CultureInfo.InvariantCulture));
        }
    }

    private static (string Sql, string Fact)[] Facts(string source) => source switch
    {
        "scrobbles" =>
        [
            ("SELECT COUNT_BIG(*) AS n FROM staging.stg_scrobbles AS s WHERE s.is_skip = 1", "skips"),
            ("SELECT COUNT_BIG(DISTINCT s.user_id) AS n FROM staging.stg_scrobbles AS s", "users"),
        ],
        "commerce_events" =>
        [
            ("SELECT SUM(r.gross) AS n FROM marts.fct_daily_revenue AS r", "gross"),
            ("SELECT SUM(r.refunds) AS n FROM marts.fct_daily_revenue AS r", "refunds"),
            ("SELECT COUNT_BIG(DISTINCT s.user_id) AS n FROM staging.stg_commerce_events AS s WHERE s.is_bot = 1", "bots"),
        ],
        _ => [("SELECT COUNT_BIG(*) AS n FROM marts.dim_users AS u", "user_versions")],
    };
}
