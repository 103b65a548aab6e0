namespace Experiments.Lint.Tests;

/// <summary>Every rule of this assembly: each sealed class that derives from <see cref="Rule"/>.</summary>
internal static class RuleBook
{
    internal static IReadOnlyList<Rule> Rules(Profile profile) =>
        [.. typeof(Rule).Assembly.GetTypes()
            .Where(static t => t.IsSealed && typeof(Rule).IsAssignableFrom(t))
            .Select(static t => (Rule)Activator.CreateInstance(t, nonPublic: true)!)
            .Where(r => (r.Profile & profile) != 0)
            .OrderBy(static r => r.Id, StringComparer.Ordinal)];

    /// <summary>What a profile finds in a script; a script for servers alone is outside the fabric profile.</summary>
    internal static IReadOnlyList<Finding> Check(Script script, Profile profile) =>
        profile == Profile.Fabric && script.IsServerOnly
            ? []
            : [.. Rules(profile).SelectMany(r => r.Check(script))
                .OrderBy(static f => f.Line).ThenBy(static f => f.Column).ThenBy(static f => f.Rule, StringComparer.Ordinal)];
}
