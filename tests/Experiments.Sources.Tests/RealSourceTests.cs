using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Experiments.Sources.Tests;

/// <summary>Public data with known answers; skipped where the files are not at hand.</summary>
public sealed class RealSourceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The first 5,000 plays of Last.fm's 1K set: sessions of user_000001 counted by an independent script.</summary>
    [Fact]
    public async Task The_slice_of_the_1K_set_has_the_known_sessions_at_both_gaps()
    {
        var folder = Data();
        await using var db = await PlatformDatabase.CreateAsync(Token);
        foreach (var name in new[] { "lastfm1k_first5000.tsv.gz", "lastfm1k_userid-profile.tsv.gz" })
        {
            File.Copy(Path.Combine(folder, name), Path.Combine(db.Folder, name));
        }

        var summaries = await db.LoadAsync("scrobbles", db.Folder);
        Assert.Equal([("scrobbles", 5000L), ("scrobble_users", 992L)], summaries.Select(s => (s.Source, s.Landed)));
        await db.RunAsync("""
            UPDATE catalog.source_settings SET setting_value = 1 WHERE setting_name = 'min_session_tracks';
            EXEC staging.load_all;
            EXEC marts.refresh_sources;
            """);
        const string Sessions = "SELECT COUNT_BIG(*) AS n FROM marts.dim_sessions AS s WHERE s.user_id = 'user_000001'";
        Assert.Equal("322", await db.RowsAsync(Sessions));
        await db.RunAsync("""
            UPDATE catalog.source_settings SET setting_value = 1200 WHERE setting_name = 'session_gap_seconds';
            EXEC marts.refresh_sources;
            """);
        Assert.Equal("374", await db.RowsAsync(Sessions));
        Assert.Equal("4997", await db.RowsAsync("SELECT SUM(s.track_count) AS n FROM marts.dim_sessions AS s WHERE s.user_id = 'user_000001'"));

        // 286 profiles have an age, among them 3 and 103; 984 have a date of registration.
        Assert.Equal("992|984", await db.RowsAsync("SELECT COUNT_BIG(*) AS n, COUNT_BIG(u.registered_on) AS dates FROM staging.stg_scrobble_users AS u"));
        Assert.Equal("0", await db.RowsAsync("SELECT COUNT_BIG(*) AS n FROM staging.quarantine AS q"));
    }

    /// <summary>Online Retail as events: a line is a purchase, or a refund where quantity times price is below 0.</summary>
    [Fact]
    public async Task Online_retail_has_the_known_revenue_to_the_cent()
    {
        var folder = Data();
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = Path.Combine(db.Folder, "retail.csv");
        await Task.Run(() => Convert(Path.Combine(folder, "online_retail_2010_2011.csv.gz"), path), Token);
        var summary = Assert.Single(await db.LoadAsync("commerce_events", path));
        Assert.Equal(541_909L, summary.Landed);

        // The lines of an invoice share its minute, so that most customers would pass for bots.
        await db.RunAsync("UPDATE catalog.source_settings SET setting_value = 1e6 WHERE setting_name = 'bot_events_per_second'; EXEC staging.load_all; EXEC marts.refresh_sources;");
        Assert.Equal(
            "10666684.5440|-918936.6100|9747747.9340",
            await db.RowsAsync("SELECT SUM(r.gross) AS gross, SUM(r.refunds) AS refunds, SUM(r.net) AS net FROM marts.fct_daily_revenue AS r"));
        var before = await db.RowsAsync("SELECT * FROM marts.fct_daily_revenue AS r ORDER BY r.revenue_date");
        await db.RunAsync("EXEC marts.backfill_commerce @from_date = '2011-03-01', @to_date = '2011-04-01'");
        Assert.Equal(before, await db.RowsAsync("SELECT * FROM marts.fct_daily_revenue AS r ORDER BY r.revenue_date"));
    }

    private static void Convert(string source, string target)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(source), CompressionMode.Decompress), Encoding.UTF8);
        using var writer = new StreamWriter(target);
        writer.Write("event_id,user_id,event_type,event_ts,amount,currency\n");
        reader.ReadLine();
        long line = 1;
        while (reader.ReadLine() is { } text)
        {
            var fields = Fields(text);

            var amount = decimal.Parse(fields[3], CultureInfo.InvariantCulture) * decimal.Parse(fields[5], CultureInfo.InvariantCulture);
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{fields[0]}-{++line},{(fields[6].Length > 0 ? fields[6] : "nobody")},{(amount < 0 ? "refund" : "purchase")},{fields[4]},{amount},GBP\n"));
        }
    }

    private static List<string> Fields(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        foreach (var c in line)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        fields.Add(field.ToString());
        return fields;
    }

    private static string Data()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "shared", "data");
            if (File.Exists(Path.Combine(data, "lastfm1k_first5000.tsv.gz")))
            {
                return data;
            }
        }

        Assert.Skip("The public data are not at hand.");
        return "";
    }
}
