using Experiments.Runner.Output;

namespace Experiments.Runner.Tests;

public sealed class OutputTests
{
    private static readonly RowColumn[] Columns =
    [
        new("id", typeof(long)), new("text", typeof(string)), new("value", typeof(double)),
        new("flag", typeof(bool)), new("at", typeof(DateTime)), new("day", typeof(DateTime), IsDate: true),
    ];

    private static readonly object?[][] Rows =
    [
        [1L, "plain", .1, true, new DateTime(2025, 1, 2, 3, 4, 5, 678), new DateTime(2025, 1, 2)],
        [2L, "a \"quoted\", text\nof two lines", 1e-300, false, null, null],
        [3L, "", null, null, new DateTime(2025, 1, 2), new DateTime(2025, 1, 3)],
        [4L, null, -0.5, true, null, null],
    ];

    [Fact]
    public async Task Csv_is_RFC_4180_and_tells_NULL_from_an_empty_text()
    {
        using StringWriter writer = new();
        await new CsvWriter(writer).WriteAsync(RowSet.Of(Columns, Rows), TestContext.Current.CancellationToken);

        Assert.Equal(
            "id,text,value,flag,at,day\r\n"
            + "1,plain,0.1,1,2025-01-02T03:04:05.678,2025-01-02\r\n"
            + "2,\"a \"\"quoted\"\", text\nof two lines\",1E-300,0,,\r\n"
            + "3,\"\",,,2025-01-02T00:00:00,2025-01-03\r\n"
            + "4,,-0.5,1,,\r\n",
            writer.ToString());
    }

    [Fact]
    public async Task Json_is_an_array_of_objects_with_null_for_NULL()
    {
        using StringWriter writer = new();
        await new JsonWriter(writer).WriteAsync(RowSet.Of(Columns, Rows), TestContext.Current.CancellationToken);

        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(writer.ToString());
        System.Text.Json.JsonElement[] rows = [.. document.RootElement.EnumerateArray()];
        Assert.Equal(4, rows.Length);
        Assert.Equal(.1, rows[0].GetProperty("value").GetDouble());
        Assert.True(rows[0].GetProperty("flag").GetBoolean());
        Assert.Equal("2025-01-02", rows[0].GetProperty("day").GetString());
        Assert.Equal("a \"quoted\", text\nof two lines", rows[1].GetProperty("text").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rows[2].GetProperty("value").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rows[3].GetProperty("text").ValueKind);
    }

    [Fact]
    public async Task Json_names_columns_that_have_no_name_or_the_same()
    {
        using StringWriter writer = new();
        RowColumn[] columns = [new("", typeof(long)), new("a", typeof(long)), new("a", typeof(long))];
        await new JsonWriter(writer).WriteAsync(
            RowSet.Of(columns, [[1L, 2L, 3L]]), TestContext.Current.CancellationToken);

        Assert.Equal("[\n  {\"column_1\": 1, \"a\": 2, \"a_2\": 3}\n]\n", writer.ToString());
    }

    [Fact]
    public async Task No_rows_are_an_empty_array_a_header_and_an_empty_table()
    {
        using StringWriter json = new();
        using StringWriter csv = new();
        await new JsonWriter(json).WriteAsync(RowSet.Of(Columns, []), TestContext.Current.CancellationToken);
        await new CsvWriter(csv).WriteAsync(RowSet.Of(Columns, []), TestContext.Current.CancellationToken);

        Assert.Equal("[]\n", json.ToString());
        Assert.Equal("id,text,value,flag,at,day\r\n", csv.ToString());
        Assert.StartsWith("id  text", await TableAsync(Columns, [], 120), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_has_numbers_at_the_right_and_neither_escape_codes_nor_trailing_blanks()
    {
        string table = await TableAsync(
            [new("n", typeof(long)), new("name", typeof(string)), new("x", typeof(double))],
            [[1L, "Sigur Rós", 1.5], [1000L, "x", null]],
            120);

        Assert.Equal(
            "   n  name         x\n" + new string('─', 24) + "\n   1  Sigur Rós  1.5\n1000  x\n", table);
        Assert.DoesNotContain('\u001b', table);
    }

    [Fact]
    public async Task Rows_wider_than_the_line_are_written_one_column_a_line()
    {
        string table = await TableAsync(
            [new("id", typeof(long)), new("description", typeof(string))],
            [[1L, new string('x', 50)], [2L, null]],
            40);

        Assert.Equal(
            $"id           1\ndescription  {new string('x', 50)}\n\nid           2\ndescription\n", table);
    }

    [Fact]
    public async Task A_long_table_says_how_many_rows_it_leaves_out()
    {
        using StringWriter output = new() { NewLine = "\n" };
        using StringWriter error = new() { NewLine = "\n" };
        await new TableWriter(new RunnerConsole(output, error, false, false, 120)).WriteAsync(
            RowSet.Of([new("n", typeof(long))], Enumerable.Range(0, 1500).Select(i => new object?[] { (long)i })),
            TestContext.Current.CancellationToken);

        Assert.Equal(1002, output.ToString().TrimEnd('\n').Split('\n').Length);
        Assert.Contains("500 of 1,500 rows", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData(.223855, "0.2239")]
    [InlineData(.00155425, "0.001554")]
    [InlineData(3.2e-8, "3.20e-8")]
    [InlineData(0.0, "0")]
    [InlineData(1.0, "1")]
    public void A_p_value_has_four_digits(double? value, string expected) => Assert.Equal(expected, Numbers.P(value));

    private static async Task<string> TableAsync(RowColumn[] columns, object?[][] rows, int width)
    {
        using StringWriter output = new() { NewLine = "\n" };
        await new TableWriter(new RunnerConsole(output, TextWriter.Null, false, false, width)).WriteAsync(
            RowSet.Of(columns, rows), TestContext.Current.CancellationToken);
        return output.ToString();
    }
}
