using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>The sets of rules: what every engine needs, and what Fabric Warehouse lacks beyond.</summary>
[Flags]
internal enum Profile
{
    Portable = 1,
    Fabric = 2,
    Both = Portable | Fabric,
}

/// <summary>Where a rule is broken; <paramref name="What"/> replaces the rule's own words where there is more to say.</summary>
internal readonly record struct Hit(int Line, int Column, string? What = null)
{
    internal static Hit At(TSqlFragment node, string? what = null) => new(node.StartLine, node.StartColumn, what);

    internal static Hit At(TSqlParserToken token, string? what = null) => new(token.Line, token.Column, what);
}

/// <summary>A rule broken at a place; prints as file:line:column: rule: what, what instead.</summary>
internal sealed record Finding(string Path, int Line, int Column, string Rule, string Sentence)
{
    public override string ToString() => FormattableString.Invariant($"{Path}:{Line}:{Column}: {Rule}: {Sentence}");
}

/// <summary>One rule over the syntax tree of a script.</summary>
/// <param name="id">Its name, in words with dashes; Rejected/id.sql breaks it, Accepted/id.sql only nearly.</param>
/// <param name="what">What is wrong, as the start of a sentence.</param>
/// <param name="instead">What to write instead, as the end of that sentence.</param>
/// <param name="profile">The sets that the rule belongs to.</param>
internal abstract class Rule(string id, string what, string instead, Profile profile = Profile.Portable)
{
    internal string Id { get; } = id;

    internal Profile Profile { get; } = profile;

    internal IEnumerable<Finding> Check(Script script) => Find(script)
        .Select(hit => new Finding(script.Path, hit.Line, hit.Column, Id, $"{hit.What ?? what}; {instead}."))
        .Distinct()
        .OrderBy(static f => f.Line).ThenBy(static f => f.Column);

    /// <summary>Every place of the script that breaks the rule.</summary>
    protected abstract IEnumerable<Hit> Find(Script script);
}
