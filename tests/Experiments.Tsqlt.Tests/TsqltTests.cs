using Experiments.Migrations;

namespace Experiments.Tsqlt.Tests;

/// <summary>Every tSQLt test of tests/tsqlt, one case each, on the local engine.</summary>
public sealed class TsqltTests(DeployedDatabase deployed) : IClassFixture<DeployedDatabase>
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        TestScript.LoadAll(Repository.Folder("tests", "tsqlt")).SelectMany(static s => s.Tests)
            .Select(static t => new TheoryDataRow<string, string>(t.ClassName, t.TestName)
            {
                TestDisplayName = $"{t.ClassName}: {t.TestName}",
            });

    [Theory]
    [MemberData(nameof(Cases))]
    public void Passes(string className, string testName)
    {
        var (result, message) = deployed.Database.RunTest(new TestCase(className, testName).QuotedName);
        Assert.True(result == "Success", $"{result}: {message}");
    }
}
