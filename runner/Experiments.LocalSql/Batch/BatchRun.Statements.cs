using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <content>Statements: what each one does.</content>
internal sealed partial class BatchRun
{
    private const SetOptions HarmlessOptions = SetOptions.AnsiNulls | SetOptions.AnsiPadding | SetOptions.AnsiWarnings
        | SetOptions.ArithAbort | SetOptions.ConcatNullYieldsNull | SetOptions.QuotedIdentifier
        | SetOptions.NumericRoundAbort;

    /// <summary>Every statement that the engine takes, what it is called, and what runs it.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Func<BatchRun, TSqlStatement, ResultSet?> Run)> Statements =
        new Dictionary<Type, (string Name, Func<BatchRun, TSqlStatement, ResultSet?> Run)>
        {
            [typeof(SelectStatement)] = ("SELECT, SELECT … INTO, SELECT @x = …", static (r, s) => r.Select((SelectStatement)s)),
            [typeof(InsertStatement)] = ("INSERT", static (r, s) => r.Change(s)),
            [typeof(UpdateStatement)] = ("UPDATE", static (r, s) => r.Change(s)),
            [typeof(DeleteStatement)] = ("DELETE", static (r, s) => r.Change(s)),
            [typeof(TruncateTableStatement)] = ("TRUNCATE TABLE", Done<TruncateTableStatement>(static (r, s) => r.Truncate(s))),
            [typeof(DeclareVariableStatement)] = ("DECLARE @x", Done<DeclareVariableStatement>(static (r, s) => r.Declare(s))),
            [typeof(DeclareTableVariableStatement)] =
                ("DECLARE @t TABLE", Done<DeclareTableVariableStatement>(static (r, s) => r.DeclareTable(s))),
            [typeof(SetVariableStatement)] = ("SET @x", Done<SetVariableStatement>(static (r, s) => r.Set(s))),
            [typeof(PredicateSetStatement)] =
                ("SET NOCOUNT, XACT_ABORT, ANSI_… ON|OFF", Done<PredicateSetStatement>(static (r, s) => r.SetOption(s))),
            [typeof(SetTransactionIsolationLevelStatement)] =
                ("SET TRANSACTION ISOLATION LEVEL (taken; the level is always a snapshot)", Nothing),
            [typeof(PrintStatement)] = ("PRINT", Done<PrintStatement>(static (r, s) => r.Print(s))),
            [typeof(RaiseErrorStatement)] = ("RAISERROR", Done<RaiseErrorStatement>(static (r, s) => r.RaiseError(s))),
            [typeof(ThrowStatement)] = ("THROW", static (r, s) => throw r.Thrown((ThrowStatement)s)),
            [typeof(ReturnStatement)] = ("RETURN", Done<ReturnStatement>(static (r, s) => r.Return(s))),
            [typeof(BeginTransactionStatement)] =
                ("BEGIN TRANSACTION", Done<BeginTransactionStatement>(static (r, s) => r.Begin(s))),
            [typeof(CommitTransactionStatement)] =
                ("COMMIT TRANSACTION", Done<CommitTransactionStatement>(static (r, _) => r._session.Commit())),
            [typeof(RollbackTransactionStatement)] =
                ("ROLLBACK TRANSACTION", Done<RollbackTransactionStatement>(static (r, s) => r.Rollback(s))),
            [typeof(ExecuteStatement)] = ("EXECUTE", Done<ExecuteStatement>(static (r, s) => r.Call(s.ExecuteSpecification, s))),
            [typeof(GrantStatement)] = ("GRANT (taken, without effect)", Nothing),
            [typeof(DenyStatement)] = ("DENY (taken, without effect)", Nothing),
            [typeof(RevokeStatement)] = ("REVOKE (taken, without effect)", Nothing),
            [typeof(CreateRoleStatement)] = ("CREATE ROLE (taken, without effect)", Nothing),
            [typeof(AlterRoleStatement)] = ("ALTER ROLE (taken, without effect)", Nothing),
        }
        .Concat(Definitions.Statements.Select(static d => KeyValuePair.Create(
            d.Key,
            (d.Value.Name, Done<TSqlStatement>((r, s) => d.Value.Run(new Definitions(r._session, r), s, r._frame))))))
        .ToFrozenDictionary();

