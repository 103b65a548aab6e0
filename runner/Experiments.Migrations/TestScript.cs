using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Migrations;

/// <summary>One tSQLt test: a procedure <c>[class].[test …]</c>.</summary>
/// <param name="ClassName">The class: a schema, as the file has it.</param>
/// <param name="TestName">The procedure's name.</param>
public sealed record TestCase(string ClassName, string TestName)
{
    /// <summary>The name as tSQLt.Run takes it.</summary>
    public string QuotedName => $"{Quote(ClassName)}.{Quote(TestName)}";

    private static string Quote(string name) => "[" + name.Replace("]", "]]", StringComparison.Ordinal) + "]";
}

/// <summary>A file of tSQLt tests, <c>name.class.sql</c>: its batches, and the tests that the parser finds in it.</summary>
public sealed class TestScript
{
    /// <summary>How the name of such a file ends.</summary>
    public const string Extension = ".class.sql";

    private TestScript(string name, IReadOnlyList<ScriptBatch> batches, IReadOnlyList<TestCase> tests)
    {
        Name = name;
        Batches = batches;
        Tests = tests;
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>The file, split at GO.</summary>
    public IReadOnlyList<ScriptBatch> Batches { get; }

    /// <summary>The tests, in the order of the file.</summary>
    public IReadOnlyList<TestCase> Tests { get; }

    /// <summary>The test files of a folder by name; none where there is no folder.</summary>
    /// <exception cref="DeploymentException">A file is no T-SQL.</exception>
    public static IReadOnlyList<TestScript> LoadAll(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*" + Extension).Order(StringComparer.Ordinal).Select(Load)]
        : [];

    private static TestScript Load(string path)
    {
        var name = Path.GetFileName(path);
        var batches = ScriptText.Split(name, File.ReadAllText(path)).ToList();
        var tests = new List<TestCase>();
        foreach (var batch in batches)
        {
            using var reader = new StringReader(batch.Text);
            var script = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
            if (errors.Count > 0)
            {
                var line = batch.StartLine + errors[0].Line - 1;
                throw new DeploymentException(
                    $"{name}, line {line}, column {errors[0].Column}: {errors[0].Message.TrimEnd('.')}.", name, line);
            }

            tests.AddRange(script.Batches.SelectMany(static b => b.Statements)
                .OfType<ProcedureStatementBody>()
                .Select(static p => p.ProcedureReference.Name)
                .Where(static n => n.SchemaIdentifier is not null
                    && n.BaseIdentifier.Value.StartsWith("test", StringComparison.OrdinalIgnoreCase))
                .Select(static n => new TestCase(n.SchemaIdentifier.Value, n.BaseIdentifier.Value)));
        }

        return new TestScript(name, batches, tests);
    }
}
