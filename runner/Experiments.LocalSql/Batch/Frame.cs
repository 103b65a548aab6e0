using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Batch;

/// <summary>A declared variable and its value.</summary>
internal sealed class Variable(SqlType type)
{
    internal SqlType Type { get; } = type;

    internal object? Value { get; set; }
}

/// <summary>
/// A table variable. ROLLBACK does not undo it on the server, and DuckDB undoes everything, so inside a transaction its
/// rows are kept beside it after each change.
/// </summary>
internal sealed class TableVariable(CatalogObject table, string createSql)
{
    internal CatalogObject Table { get; } = table;

    internal string CreateSql { get; } = createSql;

    /// <summary>The rows as of the last change inside a transaction; null where there was none.</summary>
    internal IReadOnlyList<object?[]>? Kept { get; set; }
}

/// <summary>An error that a CATCH block is handling.</summary>
internal sealed record CaughtError(LocalSqlException Error, int FirstStep, int LastStep);

/// <summary>A batch or a procedure call in progress: its steps, variables, temporary tables and handlers.</summary>
internal sealed class Frame(Program program, Frame? caller, string? procedure)
{
    internal Program Program { get; } = program;

    internal Frame? Caller { get; } = caller;

    internal string? Procedure { get; } = procedure;

    internal int Position { get; set; }

    /// <summary>The step of the call that is running, −1 where none is; handlers are looked up at it.</summary>
    internal int CallPosition { get; set; } = -1;

    private int Current => CallPosition >= 0 ? CallPosition : Position;

    internal Dictionary<string, Variable> Variables { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, CatalogObject> Temporaries { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Table variables, by name with @; no other frame sees them.</summary>
    internal Dictionary<string, TableVariable> TableVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the frame's temporary tables go when it ends; those of a plain batch stay with the session.</summary>
    internal bool OwnsTemporaries { get; init; }

    /// <summary>TRY blocks entered: the step that entered and the first step of the handler.</summary>
    internal Stack<(int Enter, int Handler)> Tries { get; } = new();

    internal Stack<CaughtError> Caught { get; } = new();

    internal int ReturnValue { get; set; }

    /// <summary>What the caller wants back: parameter of this frame to variable of the caller.</summary>
    internal List<(string Parameter, string CallerVariable)> Outputs { get; } = [];

    internal string? ReturnVariable { get; init; }

    /// <summary>@@TRANCOUNT when the call began; EXEC raises an error where it ends with another one.</summary>
    internal int TransactionsAtEntry { get; set; }

    internal bool SavedXactAbort { get; init; }

    internal bool SavedNoCount { get; init; }

    /// <summary>The TRY block that guards the current step, or null; blocks that were left are forgotten.</summary>
    internal (int Enter, int Handler)? Guard()
    {
        while (Tries.TryPeek(out var guard))
        {
            if (Current > guard.Enter && Current < guard.Handler)
            {
                return guard;
            }

            Tries.Pop();
        }

        return null;
    }

    /// <summary>The error that the CATCH block around the current step handles, here or in a caller.</summary>
    internal LocalSqlException? CurrentError()
    {
        while (Caught.TryPeek(out var caught))
        {
            if (Current >= caught.FirstStep && Current <= caught.LastStep)
            {
                return caught.Error;
            }

            Caught.Pop();
        }

        return Caller?.CurrentError();
    }
}
