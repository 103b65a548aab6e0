using System.Globalization;
using Experiments.Connections;

namespace Experiments.Migrations;

/// <summary>What happens to a script.</summary>
public enum DeploymentAction
{
    /// <summary>It runs and is recorded.</summary>
    Run,

    /// <summary>DbUp ran it before; its checksum is recorded now.</summary>
    Adopt,

    /// <summary>It is not for this engine: it neither runs nor is recorded.</summary>
    Skip,
}

/// <summary>One line of a plan.</summary>
/// <param name="Script">The script.</param>
/// <param name="Action">What happens to it.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record DeploymentStep(Script Script, DeploymentAction Action, string Reason)
{
    /// <summary>How long it took; null before it ran, and where nothing ran.</summary>
    public TimeSpan? Duration { get; init; }
}

/// <summary>What a deployment did.</summary>
/// <param name="Steps">The steps that were carried out, with their durations; empty where nothing was to do.</param>
public sealed record DeploymentResult(IReadOnlyList<DeploymentStep> Steps);

/// <summary>
/// What a deployment would do, in order: numbered scripts first, then definitions. Nothing is written to make it.
/// </summary>
public sealed class DeploymentPlan
{
    private DeploymentPlan(DatabaseEngine engine, IReadOnlyList<DeploymentStep> steps, JournalState state)
    {
        Engine = engine;
        Steps = steps;
        State = state;
    }

    /// <summary>The engine that it is for.</summary>
    public DatabaseEngine Engine { get; }

    /// <summary>One for each script that runs, is adopted or is skipped; what is up to date has none.</summary>
    public IReadOnlyList<DeploymentStep> Steps { get; }

    /// <summary>Whether the journal tables are made first.</summary>
    public bool CreatesJournal => !State.IsComplete;

    /// <summary>Whether applying it changes anything.</summary>
    public bool HasWork => CreatesJournal || Steps.Any(step => step.Action != DeploymentAction.Skip);

    /// <summary>The journal that it was made from.</summary>
    internal JournalState State { get; }

    /// <summary>The plan for a database that nothing was deployed to; needs no connection.</summary>
    /// <exception cref="DeploymentException">A script is not T-SQL, or does what a script may not.</exception>
    public static DeploymentPlan ForEmptyDatabase(ScriptFolder scripts, DatabaseEngine engine) =>
        Make(scripts, engine, JournalState.Empty);

    /// <summary>Writes one line a step.</summary>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (CreatesJournal)
        {
            writer.WriteLine("create  dbo.SchemaVersions, ops.script_log, ops.script_errors");
        }

        foreach (var step in Steps)
        {
            var action = step.Action.ToString().ToLowerInvariant();
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{action,-6}  {step.Script.Name} ({step.Reason})"));
        }

