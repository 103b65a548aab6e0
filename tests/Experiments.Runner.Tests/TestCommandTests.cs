using System.Xml.Linq;
using Experiments.Runner.Testing;

namespace Experiments.Runner.Tests;

public sealed class TestCommandTests
{
    private const string Tests = """
        EXEC tSQLt.NewTestClass 'mixed';
        GO
        CREATE PROCEDURE mixed.[test that holds] AS EXEC tSQLt.AssertEmptyTable 'catalog.experiments';
        GO
        CREATE PROCEDURE mixed.[test <that> fails] AS EXEC tSQLt.AssertEqualsString '<a & "b">', 'c';
        GO
        CREATE PROCEDURE mixed.[test that breaks] AS THROW 50001, 'broken', 1;
        GO
        """;

    [Fact]
    public async Task A_class_of_the_project_passes_in_a_table()
    {
        RunnerResult result = await RunnerHarness.RunAsync("test", "--class", "staging_parse_number");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("class", result.Output, StringComparison.Ordinal);
        Assert.Contains("test a decimal is that number", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("staging_parse_timestamp", result.Output, StringComparison.Ordinal);
        Assert.Contains("tests, ", result.Error, StringComparison.Ordinal);
        Assert.Contains(" 0 failed", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_test_exits_1_and_is_in_the_JUnit_file()
    {
        using TestFolder folder = new();
        folder.Write("mixed.class.sql", Tests);
        string file = folder.In("results.xml");

        RunnerResult result = await RunnerHarness.RunAsync(
            "test", "--tests", folder.Path, "--junit", file, "--format", "csv");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("mixed,test that breaks,Error,", result.Output, StringComparison.Ordinal);
        Assert.Contains("3 tests, 1 succeeded or skipped, 2 failed", result.Error, StringComparison.Ordinal);
        XElement suite = XDocument.Load(file).Root!.Element("testsuite")!;
        Assert.Equal("3", suite.Attribute("tests")!.Value);
        Assert.Equal("1", suite.Attribute("failures")!.Value);
        Assert.Equal("1", suite.Attribute("errors")!.Value);
        Dictionary<string, XElement> cases = suite.Elements("testcase")
            .ToDictionary(element => element.Attribute("name")!.Value, StringComparer.Ordinal);
        Assert.Empty(cases["test that holds"].Elements());
        XElement failure = cases["test <that> fails"].Element("failure")!;
        Assert.Equal("Expected: <<a & \"b\">>", failure.Attribute("message")!.Value);
        Assert.Equal("\nExpected: <<a & \"b\">>\nbut was : <c>", failure.Value);
        Assert.Contains("Message: broken ", cases["test that breaks"].Element("error")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_class_that_does_not_exist_exits_2_and_the_known_ones_are_named()
    {
        using TestFolder folder = new();
        folder.Write("mixed.class.sql", Tests);

        RunnerResult result = await RunnerHarness.RunAsync("test", "--tests", folder.Path, "--class", "none");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal("--class is 'none'; the classes are mixed.", result.ErrorSentence);
    }

    [Fact]
    public async Task A_folder_without_tests_exits_2()
    {
        using TestFolder folder = new();

        RunnerResult result = await RunnerHarness.RunAsync("test", "--tests", folder.Path);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(".class.sql", result.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_T_SQL_is_named_with_its_line()
    {
        using TestFolder folder = new();
        folder.Write("odd.class.sql", "EXEC tSQLt.NewTestClass 'odd';\nGO\nCREATE PROCEDURE odd.[test x] AS SELEC 1;\nGO\n");

        RunnerResult result = await RunnerHarness.RunAsync("test", "--tests", folder.Path);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("odd.class.sql, line 3", result.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_JUnit_file_holds_what_XML_can_hold()
    {
        using MemoryStream stream = new();
        JUnitReport.Write(
            stream,
            [
                new TestOutcome("c", "t\u0001", TestOutcome.Failure, "a\u0000b\r\n\ud800\U0001F600", DateTime.UnixEpoch, TimeSpan.FromMilliseconds(1234)),
                new TestOutcome("d", "u", TestOutcome.Skipped, "later", DateTime.UnixEpoch, TimeSpan.Zero),
            ]);

        stream.Position = 0;
        XElement root = XDocument.Load(stream).Root!;
        Assert.Equal("1.234", root.Attribute("time")!.Value);
        XElement first = root.Elements("testsuite").First();
        Assert.Equal("1970-01-01T00:00:00", first.Attribute("timestamp")!.Value);
        Assert.Equal("t\ufffd", first.Element("testcase")!.Attribute("name")!.Value);
        Assert.Equal("a\ufffdb\n\ufffd\U0001F600", first.Element("testcase")!.Element("failure")!.Value);
        Assert.Single(root.Descendants("skipped"));
        Assert.Equal("1", root.Attribute("skipped")!.Value);
    }
}
