namespace Experiments.Mutations;

/// <summary>A planted bug.</summary>
/// <param name="Name">What --only names it by.</param>
/// <param name="Area">The area of the engine.</param>
/// <param name="File">The source file, below runner/Experiments.LocalSql.</param>
/// <param name="Find">A text that occurs there exactly once.</param>
/// <param name="With">What takes its place.</param>
/// <param name="Breaks">What then is wrong.</param>
/// <param name="Suite">The suite to run first where it is not the first of all.</param>
internal sealed record Mutation(
    string Name, string Area, string File, string Find, string With, string Breaks, Suite? Suite)
{
    /// <summary>The suites that may notice, in the order in which they run.</summary>
    internal IEnumerable<Suite> Suites => Suite is null
        ? Experiments.Mutations.Suite.Always
        : Experiments.Mutations.Suite.Always.Where(s => s != Suite).Prepend(Suite);

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
