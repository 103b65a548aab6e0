namespace Experiments.Behaviour.Tests;

/// <summary>What the reader of case files takes, and how it says what it does not.</summary>
public sealed class CaseFileTests
{
    private const string Page = "page https://learn.microsoft.com/sql\n";

    [Fact]
    public void A_case_has_batches_results_and_an_error()
    {
        var item = Assert.Single(CaseFile.Read("f", Page + """
            setup
            CREATE TABLE dbo.t (a int NULL);
            end
            case a name
            row Integer division
            pending something
            sql
            SELECT 1
            GO
            SELECT 2;
            result ordered
            a b decimal(5,2) not null | - varchar null
            1.00 | 'it''s | '
            # a comment
            NULL | 'NULL'
            affected 3
            message hello there
            error 50001 line 4
            end
            """));
        Assert.Equal("f: a name", item.ToString());
        Assert.Equal(["SELECT 1", "SELECT 2;"], item.Batches);
        Assert.Equal(["CREATE TABLE dbo.t (a int NULL);"], item.Setup);
        Assert.Equal(["Integer division"], item.TableRows);
        Assert.Equal("something", item.Pending);
        Assert.Equal(new ExpectedError(50001, 4), item.Error);
        Assert.Equal(3, item.Affected);
        Assert.Equal(["hello there"], item.Messages);
        var result = Assert.Single(item.Results);
        Assert.True(result.IsOrdered);
        Assert.Equal([new ExpectedColumn("a b", "decimal(5,2)", false), new ExpectedColumn("", "varchar", true)], result.Columns);
        Assert.Equal(["1.00", "it's | "], result.Rows[0]);
        Assert.Equal([null, "NULL"], result.Rows[1]);
    }

    [Fact]
    public void A_check_is_a_case_in_a_line()
    {
        var cases = CaseFile.Read("f", Page + "row x\ncheck 7 / 2 => int 3\nonly local\ncheck 1 / 0 => error 8134\n");
        Assert.Equal("SELECT 7 / 2 AS v;", Assert.Single(cases[0].Batches));
        Assert.Equal(["x"], cases[0].TableRows);
        Assert.Equal("3", cases[0].Results[0].Rows[0][0]);
        Assert.False(cases[0].IsLocalOnly);
        Assert.True(cases[1].IsLocalOnly);
        Assert.Equal(8134, cases[1].Error?.Number);
    }

    [Theory]
    [InlineData("case x\nsql\nSELECT 1\nerror 1\nend\n", "f.test, line 5: the case 'x' cites no page.")]
    [InlineData(Page + "case x\nsql\nSELECT 1\n", "f.test, line 3: the block that begins here has no end.")]
    [InlineData(Page + "case x\nerror 1\nend\n", "f.test, line 4: the case 'x' needs sql and an outcome (result, error, affected or message).")]
    [InlineData(Page + "case x\nsql\nSELECT 1\nresult\na int | b int\n1\nend\n", "f.test, line 7: the row has 1 cells and the header 2 columns.")]
    [InlineData(Page + "case x\nsql\nSELECT 1\nresult\na\nend\n", "f.test, line 6: 'a' is no column; it takes a name (- for none), a type and optionally null or not null.")]
    [InlineData(Page + "case x\nsql\nSELECT 1\nresult\na int\n'x\nend\n", "f.test, line 7: a text in quotes has no closing quote.")]
    [InlineData(Page + "case x\nsql\nSELECT 1\nerror abc\nend\n", "f.test, line 5: 'abc' is no number.")]
    [InlineData(Page + "check 1 => error 1 row 2\n", "f.test, line 2: 'error 1 row 2' is not understood; it is error <number> [line <line>] [like <message, % for any text>].")]
    [InlineData(Page + "wrong\n", "f.test, line 2: 'wrong' cannot stand here; outside a case stand page, setup, case and check, before a check also row, only local and pending <why>.")]
    [InlineData(Page, "f.test, line 2: the file has no case.")]
    [InlineData("page nowhere\n", "f.test, line 1: 'nowhere' is no address of a page (https://…).")]
    public void What_cannot_be_read_is_named_with_its_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<CaseFileException>(() => CaseFile.Read("f", text)).Message);

    [Theory]
    [InlineData("Divide by zero error encountered.", true)]
    [InlineData("Divide by zero", false)]
    [InlineData("Divide%", true)]
    [InlineData("%zero%", true)]
    [InlineData("Div%zero%encountered.", true)]
    [InlineData("%zero%zero%", false)]
    [InlineData("%counter", false)]
    [InlineData("divide%", false)]
    public void A_message_is_compared_with_a_pattern(string pattern, bool matches)
    {
        var error = CaseFile.Read("f", Page + "check 1 / 0 => error 8134 line 1 like " + pattern + "\n")[0].Error;
        Assert.Equal(new ExpectedError(8134, 1, pattern), error);
        Assert.Equal(matches, error!.HasMessage("Divide by zero error encountered."));
    }

    [Fact]
    public void Rows_compare_in_any_order_and_floats_within_their_last_digits()
    {
        ExpectedColumn[] columns = [new("a", "float", null), new("b", "varchar", null)];
        Assert.True(ResultText.SameRow(columns, ["0.3", "x"], ["0.30000000000000004", "x"]));
        Assert.False(ResultText.SameRow(columns, ["0.3", "x"], ["0.300001", "x"]));
        Assert.False(ResultText.SameRow(columns, ["0.3", "x"], ["0.3", "X"]));
        Assert.False(ResultText.SameRow(columns, [null, "x"], ["0", "x"]));
        Assert.True(ResultText.SameColumn(new("a", "varchar", null), new("a", "varchar(5)", true)));
        Assert.False(ResultText.SameColumn(new("a", "varchar(4)", null), new("a", "varchar(5)", true)));
        Assert.False(ResultText.SameColumn(new("a", "int", false), new("a", "int", true)));
        Assert.False(ResultText.SameColumn(new("a", "int", null), new("A", "int", true)));
    }
}
