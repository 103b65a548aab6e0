using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>Parses T-SQL by SQL Server 2019's grammar, and finds the parts of stored definitions.</summary>
internal static class Parsed
{
    // A stored definition is one string object in the catalog; its syntax tree lives as long as that.
    private static readonly ConditionalWeakTable<string, TSqlScript> Definitions = [];

    private const int NearKeyword = 156;
    private const int NearSign = 102;

    /// <summary>ScriptDom's own numbers and the server's; what is not here is a syntax error near something.</summary>
    private static readonly FrozenDictionary<int, int> Numbers = new Dictionary<int, int>
    {
        [46030] = 105,
        [46047] = 1033,
        [46086] = 10759,
        [46099] = 4194,
    }.ToFrozenDictionary();

    private const int Deepest = 400;

    /// <summary>A script's syntax tree; the first syntax error is thrown with its line and column.</summary>
    internal static TSqlScript Script(string sql)
    {
        RequireFlat(sql);
        using var reader = new StringReader(sql);
        var fragment = new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        if (errors.Count > 0)
        {
            var (number, message) = Worded(sql, errors[0]);
            throw new LocalSqlException(number, message, errors[0].Line, errors[0].Column, null);
        }

        return (TSqlScript)fragment;
    }

    private static (int Number, string Message) Worded(string sql, ParseError error)
    {
        if (Numbers.TryGetValue(error.Number, out var known))
        {
            return (known, error.Message);
        }

        using var reader = new StringReader(sql);
        var tokens = new TSql150Parser(initialQuotedIdentifiers: true).GetTokenStream(reader, out _);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Offset == error.Offset)
            {
                return IsFrameWithoutOrder(tokens, i)
                    ? (10756, "Window frame with ROWS or RANGE must have an ORDER BY clause.")
                    : (tokens[i].IsKeyword() ? NearKeyword : NearSign, error.Message);
            }
        }

        return (NearSign, error.Message);
    }

    /// <summary>Whether ROWS or RANGE stands where the grammar has it after ORDER BY only: in OVER (PARTITION BY …).</summary>
    private static bool IsFrameWithoutOrder(IList<TSqlParserToken> tokens, int at)
    {
        if (!"ROWS".Equals(tokens[at].Text, StringComparison.OrdinalIgnoreCase)
            && !"RANGE".Equals(tokens[at].Text, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var depth = 0;
        for (var i = at - 1; i >= 0; i--)
        {
            switch (tokens[i].TokenType)
            {
                case TSqlTokenType.RightParenthesis:
                    depth++;
                    break;
                case TSqlTokenType.LeftParenthesis when depth > 0:
                    depth--;
                    break;
                case TSqlTokenType.LeftParenthesis:
                    return tokens.Take(i).LastOrDefault(static t => t.TokenType != TSqlTokenType.WhiteSpace)
                        is { TokenType: TSqlTokenType.Over };
                case TSqlTokenType.Order when depth == 0:
                case TSqlTokenType.Semicolon:
                    return false;
                default:
                    break;
            }
        }

        return false;
    }

    /// <summary>ScriptDom's parser calls itself for each level of nesting; what would exhaust the stack is error 191.</summary>
    private static void RequireFlat(string sql)
    {
        if (sql.Length < Deepest)
        {
            return;
        }

        using var reader = new StringReader(sql);
        var open = 0;
        var prefixes = 0;
        var branches = 0;
        foreach (var token in new TSql150Parser(initialQuotedIdentifiers: true).GetTokenStream(reader, out _))
        {
            switch (token.TokenType)
            {
                case TSqlTokenType.WhiteSpace or TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment:
                    continue;
                case TSqlTokenType.LeftParenthesis or TSqlTokenType.Begin or TSqlTokenType.Case:
                    open++;
                    break;
                case TSqlTokenType.RightParenthesis or TSqlTokenType.End:
                    open = Math.Max(0, open - 1);
                    break;
                case TSqlTokenType.If or TSqlTokenType.While or TSqlTokenType.Else:
                    branches++;
                    break;
                case TSqlTokenType.Semicolon:
                    branches = 0;
                    break;
                default:
                    break;
            }

            prefixes = token.TokenType is TSqlTokenType.Not or TSqlTokenType.Minus or TSqlTokenType.Plus or TSqlTokenType.Tilde
                ? prefixes + 1
                : 0;
            if (open > Deepest || prefixes > Deepest || branches > Deepest)
            {
                throw TooDeep(token.Line, token.Column);
            }
        }
    }

    internal static LocalSqlException TooDeep(int line, int column) => new(
        191, "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.",
        line, column, null);

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
