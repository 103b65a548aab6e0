using System.Runtime.CompilerServices;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>Parses T-SQL by SQL Server 2019's grammar, and finds the parts of stored definitions.</summary>
internal static class Parsed
{
    // A stored definition is one string object in the catalog; its syntax tree lives as long as that.
    private static readonly ConditionalWeakTable<string, TSqlScript> Definitions = [];

    // ScriptDom's own number for an ORDER BY where only TOP or OFFSET would allow one.
    private const int OrderByInvalid = 46047;

    /// <summary>A script's syntax tree; the first syntax error is thrown with its line and column.</summary>
    internal static TSqlScript Script(string sql)
    {
        using var reader = new StringReader(sql);
        var fragment = new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        if (errors.Count > 0)
        {
            throw new LocalSqlException(errors[0].Number == OrderByInvalid ? 1033 : 102, errors[0].Message, errors[0].Line, errors[0].Column, null);
        }

        return (TSqlScript)fragment;
    }

    internal static TSqlStatement Definition(string sql) =>
        Definitions.GetValue(sql, Script).Batches[0].Statements[0];

    internal static FunctionStatementBody Function(string sql) => (FunctionStatementBody)Definition(sql);

    internal static ProcedureStatementBody Procedure(string sql) => (ProcedureStatementBody)Definition(sql);

    /// <summary>The SELECT of an inline table-valued function; any other function is refused.</summary>
    internal static SelectStatement SelectOf(FunctionStatementBody function) =>
        function.ReturnType is SelectFunctionReturnType { SelectStatement: { } select }
            ? select
            : throw Refuse.Construct(function, "a function that is no inline table-valued function");
}
