namespace Experiments.Sources.Tests;

/// <summary>What the catalog's description of a source makes of files: layouts, other names, unknown columns.</summary>
public sealed class SourceFormatTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_folder_of_a_file_a_user_takes_the_user_from_the_name()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);

        // The same plays of two users are two loads, with a header and without.
        db.Write("userid-anna.tsv", "Artist\tAlbum\tTrack\t2020-01-01T00:00:00Z\n");
        db.Write("userid-bert.tsv", "Artist\tAlbum\tTrack\t2020-01-01T00:00:00Z\n");
        db.Write("userid-carl.tsv", "artist\talbum\ttrack\ttimestamp\nArtist\tAlbum\tTrack\t2020-01-01T00:00:00Z\n");
        db.Write("notes.txt", "not read");
        var summaries = await db.LoadAsync("scrobbles", db.Folder);
        Assert.Equal([1L, 1L, 1L], summaries.Select(s => s.Landed));
        Assert.Equal(
            "anna|Artist|Album|Track|2020-01-01T00:00:00Z\nbert|Artist|Album|Track|2020-01-01T00:00:00Z\ncarl|Artist|Album|Track|2020-01-01T00:00:00Z",
            await db.RowsAsync("SELECT s.user_id, s.artist_name, s.album_name, s.track_name, s.played_at FROM raw.scrobbles AS s ORDER BY s.user_id"));
        Assert.All(await db.LoadAsync("scrobbles", db.Folder), s => Assert.True(s.IsRepeat));
    }

    [Theory]
    [InlineData("plays.tsv", "a\tb\n", "lines of 2 fields; without a header it takes 6 fields")]
    [InlineData("plays.tsv", "Artist\tAlbum\tTrack\t2020-01-01T00:00:00Z\n", "lines of 4 fields")]
    public async Task A_file_of_no_layout_is_refused(string name, string content, string part)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var error = await Assert.ThrowsAsync<LoadException>(() => db.LoadAsync("scrobbles", db.Write(name, content)));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_columns_are_kept_and_missing_ones_are_told()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var csv = Assert.Single(await db.LoadAsync("commerce_events", db.Write(
            "a.csv", "id,user,type,event_ts,coupon,page\n1,u,view,2024-01-01,\"a \"\"b\"\"\",\n")));
        Assert.Equal(["coupon", "page"], csv.NewColumns);
        Assert.Equal(["amount", "currency"], csv.MissingColumns);
        var json = Assert.Single(await db.LoadAsync("commerce_events", db.Write(
            "b.ndjson", """{"event_id":2,"user_id":"u","event_type":"view","event_ts":"2024-01-01","x\u00e4":{"y":[1,"z"]},"n":null}""" + "\n")));
        Assert.Equal(["xä"], json.NewColumns);
        Assert.Equal(["amount", "currency"], json.MissingColumns);
        Assert.Equal(
            "1|u|view|{\"coupon\":\"a \\\"b\\\"\"}\n2|u|view|{\"xä\":{\"y\":[1,\"z\"]}}",
            await db.RowsAsync("SELECT c.event_id, c.user_id, c.event_type, c.attributes FROM raw.commerce_events AS c ORDER BY c.event_id"));
        var error = await Assert.ThrowsAsync<LoadException>(() => db.LoadAsync("commerce_events", db.Write("c.csv", "a,b\n1,2\n")));
        Assert.Contains("has none of the columns of commerce_events", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_podcast_line_is_kept_whole_unless_it_is_too_long()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var line = """{"user_id":"u","episode_id":"e","event_type":"play","timestamp":"2024-01-01","more":[1]}""";
        var summary = Assert.Single(await db.LoadAsync("podcast_events", db.Write(
            "p.json", line + "\n" + line.Replace("[1]", "\"" + new string('x', 4000) + "\"", StringComparison.Ordinal) + "\n")));
        Assert.Equal((1L, 1L), (summary.Landed, summary.Rejected["field_too_long"]));
        Assert.Equal(line, await db.RowsAsync("SELECT p.raw_line FROM raw.podcast_events AS p"));
    }

    [Fact]
    public async Task A_new_source_is_rows_of_the_catalog_and_a_table()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await db.RunAsync("""
            CREATE TABLE raw.tickets
            (
                load_id bigint NOT NULL, line_number bigint NOT NULL, ticket_id varchar(4000) NULL,
                opened_at varchar(4000) NULL, reject_rule varchar(4000) NULL
            );
            INSERT INTO catalog.sources (source, raw_table, key_columns, version_order, folder_patterns, description)
            VALUES ('tickets', 'tickets', 'ticket_id', 'latest load, line', '*.csv', 'Support tickets.');
            INSERT INTO catalog.source_columns (source, column_name, column_place, value_type, other_names, is_required)
            VALUES ('tickets', 'ticket_id', 1, 'id', 'id', 1), ('tickets', 'opened_at', 2, 'time', 'created,opened', 1);
            """);
        Assert.Equal(2, Assert.Single(await db.LoadAsync("tickets", db.Write("t.csv", "opened,id\n2024-01-01,a\n2024-01-02,b\n"))).Landed);
        Assert.Equal("a|2024-01-01\nb|2024-01-02", await db.RowsAsync("SELECT t.ticket_id, t.opened_at FROM raw.tickets AS t ORDER BY t.ticket_id"));
        var error = await Assert.ThrowsAsync<UnknownSourceException>(() => db.LoadAsync("ticket", db.Write("t.csv", "id\n1\n")));
        Assert.Contains("tickets", error.Message, StringComparison.Ordinal);
        await db.RunAsync("DELETE FROM ops.load_log WHERE source = 'tickets'; DELETE FROM raw.tickets;");
    }
}
