using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Experiments.LocalSql.Tsqlt;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <content>EXEC tSQLt.…: what the framework's procedures need of the batch that calls them.</content>
internal sealed partial class BatchRun
{
    internal Session Session => _session;

    /// <summary>The error that the CATCH block around the call handles.</summary>
    internal LocalSqlException? CaughtError => _frame.CurrentError();

    /// <summary>An argument of EXEC with its type; text is converted by the callee.</summary>
    internal Variant Argument(ScalarExpression expression)
    {
        var type = expression is VariableReference variable
            ? _frame.Variables.GetValueOrDefault(variable.Name)?.Type
                ?? throw Refuse.At(expression, 137, $"Must declare the scalar variable \"{variable.Name}\".")
            : New().Scalar(expression, null).Columns![0].Type;
        return new Variant(Evaluate(expression, null), type);
    }

    internal void Return(string? returnVariable) => Granted(returnVariable);

    /// <summary>
    /// Runs a T-SQL text in a batch of its own on this session; rows it returns are dropped. An error leaves the
    /// transaction to the caller.
    /// </summary>
    internal void Execute(string sql, params IReadOnlyList<BatchParameter> parameters)
    {
        using var batch = OfText(_session, sql, parameters);
        batch._isNested = true;
        while (batch.Next() is { } rows)
        {
            while (rows.Rows.Read())
            {
            }
        }
    }

    /// <summary>The rows of a SELECT over what the calling procedure sees, its #tables included.</summary>
    internal (IReadOnlyList<ResultColumn> Columns, List<object?[]> Rows) Query(string sql)
    {
        var statement = (SelectStatement)Parsed.Script(sql).Batches[0].Statements[0];
        var translation = New().Select(statement);
        var columns = translation.Columns!;
        var rows = new List<object?[]>();
        using var result = Native(translation, statement);
        while (result.Read())
        {
            rows.Add([.. columns.Select((c, i) => Values.Read(result, i, c.Type))]);
        }

        return (columns, rows);
    }

    /// <summary>Puts an altered definition in the place of a table, rows kept.</summary>
    internal void Redefine(CatalogObject before, CatalogObject after, TSqlStatement at) =>
        new Definitions(_session, this).Rebuild(before, after, at);

    /// <summary>Raises an error as RAISERROR does outside TRY: the batch goes on, and reports it at its end.</summary>
    internal void RaiseAtEnd(LocalSqlException error)
    {
        for (var frame = _frame; frame is not null; frame = frame.Caller)
        {
            if (frame.Guard() is not null)
            {
                throw error;
            }
        }

        _session.LastError = error.Number;
        _pending ??= error;
    }
}
