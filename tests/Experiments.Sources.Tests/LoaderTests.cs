using System.IO.Compression;
using System.Text;

namespace Experiments.Sources.Tests;

public sealed class LoaderTests
{
    private const string Header = "experiment_id,unit_id,variation_id,assigned_at\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lines_land_with_their_physical_line_number()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("a.csv", Header + "e,u1,a,2026-01-01\r\n\r\ne,\"u \"\"2\"\"\nx\",b,2026-01-02\ne,ü,b,2026-01-03");
        var summary = Assert.Single(await db.LoadAsync("assignments", path));
        Assert.Equal((3L, 3L, 0), (summary.Lines, summary.Landed, summary.Rejected.Count));
        Assert.Equal(
            "2|e|u1|a|2026-01-01\n4|e|u \"2\"\nx|b|2026-01-02\n6|e|ü|b|2026-01-03",
            await db.RowsAsync("SELECT line_number, experiment_id, unit_id, variation_id, assigned_at FROM raw.assignments ORDER BY line_number"));
    }

    [Theory]
    [InlineData("e,u1,a", "field_count")]
    [InlineData("e,u1,a,2026-01-01,more", "field_count")]
    [InlineData("e,\"u1\"x,a,2026-01-01", "bad_quotes")]
    [InlineData("e,u\"1,a,2026-01-01", "bad_quotes")]
    [InlineData("e,\"u1,a,2026-01-01", "bad_quotes")]
    [InlineData("e,u1\0,a,2026-01-01", "nul_character")]
    public async Task A_line_that_cannot_be_split_is_kept_with_its_rule_and_costs_no_other(string line, string rule)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var padding = string.Concat(Enumerable.Range(0, 200).Select(i => $"e,before{i:D5},a,2026-01-01T00:00:00Z\n"));
        var path = db.Write("a.csv", Header + padding + line + "\ne,after,b,2026-01-02\n");
        var summary = Assert.Single(await db.LoadAsync("assignments", path));
        Assert.Equal((202L, 201L), (summary.Lines, summary.Landed));
        Assert.Equal(1L, summary.Rejected[rule]);
        Assert.Equal(
            $"202|{rule}|{line.Replace('\0', '\u2400')}", await db.RowsAsync("SELECT line_number, rule_name, raw_line FROM raw.rejected_lines"));
        Assert.Equal("203", await db.RowsAsync("SELECT line_number FROM raw.assignments WHERE unit_id = 'after'"));
    }

    [Fact]
    public async Task Invalid_utf8_and_fields_that_are_too_long_are_rejected()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = Path.Combine(db.Folder, "a.csv");
        await File.WriteAllBytesAsync(
            path,
            [.. Encoding.UTF8.GetBytes(Header + "e,"), 0xC3, 0x28, .. Encoding.UTF8.GetBytes(",a,2026-01-01\ne," + new string('x', 4001) + ",a,2026-01-01\ne," + new string('y', 4000) + ",a,2026-01-01\n")],
            Token);
        var summary = Assert.Single(await db.LoadAsync("assignments", path));
        Assert.Equal((3L, 1L, 1L, 1L), (summary.Lines, summary.Landed, summary.Rejected["invalid_utf8"], summary.Rejected["field_too_long"]));
    }

    [Fact]
    public async Task An_open_quote_over_a_megabyte_costs_one_line()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("a.csv", Header + "e,\"open,a,2026-01-01\n"
            + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"e,u{i:D7},a,2026-01-01T00:00:00Z\n")));
        var summary = Assert.Single(await db.LoadAsync("assignments", path));
        Assert.Equal((60_001L, 60_000L), (summary.Lines, summary.Landed));
    }

    [Fact]
    public async Task Json_lines_give_scalars_as_text_and_objects_as_json()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("e.ndjson", """
            {"unit_id":7,"event_name":"a\u0041\n","event_at":1767225600,"event_value":true,"attributes":{"x":[1,2]},"other":null}
            {"unit_id":"u","event_name":"b","event_at":"2026-01-01"
            [1]
            {"unit_id":"u","event_name":"b","event_at":"2026-01-01"} tail
            {"unit_id":null,"event_name":"b"}
            """);
        var summary = Assert.Single(await db.LoadAsync("events", path));
        Assert.Equal((5L, 2L, 3L), (summary.Lines, summary.Landed, summary.Rejected["invalid_json"]));
        Assert.Equal(
            "1|7|aA\n|1767225600|true|{\"x\":[1,2]}\n5|NULL|b|NULL|NULL|NULL",
            await db.RowsAsync("SELECT line_number, unit_id, event_name, event_at, event_value, attributes FROM raw.events ORDER BY line_number"));
    }

    [Theory]
    [InlineData("x\\ud800y", "invalid_json")]
    [InlineData("x\\u0000y", "nul_character")]
    public async Task A_text_that_cannot_be_costs_its_own_line(string text, string rule)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("e.ndjson", $$"""
            {"unit_id":"{{text}}","event_name":"a","event_at":"2026-01-01"}
            {"unit_id":"\u00e9\n","event_name":"b\u0041","event_at":"2026-01-01"}

            """);
        var summary = Assert.Single(await db.LoadAsync("events", path));
        Assert.Equal((2L, 1L, 1L), (summary.Lines, summary.Landed, summary.Rejected[rule]));
        Assert.Equal("2|é\n|bA", await db.RowsAsync("SELECT line_number, unit_id, event_name FROM raw.events"));
    }

    [Fact]
    public async Task A_mapping_renames_sets_translates_and_rejects()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("a.csv", "user,grp,page\n1,control,old\n2,control,new\n3,treatment,new\n");
        var mapping = LoadMapping.Parse(
            ["unit_id=user,variation_id=grp"], ["experiment_id=x", "assigned_at=2026-01-01"],
            ["variation_id=control:c,treatment:t"], ["grp=control,page=new"]);
        await db.LoadAsync("assignments", path, mapping);
        Assert.Equal(
            "x|1|c|2026-01-01|NULL\nx|2|c|2026-01-01|grp=control,page=new\nx|3|t|2026-01-01|NULL",
            await db.RowsAsync("SELECT experiment_id, unit_id, variation_id, assigned_at, reject_rule FROM raw.assignments ORDER BY line_number"));
        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal("3|rejected_by_rule|grp=control,page=new", await db.RowsAsync("SELECT line_number, rule_name, raw_value FROM staging.quarantine"));
    }

    [Fact]
    public async Task The_same_load_happens_once_and_another_mapping_is_another_load()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var path = db.Write("e.csv", "unit_id,event_name,event_at\nu,a,2026-01-01\n");
        Assert.False(Assert.Single(await db.LoadAsync("events", path)).IsRepeat);
        Assert.True(Assert.Single(await db.LoadAsync("events", path)).IsRepeat);
        var other = LoadMapping.Parse(["event_name=unit_id"], [], [], []);
        Assert.False(Assert.Single(await db.LoadAsync("events", path, other)).IsRepeat);
        Assert.Equal("2|2", await db.RowsAsync("SELECT COUNT(*), COUNT(DISTINCT event_id) FROM raw.events"));
    }

    [Fact]
    public async Task An_unfinished_load_is_removed_by_the_next_one()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await db.RunAsync("""
            INSERT INTO ops.load_log (load_id, source, file_name, file_sha256, mapping_sha256, mapping, byte_count, started_at, status)
            VALUES (90, 'events', 'dead.csv', 'x', 'y', '{}', 1, '2026-01-01', 'loading');
            INSERT INTO raw.events (load_id, line_number, unit_id) VALUES (90, 2, 'ghost');
            INSERT INTO raw.rejected_lines (load_id, line_number, rule_name) VALUES (90, 3, 'field_count');
            """);
        await db.LoadAsync("events", db.Write("e.csv", "unit_id,event_name,event_at\nu,a,2026-01-01\n"));
        Assert.Equal("0", await db.RowsAsync("SELECT COUNT(*) FROM raw.rejected_lines"));
        Assert.Equal("u", await db.RowsAsync("SELECT unit_id FROM raw.events"));
        Assert.Equal("1|finished", await db.RowsAsync("SELECT load_id, status FROM ops.load_log"));
    }

    [Fact]
    public async Task Gzip_globs_and_a_byte_order_mark_are_read()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        Directory.CreateDirectory(Path.Combine(db.Folder, "deep", "er"));
        foreach (var (name, unit) in new[] { ("one.csv.gz", "u1"), (Path.Combine("deep", "er", "two.csv.gz"), "u2") })
        {
            await using var file = File.Create(Path.Combine(db.Folder, name));
            await using var zip = new GZipStream(file, CompressionLevel.Fastest);
            await zip.WriteAsync(Encoding.UTF8.GetBytes("\uFEFFunit_id,event_name,event_at\n" + unit + ",a,2026-01-01\n"), Token);
        }

        Assert.Equal(2, (await db.LoadAsync("events", Path.Combine(db.Folder, "**", "*.csv.gz"))).Count);
        Assert.Equal("u1\nu2", await db.RowsAsync("SELECT unit_id FROM raw.events ORDER BY unit_id"));
    }

    [Theory]
    [InlineData("missing.csv", null, "does not exist")]
    [InlineData("*.tsv", null, "No file matches")]
    [InlineData("a.xlsx", "x", "ends in '.xlsx'")]
    [InlineData("empty.csv", "", "is empty")]
    [InlineData("binary.csv", "a\0b", "is a binary file")]
    [InlineData("fake.csv.gz", "no gzip", "is no gzip file")]
    [InlineData("header.csv", "unit_id,event_name,event_at\n", "has a header and no rows")]
    [InlineData("wrong.csv", "unit,event_name,event_at\nu,a,b\n", "has no column 'unit_id', which events need; it has unit, event_name, event_at")]
    [InlineData("wrong.ndjson", "{\"a\":1}\n", "has the name 'unit_id', which events need")]
    [InlineData("first.ndjson", "{\n{\"unit_id\":1}\n", "has the name 'event_name', which events need")]
    [InlineData("prose.ndjson", "no json\n[1]\n", "has no line that is a JSON object")]
    public async Task What_cannot_be_loaded_is_said_in_one_sentence_and_leaves_nothing(string name, string? content, string part)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        if (content is not null)
        {
            db.Write(name, content);
        }

        var error = await Assert.ThrowsAsync<LoadException>(() => db.LoadAsync("events", Path.Combine(db.Folder, name)));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("0|0", await db.RowsAsync("SELECT (SELECT COUNT(*) FROM ops.load_log), (SELECT COUNT(*) FROM raw.events)"));
    }

    [Theory]
    [InlineData("unit_id", "takes name=value")]
    [InlineData("unit=user", "has no column 'unit'")]
    public async Task A_mapping_that_cannot_be_is_refused(string columns, string part)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var error = await Assert.ThrowsAsync<LoadException>(() => db.LoadAsync(
            "events", db.Write("e.csv", "user\nx\n"), LoadMapping.Parse([columns], [], [], [])));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
