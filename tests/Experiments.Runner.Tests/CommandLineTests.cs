using System.CommandLine;
using Experiments.Runner.Commands;

namespace Experiments.Runner.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("bogus", "'bogus'")]
    [InlineData("catalog", "Required command")]
    [InlineData("catalog aply x.yaml", "'aply'")]
    [InlineData("analyze", "--experiment")]
    [InlineData("analyze --experiment", "--experiment")]
    [InlineData("analyze --experiment x --mode all", "--mode is 'all'; itt and exposed are known")]
    [InlineData("analyze --experiment x --interval exact", "--interval is 'exact'")]
    [InlineData("analyze --experiment x --format xml", "--format is 'xml'; table, json and csv are known")]
    [InlineData("report", "--experiment")]
    [InlineData("refresh everything", "'everything'")]
    [InlineData("sql", "'runner sql' needs a statement")]
    [InlineData("sql --formt", "There is no option '--formt'")]
    [InlineData("migrate --dry", "'--dry'")]
    [InlineData("assign --experiment x", "Name units")]
    [InlineData("assign --experiment x unit --units file", "Name units")]
    public async Task A_wrong_command_line_exits_2_with_one_sentence(string line, string names)
    {
        RunnerResult result = await RunnerHarness.RunAsync(line.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(string.Empty, result.Output);
        Assert.Contains(names, result.ErrorSentence, StringComparison.Ordinal);
        Assert.EndsWith("--help'.", result.ErrorSentence, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_password_on_the_command_line_exits_2_and_is_not_repeated()
    {
        RunnerResult result = await RunnerHarness.RunAsync(
            "status", "--connection", "Server=localhost;User ID=sa;Password=Sesame-1");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("EXPERIMENTS_CONNECTION", result.ErrorSentence, StringComparison.Ordinal);
        Assert.DoesNotContain("Sesame-1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_local_file_exits_4_and_is_not_created()
    {
        string file = Path.Combine(Path.GetTempPath(), $"missing-{Guid.NewGuid():N}.duckdb");

        RunnerResult result = await RunnerHarness.RunAsync(
            "status", "--connection", $"Engine=local;Data Source={file}");

        Assert.Equal(4, result.ExitCode);
        Assert.Contains(file, result.ErrorSentence, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task The_environment_names_the_connection_where_no_option_does()
    {
        string file = Path.Combine(Path.GetTempPath(), $"missing-{Guid.NewGuid():N}.duckdb");

        RunnerResult result = await RunnerHarness.RunWithAsync(
            name => name == "EXPERIMENTS_CONNECTION" ? $"Engine=local;Data Source={file}" : null, "status");

        Assert.Equal(4, result.ExitCode);
        Assert.Contains(file, result.ErrorSentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_arguments_show_the_help()
    {
        RunnerResult result = await RunnerHarness.RunAsync();

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_has_a_description_and_examples()
    {
        foreach (string[] path in CommandPaths())
        {
            RunnerResult result = await RunnerHarness.RunAsync([.. path, "--help"]);

            Assert.Equal(0, result.ExitCode);
            Assert.Contains("Description:\n  ", result.Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
            Assert.Contains(
                "Examples:\n  runner " + string.Join(' ', path),
                result.Output.ReplaceLineEndings("\n"),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_option_and_argument_has_a_description()
    {
        Queue<Command> commands = new([Root()]);
        while (commands.TryDequeue(out Command? command))
        {
            Assert.All(command.Options, option => Assert.False(string.IsNullOrEmpty(option.Description), option.Name));
            Assert.All(command.Arguments, argument =>
                Assert.False(string.IsNullOrEmpty(argument.Description), argument.Name));
            foreach (Command child in command.Subcommands)
            {
                commands.Enqueue(child);
            }
        }
    }

    [Fact]
    public async Task A_statement_that_starts_like_a_response_file_is_T_SQL()
    {
        RunnerResult result = await RunnerHarness.RunAsync(
            "sql", "@@nothing", "--connection", "Engine=local;Data Source=:memory:");

        Assert.NotEqual(2, result.ExitCode);
    }

    [Fact]
    public async Task Sql_writes_each_format()
    {
        const string statement = "SELECT 1 AS a, 'x,y' AS b, CAST(NULL AS float) AS c;";
        RunnerResult csv = await SqlAsync(statement, "csv");
        RunnerResult json = await SqlAsync(statement, "json");
        RunnerResult table = await SqlAsync(statement, "table");

        Assert.Equal("a,b,c\r\n1,\"x,y\",\r\n", csv.Output);
        Assert.Equal("[\n  {\"a\": 1, \"b\": \"x,y\", \"c\": null}\n]\n", json.Output);
        Assert.Equal("a  b    c\n─────────────\n1  x,y\n", table.Output);
    }

    [Fact]
    public async Task Sql_says_messages_on_stderr_and_keeps_them_out_of_the_rows()
    {
        RunnerResult result = await SqlAsync(
            "PRINT 'begins'; SELECT 1 AS a; RAISERROR('%d of %d', 10, 1, 2, 3) WITH NOWAIT; PRINT CONCAT('en', 'ds');", "csv");
        RunnerResult failing = await SqlAsync("PRINT 'before'; THROW 50001, 'failed', 1; PRINT 'after';", "csv");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("a\r\n1\r\n", result.Output);
        Assert.Equal("begins\n2 of 3\nends\n", result.Error);
        Assert.Equal(3, failing.ExitCode);
        Assert.StartsWith("before\nerror: ", failing.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("after", failing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_statement_exits_1_with_its_sentence_and_a_trace_only_when_asked()
    {
        RunnerResult plain = await SqlAsync("SELECT t.x FROM dbo.nothing AS t;", "table");
        RunnerResult verbose = await RunnerHarness.RunAsync(
            "sql", "SELECT t.x FROM dbo.nothing AS t;", "--verbose", "--connection", "Engine=local;Data Source=:memory:");

        Assert.Equal(1, plain.ExitCode);
        Assert.Contains("dbo.nothing", plain.ErrorSentence, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", plain.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", verbose.Error, StringComparison.Ordinal);
    }

    private static Task<RunnerResult> SqlAsync(string statement, string format) => RunnerHarness.RunAsync(
        "sql", statement, "--format", format, "--connection", "Engine=local;Data Source=:memory:");

    private static RootCommand Root() => RunnerApp.CreateRoot(new CommandServices(
        new RunnerConsole(TextWriter.Null, TextWriter.Null, false, false, 120), _ => null, string.Empty));

    private static IEnumerable<string[]> CommandPaths()
    {
        foreach (Command command in Root().Subcommands)
        {
            yield return [command.Name];
            foreach (Command child in command.Subcommands)
            {
                yield return [command.Name, child.Name];
            }
        }
    }
}
