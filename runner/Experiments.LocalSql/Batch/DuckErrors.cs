using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>DuckDB's errors with SQL Server's numbers.</summary>
internal static class DuckErrors
{
    /// <summary>Parts of DuckDB's messages and the server's error number for each; the first match counts.</summary>
    private static readonly (string Part, int Number)[] Numbers =
    [
        ("NOT NULL constraint failed", 515),
        ("violates primary key constraint", 2627),
        ("violates unique constraint", 2627),
        ("Duplicate key", 2627),
        ("PRIMARY KEY or UNIQUE constraint", 2627),
        ("duplicate key", 2627),
        ("CHECK constraint failed", 547),
        ("More than one row returned by a subquery", 512),
        ("Malformed JSON", 13609),
        ("Interval value", 517),
        ("Date out of range", 289),
        ("Overflow in", 8115),
        ("out of range for the destination type", 8115),
        ("Out of Range Error", 8115),
        ("field value out of range", 241),
        ("Conversion Error: invalid timestamp", 241),
        ("Conversion Error: invalid date", 241),
        ("Could not parse string", 241),
        ("Failed to cast decimal value", 8115),
        ("value is out of range!", 8115),
        ("Could not cast value", 8115),
        ("Conversion Error: Could not convert string", 245),
        ("Conversion Error", 245),
        ("must appear in the GROUP BY clause or be used in an aggregate", 8121),
        ("must appear in the GROUP BY clause", 8120),
        ("expression depth limit", 191),
        ("Column with name", 2705),
        ("INTERRUPT", 0),
    ];

    /// <summary>
    /// A number that does not fit has other errors by where it comes from; the text of an integer has been looked at
    /// before DuckDB reads it, so that there too it can only be too large.
    /// </summary>
    private static readonly (string From, string To, int Number)[] Overflows =
    [
        ("Type DOUBLE with value", "destination type", 232),
        ("Type FLOAT with value", "destination type", 232),
        ("Type INT32 with value", "destination type UINT8", 220),
        ("Type INT32 with value", "destination type INT16", 220),
        ("Type INT16 with value", "destination type UINT8", 220),
        ("Could not convert string", "to INT32", 248),
        ("Could not convert string", "to UINT8", 244),
        ("Could not convert string", "to INT16", 244),
        ("Could not convert string", "to INT64", 8115),
        ("Could not convert string", "to DECIMAL", 8115),
        ("Could not convert string", "to INT128", 8169),
    ];

    internal static LocalSqlException Map(
        DuckException error, TSqlFragment? at, string? procedure, string? sql = null)
    {
        var message = error.Message;
        var (number, text) = Numbered(message);
        if (number < 0)
        {
            number = Refuse.NotSupported;
            text = message;
            foreach (var (from, to, known) in Overflows)
            {
                if (message.Contains(from, StringComparison.Ordinal) && message.Contains(to, StringComparison.Ordinal))
                {
                    number = known;
                    break;
                }
            }

            foreach (var (part, known) in Numbers)
            {
                if (number == Refuse.NotSupported && message.Contains(part, StringComparison.Ordinal))
                {
                    // The length of a text is a CHECK of its own, whose text no other has.
                    number = known == 547 && (message.Contains("CHECK((strlen(", StringComparison.Ordinal)
                        || message.Contains("CHECK((length(", StringComparison.Ordinal))
                        ? 2628
                        : known;
                    break;
                }
            }

            text = number switch
            {
                2628 => "String or binary data would be truncated. " + FirstLine(message),
                Refuse.NotSupported => "DuckDB refused the translated statement: " + message,
                _ => FirstLine(message),
            };
        }

        var mapped = new LocalSqlException(number, text, at?.StartLine ?? 0, at?.StartColumn ?? 0, procedure);
        if (sql is not null)
        {
            mapped.Data["DuckDbSql"] = sql;
        }

        return mapped;
    }

    /// <summary>A message of our own shims begins with the server's number in brackets.</summary>
    private static (int Number, string Text) Numbered(string message)
    {
        var open = message.IndexOf('[', StringComparison.Ordinal);
        var close = open < 0 ? -1 : message.IndexOf(']', open);
        return close > open
            && message.AsSpan(0, open).TrimEnd().EndsWith("Error:", StringComparison.Ordinal)
            && int.TryParse(message.AsSpan(open + 1, close - open - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, message[(close + 1)..].Trim())
            : (-1, message);
    }

    private static string FirstLine(string message)
    {
        var end = message.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
