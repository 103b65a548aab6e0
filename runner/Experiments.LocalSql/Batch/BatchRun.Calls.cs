using System.Collections.Frozen;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <content>EXEC: procedures and texts, their parameters and what they give back.</content>
internal sealed partial class BatchRun
{
    /// <summary>The server's procedures that the engine carries.</summary>
    internal static readonly FrozenDictionary<
        string, Action<BatchRun, ExecutableProcedureReference, string?, TSqlStatement>> SystemProcedures =
        new Dictionary<string, Action<BatchRun, ExecutableProcedureReference, string?, TSqlStatement>>
        {
            // One process holds the file, so that a lock between processes is always free.
            ["sp_getapplock"] = static (r, _, variable, _) => r.Granted(variable),
            ["sp_releaseapplock"] = static (r, _, variable, _) => r.Granted(variable),
            ["sp_executesql"] = static (r, call, variable, at) => r.ExecuteText(call, variable, at),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private void Granted(string? returnVariable)
    {
        if (returnVariable is not null)
        {
            _frame.Variables[returnVariable].Value = 0;
        }
    }

    private void Call(ExecuteSpecification specification, TSqlStatement at)
    {
        if (specification.LinkedServer is not null || specification.ExecuteContext is not null)
        {
            throw Refuse.Construct(at, Refuse.TextOf(at));
        }

        if (at is ExecuteStatement { Options: { } options }
            && options.FirstOrDefault(static o => o.OptionKind != ExecuteOptionKind.Recompile) is { } option)
        {
            throw Refuse.Construct(option, "EXECUTE … WITH RESULT SETS");
        }

        switch (specification.ExecutableEntity)
        {
            case ExecutableStringList text:
                var sql = string.Concat(text.Strings.Select(s => Values.Text(Evaluate(s, null))));
                Enter(FrameOf(sql, null), at);
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
        if (string.Equals(name.SchemaIdentifier?.Value, Tsqlt.TsqltProcedures.Schema, StringComparison.Ordinal))
        {
            Tsqlt.TsqltProcedures.Call(this, procedureName, call, returnVariable, at);
            return;
        }

        if (SystemProcedures.TryGetValue(procedureName, out var run))
        {
            run(this, call, returnVariable, at);
            return;
        }

        var item = _session.Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", procedureName);
        if (item is not { Kind: ObjectKind.Procedure })
        {
            throw Refuse.At(at, 2812, $"Could not find stored procedure '{Refuse.TextOf(name)}'.");
        }

        var procedure = Parsed.Procedure(item.Definition);
        var frame = new Frame(_session.CompileProcedure(item), _frame, item.FullName)
        {
            OwnsTemporaries = true,
            ReturnVariable = returnVariable,
            SavedNoCount = _session.NoCount,
            SavedXactAbort = _session.XactAbort,
        };
        Supply(frame, call.Parameters, procedure.Parameters, item.FullName);
        Default(frame, procedure.Parameters, procedureName, at);
        Enter(frame, at);
    }

    /// <summary>Gives the parameters of a new frame their values, by position or by name.</summary>
    private void Supply(
        Frame frame, IList<ExecuteParameter> given, IList<ProcedureParameter> declarations, string procedure)
    {
        for (var i = 0; i < given.Count; i++)
        {
            var argument = given[i];
            var declared = argument.Variable is null
                ? i < declarations.Count ? declarations[i] : null
                : declarations.FirstOrDefault(p => p.VariableName.Value == argument.Variable.Name);
            if (declared is null)
            {
                throw argument.Variable is null
                    ? Refuse.At(argument, 8144, $"Procedure or function {procedure} has too many arguments specified.")
                    : Refuse.At(argument, 8145, $"{argument.Variable.Name} is not a parameter for procedure {procedure}.");
            }

            var parameter = declared.VariableName.Value;
            var type = TypeRules.FromName(declared.DataType);
            if (argument.ParameterValue is DefaultLiteral)
            {
                continue;
            }

            frame.Variables.Add(parameter, new Variable(type) { Value = Evaluate(argument.ParameterValue, type) });
            if (argument.IsOutput)
            {
                if (argument.ParameterValue is not VariableReference target || declared.Modifier != ParameterModifier.Output)
                {
                    throw Refuse.At(argument, 8162, $"The formal parameter \"{parameter}\" was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.");
                }

                frame.Outputs.Add((parameter, target.Name));
            }
        }
    }

    /// <summary>Gives parameters without a value their default.</summary>
    private void Default(Frame frame, IList<ProcedureParameter> declarations, string procedure, TSqlStatement at)
    {
        foreach (var declared in declarations)
        {
            var parameter = declared.VariableName.Value;
            if (frame.Variables.ContainsKey(parameter))
            {
                continue;
            }

            if (declared.Value is null)
            {
                throw Refuse.At(at, 201,
                    $"Procedure or function '{procedure}' expects parameter '{parameter}', which was not supplied.");
            }

            var type = TypeRules.FromName(declared.DataType);
            frame.Variables.Add(parameter, new Variable(type) { Value = Evaluate(declared.Value, type) });
        }
    }

    private Frame FrameOf(string sql, string? returnVariable) => new(_session.Compile(sql), _frame, null)
    {
        OwnsTemporaries = true,
        ReturnVariable = returnVariable,
        SavedNoCount = _session.NoCount,
        SavedXactAbort = _session.XactAbort,
    };

    /// <summary>EXEC sp_executesql @statement, @parameters, @name = value …: a text with typed parameters.</summary>
    private void ExecuteText(ExecutableProcedureReference call, string? returnVariable, TSqlStatement at)
    {
        var arguments = call.Parameters;
        if (arguments.Count == 0)
        {
            throw Refuse.At(at, 214, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'.");
        }

        var sql = Values.Text(Evaluate(arguments[0].ParameterValue, null));
        var frame = FrameOf(sql, returnVariable);
        if (arguments.Count > 1)
        {
            var text = Values.Text(Evaluate(arguments[1].ParameterValue, null));
            var declarations = text.Length == 0
                ? []
                : ((CreateProcedureStatement)Parsed.Script($"CREATE PROCEDURE p {text} AS RETURN;").Batches[0].Statements[0]).Parameters;
            Supply(frame, [.. arguments.Skip(2)], declarations, "sp_executesql");
            Default(frame, declarations, "sp_executesql", at);
        }

        Enter(frame, at);
    }

    private void Enter(Frame frame, TSqlStatement at)
    {
        // The level of the call: the batch itself has none, what it calls is the first.
        var depth = 0;
        for (var f = _frame; f is not null; f = f.Caller)
        {
            depth++;
        }

        if (depth > DeepestNesting)
        {
            throw Refuse.At(at, 217, "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit 32).");
        }

        var caller = _frame;
        frame.TransactionsAtEntry = _session.TransactionCount;
        frame.Program.Users++;
        _frame = frame;
        try
        {
            Check(frame);
        }
        catch (LocalSqlException e)
        {
            var placed = Placed(e, null);
            frame.Program.Users--;
            _frame = caller;
            throw placed;
        }
    }
}
