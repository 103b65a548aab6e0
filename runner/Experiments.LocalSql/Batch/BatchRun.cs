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
internal sealed class BatchRun : IDisposable, ITranslationScope
{
    private const int DeepestNesting = 32;

    private readonly Session _session;
    private readonly Frame _base;
    private Frame _frame;
    private ResultSet? _open;
    private bool _ended;

    private BatchRun(Session session, Frame frame)
    {
        _session = session;
        _base = frame;
        _frame = frame;
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

        return new BatchRun(session, frame);
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
        var frame = new Frame(InstructionList.Compile(procedure.StatementList.Statements), null, item.FullName)
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

        return run;
    }

    public SqlType? VariableType(string name) =>
        _frame.Variables.TryGetValue(name, out var variable) ? variable.Type : null;

    public CatalogObject? Temporary(string name)
    {
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

    internal void Interrupt() => _session.Native.Interrupt();

    /// <summary>Runs on to the next result set; null at the end of the batch.</summary>
    internal ResultSet? Next()
    {
        _open?.Dispose();
        _open = null;
        while (!_ended)
        {
            if (_frame.Position >= _frame.Steps.Count)
            {
                Leave();
                continue;
            }

            var step = _frame.Steps[_frame.Position];
            try
            {
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
            error.Procedure ?? _frame.Procedure);
        foreach (var key in error.Data.Keys)
        {
            placed.Data[key] = error.Data[key];
        }

        return placed;
    }

    private void Handle(LocalSqlException error)
    {
        // DuckDB gives up a transaction in which a statement failed, as XACT_ABORT ON does on the server.
        if (_session.TransactionCount > 0)
        {
            if (TransactionIsLost())
            {
                _session.LoseTransaction();
            }

            _session.IsDoomed |= _session.XactAbort || !IsUserError(error);
        }

        while (true)
        {
            if (_frame.Guard() is { } guard)
            {
                _frame.Tries.Pop();
                var last = guard.Handler;
                while (_frame.Steps[last].Kind != InstructionKind.LeaveCatch
                    || !ReferenceEquals(_frame.Steps[last].Statement, _frame.Steps[guard.Enter].Statement))
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

        if (_session.TransactionCount > 0 && (_session.IsDoomed || _session.XactAbort))
        {
            _session.Rollback();
        }

        Leave(copyOutputs: false);
        throw error;
    }

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

    private void Leave(bool copyOutputs = true)
    {
        var frame = _frame;
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

    private ResultSet? Run(Instruction step)
    {
        switch (step.Kind)
        {
            case InstructionKind.Jump:
                _frame.Position = step.Target;
                return null;
            case InstructionKind.JumpUnless:
                var holds = Truth(step.Condition!);
                _frame.Position = holds ? _frame.Position + 1 : step.Target;
                return null;
            case InstructionKind.EnterTry:
                _frame.Tries.Push((_frame.Position, step.Target));
                _frame.Position++;
                return null;
            case InstructionKind.LeaveTry:
                _frame.Tries.Pop();
                _frame.Position++;
                return null;
            case InstructionKind.LeaveCatch:
                _frame.Position++;
                return null;
            case InstructionKind.Statement:
                break;
            default:
                throw new InvalidOperationException("Unknown step " + step.Kind);
        }

        var before = _frame;
        var rows = Execute(step.Statement!);

        // A call stays at its step until it returns, so that an error inside it finds this frame's handlers.
        if (ReferenceEquals(before, _frame))
        {
            _frame.Position++;
        }
        else if (ReferenceEquals(_frame.Caller, before))
        {
            before.Position++;
            before.CallPosition = before.Position - 1;
        }

        return rows;
    }

    private ResultSet? Execute(TSqlStatement statement)
    {
        if (_session.IsDoomed && _session.TransactionCount > 0 && Writes(statement))
        {
            throw Refuse.At(statement, 3930,
                "The current transaction cannot be committed and cannot support operations that write to the log file. Roll back the transaction.");
        }

        switch (statement)
        {
            case SelectStatement s:
                return Select(s);
            case InsertStatement s:
                return Change(s, New().Insert(s));
            case UpdateStatement s:
                return Change(s, New().Update(s));
            case DeleteStatement s:
                return Change(s, New().Delete(s));
            case DeclareVariableStatement s:
                Declare(s);
                return null;
            case SetVariableStatement s:
                Set(s);
                return null;
            case PredicateSetStatement s:
                SetOption(s);
                return null;
            case SetTransactionIsolationLevelStatement:
                return null;
            case PrintStatement s:
                _session.Print(Values.Text(Evaluate(s.Expression, null)));
                return null;
            case RaiseErrorStatement s:
                RaiseError(s);
                return null;
            case ThrowStatement s:
                throw Thrown(s);
            case ReturnStatement s:
                _frame.ReturnValue = s.Expression is null
                    ? 0
                    : Convert.ToInt32(Evaluate(s.Expression, SqlType.Int), CultureInfo.InvariantCulture);
                _frame.Position = _frame.Steps.Count - 1;
                return null;
            case BeginTransactionStatement s:
                RequirePlain(s.Name, s);
                _session.BeginTransaction();
                return null;
            case CommitTransactionStatement:
                _session.Commit();
                return null;
            case RollbackTransactionStatement s:
                RequirePlain(s.Name, s);
                Rollback(s);
                return null;
            case ExecuteStatement s:
                Call(s.ExecuteSpecification, s);
                return null;
            case TruncateTableStatement s:
                var truncated = New().Relation(s.TableName, s);
                _session.Native.Execute("TRUNCATE " + truncated.NativeName);
                return null;
            case GrantStatement or DenyStatement or RevokeStatement or CreateRoleStatement or AlterRoleStatement:
                return null;
            default:
                new Definitions(_session, this).Execute(statement, _frame);
                return null;
        }
    }

    private static bool Writes(TSqlStatement statement) => statement is not (
        SelectStatement { Into: null } or DeclareVariableStatement or SetVariableStatement or PredicateSetStatement
        or PrintStatement or RaiseErrorStatement or ThrowStatement or ReturnStatement or TransactionStatement
        or ExecuteStatement or SetTransactionIsolationLevelStatement);

    private static void RequirePlain(IdentifierOrValueExpression? name, TSqlStatement at)
    {
        if (name is not null)
        {
            throw Refuse.Construct(at, "a named transaction or savepoint");
        }
    }

    private Translator New() => new(this);

    private void Rollback(TSqlStatement at)
    {
        if (_session.TransactionCount == 0)
        {
            throw Refuse.At(at, 3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        _session.Rollback();
        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            foreach (var (name, table) in frame.Temporaries.ToList())
            {
                if (!_session.Exists(table))
                {
                    frame.Temporaries.Remove(name);
                }
            }
        }
    }

    private ResultSet? Select(SelectStatement statement)
    {
        if (statement.Into is { } into)
        {
            SelectInto(statement, into);
            return null;
        }

        if (statement.QueryExpression is QuerySpecification { SelectElements: [SelectSetVariable, ..] })
        {
            Assign(statement);
            return null;
        }

        var translation = New().Select(statement);
        var rows = Native(translation, statement);
        return new ResultSet(translation.Columns!, rows, count => _session.RowCount = count);
    }

    private void Assign(SelectStatement statement)
    {
        var (query, targets) = New().Assignment(statement);
        using var rows = Native(query, statement);
        var count = 0;
        while (rows.Read())
        {
            count++;
            for (var i = 0; i < targets.Count; i++)
            {
                _frame.Variables[targets[i].Variable.Name].Value = Values.Read(rows, i, query.Columns![i].Type);
            }
        }

        _session.RowCount = count;
    }

    private void SelectInto(SelectStatement statement, SchemaObjectName into)
    {
        var translator = New();
        var query = translator.SelectInto(statement);
        var name = into.BaseIdentifier.Value;
        var isTemporary = name.StartsWith('#');
        if (!isTemporary)
        {
            throw Refuse.Construct(into, "SELECT INTO a table that is not temporary");
        }

        if (_frame.Temporaries.ContainsKey(name))
        {
            throw Refuse.At(into, 2714, $"There is already an object named '{name}' in the database.");
        }

        var native = _session.TemporaryName(name);
        var sql = $"CREATE TEMP TABLE {native["temp.main.".Length..]} AS {query.Sql}";
        using var result = Native(new Translation(sql, translator.Parameters, null), statement);
        _session.RowCount = result.IsQueryResult && result.Read() ? checked((int)result.GetInt64(0)) : checked((int)result.RowsChanged);
        Count(_session.RowCount);
        _frame.Temporaries.Add(name, new CatalogObject(
            -1, "tempdb", name, ObjectKind.Table, "",
            [.. query.Columns.Select(static c => new CatalogColumn(c.Name, c.Type.Kind == SqlKind.Null ? SqlType.Int : c.Type, c.IsNullable))],
            [], native));
    }

    private ResultSet? Change(TSqlStatement statement, Translation translation)
    {
        var result = Native(translation, statement);
        if (translation.Columns is not null)
        {
            return new ResultSet(translation.Columns, result, count => _session.RowCount = count);
        }

        using (result)
        {
            _session.RowCount = checked((int)(result.IsQueryResult && result.Read() ? result.GetInt64(0) : result.RowsChanged));
            Count(_session.RowCount);
        }

        return null;
    }

    private void Count(int rows)
    {
        if (!_session.NoCount)
        {
            RecordsAffected = (RecordsAffected < 0 ? 0 : RecordsAffected) + rows;
        }
    }

    private DuckResult Native(Translation translation, TSqlFragment at)
    {
        try
        {
            using var prepared = _session.Native.Prepare(translation.Sql);
            for (var i = 0; i < translation.Parameters.Count; i++)
            {
                prepared.Bind(i + 1, Bound(translation.Parameters[i]));
            }

            return prepared.Execute();
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, at, _frame.Procedure, translation.Sql);
        }
    }

    private object? Bound(ParameterSlot slot) => slot.Name switch
    {
        ['@', '@', ..] => slot.Name switch
        {
            SessionValues.RowCount => _session.RowCount,
            SessionValues.TransactionCount => _session.TransactionCount,
            _ => throw new InvalidOperationException("No value for " + slot.Name),
        },
        ['@', ..] => _frame.Variables[slot.Name].Value,
        SessionValues.UtcNow => Now(),
        SessionValues.TransactionState => (short)(_session.TransactionCount == 0 ? 0 : _session.IsDoomed ? -1 : 1),
        SessionValues.ErrorNumber => _frame.CurrentError()?.Number,
        SessionValues.ErrorMessage => _frame.CurrentError()?.Message,
        SessionValues.ErrorLine => _frame.CurrentError()?.LineNumber,
        SessionValues.ErrorProcedure => _frame.CurrentError()?.Procedure,
        SessionValues.ErrorSeverity => _frame.CurrentError() is null ? null : 16,
        SessionValues.ErrorState => _frame.CurrentError() is null ? null : 1,
        _ => throw new InvalidOperationException("No value for " + slot.Name),
    };

    private static DateTime Now()
    {
        var now = DateTime.UtcNow;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Unspecified);
    }

    private object? Evaluate(ScalarExpression expression, SqlType? target)
    {
        var translation = New().Scalar(expression, target);
        using var rows = Native(translation, expression);
        rows.Read();
        return Values.Read(rows, 0, translation.Columns![0].Type);
    }

    private bool Truth(BooleanExpression predicate)
    {
        using var rows = Native(New().Condition(predicate), predicate);
        rows.Read();
        return rows.GetBoolean(0);
    }

    private void Declare(DeclareVariableStatement statement)
    {
        foreach (var declaration in statement.Declarations)
        {
            var name = declaration.VariableName.Value;
            var variable = new Variable(TypeRules.FromName(declaration.DataType));
            if (!_frame.Variables.TryAdd(name, variable))
            {
                // A DECLARE in a loop is one declaration on the server, run again and again.
                variable = _frame.Variables[name];
            }

            if (declaration.Value is not null)
            {
                variable.Value = Evaluate(declaration.Value, variable.Type);
            }
        }
    }

    private void Set(SetVariableStatement statement)
    {
        if (statement.AssignmentKind != AssignmentKind.Equals || statement.Expression is null)
        {
            throw Refuse.Construct(statement, Translator.Describe(statement));
        }

        if (!_frame.Variables.TryGetValue(statement.Variable.Name, out var variable))
        {
            throw Refuse.At(statement, 137, $"Must declare the scalar variable \"{statement.Variable.Name}\".");
        }

        variable.Value = Evaluate(statement.Expression, variable.Type);
    }

    private void SetOption(PredicateSetStatement statement)
    {
        const SetOptions Harmless = SetOptions.AnsiNulls | SetOptions.AnsiPadding | SetOptions.AnsiWarnings
            | SetOptions.ArithAbort | SetOptions.ConcatNullYieldsNull | SetOptions.QuotedIdentifier
            | SetOptions.NumericRoundAbort;
        if (statement.Options.HasFlag(SetOptions.NoCount))
        {
            _session.NoCount = statement.IsOn;
        }
        else if (statement.Options.HasFlag(SetOptions.XactAbort))
        {
            _session.XactAbort = statement.IsOn;
        }
        else if ((statement.Options & ~Harmless) != 0)
        {
            throw Refuse.Construct(statement, Refuse.TextOf(statement));
        }
    }

    private LocalSqlException Thrown(ThrowStatement statement)
    {
        if (statement.ErrorNumber is null)
        {
            return _frame.CurrentError() ?? Refuse.At(statement, 10704,
                "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.");
        }

        var number = Convert.ToInt32(Evaluate(statement.ErrorNumber, SqlType.Int), CultureInfo.InvariantCulture);
        var message = Values.Text(Evaluate(statement.Message, null));
        return new LocalSqlException(number, message, statement.StartLine, statement.StartColumn, _frame.Procedure);
    }

    private void RaiseError(RaiseErrorStatement statement)
    {
        var severity = Convert.ToInt32(Evaluate(statement.SecondParameter, SqlType.Int), CultureInfo.InvariantCulture);
        var message = Values.Text(Evaluate(statement.FirstParameter, null));
        if (statement.OptionalParameters.Count > 0)
        {
            throw Refuse.Construct(statement, "RAISERROR with arguments (build the message with CONCAT)");
        }

        if (severity <= 10)
        {
            _session.Print(message);
            return;
        }

        throw new LocalSqlException(50000, message, statement.StartLine, statement.StartColumn, _frame.Procedure);
    }

    private void Call(ExecuteSpecification specification, TSqlStatement at)
    {
        if (specification.LinkedServer is not null || specification.ExecuteContext is not null)
        {
            throw Refuse.Construct(at, Refuse.TextOf(at));
        }

        switch (specification.ExecutableEntity)
        {
            case ExecutableStringList text:
                var sql = string.Concat(text.Strings.Select(s => Values.Text(Evaluate(s, null))));
                Enter(new Frame(_session.Compile(sql), _frame, null)
                {
                    OwnsTemporaries = true,
                    SavedNoCount = _session.NoCount,
                    SavedXactAbort = _session.XactAbort,
                }, at);
                break;
            case ExecutableProcedureReference { ProcedureReference.ProcedureReference: { } reference } call:
                CallProcedure(call, reference.Name, specification.Variable?.Name, at);
                break;
            default:
                throw Refuse.Construct(at, Refuse.TextOf(at));
        }
    }

    private void CallProcedure(
        ExecutableProcedureReference call, SchemaObjectName name, string? returnVariable, TSqlStatement at)
    {
        var procedureName = name.BaseIdentifier.Value;
        if (procedureName is "sp_getapplock" or "sp_releaseapplock")
        {
            // One process holds the file, so that a lock between processes is always free.
            if (returnVariable is not null)
            {
                _frame.Variables[returnVariable].Value = 0;
            }

            return;
        }

        var item = _session.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", procedureName);
        if (item is not { Kind: ObjectKind.Procedure })
        {
            throw Refuse.At(at, 2812, $"Could not find stored procedure '{Refuse.TextOf(name)}'.");
        }

        var procedure = Parsed.Procedure(item.Definition);
        var frame = new Frame(InstructionList.Compile(procedure.StatementList.Statements), _frame, item.FullName)
        {
            OwnsTemporaries = true,
            ReturnVariable = returnVariable,
            SavedNoCount = _session.NoCount,
            SavedXactAbort = _session.XactAbort,
        };
        for (var i = 0; i < call.Parameters.Count; i++)
        {
            var given = call.Parameters[i];
            var declared = given.Variable is null
                ? i < procedure.Parameters.Count ? procedure.Parameters[i] : null
                : procedure.Parameters.FirstOrDefault(p => p.VariableName.Value == given.Variable.Name);
            if (declared is null)
            {
                throw given.Variable is null
                    ? Refuse.At(given, 8144, $"Procedure or function {item.FullName} has too many arguments specified.")
                    : Refuse.At(given, 8145, $"{given.Variable.Name} is not a parameter for procedure {item.FullName}.");
            }

            var parameter = declared.VariableName.Value;
            var type = TypeRules.FromName(declared.DataType);
            if (given.ParameterValue is DefaultLiteral)
            {
                continue;
            }

            frame.Variables.Add(parameter, new Variable(type) { Value = Evaluate(given.ParameterValue, type) });
            if (given.IsOutput)
            {
                if (given.ParameterValue is not VariableReference target || declared.Modifier != ParameterModifier.Output)
                {
                    throw Refuse.At(given, 8162, $"The formal parameter \"{parameter}\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.");
                }

                frame.Outputs.Add((parameter, target.Name));
            }
        }

        foreach (var declared in procedure.Parameters)
        {
            var parameter = declared.VariableName.Value;
            if (frame.Variables.ContainsKey(parameter))
            {
                continue;
            }

            if (declared.Value is null)
            {
                throw Refuse.At(at, 201,
                    $"Procedure or function '{procedureName}' expects parameter '{parameter}', which was not supplied.");
            }

            var type = TypeRules.FromName(declared.DataType);
            frame.Variables.Add(parameter, new Variable(type) { Value = Evaluate(declared.Value, type) });
        }

        Enter(frame, at);
    }

    private void Enter(Frame frame, TSqlStatement at)
    {
        var depth = 0;
        for (var f = _frame; f is not null; f = f.Caller)
        {
            depth++;
        }

        if (depth >= DeepestNesting)
        {
            throw Refuse.At(at, 217, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).");
        }

        _frame = frame;
    }
}
