namespace Experiments.Lint.Tests;

/// <summary>
/// A file of Rejected or Accepted. Its first lines say what it stands for: <c>-- as: path</c>, the place in the
/// repository that it pretends to have, and in Rejected <c>-- expects: rule at line:column</c>. They count as lines, but
/// are blank to the rules.
/// </summary>
internal sealed class Example
{
    private const string As = "-- as: ";
    private const string Expects = "-- expects: ";

    private Example(Profile profile, string? expected, Script script)
    {
        Profile = profile;
        Expected = expected;
        Script = script;
    }

    internal Profile Profile { get; }

    /// <summary>Rule and place, null where nothing is to be found.</summary>
    internal string? Expected { get; }

    internal Script Script { get; }

    internal static Example Read(string path)
    {
        var bytes = Repository.Read(path);
        var lines = System.Text.Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').Split('\n');
        var place = Said(lines, As) ?? throw new FormatException($"{path} has no line '{As}…'.");
        var script = Script.Parse(place, bytes, TableTypes.None, static text => string.Join('\n', text.Split('\n')
            .Select(static l => l.StartsWith(As, StringComparison.Ordinal) || l.StartsWith(Expects, StringComparison.Ordinal)
                ? l.EndsWith('\r') ? "\r" : "" : l)));
        var isFabric = path.Contains("/fabric/", StringComparison.Ordinal);
        return new Example(isFabric ? Profile.Fabric : Profile.Portable, Said(lines, Expects), script);
    }

    internal IReadOnlyList<Finding> Findings() => RuleBook.Check(Script, Profile);

    private static string? Said(string[] lines, string word) => lines.Take(2)
        .FirstOrDefault(l => l.StartsWith(word, StringComparison.Ordinal))?[word.Length..].Trim();
}
