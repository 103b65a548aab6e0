using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>
/// A batch in progress: it runs step by step until a query returns rows, hands them out, and goes on when asked for the
/// next ones. Errors go to the nearest CATCH; without one they end the batch.
/// </summary>
internal sealed partial class BatchRun : IDisposable, ITranslationScope
{
    private const int DeepestNesting = 32;

    // SqlClient's numbers of a timeout and of a cancelled command.
    private const int TimeoutNumber = -2;
    private const int CancelNumber = 0;
    private const int NotInterrupted = 1;

    private readonly Session _session;
    private readonly Frame _base;
    private Frame _frame;
    private ResultSet? _open;
    private LocalSqlException? _pending;
    private volatile int _interruption = NotInterrupted;
    private bool _ended;
    private bool _isNested;

    private BatchRun(Session session, Frame frame)
    {
        _session = session;
        _base = frame;
        _frame = frame;
        frame.Program.Users++;
    }

    /// <summary>Rows changed by the statements so far, −1 where none counted.</summary>
    internal int RecordsAffected { get; private set; } = -1;

    internal int ReturnValue => _base.ReturnValue;

    public Catalog Catalog => _session.Catalog;

    public bool EnforceConstraints => _session.EnforceConstraints;

    internal static BatchRun OfText(Session session, string sql, IReadOnlyList<BatchParameter> parameters)
    {
        // A command with parameters is a scope of its own, as under sp_executesql.
        var frame = new Frame(session.Compile(sql), null, null)
        {
            OwnsTemporaries = parameters.Count > 0,
            Temporaries = parameters.Count > 0 ? new(StringComparer.Ordinal) : session.Temporaries,
        };
        foreach (var parameter in parameters)
        {
            frame.Variables.Add("@" + parameter.Name, new Variable(parameter.Type) { Value = parameter.Value });
        }

        var run = new BatchRun(session, frame);
        run.Check(frame);
        return run;
    }

    internal static BatchRun OfProcedure(Session session, string name, IReadOnlyList<BatchParameter> parameters)
    {
        var parts = name.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.');
        var item = parts.Length == 2 ? session.Catalog.Find(parts[0], parts[1]) : session.Catalog.Find("dbo", parts[^1]);
        if (item is not { Kind: ObjectKind.Procedure })
        {
            throw new LocalSqlException(2812, $"Could not find stored procedure '{name}'.", 0, 0, null);
        }

        var procedure = Parsed.Procedure(item.Definition);
        var frame = new Frame(session.CompileProcedure(item), null, item.FullName)
        {
            OwnsTemporaries = true,
        };
        var run = new BatchRun(session, frame);
        foreach (var declared in procedure.Parameters)
        {
            var type = TypeRules.FromName(declared.DataType);
            var given = parameters.FirstOrDefault(p => "@" + p.Name == declared.VariableName.Value);
            if (given is null && declared.Value is null)
            {
                throw new LocalSqlException(201,
                    $"Procedure or function '{name}' expects parameter '{declared.VariableName.Value}', which was not supplied.", 0, 0, null);
            }

            frame.Variables.Add(declared.VariableName.Value, new Variable(type)
            {
                Value = given is not null ? given.Value : run.Evaluate(declared.Value!, type),
            });
        }

        foreach (var parameter in parameters)
        {
            if (!frame.Variables.ContainsKey("@" + parameter.Name))
            {
                throw new LocalSqlException(8145, $"@{parameter.Name} is not a parameter for procedure {name}.", 0, 0, null);
            }
        }

        run.Check(frame);
        return run;
    }

    public SqlType? VariableType(string name) =>
        _frame.Variables.TryGetValue(name, out var variable) ? variable.Type : null;

    public CatalogObject? Temporary(string name)
    {
        if (name.StartsWith('@'))
        {
            return _frame.TableVariables.GetValueOrDefault(name)?.Table;
        }

        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (frame.Temporaries.TryGetValue(name, out var table))
            {
                return table;
            }
        }

