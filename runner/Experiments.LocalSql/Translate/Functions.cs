using System.Collections.Frozen;
using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>A function call being translated; arguments are translated when a rule asks for them.</summary>
internal sealed class FunctionArguments(Translator translator, FunctionCall call, Scope scope)
{
    private readonly BoundExpression?[] _bound = new BoundExpression?[call.Parameters.Count];

    internal Translator Translator => translator;

    internal FunctionCall Call => call;

    internal int Count => call.Parameters.Count;

    internal bool IsDistinct => call.UniqueRowFilter == UniqueRowFilter.Distinct;

    internal bool IsStar => Count == 1 && call.Parameters[0] is ColumnReferenceExpression { ColumnType: ColumnType.Wildcard };

    /// <summary>An argument, bound once.</summary>
    internal BoundExpression this[int index] => _bound[index] ??= translator.Expression(call.Parameters[index], scope);

    /// <summary>Whether an argument that is a text may end in blanks.</summary>
    internal bool MayEndInBlank => Enumerable.Range(0, Count).Any(i => this[i].MayEndInBlank);

    internal Scope Scope => scope;

    /// <summary>The word of a date part (day in DATEADD(day, …)), in its canonical form.</summary>
    internal string DatePart(int index)
    {
        if (call.Parameters[index] is ColumnReferenceExpression { MultiPartIdentifier.Identifiers: [var word] }
            && Functions.DateParts.TryGetValue(word.Value.ToLowerInvariant(), out var part))
        {
            return part;
        }

        var written = Refuse.TextOf(call.Parameters[index]);
        throw Functions.OtherDateParts.Contains(written.ToLowerInvariant())
            ? Refuse.Construct(call.Parameters[index], "the date part " + written)
            : Refuse.At(call.Parameters[index], 155, $"'{written}' is not a recognized {call.FunctionName.Value.ToLowerInvariant()} option.");
    }

    /// <summary>An argument in the type the function takes; text stays text, numbers become numbers.</summary>
    internal string As(int index, SqlType type)
    {
        var value = this[index];
        if (type.IsText && !value.Type.IsText)
        {
            throw Unwritten(value.Type, "text", call.Parameters[index]);
        }

        return Conversions.Implicit(value, type, call).Sql;
    }

    /// <summary>Refuses a conversion that the server does though nobody wrote it.</summary>
    internal static LocalSqlException Unwritten(SqlType type, string wanted, TSqlFragment at) =>
        Refuse.Construct(at, $"a {type} in the place of {wanted} ({Refuse.TextOf(at)}): CAST says what is meant");
}

/// <summary>A scalar function: how many arguments it takes and what it becomes.</summary>
/// <param name="Least">The fewest arguments.</param>
/// <param name="Most">The most arguments.</param>
/// <param name="Build">What a call becomes.</param>
/// <param name="Blanks">Whether the text it makes may end in blanks.</param>
internal sealed record ScalarRule(
    int Least, int Most, Func<FunctionArguments, BoundExpression> Build, Blanks Blanks = Blanks.None);

/// <summary>Whether the text that a function makes may end in blanks.</summary>
internal enum Blanks
{
    /// <summary>It does not, or makes no text.</summary>
    None,

    /// <summary>It does where an argument does.</summary>
    OfArguments,

    /// <summary>It may, whatever it is given.</summary>
    Any,

    /// <summary>The function says so itself.</summary>
    Own,
}

/// <summary>An aggregate or window function; the second argument is the translated OVER clause or nothing.</summary>
internal sealed record AggregateRule(
    int Least, int Most, Func<FunctionArguments, string, BoundExpression> Build, bool NeedsOver = false,
    bool NeedsOrder = false);

/// <summary>The functions of the subset, as data: name to rule. A name that is not here is refused.</summary>
internal static class Functions
{
    private static readonly SqlType Text = SqlType.VarChar(8000);

