using System.Collections.Frozen;
using System.Globalization;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Native;
using Experiments.LocalSql.Translate;
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

    /// <summary>The server's words for numbers whose text needs nothing from DuckDB's.</summary>
    private static readonly FrozenDictionary<int, string> Texts = new Dictionary<int, string>
    {
        [241] = "Conversion failed when converting date and/or time from character string.",
        [289] = "Cannot construct data type date, some of the arguments have values which are not valid.",
        [512] = "Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or when the subquery is used as an expression.",
        [517] = "Adding a value to a 'datetime2' column caused an overflow.",
        [8169] = "Conversion failed when converting from a character string to uniqueidentifier.",
    }.ToFrozenDictionary();

    /// <summary>DuckDB's names of types and the server's, longest first where one begins with another.</summary>
    private static readonly (string Native, string Name)[] TypeNames =
    [
        ("UINT8", "tinyint"), ("INT16", "smallint"), ("INT32", "int"), ("INT64", "bigint"), ("DECIMAL", "numeric"),
        ("DOUBLE", "float"), ("FLOAT", "real"),
    ];

    /// <summary>An error of DuckDB's with the server's number and words.</summary>
    /// <param name="error">What DuckDB said.</param>
    /// <param name="at">The statement or expression that ran.</param>
    /// <param name="procedure">The procedure it stands in, null in a batch.</param>
    /// <param name="sql">The translated text.</param>
    /// <param name="target">The table that was changed, where one was.</param>
    internal static LocalSqlException Map(
        DuckException error, TSqlFragment? at, string? procedure, string? sql = null, CatalogObject? target = null)
    {
        var message = error.Message;
        var (number, text) = Numbered(message);
        if (number < 0)
        {
            number = NumberOf(message);

            // What follows the first line quotes DuckDB's own statement.
            (number, text) = Worded(number, number == Refuse.NotSupported ? message : FirstLine(message), at, target);
        }

        var mapped = new LocalSqlException(number, text, at?.StartLine ?? 0, at?.StartColumn ?? 0, procedure);
        mapped.Data["DuckDbError"] = message;
        if (sql is not null)
        {
            mapped.Data["DuckDbSql"] = sql;
        }

        return mapped;
    }

    private static int NumberOf(string message)
    {
        foreach (var (from, to, known) in Overflows)
        {
            if (message.Contains(from, StringComparison.Ordinal) && message.Contains(to, StringComparison.Ordinal))
            {
                return known;
            }
        }

        foreach (var (part, known) in Numbers)
        {
            if (message.Contains(part, StringComparison.Ordinal))
            {
                // The length of a text is a CHECK of its own, whose text no other has.
                return known == 547 && (message.Contains("CHECK((strlen(", StringComparison.Ordinal)
                    || message.Contains("CHECK((length(", StringComparison.Ordinal)
                    || message.Contains("CHECK((octet_length(", StringComparison.Ordinal))
                    ? 2628
                    : known;
            }
        }

        return Refuse.NotSupported;
    }

    private static (int Number, string Text) Worded(
        int number, string message, TSqlFragment? at, CatalogObject? target) => number switch
    {
        515 => (number, NullText(message, at, target)),
        547 => CheckText(message, at, target),
        2627 => KeyText(message, at, target),
        2628 => (number, $"String or binary data would be truncated in table '{SystemViews.FullName(target)}', column '{Between(message, "length(", ")") ?? Between(message, "strlen(", ")")}'."),
        220 => (number, $"Arithmetic overflow error for data type {TypeName(message)}, value = {Between(message, "with value ", " ")}."),
        232 => (number, $"Arithmetic overflow error for type {TypeName(message)}, value = {Fixed(Between(message, "with value ", " "))}."),
        244 => (number, $"The conversion of the varchar value '{StringIn(message)}' overflowed an {(message.Contains("UINT8", StringComparison.Ordinal) ? "INT1" : "INT2")} column. Use a larger integer column."),
        248 => (number, $"The conversion of the varchar value '{StringIn(message)}' overflowed an int column."),
        245 => (number, $"Conversion failed when converting the varchar value '{StringIn(message)}' to data type {TypeName(message)}."),
        8115 when message.Contains("Could not convert string", StringComparison.Ordinal) && TypeName(message) == "numeric"
            => (number, "Arithmetic overflow error converting varchar to data type numeric."),
        8115 => (number, $"Arithmetic overflow error converting expression to data type {TypeName(message)}."),
        Refuse.NotSupported => (number, "DuckDB refused the translated statement: " + message),
        _ => (number, Texts.GetValueOrDefault(number) ?? FirstLine(message)),
    };

    private static string NullText(string message, TSqlFragment? at, CatalogObject? target)
    {
        const string Failed = "NOT NULL constraint failed: ";
        var name = FirstLine(message[(message.IndexOf(Failed, StringComparison.Ordinal) + Failed.Length)..]);
        return $"Cannot insert the value NULL into column '{name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]}', table '{SystemViews.FullName(target)}'; column does not allow nulls. {(at is null or InsertStatement or SelectStatement ? "INSERT" : "UPDATE")} fails.";
    }

    private static (int Number, string Text) CheckText(string message, TSqlFragment? at, CatalogObject? target)
    {
        foreach (var constraint in target?.Constraints ?? [])
        {
            if (message.Contains(TableDefinitions.BlankMark(constraint.Name), StringComparison.Ordinal))
            {
                return (Refuse.NotSupported, $"The local engine holds no key that ends in a blank ({constraint.Name} of {target!.FullName}): a server takes it for the same key without the blank. A CHECK (DATALENGTH(c) = DATALENGTH(RTRIM(c))) keeps such keys out on both.");
            }

            if (constraint.Kind == TableDefinitions.Check
                && message.Contains(TableDefinitions.CheckMark(constraint.Name), StringComparison.Ordinal))
            {
                var column = constraint.Columns is [var only] ? $", column '{only}'" : "";
                return (547, $"The {Word(at)} statement conflicted with the CHECK constraint \"{constraint.Name}\". The conflict occurred in database \"{SystemViews.Database}\", table \"{target!.FullName}\"{column}.");
            }
        }

        return (547, FirstLine(message));
    }

    private static (int Number, string Text) KeyText(string message, TSqlFragment? at, CatalogObject? target)
    {
        var open = message.IndexOf("key \"", StringComparison.Ordinal);
        var close = message.LastIndexOf('"');
        if (target is null || open < 0 || close < open + 5)
        {
            return (2627, FirstLine(message));
        }

        var written = message[(open + 5)..close];
        var isUnique = message.Contains("violates unique", StringComparison.Ordinal);
        var isFiltered = written.StartsWith("CASE", StringComparison.Ordinal);
        var keys = target.Constraints
            .Where(c => c.Kind is TableDefinitions.Unique or TableDefinitions.UniqueIndex
                || c.Kind == TableDefinitions.PrimaryKey && !isUnique)
            .Select(c => (Key: c, Values: KeyValues(written, c)))
            .OrderByDescending(static k => k.Values is not null)
            .ThenByDescending(k => isFiltered == (k.Key is { Kind: TableDefinitions.UniqueIndex, Sql: not null }))
            .ThenByDescending(static k => k.Key.Kind == TableDefinitions.PrimaryKey)
            .ToList();
        if (keys.Count == 0)
        {
            return (2627, FirstLine(message));
        }

        var (key, values) = keys[0];
        if (isFiltered && key.Columns.Count == 1)
        {
            values = written[(written.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];
        }

        var value = $"The duplicate key value is ({(values ?? written).Replace(TableDefinitions.NullKey, "<NULL>", StringComparison.Ordinal)}).";
        return key.Kind switch
        {
            _ when Word(at) == "ALTER TABLE" || at is CreateIndexStatement => (1505, $"The CREATE UNIQUE INDEX statement terminated because a duplicate key was found for the object name '{target.FullName}' and the index name '{key.Name}'. {value}"),
            TableDefinitions.UniqueIndex => (2601, $"Cannot insert duplicate key row in object '{target.FullName}' with unique index '{key.Name}'. {value}"),
            _ => (2627, $"Violation of {(key.Kind == TableDefinitions.PrimaryKey ? "PRIMARY" : "UNIQUE")} KEY constraint '{key.Name}'. Cannot insert duplicate key in object '{target.FullName}'. {value}"),
        };
    }

    /// <summary>The values of DuckDB's "a: 1, b: x" where the columns are those of the key, else null.</summary>
    private static string? KeyValues(string written, CatalogConstraint key)
    {
        var values = new List<string>();
        var position = 0;
        for (var i = 0; i < key.Columns.Count; i++)
        {
            var label = Label(written, position, key.Columns[i]);
            if (label < 0)
            {
                return null;
            }

            var begin = label;
            var end = written.Length;
            if (i + 1 < key.Columns.Count)
            {
                for (end = written.IndexOf(", ", begin, StringComparison.Ordinal);
                    end >= 0 && Label(written, end + 2, key.Columns[i + 1]) < 0;
                    end = written.IndexOf(", ", end + 2, StringComparison.Ordinal))
                {
                }
            }

            if (end < 0)
            {
                return null;
            }

            values.Add(written[begin..end]);
            position = end + 2;
        }

        return string.Join(", ", values);
    }

    /// <summary>Where the value begins, if the name of the column or the expression that holds it stands here.</summary>
    private static int Label(string written, int position, string column)
    {
        var quoted = Quote.Name(column);
        foreach (var name in (string[])
            [column, quoted, TableDefinitions.KeyExpression(column), TableDefinitions.KeyExpression(quoted)])
        {
            var label = name + ": ";
            if (string.CompareOrdinal(written, position, label, 0, label.Length) == 0)
            {
                return position + label.Length;
            }
        }

        return -1;
    }

    private static string Word(TSqlFragment? at) => at switch
    {
        UpdateStatement => "UPDATE",
        AlterTableStatement => "ALTER TABLE",
        _ => "INSERT",
    };

    /// <summary>The server's name of the type that a message says a value does not fit: the last one in it.</summary>
    private static string TypeName(string message) => TypeNames
        .Select(t => (t.Name, At: message.LastIndexOf(t.Native, StringComparison.Ordinal)))
        .MaxBy(static t => t.At) is { At: >= 0 } found ? found.Name : "numeric";

    private static string? StringIn(string message) =>
        Between(message, "convert string '", "'") ?? Between(message, "convert string \"", "\"");

    private static string Fixed(string? value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number.ToString("F6", CultureInfo.InvariantCulture)
            : value ?? "";

    private static string? Between(string text, string before, string after)
    {
        var begin = text.IndexOf(before, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(after, begin + before.Length, StringComparison.Ordinal);
        return end < 0 ? null : text[(begin + before.Length)..end];
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
