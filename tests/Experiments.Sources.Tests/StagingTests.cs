namespace Experiments.Sources.Tests;

/// <summary>What the staging procedures make of landed rows.</summary>
public sealed class StagingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2026-01-02", "2026-01-02 00:00:00")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02 03:04:05")]
    [InlineData(" 2026-01-02 03:04:05.1 ", "2026-01-02 03:04:05.1")]
    [InlineData("2026-01-02T03:04:05.123456Z", "2026-01-02 03:04:05.123456")]
    [InlineData("2026-01-02T03:04:05.1234567Z", "2026-01-02 03:04:05.123456")]
    [InlineData("2026-01-02T03:04:05+02:00", "2026-01-02 01:04:05")]
    [InlineData("2026-01-02T03:04:05.5-05:30", "2026-01-02 08:34:05.5")]
    [InlineData("1767323045", "2026-01-02 03:04:05")]
    [InlineData("1767323045250", "2026-01-02 03:04:05.25")]
    [InlineData("2026-02-30", null)]
    [InlineData("2026-1-2", null)]
    [InlineData("03/04/2026", null)]
    [InlineData("12:30", null)]
    [InlineData("-", null)]
    [InlineData("2026-01-02T03:04:05+0200", null)]
    [InlineData("2026-01-02T03:04:05.12345678", null)]
    [InlineData("2026-01-02T25:04:05", null)]
    [InlineData("tomorrow", null)]
    [InlineData("17673230451", null)]
    public async Task A_timestamp_becomes_one_utc_time_or_goes_to_quarantine(string text, string? expected)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await db.LoadAsync("events", db.Write("e.csv", $"unit_id,event_name,event_at\nu,a,{text}\n"));
        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal(expected ?? "", await db.RowsAsync("SELECT event_at FROM staging.stg_conversion_events"));
        Assert.Equal(
            expected is null ? $"bad_timestamp|event_at|{text}" : "",
            await db.RowsAsync("SELECT rule_name, column_name, raw_value FROM staging.quarantine"));
    }

    [Theory]
    [InlineData("1.5", "1.5")]
    [InlineData("-2e3", "-2000")]
    [InlineData(" 7 ", "7")]
    [InlineData("TRUE", "1")]
    [InlineData("False", "0")]
    [InlineData("", "NULL")]
    [InlineData("ten", null)]
    [InlineData("-", null)]
    [InlineData(".", null)]
    [InlineData("1d2", null)]
    [InlineData("nan", null)]
    [InlineData("1e999", null)]
    public async Task A_value_becomes_a_number_or_goes_to_quarantine(string text, string? expected)
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        await db.LoadAsync("events", db.Write("e.csv", $"unit_id,event_name,event_at,event_value\nu,a,2026-01-01,{text}\n"));
        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal(expected ?? "", await db.RowsAsync("SELECT event_value FROM staging.stg_conversion_events"));
        Assert.Equal(expected is null ? "bad_number" : "", await db.RowsAsync("SELECT rule_name FROM staging.quarantine"));
    }

    [Fact]
    public async Task The_first_assignment_wins_in_whatever_order_the_loads_come()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        const string Header = "experiment_id,unit_id,variation_id,assigned_at\n";
        await db.LoadAsync("assignments", db.Write("1.csv", Header + "x,u,b,2026-01-03\nx,u,b,2026-01-04\nx,v,a,2026-01-01\n"));
        await db.RunAsync("EXEC staging.load_all");
        await db.LoadAsync("assignments", db.Write("2.csv", Header + "x,u,a,2026-01-02\nx,v,a,2026-01-05\n"));
        await db.RunAsync("EXEC staging.load_all");
        Assert.Equal(
            "u|a|2026-01-02 00:00:00|3|1\nv|a|2026-01-01 00:00:00|2|0",
            await db.RowsAsync("SELECT unit_id, variation_id, assigned_at, assignment_count, is_conflict FROM staging.stg_experiment_assignments ORDER BY unit_id"));
        Assert.Equal("1|2\n1|3\n2|3", await db.RowsAsync("SELECT load_id, line_number FROM staging.duplicates ORDER BY load_id, line_number"));
    }

    [Fact]
    public async Task The_latest_version_of_an_event_wins_in_whatever_order_the_loads_come()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        const string Header = "event_id,unit_id,event_name,event_at,event_value\n";
        await db.LoadAsync("events", db.Write("1.csv", Header + "e,u,a,2026-01-03,1\ne,u,a,2026-01-03,2\nf,u,a,2026-01-01,3\n"));
        await db.RunAsync("EXEC staging.load_all");
        await db.LoadAsync("events", db.Write("2.csv", Header + "e,u,a,2026-01-02,4\nf,u,a,2026-01-04,5\n"));
        await db.RunAsync("EXEC staging.load_all; EXEC staging.load_all;");
        Assert.Equal("e|2\nf|5", await db.RowsAsync("SELECT event_id, event_value FROM staging.stg_conversion_events ORDER BY event_id"));
        Assert.Equal("1|2\n1|4\n2|2", await db.RowsAsync("SELECT load_id, line_number FROM staging.duplicates ORDER BY load_id, line_number"));
    }

    [Fact]
    public async Task A_load_that_is_not_there_is_refused_with_its_number()
    {
        await using var db = await PlatformDatabase.CreateAsync(Token);
        var error = await Assert.ThrowsAsync<LocalSql.LocalSqlException>(() => db.RunAsync("EXEC staging.load_events @load_id = 7"));
        Assert.Equal((50011, "Load 7 is no finished load of events."), (error.Number, error.Message));
    }
}
