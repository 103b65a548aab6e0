namespace Experiments.Mutations;

/// <summary>A test project, and the classes of it that are left out: slow ones that look at something else.</summary>
internal sealed record Suite(string Name, IReadOnlyList<string> LeftOut)
{
    /// <summary>The cases that a server runs too.</summary>
    internal static readonly Suite Behaviour = new("Behaviour", []);

    /// <summary>The engine's own tests, without random and broken texts, without measurements of memory.</summary>
    internal static readonly Suite LocalSql =
        new("LocalSql", ["Experiments.LocalSql.Tests.Robustness.*", "*.MemoryTests"]);

    /// <summary>The tSQLt procedures and the project's tests, without the bugs planted in its T-SQL.</summary>
    internal static readonly Suite Tsqlt = new("Tsqlt", ["*.MutationTests"]);

    internal static readonly IReadOnlyList<Suite> All = [Behaviour, LocalSql, Tsqlt];

    /// <summary>What every mutation has to pass before it counts as a survivor.</summary>
    internal static readonly IReadOnlyList<Suite> Always = [Behaviour, LocalSql];

    internal string Project => $"Experiments.{Name}.Tests";
}
