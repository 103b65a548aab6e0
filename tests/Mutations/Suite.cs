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

    /// <summary>The reference values of the statistics, and nothing else of their tests.</summary>
    internal static readonly Suite Vectors = new("Vectors", [])
    {
        Engine = StatisticsEngine, Project = "Experiments.Statistics.Tests", Only = ["*.VectorTests"],
    };

    /// <summary>The studies: a program that prints a line a rate.</summary>
    internal static readonly Suite Studies = new("Studies", [])
    {
        Engine = StatisticsEngine, Project = "Simulations", Program = "Experiments.Simulations", IsProgram = true,
    };

    internal static readonly IReadOnlyList<Suite> All = [Behaviour, LocalSql, Tsqlt, Vectors, Studies];

    private const string StatisticsEngine = "Experiments.Statistics";

    /// <summary>The project that bugs are planted in.</summary>
    internal string Engine { get; private init; } = "Experiments.LocalSql";

    /// <summary>The folder below tests.</summary>
    internal string Project { get; private init; } = $"Experiments.{Name}.Tests";

    /// <summary>The name of its program.</summary>
    internal string Program
    {
        get => field ?? Project;
        private init;
    }

    /// <summary>The classes that are run; all where it is empty.</summary>
    internal IReadOnlyList<string> Only { get; private init; } = [];

    /// <summary>Whether it is a program of its own and no test project.</summary>
    internal bool IsProgram { get; private init; }

    /// <summary>The suite whose cases an entry may name.</summary>
    internal Suite WithCases => Engine == StatisticsEngine ? Studies : Behaviour;

    /// <summary>What every mutation of the same engine has to pass before it counts as a survivor.</summary>
    internal IReadOnlyList<Suite> Always => Engine == StatisticsEngine ? [Vectors, Studies] : [Behaviour, LocalSql];
}