        if (!HasWork)
        {
            writer.WriteLine("Nothing to do.");
        }
    }

    /// <summary>Compares the scripts to a journal.</summary>
    /// <exception cref="DeploymentException">They contradict each other.</exception>
    internal static DeploymentPlan Make(ScriptFolder scripts, DatabaseEngine engine, JournalState state)
    {
        ArgumentNullException.ThrowIfNull(scripts);
        RefuseMissing(scripts, state);
        var steps = new List<DeploymentStep>();
        var droppedBy = new Dictionary<string, string>(StringComparer.Ordinal);
        AddNumbered(scripts, engine, state, steps, droppedBy);
        AddDefinitions(scripts, engine, state, steps, droppedBy);
        foreach (var step in steps.Where(step => step.Action == DeploymentAction.Run))
        {
            _ = step.Script.Content;
        }

        return new DeploymentPlan(engine, steps, state);
    }

    /// <summary>The log's name of the definition of <paramref name="objectName"/>, given as schema.object.</summary>
    internal static string DefinitionOf(string objectName)
    {
        var dot = objectName.IndexOf('.', StringComparison.Ordinal);
        return $"{objectName[..dot]}/{objectName[(dot + 1)..]}.sql";
    }

    private static void RefuseMissing(ScriptFolder scripts, JournalState state)
    {
        var present = scripts.Numbered.Select(script => script.Name).ToHashSet(StringComparer.Ordinal);
        if (state.Journaled.FirstOrDefault(name => !present.Contains(name)) is { } missing)
        {
            var checksum = state.Logged.TryGetValue(missing, out var logged)
                ? $"with checksum {logged.Checksum}"
                : "with no checksum recorded";
            throw new DeploymentException(
                $"{missing} was applied to this database ({checksum}) and is missing from migrations/; put it back.",
                missing);
        }
    }

    private static void AddNumbered(
        ScriptFolder scripts,
        DatabaseEngine engine,
        JournalState state,
        List<DeploymentStep> steps,
        Dictionary<string, string> droppedBy)
    {
        var journaled = state.Journaled.ToHashSet(StringComparer.Ordinal);
        var last = scripts.Numbered.LastOrDefault(script => journaled.Contains(script.Name))?.Name;
        foreach (var script in scripts.Numbered)
        {
            if (journaled.Contains(script.Name))
            {
                if (!state.Logged.TryGetValue(script.Name, out var logged))
                {
                    steps.Add(new DeploymentStep(script, DeploymentAction.Adopt, "applied by DbUp"));
                    NoteDrops(script, droppedBy);
                }
                else if (logged.Checksum != script.Checksum)
                {
                    throw new DeploymentException(
                        $"{script.Name} was applied with checksum {logged.Checksum} and now has {script.Checksum}; "
                            + "an applied migration is never edited, so restore it and add a new one.",
                        script.Name);
                }
            }
            else if (!IsFor(script, engine))
            {
                steps.Add(Skipped(script, engine));
            }
            else if (string.CompareOrdinal(script.Name, last) < 0)
            {
                throw new DeploymentException(
                    $"{script.Name} is not applied but {last} is; migrations run in the order of their numbers, "
                        + "so give it a new number.",
                    script.Name);
            }
            else
            {
                steps.Add(new DeploymentStep(script, DeploymentAction.Run, "new"));
                NoteDrops(script, droppedBy);
            }
        }
    }

    private static void AddDefinitions(
        ScriptFolder scripts,
        DatabaseEngine engine,
        JournalState state,
        List<DeploymentStep> steps,
        Dictionary<string, string> droppedBy)
    {
        foreach (var script in scripts.Definitions)
        {
            if (!IsFor(script, engine))
            {
                steps.Add(Skipped(script, engine));
            }
            else if (!state.Logged.TryGetValue(script.Name, out var logged))
            {
                steps.Add(new DeploymentStep(script, DeploymentAction.Run, "new"));
            }
            else if (droppedBy.TryGetValue(script.Name, out var dropper))
            {
                steps.Add(new DeploymentStep(script, DeploymentAction.Run, $"dropped by {dropper}"));
            }
            else if (logged.Checksum != script.Checksum)
            {
                steps.Add(new DeploymentStep(script, DeploymentAction.Run, "changed"));
            }
        }

        var present = scripts.Definitions.Select(script => script.Name).ToHashSet(StringComparer.Ordinal);
        var removed = state.Logged.Values
            .Where(row => row.Kind == ScriptKind.Definition)
            .Select(row => row.Name)
            .Where(name => !present.Contains(name) && !droppedBy.ContainsKey(name))
            .Order(StringComparer.Ordinal)
            .ToList();
        if (removed.Count > 0)
        {
            throw new DeploymentException(
                $"{string.Join(", ", removed)} was applied to this database and is no longer in database/; "
                    + "a numbered script must DROP the object.",
                removed[0]);
        }
    }

    private static void NoteDrops(Script script, Dictionary<string, string> droppedBy)
    {
        foreach (var dropped in script.Content.DroppedObjects)
        {
            droppedBy[DefinitionOf(dropped)] = script.Name;
        }
    }

    private static bool IsFor(Script script, DatabaseEngine engine) => script.Engines.Contains(engine switch
    {
        DatabaseEngine.Local => ScriptEngine.Local,
        DatabaseEngine.SqlServer => ScriptEngine.SqlServer,
        _ => throw new ArgumentOutOfRangeException(nameof(engine), engine, "An engine that scripts cannot name."),
    });

    private static DeploymentStep Skipped(Script script, DatabaseEngine engine) => new(
        script,
        DeploymentAction.Skip,
        engine == DatabaseEngine.Local ? "not for the local engine" : "not for SQL Server");
}
