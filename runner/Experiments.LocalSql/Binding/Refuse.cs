using System.Text;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Binding;

/// <summary>Errors found before a statement runs, with SQL Server's numbers and the place in the script.</summary>
internal static class Refuse
{
    /// <summary>The number of a construct outside the subset (Azure SQL: "not supported in this version").</summary>
    internal const int NotSupported = 40510;

    /// <summary>A construct that the engine does not carry.</summary>
    internal static LocalSqlException Construct(TSqlFragment fragment, string what) =>
        At(fragment, NotSupported, $"The local engine does not support {what}.");

    /// <summary>
    /// Refuses a COLLATE that changes how texts compare: the engine's is binary, the one that the database is created
    /// with, and naming it changes nothing.
    /// </summary>
    internal static void UnlessDatabaseCollation(Identifier? collation)
    {
        if (collation is { Value: var name }
            && !name.Equals(Translate.Translator.Collation, StringComparison.OrdinalIgnoreCase)
            && !name.Equals("DATABASE_DEFAULT", StringComparison.OrdinalIgnoreCase))
        {
            throw Construct(collation, $"the collation {name} (everything is {Translate.Translator.Collation})");
        }
    }

    /// <summary>The text of error 271.</summary>
    internal static string ComputedText(string column) =>
        $"The column \"{column}\" cannot be modified because it is either a computed column or is the result of a UNION operator.";

    /// <summary>Refuses a place to store a table in that not every database has: a filegroup other than the first.</summary>
    internal static void UnlessPrimary(IdentifierOrValueExpression? fileGroup, TSqlFragment at)
    {
        if (fileGroup is not null && !fileGroup.Value.Equals("PRIMARY", StringComparison.OrdinalIgnoreCase)
            && !fileGroup.Value.Equals("DEFAULT", StringComparison.OrdinalIgnoreCase))
        {
            throw Construct(at, $"the filegroup {fileGroup.Value} (a table here is part of one file)");
        }
    }

    internal static LocalSqlException At(TSqlFragment fragment, int number, string message) =>
        new(number, message, fragment.StartLine, fragment.StartColumn, null);

    /// <summary>The T-SQL text of a fragment, blanks folded and cut to 80 characters.</summary>
    internal static string TextOf(TSqlFragment fragment)
    {
        var text = new StringBuilder();
        foreach (var token in Tokens(fragment))
        {
            if (token.TokenType == TSqlTokenType.WhiteSpace)
            {
                if (text.Length > 0 && text[^1] != ' ')
                {
                    text.Append(' ');
                }
            }
            else if (token.TokenType is not (TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment))
            {
                text.Append(token.Text);
            }

            if (text.Length > 80)
            {
                return text.ToString(0, 80) + "…";
            }
        }

        return text.ToString().Trim();
    }

    /// <summary>The T-SQL text of a fragment, letter by letter.</summary>
    internal static string FullTextOf(TSqlFragment fragment)
    {
        var text = new StringBuilder();
        foreach (var token in Tokens(fragment))
        {
            text.Append(token.Text);
        }

        return text.ToString();
    }

    private static IEnumerable<TSqlParserToken> Tokens(TSqlFragment fragment)
    {
        if (fragment.ScriptTokenStream is null || fragment.FirstTokenIndex < 0)
        {
            yield break;
        }

        for (var i = fragment.FirstTokenIndex; i <= fragment.LastTokenIndex; i++)
        {
            yield return fragment.ScriptTokenStream[i];
        }
    }
}
