namespace Experiments.Mutations;

/// <summary>
/// Reads mutations.txt: entries of one line a key, in a fixed order, each ended by <c>end</c>. The text after the blank
/// that follows a key is taken as it stands. Lines between entries are empty or begin with #.
/// </summary>
internal static class MutationTable
{
    private static readonly string[] Keys = ["mutation", "area", "file", "find", "with", "breaks"];

    /// <summary>Reads the repository's table; every text must occur once in its file.</summary>
    internal static IReadOnlyList<Mutation> Load(string root)
    {
        var mutations = Read(File.ReadAllText(Path.Combine(root, "tests", "Mutations", "mutations.txt")));
        foreach (var mutation in mutations)
        {
            var path = WorkingCopy.SourceOf(root, mutation);
            mutation.Plant(File.Exists(path)
                ? File.ReadAllText(path)
                : throw new MutationException($"{mutation.Name}: there is no file {mutation.File}."));
            if (mutation.Cases.Length > 0 && mutation.First.WithCases == Suite.Behaviour
                && !File.Exists(WorkingCopy.CasesOf(root, mutation)))
            {
                throw new MutationException($"{mutation.Name}: there is no file of cases called {mutation.Cases}.");
            }
        }

        return mutations;
    }

    internal static IReadOnlyList<Mutation> Read(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        if (Array.FindIndex(lines, static l => l.EndsWith(' ')) is >= 0 and var blank)
        {
            throw Bad(blank, "a blank at the end of a line, which nobody sees");
        }

        var mutations = new List<Mutation>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#')
            {
                continue;
            }

            var values = new string[Keys.Length];
            for (var k = 0; k < Keys.Length; k++, i++)
            {
                values[k] = Value(lines, i, Keys[k]) ?? throw Bad(i, $"expected '{Keys[k]} …'");
            }

            var cases = Value(lines, i, "cases");
            i += cases is null ? 0 : 1;
            var suite = Suite.Behaviour;
            if (Value(lines, i, "suite") is { } name)
            {
                suite = Suite.All.FirstOrDefault(s => s.Name == name)
                    ?? throw Bad(i, $"'{name}' is none of {string.Join(", ", Suite.All.Select(static s => s.Name))}");
                i++;
            }

            if (i >= lines.Length || lines[i] != "end")
            {
                throw Bad(i, "expected 'end'");
            }

            var mutation = new Mutation(
                values[0], values[1], values[2], values[3], values[4], values[5], suite, cases ?? "");
            if (mutation is { Name: "" } or { Area: "" } or { Find: "" } or { Breaks: "" }
                || mutation.Find == mutation.With)
            {
                throw Bad(i, "an entry needs a name, an area, a text to find, another for it, and what that breaks");
            }

            mutations.Add(mutations.Exists(m => m.Name == mutation.Name)
                ? throw Bad(i, $"two mutations are called '{mutation.Name}'")
                : mutation);
        }

        return mutations.Count > 0 ? mutations : throw new MutationException("mutations.txt has no entry.");
    }

    /// <summary>The rest of a line that begins with a key; null where it does not.</summary>
    private static string? Value(string[] lines, int at, string key) =>
        at >= lines.Length || !lines[at].StartsWith(key, StringComparison.Ordinal) ? null
        : lines[at].Length == key.Length ? ""
        : lines[at][key.Length] == ' ' ? lines[at][(key.Length + 1)..]
        : null;

    private static MutationException Bad(int line, string what) =>
        new(FormattableString.Invariant($"mutations.txt, line {line + 1}: {what}."));
}