    private static Func<BatchRun, TSqlStatement, ResultSet?> Nothing => static (_, _) => null;

    private static Func<BatchRun, TSqlStatement, ResultSet?> Done<T>(Action<BatchRun, T> run)
        where T : TSqlStatement => (r, s) =>
        {
            run(r, (T)s);
            return null;
        };

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

        var rows = Accepted(statement).Run(this, statement);
        _session.LastError = 0;
        _session.RowCount = statement switch
        {
            SetVariableStatement => 1,
            DeclareVariableStatement d when d.Declarations.Any(static v => v.Value is not null) => 1,
            PrintStatement or RaiseErrorStatement or PredicateSetStatement or BeginTransactionStatement
                or CommitTransactionStatement => 0,
            _ => _session.RowCount,
        };
        return rows;
    }

    /// <summary>How a statement is run; one that is not in the table is refused by name.</summary>
    internal static (string Name, Func<BatchRun, TSqlStatement, ResultSet?> Run) Accepted(TSqlStatement statement) =>
        Statements.TryGetValue(statement.GetType(), out var known)
            ? known
            : throw Refuse.Construct(statement, Translator.Describe(statement));

    private static bool Writes(TSqlStatement statement) => statement is not (
        SelectStatement { Into: null } or DeclareVariableStatement or DeclareTableVariableStatement or SetVariableStatement
        or PredicateSetStatement or PrintStatement or RaiseErrorStatement or ThrowStatement or ReturnStatement
        or TransactionStatement or ExecuteStatement or SetTransactionIsolationLevelStatement
        or InsertStatement { InsertSpecification.Target: VariableTableReference }
        or UpdateStatement { UpdateSpecification.Target: VariableTableReference }
        or DeleteStatement { DeleteSpecification.Target: VariableTableReference });

    private Translator New() => new(this);

    /// <summary>The plan of a statement or expression: kept with the program, made where there is none.</summary>
    private Plan PlanOf(TSqlFragment key, Func<Translator, PlannedText> translate)
    {
        var program = _frame.Program;
        if (program.Find(key, this) is { } known)
        {
            return known;
        }

        var scope = new RecordingScope(this);
        var (text, targets) = translate(new Translator(scope));
        var plan = new Plan(text, targets, Catalog, scope);
        program.Keep(key, plan);
        return plan;
    }

    private DuckResult Native(Plan plan, TSqlFragment at)
    {
        try
        {
            return Bound(plan.Prepared(_session.Native, _session.DataVersion), plan.Translation.Parameters).Execute();
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, at, _frame.Procedure, plan.Translation.Sql, plan.Translation.Target);
        }
    }

    private DuckResult Native(Translation translation, TSqlFragment at)
    {
        try
        {
            using var prepared = _session.Native.Prepare(translation.Sql);
            return Bound(prepared, translation.Parameters).Execute();
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, at, _frame.Procedure, translation.Sql, translation.Target);
        }
    }

    private DuckStatement Bound(DuckStatement statement, IReadOnlyList<ParameterSlot> parameters)
    {
        for (var i = 0; i < parameters.Count; i++)
        {
            statement.Bind(i + 1, Bound(parameters[i]));
        }

        return statement;
    }

    private object? Bound(ParameterSlot slot) => slot.Name switch
    {
        ['@', '@', ..] => slot.Name switch
        {
            SessionValues.RowCount => _session.RowCount,
            SessionValues.TransactionCount => _session.TransactionCount,
            SessionValues.Error => _session.LastError,
            SessionValues.NestLevel => Depth(),
            _ => throw new InvalidOperationException("No value for " + slot.Name),
        },
        ['@', ..] => _frame.Variables[slot.Name].Value,
        SessionValues.UtcNow => Now(),
        SessionValues.TransactionState => (short)(_session.TransactionCount == 0 ? 0 : _session.IsDoomed ? -1 : 1),
        SessionValues.ErrorNumber => _frame.CurrentError()?.Number,
        SessionValues.ErrorMessage => _frame.CurrentError()?.Message,
        SessionValues.ErrorLine => _frame.CurrentError()?.LineNumber,
        SessionValues.ErrorProcedure => _frame.CurrentError()?.Procedure,
        SessionValues.ErrorSeverity => (int?)_frame.CurrentError()?.Class,
        SessionValues.ErrorState => (int?)_frame.CurrentError()?.State,
        _ => throw new InvalidOperationException("No value for " + slot.Name),
    };

    private static DateTime Now()
    {
        var now = DateTime.UtcNow;
        return new DateTime(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Unspecified);
    }

    private object? Evaluate(ScalarExpression expression, SqlType? target)
    {
        if (Constants.TryEvaluate(expression, target, Variable, out var known))
        {
            return known;
        }

        var plan = PlanOf(expression, t => new(t.Scalar(expression, target)));
        using var rows = Native(plan, expression);
        rows.Read();
        return Values.Read(rows, 0, plan.Translation.Columns![0].Type);

        Variable? Variable(string name) => _frame.Variables.GetValueOrDefault(name);
    }

    private bool Truth(BooleanExpression predicate)
    {
        using var rows = Native(PlanOf(predicate, t => new(t.Condition(predicate))), predicate);
        rows.Read();
        return rows.GetBoolean(0);
    }

    private ResultSet? Select(SelectStatement statement)
    {
        if (statement.Into is { } into)
        {
            SelectInto(statement, into);
            return null;
        }

        var plan = PlanOf(statement, t => PlannedText.Of(statement, t));
        if (plan.Targets.Count > 0)
        {
            Assign(statement, plan);
            return null;
        }

        return new ResultSet(plan.Translation.Columns!, Native(plan, statement), count => _session.RowCount = count);
    }

    private void Assign(SelectStatement statement, Plan plan)
    {
        using var rows = Native(plan, statement);
        var count = 0;
        while (rows.Read())
        {
            count++;
            for (var i = 0; i < plan.Targets.Count; i++)
            {
                _frame.Variables[plan.Targets[i].Variable.Name].Value =
                    Values.Read(rows, i, plan.Translation.Columns![i].Type);
            }
        }

        _session.RowCount = count;
    }

    private void SelectInto(SelectStatement statement, SchemaObjectName into)
    {
        var translator = New();
        var query = translator.SelectInto(statement);
        var name = into.BaseIdentifier.Value;
        if (!name.StartsWith('#'))
        {
            new Definitions(_session, this).CreateFrom(into, query, Fill);
            return;
        }

        if (_frame.Temporaries.ContainsKey(name))
        {
            throw Refuse.At(into, 2714, $"There is already an object named '{name}' in the database.");
        }

        var native = _session.TemporaryName(name);
        var table = new CatalogObject(
            -1, "tempdb", name, ObjectKind.Table, "", TableDefinitions.ColumnsOf(query), [], native);
        _session.Native.Execute(TableDefinitions.CreateSql(table with { NativeName = native["temp.main.".Length..] }, isTemporary: true, enforce: true));
        try
        {
            Fill(table);
        }
        catch
        {
            DropTemporary(table);
            throw;
        }

        _frame.Temporaries.Add(name, table);

        void Fill(CatalogObject target)
        {
            using var result = Native(
                new Translation($"INSERT INTO {target.NativeName} {query.Sql}", translator.Parameters, null) { Target = target }, statement);
            Changed(result);
        }
    }

    private ResultSet? Change(TSqlStatement statement)
    {
        var plan = PlanOf(statement, t => PlannedText.Of(statement, t));
        var result = plan.Translation.Then.Count == 0 ? Native(plan, statement) : InSteps(plan.Translation, statement);
        if (plan.Translation.Into is { } into)
        {
            Put(into, plan, result, statement);
            KeepTableVariables(statement, into.Table);
            return null;
        }

        if (plan.Translation.Columns is not null)
        {
            _session.DataIsChanged();
            KeepTableVariables(statement);
            return new ResultSet(plan.Translation.Columns, result, count => _session.RowCount = count);
        }

        using (result)
        {
            Changed(result);
        }

        KeepTableVariables(statement);
        return null;
    }

    /// <summary>A change that takes several statements of DuckDB's: all of them or none.</summary>
    private DuckResult InSteps(Translation translation, TSqlStatement at)
    {
        DuckResult? rows = null;
        _session.Atomically(() =>
        {
            Native(translation, at).Dispose();
            foreach (var sql in translation.Then)
            {
                rows?.Dispose();
                rows = Native(new Translation(sql, [], null) { Target = translation.Target }, at);
            }

            _session.Native.Execute("DROP TABLE " + Translator.Aside);
        });
        return rows!;
    }

    /// <summary>OUTPUT … INTO: the rows that a change gave, written to another table.</summary>
    private void Put(OutputTarget target, Plan plan, DuckResult rows, TSqlStatement at)
    {
        var values = new List<object?[]>();
        using (rows)
        {
            while (rows.Read())
            {
                values.Add([.. plan.Translation.Columns!.Select((c, i) => Values.Read(rows, i, c.Type))]);
            }
        }

        try
        {
            Insert(target.Table, target.Columns, values);
        }
        catch (DuckException e)
        {
            throw DuckErrors.Map(e, at, _frame.Procedure, target: target.Table);
        }

        _session.DataIsChanged();
        _session.RowCount = values.Count;
        if (!_session.NoCount)
        {
            RecordsAffected = (RecordsAffected < 0 ? 0 : RecordsAffected) + values.Count;
        }
    }

    private void Insert(CatalogObject table, IReadOnlyList<CatalogColumn> columns, IReadOnlyList<object?[]> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        using var insert = _session.Native.Prepare(
            $"INSERT INTO {table.NativeName} ({string.Join(", ", columns.Select(static c => Quote.Name(c.Name)))}) VALUES ("
            + string.Join(", ", columns.Select((c, i) => FormattableString.Invariant($"CAST(${i + 1} AS {TypeRules.Native(c.Type)})")))
            + ")");
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                insert.Bind(i + 1, row[i]);
            }

            insert.Execute().Dispose();
        }
    }

    private void Changed(DuckResult result)
    {
        var rows = result.IsQueryResult && result.Read() ? result.GetInt64(0) : result.RowsChanged;
        _session.DataIsChanged();
        _session.RowCount = checked((int)rows);
        if (!_session.NoCount)
        {
            RecordsAffected = (RecordsAffected < 0 ? 0 : RecordsAffected) + _session.RowCount;
        }
    }

    private void Truncate(TruncateTableStatement statement)
    {
        var table = New().Relation(statement.TableName, statement);
        if (table.Kind != ObjectKind.Table)
        {
            throw Refuse.At(statement, 4708, $"Could not truncate object '{table.FullName}' because it is not a table.");
        }

        _session.Native.Execute("TRUNCATE " + table.NativeName);
        _session.DataIsChanged();
        _session.RowCount = 0;
    }

    private void Begin(BeginTransactionStatement statement)
    {
        RequirePlain(statement.Name, statement);
        if (statement.Distributed || statement.MarkDefined)
        {
            throw Refuse.Construct(statement, "a distributed or marked transaction");
        }

        _session.BeginTransaction();
        foreach (var variable in AllTableVariables())
        {
            Keep(variable);
        }
    }

    private static void RequirePlain(IdentifierOrValueExpression? name, TSqlStatement at)
    {
        if (name is not null)
        {
            throw Refuse.Construct(at, "a named transaction or savepoint");
        }
    }

    private void Rollback(RollbackTransactionStatement statement)
    {
        RequirePlain(statement.Name, statement);
        if (_session.TransactionCount == 0)
        {
            throw Refuse.At(statement, 3903, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.");
        }

        _session.Rollback();
        RestoreTableVariables();
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

    private void DeclareTable(DeclareTableVariableStatement statement)
    {
        var name = statement.Body.VariableName.Value;
        if (_frame.TableVariables.ContainsKey(name))
        {
            return;
        }

        var native = _session.TemporaryName(name);
        var plan = TableDefinitions.Create(
            statement.Body.Definition,
            new CatalogObject(-1, "tempdb", name, ObjectKind.Table, "", [], [], native["temp.main.".Length..]), this,
            isTemporary: true);
        if (plan.Table.Columns.Any(static c => c.IsIdentity))
        {
            throw Refuse.Construct(statement, "an identity column of a table variable");
        }

        var create = string.Join(";\n", plan.Statements);
        _session.Native.Execute(create);
        var variable = new TableVariable(plan.Table with { NativeName = native }, create);
        _frame.TableVariables.Add(name, variable);
        if (_session.TransactionCount > 0)
        {
            Keep(variable);
        }
    }

    private IEnumerable<TableVariable> AllTableVariables()
    {
        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            foreach (var variable in frame.TableVariables.Values)
            {
                yield return variable;
            }
        }
    }

    /// <summary>Keeps the rows of the table variable that a statement changed, for a ROLLBACK to come.</summary>
    private void KeepTableVariables(TSqlStatement statement, CatalogObject? output = null)
    {
        if (_session.TransactionCount == 0 || _frame.TableVariables.Count == 0)
        {
            return;
        }

        foreach (var variable in _frame.TableVariables.Values.Where(v => ReferenceEquals(v.Table, output)))
        {
            Keep(variable);
        }

        var target = statement switch
        {
            InsertStatement s => s.InsertSpecification.Target,
            UpdateStatement s => s.UpdateSpecification.Target,
            DeleteStatement s => s.DeleteSpecification.Target,
            _ => throw new InvalidOperationException("No target in " + Translator.Describe(statement)),
        };
        if (target is VariableTableReference { Variable.Name: var name }
            && _frame.TableVariables.TryGetValue(name, out var changed))
        {
            Keep(changed);
        }
        else if (target is NamedTableReference)
        {
            // UPDATE t … FROM @t AS t names the variable by its alias.
            foreach (var variable in _frame.TableVariables.Values)
            {
                Keep(variable);
            }
        }
    }

    private void Keep(TableVariable variable)
    {
        var rows = new List<object?[]>();
        var columns = variable.Table.Columns.Where(static c => !c.IsComputed).ToList();
        using var statement = _session.Native.Prepare(
            $"SELECT {string.Join(", ", columns.Select(static c => Quote.Name(c.Name)))} FROM {variable.Table.NativeName}");
        using var result = statement.Execute();
        while (result.Read())
        {
            rows.Add([.. columns.Select((c, i) => Values.Read(result, i, c.Type))]);
        }

        variable.Kept = rows;
    }

    private void RestoreTableVariables()
    {
        _session.DataIsChanged();
        foreach (var variable in AllTableVariables())
        {
            if (variable.Kept is not { } rows)
            {
                continue;
            }

            DropTemporary(variable.Table);
            _session.Native.Execute(variable.CreateSql);
            Insert(variable.Table, [.. variable.Table.Columns.Where(static c => !c.IsComputed)], rows);
        }
    }

    private void Set(SetVariableStatement statement)
    {
        if (statement.Expression is null)
        {
            throw Refuse.Construct(statement, Translator.Describe(statement));
        }

        var variable = _frame.Variables.GetValueOrDefault(statement.Variable.Name)
            ?? throw Refuse.At(statement, 137, $"Must declare the scalar variable \"{statement.Variable.Name}\".");
        if (statement.AssignmentKind == AssignmentKind.Equals)
        {
            variable.Value = Evaluate(statement.Expression, variable.Type);
            return;
        }

        var plan = PlanOf(statement, t => new(t.Compound(statement, variable.Type)));
        using var rows = Native(plan, statement);
        rows.Read();
        variable.Value = Values.Read(rows, 0, variable.Type);
    }

    private void SetOption(PredicateSetStatement statement)
    {
        if (statement.Options.HasFlag(SetOptions.NoCount))
        {
            _session.NoCount = statement.IsOn;
        }
        else if (statement.Options.HasFlag(SetOptions.XactAbort))
        {
            _session.XactAbort = statement.IsOn;
        }
        else if ((statement.Options & ~HarmlessOptions) != 0)
        {
            throw Refuse.Construct(statement, Refuse.TextOf(statement));
        }
    }

    private void Print(PrintStatement statement) =>
        _session.Print(Values.Text(Evaluate(statement.Expression, null)) is { Length: > 0 } text ? text : " ");

    private void Return(ReturnStatement statement)
    {
        _frame.ReturnValue = statement.Expression is null
            ? 0
            : Convert.ToInt32(Evaluate(statement.Expression, SqlType.Int), CultureInfo.InvariantCulture);
        _frame.Position = _frame.Program.Steps.Count - 1;
    }

    private LocalSqlException Thrown(ThrowStatement statement)
    {
        if (statement.ErrorNumber is null)
        {
            return _frame.CurrentError() ?? Refuse.At(statement, 10704,
                "To rethrow an error, a THROW statement must be used inside a CATCH block. Insert the THROW statement inside a CATCH block, or add error parameters to the THROW statement.");
        }

        var number = Convert.ToInt32(Evaluate(statement.ErrorNumber, SqlType.Int), CultureInfo.InvariantCulture);
        if (number < 50000)
        {
            return Refuse.At(statement, 35100, string.Create(CultureInfo.InvariantCulture,
                $"Error number {number} in the THROW statement is outside the valid range. Specify an error number in the valid range of 50000 to 2147483647."));
        }

        var message = Values.Text(Evaluate(statement.Message, null));
        var state = Convert.ToByte(Evaluate(statement.State, SqlType.TinyInt), CultureInfo.InvariantCulture);
        return new LocalSqlException(number, message, statement.StartLine, statement.StartColumn, _frame.Procedure)
        {
            State = state,
        };
    }

    private void RaiseError(RaiseErrorStatement statement)
    {
        var severity = Convert.ToInt32(Evaluate(statement.SecondParameter, SqlType.Int), CultureInfo.InvariantCulture);
        var state = Convert.ToInt32(Evaluate(statement.ThirdParameter, SqlType.Int), CultureInfo.InvariantCulture);
        if (statement.FirstParameter is IntegerLiteral)
        {
            throw Refuse.Construct(statement, "RAISERROR with a message number (write the message)");
        }

        var message = Formatted(
            Values.Text(Evaluate(statement.FirstParameter, null)),
            [.. statement.OptionalParameters.Select(p => Evaluate(p, null))], statement);
        if (severity <= 10)
        {
            _session.Print(message);
            return;
        }

        if (severity > 18)
        {
            throw Refuse.At(statement, 2754, "Error severity levels greater than 18 can only be specified by members of the sysadmin role, using the WITH LOG option.");
        }

        var error = new LocalSqlException(50000, message, statement.StartLine, statement.StartColumn, _frame.Procedure)
        {
            Class = (byte)severity,
            State = (byte)Math.Clamp(state, 0, 255),
            IsRaised = true,
        };
        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (frame.Guard() is not null)
            {
                throw error;
            }
        }

        // Outside TRY the batch goes on, and the error is raised when it ends.
        _session.LastError = error.Number;
        _pending ??= error;
    }

    /// <summary>Fills %s, %d, %i and %u of a RAISERROR message; %% is a percent sign.</summary>
    private static string Formatted(string message, IReadOnlyList<object?> arguments, TSqlStatement at)
    {
        var text = new StringBuilder();
        var next = 0;
        for (var i = 0; i < message.Length; i++)
        {
            if (message[i] != '%' || i + 1 == message.Length)
            {
                text.Append(message[i]);
                continue;
            }

            i++;
            switch (message[i])
            {
                case '%':
                    text.Append('%');
                    break;
                case 's' or 'd' or 'i' or 'u':
                    text.Append(next < arguments.Count && arguments[next] is { } value ? Values.Text(value) : "(null)");
                    next++;
                    break;
                default:
                    throw Refuse.Construct(at, $"the RAISERROR format %{message[i]} (only %s, %d, %i, %u and %%)");
            }
        }

        return text.ToString();
    }
}
