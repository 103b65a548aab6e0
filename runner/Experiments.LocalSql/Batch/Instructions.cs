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
        switch (statement)
        {
            case BeginEndAtomicBlockStatement:
                throw Refuse.Construct(statement, "BEGIN ATOMIC");
            case BeginEndBlockStatement block:
                Add(block.StatementList.Statements);
                break;
            case IfStatement branch:
                AddIf(branch);
                break;
            case WhileStatement loop:
                AddWhile(loop);
                break;
            case BreakStatement:
                Loop(statement).Breaks.Add(Emit(InstructionKind.Jump, statement));
                break;
            case ContinueStatement:
                Emit(InstructionKind.Jump, statement, target: Loop(statement).Start);
                break;
            case TryCatchStatement guarded:
                AddTry(guarded);
                break;
            default:
                Emit(InstructionKind.Statement, statement);
                break;
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
