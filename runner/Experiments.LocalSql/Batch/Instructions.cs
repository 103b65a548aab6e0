using System.Collections.Frozen;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

internal enum InstructionKind
{
    Statement,
    Jump,
    JumpUnless,
    EnterTry,
    LeaveTry,
    LeaveCatch,
}

/// <summary>One step of a compiled batch; <paramref name="Target"/> is where a jump or a handler begins.</summary>
internal readonly record struct Instruction(
    InstructionKind Kind, TSqlStatement? Statement, BooleanExpression? Condition, int Target);

/// <summary>
/// Flattens the control flow of a batch or a procedure into a list of steps with jumps, so that a run can stop at a
/// result set and go on from there.
/// </summary>
internal sealed class InstructionList
{
    /// <summary>Control flow: what each form is called, and the steps that it becomes. Any other statement is one step.</summary>
    internal static readonly FrozenDictionary<Type, (string Name, Action<InstructionList, TSqlStatement> Add)> ControlFlow =
        new Dictionary<Type, (string Name, Action<InstructionList, TSqlStatement> Add)>
        {
            [typeof(BeginEndBlockStatement)] = ("BEGIN … END", static (l, s) =>
                l.Add(((BeginEndBlockStatement)s).StatementList.Statements)),
            [typeof(IfStatement)] = ("IF … ELSE", static (l, s) => l.AddIf((IfStatement)s)),
            [typeof(WhileStatement)] = ("WHILE", static (l, s) => l.AddWhile((WhileStatement)s)),
            [typeof(BreakStatement)] = ("BREAK", static (l, s) => l.Loop(s).Breaks.Add(l.Emit(InstructionKind.Jump, s))),
            [typeof(ContinueStatement)] = ("CONTINUE", static (l, s) =>
                l.Emit(InstructionKind.Jump, s, target: l.Loop(s).Start)),
            [typeof(TryCatchStatement)] = ("BEGIN TRY … BEGIN CATCH", static (l, s) => l.AddTry((TryCatchStatement)s)),
        }.ToFrozenDictionary();

    private readonly List<Instruction> _steps = [];
    private readonly Stack<(int Start, List<int> Breaks)> _loops = new();

    private InstructionList()
    {
    }

    internal IReadOnlyList<Instruction> Steps => _steps;

    internal static InstructionList Compile(IEnumerable<TSqlStatement> statements)
    {
        var list = new InstructionList();
        list.Add(statements);
        return list;
    }

    private void Add(IEnumerable<TSqlStatement> statements)
    {
        foreach (var statement in statements)
        {
            Add(statement);
        }
    }

    private void Add(TSqlStatement statement)
    {
        if (ControlFlow.TryGetValue(statement.GetType(), out var known))
        {
            known.Add(this, statement);
        }
        else
        {
            Emit(InstructionKind.Statement, statement);
        }
    }

    private (int Start, List<int> Breaks) Loop(TSqlStatement at) =>
        _loops.TryPeek(out var loop)
            ? loop
            : throw Refuse.At(at, 135, "Cannot use a BREAK or CONTINUE statement outside the scope of a WHILE statement.");

    private void AddIf(IfStatement branch)
    {
        var skip = Emit(InstructionKind.JumpUnless, branch, branch.Predicate);
        Add(branch.ThenStatement);
        if (branch.ElseStatement is null)
        {
            Aim(skip);
            return;
        }

        var end = Emit(InstructionKind.Jump, branch);
        Aim(skip);
        Add(branch.ElseStatement);
        Aim(end);
    }

    private void AddWhile(WhileStatement loop)
    {
        var start = _steps.Count;
        var exit = Emit(InstructionKind.JumpUnless, loop, loop.Predicate);
        _loops.Push((start, []));
        Add(loop.Statement);
        Emit(InstructionKind.Jump, loop, target: start);
        Aim(exit);
        foreach (var jump in _loops.Pop().Breaks)
        {
            Aim(jump);
        }
    }

    private void AddTry(TryCatchStatement guarded)
    {
        var enter = Emit(InstructionKind.EnterTry, guarded);
        Add(guarded.TryStatements.Statements);
        Emit(InstructionKind.LeaveTry, guarded);
        var over = Emit(InstructionKind.Jump, guarded);
        Aim(enter);
        Add(guarded.CatchStatements.Statements);
        Emit(InstructionKind.LeaveCatch, guarded);
        Aim(over);
    }

    private int Emit(InstructionKind kind, TSqlStatement at, BooleanExpression? condition = null, int target = -1)
    {
        _steps.Add(new Instruction(kind, at, condition, target));
        return _steps.Count - 1;
    }

    private void Aim(int step) => _steps[step] = _steps[step] with { Target = _steps.Count };
}