        return _session.Temporaries.GetValueOrDefault(name);
    }

    internal object? OutputValue(string name) =>
        _base.Variables.TryGetValue("@" + name, out var variable) ? variable.Value : null;

    /// <summary>Stops the run, from any thread: in DuckDB, or between two steps of a loop. No CATCH sees it.</summary>
    internal void Interrupt(bool isTimeout)
    {
        _interruption = isTimeout ? TimeoutNumber : CancelNumber;
        _session.Native.Interrupt();
    }

    /// <summary>Runs on to the next result set; null at the end of the batch.</summary>
    internal ResultSet? Next()
    {
        _open?.Dispose();
        _open = null;
        while (!_ended)
        {
            if (_frame.Position >= _frame.Program.Steps.Count)
            {
                ReturnToCaller();
                continue;
            }

            var step = _frame.Program.Steps[_frame.Position];
            try
            {
                if (_interruption != NotInterrupted)
                {
                    throw Interrupted(step.Statement);
                }

                var rows = Run(step);
                if (rows is not null)
                {
                    _open = rows;
                    return rows;
                }
            }
            catch (LocalSqlException e)
            {
                Handle(Placed(e, step.Statement));
            }
            catch (DuckException e)
            {
                Handle(DuckErrors.Map(e, step.Statement, _frame.Procedure));
            }
        }

        if (_pending is { } error)
        {
            _pending = null;
            throw error;
        }

        return null;
    }

    public void Dispose()
    {
        _open?.Dispose();
        _open = null;
        while (!_ended)
        {
            Leave();
        }
    }

    /// <summary>An error without a place gets that of the statement that was running.</summary>
    private LocalSqlException Placed(LocalSqlException error, TSqlStatement? statement)
    {
        if (error.LineNumber > 0 && (error.Procedure is not null || _frame.Procedure is null))
        {
            return error;
        }

        var placed = new LocalSqlException(
            error.Number, error.Message,
            error.LineNumber > 0 ? error.LineNumber : statement?.StartLine ?? 0,
            error.LineNumber > 0 ? error.Column : statement?.StartColumn ?? 0,
            error.Procedure ?? _frame.Procedure)
        {
            Class = error.Class,
            State = error.State,
        };
        foreach (var key in error.Data.Keys)
        {
            placed.Data[key] = error.Data[key];
        }

        return placed;
    }

    private void Handle(LocalSqlException error)
    {
        if (_interruption != NotInterrupted)
        {
            error = Interrupted(null, error);
        }

        _session.LastError = error.Number;

        // DuckDB gives up a transaction in which a statement failed, as XACT_ABORT ON does on the server.
        if (_session.TransactionCount > 0)
        {
            if (TransactionIsLost())
            {
                _session.LoseTransaction();
                RestoreTableVariables();
            }

            _session.IsDoomed |= _session.XactAbort && !error.IsRaised || !IsUserError(error);
        }

        while (true)
        {
            if (_interruption == NotInterrupted && _frame.Guard() is { } guard)
            {
                _frame.Tries.Pop();
                var last = guard.Handler;
                while (_frame.Program.Steps[last].Kind != InstructionKind.LeaveCatch
                    || !ReferenceEquals(_frame.Program.Steps[last].Statement, _frame.Program.Steps[guard.Enter].Statement))
                {
                    last++;
                }

                _frame.Caught.Push(new CaughtError(error, guard.Handler, last));
                _frame.Position = guard.Handler;
                return;
            }

            if (_frame.Caller is null)
            {
                break;
            }

            var call = _frame.Caller.CallPosition;
            Leave(copyOutputs: false);
            _frame.Position = call;
        }

        if (!_isNested && _session.TransactionCount > 0 && (_session.IsDoomed || _session.XactAbort))
        {
            _session.Rollback();
        }

        _pending = null;
        Leave(copyOutputs: false);
        throw error;
    }

    private LocalSqlException Interrupted(TSqlStatement? statement, LocalSqlException? at = null) => new(
        _interruption,
        _interruption == TimeoutNumber
            ? "Execution Timeout Expired. The timeout period elapsed prior to completion of the operation."
            : "Operation cancelled by user.",
        at?.LineNumber ?? statement?.StartLine ?? 0, at?.Column ?? statement?.StartColumn ?? 0,
        at?.Procedure ?? _frame.Procedure);

    private static bool IsUserError(LocalSqlException error) => error.Number >= 50000;

    private bool TransactionIsLost()
    {
        try
        {
            _session.Native.Execute("SELECT 1");
            return false;
        }
        catch (DuckException)
        {
            return true;
        }
    }

    /// <summary>Ends a frame that has run to its end; a call may not leave @@TRANCOUNT other than it found it.</summary>
    private void ReturnToCaller()
    {
        var called = _frame;
        var call = called.Caller?.CallPosition ?? -1;
        Leave();
        if (called.Caller is null || called.TransactionsAtEntry == _session.TransactionCount)
        {
            return;
        }

        var next = _frame.Position;
        _frame.Position = call < 0 ? next : call;
        Handle(new LocalSqlException(
            266, string.Create(CultureInfo.InvariantCulture, $"Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements. Previous count = {called.TransactionsAtEntry}, current count = {_session.TransactionCount}."),
            called.Program.Steps[^1].Statement?.StartLine ?? 0, 0, called.Procedure));
    }

    private void Leave(bool copyOutputs = true)
    {
        var frame = _frame;
        frame.Program.Users--;
        foreach (var variable in frame.TableVariables.Values)
        {
            DropTemporary(variable.Table);
        }

        if (frame.OwnsTemporaries)
        {
            foreach (var table in frame.Temporaries.Values)
            {
                DropTemporary(table);
            }

            frame.Temporaries.Clear();
        }

        if (frame.Caller is null)
        {
            _ended = true;
            return;
        }

        if (copyOutputs)
        {
            foreach (var (parameter, target) in frame.Outputs)
            {
                frame.Caller.Variables[target].Value = frame.Variables[parameter].Value;
            }

            if (frame.ReturnVariable is { } variable)
            {
                frame.Caller.Variables[variable].Value = frame.ReturnValue;
            }
        }

        _session.XactAbort = frame.SavedXactAbort;
        _session.NoCount = frame.SavedNoCount;
        _frame = frame.Caller;
        _frame.CallPosition = -1;
    }

    private void DropTemporary(CatalogObject table)
    {
        try
        {
            _session.Native.Execute("DROP TABLE IF EXISTS " + table.NativeName);
        }
        catch (DuckException)
        {
            // In a transaction that failed the rollback takes the table away.
        }
    }

    /// <summary>Binds what a frame is about to run, unless that was done against this catalog before.</summary>
    private void Check(Frame frame)
    {
        var now = (Catalog, Catalog.Version);
        if (frame.Program.Checked == now)
        {
            return;
        }

        var parameters = frame.Variables.Select(static v => KeyValuePair.Create(v.Key, v.Value.Type));
        new BindingPass(frame.Program, this, parameters, frame.Procedure is not null).Run();
        frame.Program.Checked = now;
    }

    private int Depth()
    {
        var depth = 0;
        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            depth += frame.Procedure is null ? 0 : 1;
        }

        return depth;
    }
}