    internal static readonly FrozenDictionary<string, string> DateParts = new Dictionary<string, string>
    {
        ["year"] = "year", ["yy"] = "year", ["yyyy"] = "year",
        ["quarter"] = "quarter", ["qq"] = "quarter", ["q"] = "quarter",
        ["month"] = "month", ["mm"] = "month", ["m"] = "month",
        ["dayofyear"] = "dayofyear", ["dy"] = "dayofyear",
        ["day"] = "day", ["dd"] = "day", ["d"] = "day",
        ["hour"] = "hour", ["hh"] = "hour",
        ["minute"] = "minute", ["mi"] = "minute", ["n"] = "minute",
        ["second"] = "second", ["ss"] = "second", ["s"] = "second",
        ["millisecond"] = "millisecond", ["ms"] = "millisecond",
        ["microsecond"] = "microsecond", ["mcs"] = "microsecond",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Parts that the server knows and this engine leaves out.</summary>
    internal static readonly FrozenSet<string> OtherDateParts = FrozenSet.Create(
        StringComparer.Ordinal, "week", "wk", "ww", "weekday", "dw", "w", "nanosecond", "ns", "tzoffset", "tz",
        "iso_week", "isowk", "isoww");

    internal static readonly FrozenDictionary<string, ScalarRule> Scalars = new Dictionary<string, ScalarRule>
    {
        // Text.
        ["CONCAT"] = new(2, 254, static f => Concat(f), Blanks.OfArguments),
        ["CONCAT_WS"] = new(3, 254, static f => new BoundExpression(
            $"concat_ws({Separator(f)}, {string.Join(", ", Enumerable.Range(1, f.Count - 1).Select(i => Conversions.TextOf(f[i], f.Call)))})",
            TextOf([.. Enumerable.Range(0, f.Count).Select(i => f[i])]), false), Blanks.OfArguments),
        ["LEN"] = new(1, 1, static f => Counted($"tsql.len({f.As(0, Text)})", f[0], f[0])),
        ["DATALENGTH"] = new(1, 1, static f => DataLength(f)),
        ["SUBSTRING"] = new(3, 3, static f => Substring(f), Blanks.Own),
        ["CHARINDEX"] = new(2, 3, static f => CharIndex(f)),
        ["REPLACE"] = new(3, 3, static f => new BoundExpression(
            $"replace({f.As(0, Text)}, {f.As(1, Text)}, {f.As(2, Text)})", TextOf(f[0], f[1], f[2])), Blanks.Any),
        ["TRIM"] = new(1, 1, static f => SameText(f, $"tsql.trim_blanks({f.As(0, Text)})")),
        ["LTRIM"] = new(1, 1, static f => SameText(f, $"ltrim({f.As(0, Text)}, ' ')"), Blanks.OfArguments),
        ["RTRIM"] = new(1, 1, static f => SameText(f, $"rtrim({f.As(0, Text)}, ' ')")),
        ["UPPER"] = new(1, 1, static f => SameText(f, $"upper({f.As(0, Text)})"), Blanks.OfArguments),
        ["LOWER"] = new(1, 1, static f => SameText(f, $"lower({f.As(0, Text)})"), Blanks.OfArguments),
        ["REVERSE"] = new(1, 1, static f => SameText(f, $"reverse({f.As(0, Text)})"), Blanks.Any),
        ["REPLICATE"] = new(2, 2, static f => Replicate(f), Blanks.OfArguments),
        ["STUFF"] = new(4, 4, static f => Stuff(f), Blanks.Any),
        ["TRANSLATE"] = new(3, 3, static f => Translate(f), Blanks.Own),
        ["JSON_VALUE"] = new(2, 2, static f => JsonValue(f), Blanks.Any),
        ["HASHBYTES"] = new(2, 2, static f => HashBytes(f)),

        // NULL and logic.
        ["ISNULL"] = new(2, 2, static f => IsNull(f), Blanks.OfArguments),

        // Numbers.
        ["ABS"] = new(1, 1, static f => Numeric(f, "abs")),
        ["SIGN"] = new(1, 1, static f => Numeric(f, "sign", Widened(f[0].Type))),
        ["CEILING"] = new(1, 1, static f => Whole(f, "ceil")),
        ["FLOOR"] = new(1, 1, static f => Whole(f, "floor")),
        ["ROUND"] = new(2, 3, static f => Round(f)),
        ["SQRT"] = new(1, 1, static f => Float(f, Domain(f, "< 0", "sqrt"))),
        ["SQUARE"] = new(1, 1, static f => Float(f, $"({f.As(0, SqlType.Float)} * {f.As(0, SqlType.Float)})")),
        ["EXP"] = new(1, 1, static f => Float(f, $"exp({f.As(0, SqlType.Float)})")),
        ["LOG"] = new(1, 2, static f => f.Count == 1
            ? Float(f, Domain(f, "<= 0", "ln"))
            : Float(f, $"({Domain(f, "<= 0", "ln")} / ln({f.As(1, SqlType.Float)}))")),
        ["LOG10"] = new(1, 1, static f => Float(f, Domain(f, "<= 0", "log10"))),
        ["POWER"] = new(2, 2, static f => f[0].Type.Kind == SqlKind.Float
            ? Float(f, $"pow({f.As(0, SqlType.Float)}, {f.As(1, SqlType.Float)})")
            : throw Refuse.Construct(f.Call, "POWER of a number that is no float (its result takes the type of the base): CAST it")),
        ["PI"] = new(0, 0, static _ => new BoundExpression("pi()", SqlType.Float, false)),

        // Dates.
        ["SYSUTCDATETIME"] = new(0, 0, static f => f.Translator.UtcNow()),
        ["DATEADD"] = new(3, 3, static f => DateAdd(f)),
        ["DATEDIFF"] = new(3, 3, static f => DateDiffInt(f)),
        ["DATEDIFF_BIG"] = new(3, 3, static f => new BoundExpression(
            DateDiff(f), SqlType.BigInt, f[1].IsNullable || f[2].IsNullable)),
        ["DATEPART"] = new(2, 2, static f => DatePart(f, f.DatePart(0), 1)),
        ["YEAR"] = new(1, 1, static f => DatePart(f, "year", 0)),
        ["MONTH"] = new(1, 1, static f => DatePart(f, "month", 0)),
        ["DAY"] = new(1, 1, static f => DatePart(f, "day", 0)),
        ["EOMONTH"] = new(1, 2, static f => new BoundExpression(
            f.Count == 1
                ? $"last_day({f.As(0, SqlType.Date)})"
                : $"last_day(CAST({f.As(0, SqlType.Date)} + to_months({f.As(1, SqlType.Int)}) AS DATE))",
            SqlType.Date, f[0].IsNullable)),
        ["DATEFROMPARTS"] = new(3, 3, static f => new BoundExpression(
            $"(CASE WHEN {f.As(0, SqlType.Int)} NOT BETWEEN 1 AND 9999 THEN error('[289] Cannot construct data type date, some of the arguments have values which are not valid.') ELSE make_date({f.As(0, SqlType.Int)}, {f.As(1, SqlType.Int)}, {f.As(2, SqlType.Int)}) END)", SqlType.Date)),
        ["SWITCHOFFSET"] = new(2, 2, static f => SwitchOffset(f)),
        ["TODATETIMEOFFSET"] = new(2, 2, static f => ToDateTimeOffset(f)),

        // Errors and the session.
        ["XACT_STATE"] = SessionRule("XACT_STATE"),
        ["ERROR_NUMBER"] = SessionRule("ERROR_NUMBER"),
        ["ERROR_MESSAGE"] = SessionRule("ERROR_MESSAGE"),
        ["ERROR_LINE"] = SessionRule("ERROR_LINE"),
        ["ERROR_PROCEDURE"] = SessionRule("ERROR_PROCEDURE"),
        ["ERROR_SEVERITY"] = SessionRule("ERROR_SEVERITY"),
        ["ERROR_STATE"] = SessionRule("ERROR_STATE"),
        ["DB_NAME"] = new(0, 0, static _ => new BoundExpression(Quote.Text(SystemViews.Database), SqlType.NVarChar(128), false)),
        ["SUSER_SNAME"] = new(0, 0, static _ => new BoundExpression("'local'", SqlType.NVarChar(128), false)),
        ["ORIGINAL_LOGIN"] = new(0, 0, static _ => new BoundExpression("'local'", SqlType.NVarChar(128), false)),
        ["DATABASEPROPERTYEX"] = new(2, 2, static f => DatabaseProperty(f)),

        // Metadata.
        ["OBJECT_ID"] = new(1, 2, static f => ObjectId(f)),
        ["SCHEMA_ID"] = new(1, 1, static f => new BoundExpression(
            $"(SELECT min(s.schema_id) FROM tsql.schemas AS s WHERE s.name = {f.As(0, Text)})", SqlType.Int)),
        ["SCHEMA_NAME"] = new(1, 1, static f => new BoundExpression(
            $"(SELECT min(s.name) FROM tsql.schemas AS s WHERE s.schema_id = {f.As(0, SqlType.Int)})", SqlType.NVarChar(128))),
        ["OBJECT_NAME"] = new(1, 1, static f => new BoundExpression(
            $"(SELECT min(o.object_name) FROM tsql.objects AS o WHERE o.object_id = {f.As(0, SqlType.Int)})",
            SqlType.NVarChar(128))),
        ["OBJECT_SCHEMA_NAME"] = new(1, 1, static f => new BoundExpression(
            $"(SELECT min(o.schema_name) FROM tsql.objects AS o WHERE o.object_id = {f.As(0, SqlType.Int)})",
            SqlType.NVarChar(128))),
        ["OBJECT_DEFINITION"] = new(1, 1, static f => new BoundExpression(
            $"(SELECT min(o.definition) FROM tsql.objects AS o WHERE o.object_id = {f.As(0, SqlType.Int)} AND o.kind <> 'Table')",
            SqlType.NVarChar(SqlType.Max))),
        ["COL_LENGTH"] = new(2, 2, static f => new BoundExpression(
            $"(SELECT CAST(min(c.max_length) AS SMALLINT) FROM tsql.\"sys.columns\" AS c JOIN tsql.objects AS o ON o.object_id = c.object_id WHERE o.schema_name || '.' || o.object_name = {f.As(0, Text)} AND c.name = {f.As(1, Text)})",
            SqlType.SmallInt)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static readonly FrozenDictionary<string, AggregateRule> Aggregates = new Dictionary<string, AggregateRule>
    {
        ["COUNT"] = new(1, 1, static (f, over) => new BoundExpression(
            $"CAST({Count(f)}{over} AS INTEGER)", SqlType.Int, false)),
        ["COUNT_BIG"] = new(1, 1, static (f, over) => new BoundExpression($"{Count(f)}{over}", SqlType.BigInt, false)),
        ["SUM"] = new(1, 1, static (f, over) => Sum(f, over)),
        ["AVG"] = new(1, 1, static (f, over) => Average(f, over)),
        ["MIN"] = new(1, 1, static (f, over) => Extreme(f, "min", over)),
        ["MAX"] = new(1, 1, static (f, over) => Extreme(f, "max", over)),
        ["VAR"] = new(1, 1, static (f, over) => Spread(f, "var_samp", over)),
        ["VARP"] = new(1, 1, static (f, over) => Spread(f, "var_pop", over)),
        ["STDEV"] = new(1, 1, static (f, over) => Spread(f, "stddev_samp", over)),
        ["STDEVP"] = new(1, 1, static (f, over) => Spread(f, "stddev_pop", over)),
        ["STRING_AGG"] = new(2, 2, static (f, over) => StringAggregate(f, over)),
        ["ROW_NUMBER"] = new(0, 0, static (_, over) => new BoundExpression(
            $"row_number(){over}", SqlType.BigInt, false), NeedsOver: true, NeedsOrder: true),
        ["RANK"] = new(0, 0, static (_, over) => new BoundExpression(
            $"rank(){over}", SqlType.BigInt, false), NeedsOver: true, NeedsOrder: true),
        ["DENSE_RANK"] = new(0, 0, static (_, over) => new BoundExpression(
            $"dense_rank(){over}", SqlType.BigInt, false), NeedsOver: true, NeedsOrder: true),
        ["NTILE"] = new(1, 1, static (f, over) => new BoundExpression(
            $"ntile({f.As(0, SqlType.BigInt)}){over}", SqlType.BigInt, false), NeedsOver: true, NeedsOrder: true),
        ["LAG"] = new(1, 3, static (f, over) => Shifted(f, "lag", over), NeedsOver: true, NeedsOrder: true),
        ["LEAD"] = new(1, 3, static (f, over) => Shifted(f, "lead", over), NeedsOver: true, NeedsOrder: true),
        ["FIRST_VALUE"] = new(1, 1, static (f, over) => new BoundExpression(
            $"first_value({f[0].Sql}){over}", f[0].Type), NeedsOver: true, NeedsOrder: true),
        ["LAST_VALUE"] = new(1, 1, static (f, over) => new BoundExpression(
            $"last_value({f[0].Sql}){over}", f[0].Type), NeedsOver: true, NeedsOrder: true),
        ["PERCENTILE_CONT"] = new(1, 1, static (f, over) => Percentile(f, over), NeedsOver: true),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static BoundExpression Left(IReadOnlyList<BoundExpression> arguments, TSqlFragment at) =>
        Part("left", arguments, at);

    internal static BoundExpression Right(IReadOnlyList<BoundExpression> arguments, TSqlFragment at) =>
        Part("right", arguments, at);

    private static BoundExpression Part(string function, IReadOnlyList<BoundExpression> arguments, TSqlFragment at)
    {
        if (!arguments[0].Type.IsText)
        {
            throw FunctionArguments.Unwritten(arguments[0].Type, "text", at);
        }

        var count = Conversions.Implicit(arguments[1], SqlType.Int, at);
        var length = IsAtLeast(count, 0)
            ? (int)Math.Min(long.Parse(count.NumericLiteral!, CultureInfo.InvariantCulture) * 4, arguments[0].Type.Length == SqlType.Max ? 8000 : arguments[0].Type.Length)
            : arguments[0].Type.Length;
        var checkedCount = function == "left"
            ? NotNegative(count, "537", "LEFT or SUBSTRING")
            : NotNegative(count, "536", "right");
        return new BoundExpression(
            $"{function}({arguments[0].Sql}, {checkedCount})",
            arguments[0].Type with { Length = length == 0 ? 1 : length }, arguments[0].IsNullable || count.IsNullable)
        {
            MayEndInBlank = true,
            LongestText = Characters(count),
        };
    }

    /// <summary>A count of characters that a literal gives.</summary>
    private static int? Characters(BoundExpression count) =>
        int.TryParse(count.NumericLiteral, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : null;

    /// <summary>The text that a function makes of texts: nvarchar where one of them is, as long as such a text gets.</summary>
    private static SqlType TextOf(params IReadOnlyList<BoundExpression> arguments)
    {
        var isMax = arguments.Any(static a => a.Type.IsText && a.Type.Length == SqlType.Max);
        return arguments.Any(static a => a.Type.Kind == SqlKind.NVarChar)
            ? SqlType.NVarChar(isMax ? SqlType.Max : 4000)
            : SqlType.VarChar(isMax ? SqlType.Max : 8000);
    }

    private static ScalarRule SessionRule(string name) => new(0, 0,
        f => f.Translator.SessionValue(name, SessionValues.NamedFunctions[name]));

    private static BoundExpression Int(string sql, params BoundExpression[] inputs) =>
        new(sql, SqlType.Int, inputs.Any(static i => i.IsNullable));

    private static BoundExpression Float(FunctionArguments f, string sql) => new(sql, SqlType.Float, f[0].IsNullable);

    private static BoundExpression SameText(FunctionArguments f, string sql) => new(sql, f[0].Type, f[0].IsNullable);

    /// <summary>Outside its domain a function is error 3623 on the server.</summary>
    private static string Domain(FunctionArguments f, string outside, string function)
    {
        var x = f.As(0, SqlType.Float);
        return $"(CASE WHEN {x} {outside} THEN error('[3623] An invalid floating point operation occurred.') ELSE {function}({x}) END)";
    }

    private static BoundExpression Concat(FunctionArguments f)
    {
        var parts = new List<string>();
        var length = 0;
        for (var i = 0; i < f.Count; i++)
        {
            var value = f[i];
            parts.Add(Conversions.TextOf(value, f.Call));
            length = length == SqlType.Max || value.Type.IsText && value.Type.Length == SqlType.Max
                ? SqlType.Max
                : length + (value.Type.IsText ? value.Type.Length : 41);
        }

        var type = Enumerable.Range(0, f.Count).Any(i => f[i].Type.Kind == SqlKind.NVarChar)
            ? SqlType.NVarChar(length == SqlType.Max ? SqlType.Max : Math.Clamp(length, 1, 4000))
            : SqlType.VarChar(length == SqlType.Max ? SqlType.Max : Math.Clamp(length, 1, 8000));
        return new BoundExpression($"concat({string.Join(", ", parts)})", type, false);
    }

    private static BoundExpression DataLength(FunctionArguments f)
    {
        var value = f[0];
        var sql = value.Type.Kind switch
        {
            SqlKind.VarChar => $"strlen({value.Sql})",
            SqlKind.NVarChar => $"2 * length({value.Sql})",
            SqlKind.VarBinary => $"octet_length({value.Sql})",
            _ => $"(CASE WHEN {value.Sql} IS NOT NULL THEN {Bytes(value.Type, f.Call)} END)",
        };
        return Counted(sql, value, value);
    }

    /// <summary>Storage of the types of fixed length ("Data types", SQL Server documentation).</summary>
    private static string Bytes(SqlType type, TSqlFragment at) => type.Kind switch
    {
        SqlKind.Bit or SqlKind.TinyInt => "1",
        SqlKind.SmallInt => "2",
        SqlKind.Date => "3",
        SqlKind.Int or SqlKind.Real => "4",
        SqlKind.BigInt or SqlKind.Float or SqlKind.DateTime => "8",
        SqlKind.UniqueIdentifier => "16",
        _ => throw Refuse.Construct(at, $"DATALENGTH of {type}"),
    };

    /// <summary>A count of characters or bytes: an int, but a bigint of a max type.</summary>
    private static BoundExpression Counted(string sql, BoundExpression measured, params BoundExpression[] arguments) =>
        measured.Type.Length == SqlType.Max
            ? new BoundExpression($"CAST({sql} AS BIGINT)", SqlType.BigInt, arguments.Any(static a => a.IsNullable))
            : Int($"CAST({sql} AS INTEGER)", arguments);

    private static bool IsAtLeast(BoundExpression value, int least) =>
        value.NumericLiteral is { } digits
        && int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n >= least;

    private static string NotNegative(BoundExpression length, string number, string name) => IsAtLeast(length, 0)
        ? length.Sql
        : $"(CASE WHEN {length.Sql} < 0 THEN error('[{number}] Invalid length parameter passed to the {name} function.') ELSE {length.Sql} END)";

    private static BoundExpression Substring(FunctionArguments f)
    {
        var value = f[0];
        var start = f.As(1, SqlType.Int);
        var length = NotNegative(Conversions.Implicit(f[2], SqlType.Int, f.Call), "537", "LEFT or SUBSTRING");
        if (!IsAtLeast(f[1], 1))
        {
            // What lies before the first character counts towards the length.
            length = $"greatest({length} + least({start} - 1, 0), 0)";
            start = $"greatest({start}, 1)";
        }

        var nullable = value.IsNullable || f[1].IsNullable || f[2].IsNullable;
        return value.Type.Kind == SqlKind.VarBinary
            ? new BoundExpression(
                $"unhex(substr(hex({value.Sql}), ({start} - 1) * 2 + 1, {length} * 2))", value.Type, nullable)
            : SameText(f, f[2].Type.Kind == SqlKind.Null || f[1].Type.Kind == SqlKind.Null
                ? "CAST(NULL AS VARCHAR)"
                : $"substring({f.As(0, Text)}, {start}, {length})") with
            {
                IsNullable = nullable, MayEndInBlank = true, LongestText = Characters(f[2]),
            };
    }

    private static string Separator(FunctionArguments f) => f[0].Type.Kind == SqlKind.Null
        ? "''"
        : f[0].IsNullable ? $"coalesce({f.As(0, Text)}, '')" : f.As(0, Text);

    private static BoundExpression Replicate(FunctionArguments f)
    {
        var text = f.As(0, Text);
        var count = Conversions.Implicit(f[1], SqlType.Int, f.Call);
        var isMax = f[0].Type.Length == SqlType.Max;
        var sql = IsAtLeast(count, 0)
            ? $"repeat({text}, {count.Sql})"
            : $"(CASE WHEN {count.Sql} >= 0 THEN repeat({text}, {count.Sql}) END)";
        var fits = isMax || IsAtLeast(count, 0)
            && (long)f[0].Type.Length * int.Parse(count.NumericLiteral!, CultureInfo.InvariantCulture) <= TextOf(f[0]).Length;
        var type = isMax ? f[0].Type : TextOf(f[0]);
        return new BoundExpression(
            fits ? sql : type.Kind == SqlKind.NVarChar ? $"left({sql}, 4000)" : $"tsql.left_bytes({sql}, 8000)", type);
    }

    private static BoundExpression Stuff(FunctionArguments f)
    {
        var text = f.As(0, Text);
        var start = f.As(1, SqlType.Int);
        var length = f.As(2, SqlType.Int);
        var insert = f[3].Type.Kind == SqlKind.Null ? "''" : $"coalesce({f.As(3, Text)}, '')";
        var valid = $"{start} <= length({text})"
            + (IsAtLeast(f[1], 1) ? "" : $" AND {start} > 0")
            + (IsAtLeast(f[2], 0) ? "" : $" AND {length} >= 0");
        return new BoundExpression(
            $"(CASE WHEN {valid} THEN left({text}, {start} - 1) || {insert} || substr({text}, CAST({start} AS BIGINT) + {length}) END)",
            TextOf(f[0]));
    }

    private static BoundExpression Translate(FunctionArguments f)
    {
        var sql = $"translate({f.As(0, Text)}, {f.As(1, Text)}, {f.As(2, Text)})";
        if (f[1].TextLiteral is not { } from || f[2].TextLiteral is not { } to)
        {
            return SameText(f,
                $"(CASE WHEN length({f.As(1, Text)}) <> length({f.As(2, Text)}) THEN error('[9828] The second and third arguments of the TRANSLATE built-in function must contain an equal number of characters.') ELSE {sql} END)") with { MayEndInBlank = true };
        }

        return from.Length == to.Length
            ? SameText(f, sql) with { MayEndInBlank = f[0].MayEndInBlank || to.Contains(' ', StringComparison.Ordinal) }
            : throw Refuse.At(f.Call, 9828, "The second and third arguments of the TRANSLATE built-in function must contain an equal number of characters.");
    }

    /// <summary>A scalar of a JSON text; an object or an array is NULL, as in the lax mode of the server's paths.</summary>
    private static BoundExpression JsonValue(FunctionArguments f)
    {
        var path = f.As(1, Text);
        if (f[1].TextLiteral is { } literal)
        {
            if (!literal.StartsWith('$') && !literal.StartsWith("lax $", StringComparison.Ordinal))
            {
                throw literal.StartsWith("strict $", StringComparison.Ordinal)
                    ? Refuse.Construct(f.Call, "a strict JSON path")
                    : Refuse.At(f.Call, 13607, $"JSON path is not properly formatted. Unexpected character '{(literal.Length > 0 ? literal[0] : ' ')}' is found at position 0.");
            }

            path = Quote.Text(literal[literal.IndexOf('$', StringComparison.Ordinal)..]);
        }

        return new BoundExpression(
            $"json_extract_string(json_value({f.As(0, Text)}, {path}), '$')", SqlType.NVarChar(4000));
    }

    private static BoundExpression CharIndex(FunctionArguments f)
    {
        var find = f.As(0, Text);
        var text = f.As(1, Text);
        if (f.Count == 2)
        {
            return Counted($"CASE WHEN {find} = '' THEN 0 ELSE strpos({text}, {find}) END", f[1], f[0], f[1]);
        }

        var start = $"greatest({f.As(2, SqlType.Int)}, 1)";
        return Counted(
            $"CASE WHEN {find} = '' OR strpos(substr({text}, {start}), {find}) = 0 THEN 0 " +
            $"ELSE strpos(substr({text}, {start}), {find}) + {start} - 1 END", f[1], f[0], f[1], f[2]);
    }

    private static BoundExpression HashBytes(FunctionArguments f)
    {
        if (f[1].Type.Kind != SqlKind.VarChar)
        {
            throw Refuse.Construct(f.Call, $"HASHBYTES of {f[1].Type} (nvarchar hashes other bytes: CAST to varchar)");
        }

        return f[0].TextLiteral?.ToUpperInvariant() switch
        {
            "SHA2_256" => new BoundExpression($"unhex(sha256({f[1].Sql}))", SqlType.VarBinary(8000), f[1].IsNullable),
            "MD5" => new BoundExpression($"unhex(md5({f[1].Sql}))", SqlType.VarBinary(8000), f[1].IsNullable),
            _ => throw Refuse.Construct(f.Call, "HASHBYTES with " + Refuse.TextOf(f.Call.Parameters[0])),
        };
    }

    private static BoundExpression IsNull(FunctionArguments f)
    {
        var value = f[0];
        var type = value.Type.Kind == SqlKind.Null ? f[1].Type : value.Type;
        var other = value.Type.IsText && f[1].Type.IsText && value.Type.Length != SqlType.Max
            && (f[1].Type.Length > value.Type.Length || f[1].Type.Length == SqlType.Max)
            ? Conversions.Cast(f[1], type, isTry: false, f.Call)
            : Conversions.Implicit(f[1], type, f.Call);
        return new BoundExpression(
            $"coalesce({Conversions.Implicit(value, type, f.Call).Sql}, {other.Sql})", type, value.IsNullable && f[1].IsNullable);
    }

    /// <summary>ROUND and SIGN give an int for the smaller integers and a float for a real.</summary>
    private static SqlType Widened(SqlType type) => type.Kind switch
    {
        SqlKind.TinyInt or SqlKind.SmallInt => SqlType.Int,
        SqlKind.Real => SqlType.Float,
        _ => type,
    };

    private static BoundExpression Numeric(FunctionArguments f, string function, SqlType? result = null)
    {
        var value = f[0];
        if (value.Type.IsText)
        {
            throw FunctionArguments.Unwritten(value.Type, "a number", f.Call.Parameters[0]);
        }

        if (!value.Type.IsNumeric || value.Type.Kind == SqlKind.Bit)
        {
            throw Refuse.At(f.Call, 8116, $"Argument data type {value.Type} is invalid for argument 1 of {f.Call.FunctionName.Value} function.");
        }

        return new BoundExpression(
            $"CAST({function}({value.Sql}) AS {TypeRules.Native(result ?? value.Type)})", result ?? value.Type, value.IsNullable);
    }

    private static BoundExpression Whole(FunctionArguments f, string function)
    {
        var value = f[0];
        var type = value.Type.Kind == SqlKind.Decimal ? SqlType.Decimal(value.Type.Precision, 0) : value.Type;
        return value.Type.IsInteger
            ? value
            : Numeric(f, function) with { Sql = $"CAST({function}({value.Sql}) AS {TypeRules.Native(type)})", Type = type };
    }

    private static BoundExpression Round(FunctionArguments f)
    {
        var value = f[0].Type.Kind == SqlKind.Real ? Conversions.Implicit(f[0], SqlType.Float, f.Call) : f[0];
        var digits = f.As(1, SqlType.Int);
        if (value.Type.IsText)
        {
            throw FunctionArguments.Unwritten(value.Type, "a number", f.Call.Parameters[0]);
        }

        if (!value.Type.IsNumeric || value.Type.Kind == SqlKind.Bit)
        {
            throw Refuse.At(f.Call, 8116, $"Argument data type {value.Type} is invalid for argument 1 of round function.");
        }

        var type = Widened(value.Type);
        if (f.Count == 3 && f[2].NumericLiteral != "0")
        {
            if (!value.Type.IsApproximate)
            {
                return new BoundExpression(Cut(value, f), type, value.IsNullable);
            }

            var step = $"pow(10.0, {digits})";
            return new BoundExpression(
                $"CAST(trunc({value.Sql} * {step}) / {step} AS {TypeRules.Native(type)})", type, value.IsNullable);
        }

        // DuckDB's round of a decimal needs room for the digit that rounding up may add.
        var number = type.Kind == SqlKind.Decimal && type.Precision < 38
            ? $"CAST({value.Sql} AS {TypeRules.Native(type with { Precision = type.Precision + 1 })})"
            : value.Sql;
        return new BoundExpression(
            $"CAST(round({number}, {digits}) AS {TypeRules.Native(type)})", type, value.IsNullable);
    }

    /// <summary>An exact number cut behind so many decimals, or before so many digits, without a detour over floats.</summary>
    private static string Cut(BoundExpression value, FunctionArguments f)
    {
        if (!int.TryParse(f[1].NumericLiteral, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n))
        {
            throw Refuse.Construct(f.Call, "ROUND that cuts an exact number to a length that is no literal");
        }

        var type = Widened(value.Type);
        var whole = type.Kind == SqlKind.Decimal ? type.Precision - type.Scale : 19;
        if (n >= type.Scale)
        {
            return $"CAST({value.Sql} AS {TypeRules.Native(type)})";
        }

        if (-n >= whole)
        {
            return $"(CASE WHEN {value.Sql} IS NOT NULL THEN CAST(0 AS {TypeRules.Native(type)}) END)";
        }

        var step = "1" + new string('0', Math.Abs(n));
        var number = type.Kind == SqlKind.Decimal ? value.Sql : $"CAST({value.Sql} AS HUGEINT)";
        if (n <= 0)
        {
            return $"CAST((CAST(trunc({number}) AS HUGEINT) // {step}) * {step} AS {TypeRules.Native(type)})";
        }

        var kept = FormattableString.Invariant($"DECIMAL(38,{n})");
        var shifted = FormattableString.Invariant($"CAST({value.Sql} AS DECIMAL(38,{type.Scale})) * CAST({step} AS DECIMAL({n + 1},0))");
        return FormattableString.Invariant(
            $"CAST(CAST(trunc({shifted}) AS DECIMAL({38 - n},0)) * CAST(0.{step[1..^1]}1 AS DECIMAL({n},{n})) AS {kept})::{TypeRules.Native(type)}");
    }

    private static BoundExpression Moment(FunctionArguments f, int index)
    {
        var value = f[index];
        if (value.Type.IsTemporal)
        {
            return value.Type.Kind == SqlKind.DateTimeOffset
                ? throw Refuse.Construct(f.Call, f.Call.FunctionName.Value + " of a datetimeoffset: cast it to datetime2(6) first")
                : value;
        }

        return value.Type.IsText
            ? Conversions.Cast(value, SqlType.DateTime2, isTry: false, f.Call)
            : throw (value.Type.IsNumeric
                ? FunctionArguments.Unwritten(value.Type, "a date", f.Call.Parameters[index])
                : Refuse.At(f.Call, 8116, $"Argument data type {value.Type} is invalid for {f.Call.FunctionName.Value}."));
    }

    private static BoundExpression DateAdd(FunctionArguments f)
    {
        var part = f.DatePart(0);
        var amount = f[1];
        var count = amount.Type.Kind == SqlKind.Int
            ? amount.Sql
            : Conversions.Cast(amount, SqlType.Int, isTry: false, f.Call).Sql;
        var moment = f[2].TextLiteral is null
            ? Moment(f, 2)
            : Conversions.Cast(f[2], SqlType.DateTime, isTry: false, f.Call);
        var interval = part switch
        {
            "year" => $"to_years({count})",
            "quarter" => $"to_months({count} * 3)",
            "month" => $"to_months({count})",
            "day" or "dayofyear" => $"to_days({count})",
            "hour" => $"to_hours(CAST({count} AS BIGINT))",
            "minute" => $"to_minutes(CAST({count} AS BIGINT))",
            "second" => $"to_seconds({count})",
            "millisecond" => $"to_milliseconds({count})",
            "microsecond" => $"to_microseconds(CAST({count} AS BIGINT))",
            _ => throw Refuse.Construct(f.Call, "DATEADD of " + part),
        };
        RequirePart(f, part, moment.Type);
        var sum = $"({moment.Sql} + {interval})";
        if (moment.Type.Kind != SqlKind.Time && CanLeaveTheCalendar(part, amount))
        {
            sum = $"(CASE WHEN {sum} >= TIMESTAMP '0001-01-01' AND {sum} < TIMESTAMP '10000-01-01' THEN {sum} " +
                $"WHEN {sum} IS NOT NULL THEN error('[517] Adding a value to a ''{moment.Type.Kind.ToString().ToLowerInvariant()}'' column caused an overflow.') END)";
        }

        // Three-hundredths of a second stay what they are under everything but a part finer than they.
        var kept = $"CAST({sum} AS {TypeRules.Native(moment.Type)})";
        return new BoundExpression(
            moment.Type.Kind == SqlKind.DateTime && part == "millisecond" ? $"tsql.to_datetime({kept})" : kept,
            moment.Type, amount.IsNullable || moment.IsNullable);
    }

    /// <summary>
    /// Whether an int of this part may reach beyond the year 9999: of seconds it spans 68 years, and a literal says what
    /// it is, so that the hot comparisons with a window in seconds stay plain.
    /// </summary>
    private static bool CanLeaveTheCalendar(string part, BoundExpression amount)
    {
        const int Days = 36_525;
        return part switch
        {
            "second" or "millisecond" or "microsecond" => false,
            _ when amount.NumericLiteral is { } digits
                && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) =>
                Math.Abs(n) > part switch
                {
                    "year" => 100,
                    "quarter" => 400,
                    "month" => 1200,
                    "hour" => Days * 24,
                    "minute" => Days * 1440,
                    _ => Days,
                },
            _ => true,
        };
    }

    private static BoundExpression DateDiffInt(FunctionArguments f)
    {
        var difference = DateDiff(f);

        // Days and longer parts of the whole calendar fit an int. What does not is worked out twice to tell it from NULL.
        var sql = f.DatePart(0) is "minute" or "second" or "millisecond" or "microsecond"
            ? $"coalesce(TRY_CAST({difference} AS INTEGER), CAST(CASE WHEN {difference} IS NOT NULL " +
                "THEN error('[535] The datediff function resulted in an overflow. The number of dateparts separating two date/time instances is too large. Try to use datediff with a less precise datepart.') END AS INTEGER))"
            : $"CAST({difference} AS INTEGER)";
        return Int(sql, f[1], f[2]);
    }

    private static string DateDiff(FunctionArguments f)
    {
        var part = f.DatePart(0);
        var from = Moment(f, 1);
        var to = Moment(f, 2);
        return part == "dayofyear"
            ? $"date_diff('day', {AsTimestamp(from)}, {AsTimestamp(to)})"
            : $"date_diff('{part}', {AsTimestamp(from)}, {AsTimestamp(to)})";

        static string AsTimestamp(BoundExpression value) =>
            value.Type.Kind == SqlKind.Date ? $"CAST({value.Sql} AS TIMESTAMP)" : value.Sql;
    }

    private static BoundExpression DatePart(FunctionArguments f, string part, int index)
    {
        var moment = Moment(f, index);
        var sql = part switch
        {
            "year" or "quarter" or "month" or "day" or "dayofyear" or "hour" or "minute" => $"{part}({moment.Sql})",
            "second" => $"second({moment.Sql})",
            "millisecond" => $"(millisecond({moment.Sql}) % 1000)",
            "microsecond" => $"(microsecond({moment.Sql}) % 1000000)",
            _ => throw Refuse.Construct(f.Call, "DATEPART of " + part),
        };
        RequirePart(f, part, moment.Type);
        return Int($"CAST({sql} AS INTEGER)", moment);
    }

    private static bool IsTimePart(string part) =>
        part is "hour" or "minute" or "second" or "millisecond" or "microsecond";

    /// <summary>A date has no hours and a time no days; a literal text has both.</summary>
    private static void RequirePart(FunctionArguments f, string part, SqlType type)
    {
        if (type.Kind == SqlKind.Date && IsTimePart(part) || type.Kind == SqlKind.Time && !IsTimePart(part)
            || type.Kind == SqlKind.DateTime && part == "microsecond"
                && f.Call.FunctionName.Value.Equals("DATEADD", StringComparison.OrdinalIgnoreCase))
        {
            throw Refuse.At(f.Call, 9810,
                $"The datepart {part} is not supported by date function {f.Call.FunctionName.Value.ToLowerInvariant()} for data type {type.Kind.ToString().ToLowerInvariant()}.");
        }
    }

    private static BoundExpression SwitchOffset(FunctionArguments f)
    {
        var value = f[0];
        if (value.Type.Kind != SqlKind.DateTimeOffset)
        {
            value = Conversions.Cast(value, SqlType.DateTimeOffset, isTry: false, f.Call);
        }

        var zero = f[1].NumericLiteral == "0" || f[1].TextLiteral is "+00:00" or "-00:00";
        return zero
            ? value with { IsUtc = true }
            : throw Refuse.Construct(f.Call, "SWITCHOFFSET to an offset other than 0");
    }

    private static BoundExpression ToDateTimeOffset(FunctionArguments f)
    {
        if (f[1].NumericLiteral != "0" && f[1].TextLiteral is not ("+00:00" or "-00:00"))
        {
            throw Refuse.Construct(f.Call, "TODATETIMEOFFSET with an offset other than 0");
        }

        return Conversions.Cast(Moment(f, 0), SqlType.DateTimeOffset, isTry: false, f.Call);
    }

    private static BoundExpression DatabaseProperty(FunctionArguments f) => f[1].TextLiteral switch
    {
        "Collation" => new BoundExpression("'Latin1_General_100_BIN2_UTF8'", SqlType.NVarChar(128), false),
        "IsReadCommittedSnapshotOn" => new BoundExpression("1", SqlType.Int, false),
        _ => throw Refuse.Construct(f.Call, "DATABASEPROPERTYEX of " + Refuse.TextOf(f.Call.Parameters[1])),
    };

    private static BoundExpression ObjectId(FunctionArguments f)
    {
        if (f[0].TextLiteral is { } literal && literal.StartsWith("tempdb..#", StringComparison.Ordinal))
        {
            return f.Translator.TemporaryObjectId(literal["tempdb..".Length..]);
        }

        var kind = f.Count == 1
            ? ""
            : $" AND CASE o.kind WHEN 'Table' THEN 'U' WHEN 'View' THEN 'V' WHEN 'Procedure' THEN 'P' ELSE 'IF' END = {f.As(1, Text)}";
        return new BoundExpression(
            $"(SELECT min(o.object_id) FROM tsql.objects AS o WHERE o.schema_name || '.' || o.object_name = replace(replace({f.As(0, Text)}, '[', ''), ']', ''){kind})",
            SqlType.Int);
    }

    private static string Count(FunctionArguments f) =>
        f.IsStar ? "count(*)" : $"count({(f.IsDistinct ? "DISTINCT " : "")}{f[0].Sql})";

    private static BoundExpression Number(FunctionArguments f)
    {
        var value = f[0];
        return value.Type.IsNumeric && value.Type.Kind != SqlKind.Bit
            ? value
            : throw Refuse.At(f.Call, 8117,
                $"Operand data type {value.Type} is invalid for {f.Call.FunctionName.Value.ToLowerInvariant()} operator.");
    }

    private static string Distinct(FunctionArguments f) => f.IsDistinct ? "DISTINCT " : "";

    private static BoundExpression Sum(FunctionArguments f, string over)
    {
        var value = Number(f);
        var type = SumType(value.Type);
        return new BoundExpression(
            $"CAST(sum({Distinct(f)}{value.Sql}){over} AS {TypeRules.Native(type)})", type);
    }

    private static SqlType SumType(SqlType type) => type.Kind switch
    {
        SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int => SqlType.Int,
        SqlKind.BigInt => SqlType.BigInt,
        SqlKind.Decimal => SqlType.Decimal(38, type.Scale),
        SqlKind.Real or SqlKind.Float => SqlType.Float,
        _ => throw new InvalidOperationException("No sum of " + type),
    };

    private static BoundExpression Average(FunctionArguments f, string over)
    {
        var value = Number(f);
        if (value.Type.Kind == SqlKind.Decimal)
        {
            throw Refuse.Construct(f.Call, "AVG of a decimal (its scale rules surprise: CAST to float)");
        }

        var type = SumType(value.Type);
        return value.Type.IsApproximate
            ? new BoundExpression($"avg({Distinct(f)}{value.Sql}){over}", type)
            : new BoundExpression(
                $"(CAST(sum({Distinct(f)}{value.Sql}){over} AS {TypeRules.Native(type)}) // CAST(count({Distinct(f)}{value.Sql}){over} AS {TypeRules.Native(type)}))", type);
    }

    private static BoundExpression Extreme(FunctionArguments f, string function, string over)
    {
        var value = Translator.Ordered(f[0], f.Call);
        return value.Type.Kind == SqlKind.Bit
            ? throw Refuse.At(f.Call, 8117, $"Operand data type bit is invalid for {function} operator.")
            : new BoundExpression($"{function}({value.Sql}){over}", value.Type)
            {
                IsUtc = value.IsUtc, MayEndInBlank = value.MayEndInBlank,
            };
    }

    private static BoundExpression Spread(FunctionArguments f, string function, string over) =>
        new($"{function}({Distinct(f)}{Conversions.Implicit(Number(f), SqlType.Float, f.Call).Sql}){over}", SqlType.Float);

    private static BoundExpression StringAggregate(FunctionArguments f, string over)
    {
        if (over.Length > 0)
        {
            throw Refuse.Construct(f.Call, "STRING_AGG with OVER");
        }

        if (f.Call.WithinGroupClause is not { } within)
        {
            throw Refuse.Construct(f.Call, "STRING_AGG without WITHIN GROUP (ORDER BY …), whose order is undefined");
        }

        var order = string.Join(", ", within.OrderByClause.OrderByElements.Select(e =>
            f.Translator.Expression(e.Expression, f.Scope).Sql + Translator.Direction(e.SortOrder)));
        var type = f[0].Type switch
        {
            { IsText: true, Length: SqlType.Max } max => max,
            { Kind: SqlKind.VarChar } => Text,
            _ => SqlType.NVarChar(4000),
        };
        var sql = $"string_agg({Conversions.TextOf(f[0], f.Call)}, {f.As(1, Text)} ORDER BY {order})";
        return new BoundExpression(
            type.Length == SqlType.Max
                ? sql
                : $"(CASE WHEN {(type.Kind == SqlKind.NVarChar ? "2 * length" : "strlen")}({sql}) > 8000 THEN error('[9829] STRING_AGG aggregation result exceeded the limit of 8000 bytes. Use LOB types to avoid result truncation.') ELSE {sql} END)",
            type);
    }

    private static BoundExpression Shifted(FunctionArguments f, string function, string over)
    {
        var value = f[0];
        var offset = f.Count > 1 ? ", " + f.As(1, SqlType.BigInt) : "";
        var missing = f.Count > 2 ? ", " + Conversions.Implicit(f[2], value.Type, f.Call).Sql : "";
        return new BoundExpression($"{function}({value.Sql}{offset}{missing}){over}", value.Type);
    }

    private static BoundExpression Percentile(FunctionArguments f, string over)
    {
        if (f.Call.Parameters[0] is not (NumericLiteral or IntegerLiteral or RealLiteral))
        {
            throw Refuse.Construct(f.Call, "PERCENTILE_CONT with a fraction that is no literal");
        }

        if (f.Call.WithinGroupClause?.OrderByClause.OrderByElements is not [{ SortOrder: not SortOrder.Descending } element])
        {
            throw Refuse.Construct(f.Call, "PERCENTILE_CONT without WITHIN GROUP (ORDER BY x)");
        }

        var value = Conversions.Implicit(f.Translator.Expression(element.Expression, f.Scope), SqlType.Float, f.Call);
        return new BoundExpression(
            $"quantile_cont({value.Sql}, {((Literal)f.Call.Parameters[0]).Value}){over}", SqlType.Float);
    }
}
