namespace Experiments.Mutations;

/// <summary>A planted bug.</summary>
/// <param name="Name">What --only names it by.</param>
/// <param name="Area">The area of the engine.</param>
/// <param name="File">The source file, below the folder of the engine in runner.</param>
/// <param name="Find">A text that occurs there exactly once.</param>
/// <param name="With">What takes its place.</param>
/// <param name="Breaks">What then is wrong.</param>
/// <param name="First">The suite to run first: the one whose business it is.</param>
/// <param name="Cases">The file of behaviour cases, or the study, to run before the rest; empty for none.</param>
internal sealed record Mutation(
    string Name, string Area, string File, string Find, string With, string Breaks, Suite First, string Cases)
{
    /// <summary>The suites that may notice, in the order in which they run.</summary>
    internal IEnumerable<Suite> Suites => First.Always.Where(s => s != First).Prepend(First);

    /// <summary>What to run until something fails: a suite, or one file of its cases.</summary>
    internal IEnumerable<(Suite Suite, string Cases)> Runs =>
        (Cases.Length > 0 ? [(First.WithCases, Cases)] : Array.Empty<(Suite, string)>())
        .Concat(Suites.Select(static s => (s, "")));

    /// <summary>A source text with the bug in it.</summary>
    internal string Plant(string source)
    {
        var at = source.IndexOf(Find, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new MutationException($"{Name}: {File} does not contain: {Find}");
        }

        return source.IndexOf(Find, at + 1, StringComparison.Ordinal) >= 0
            ? throw new MutationException($"{Name}: {File} contains more than once: {Find}")
            : string.Concat(source.AsSpan(0, at), With, source.AsSpan(at + Find.Length));
    }
}
