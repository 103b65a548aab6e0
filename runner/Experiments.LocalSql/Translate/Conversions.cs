using System.Globalization;
using Experiments.LocalSql.Binding;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Translate;

/// <summary>CAST, TRY_CAST, CONVERT and the implicit conversions, with T-SQL's meaning on DuckDB.</summary>
internal static class Conversions
{
    /// <summary>An explicit conversion; with <paramref name="isTry"/> a value that cannot be converted is NULL.</summary>
    internal static BoundExpression Cast(BoundExpression value, SqlType target, bool isTry, TSqlFragment at)
    {
        var source = value.Type;
        if (source.Kind == SqlKind.Null)
        {
            return new BoundExpression($"CAST(NULL AS {TypeRules.Native(target)})", target);
        }

        var sql = target.Kind switch
        {
            SqlKind.VarChar or SqlKind.NVarChar => ToText(value, target, at),
            SqlKind.Bit => ToBit(value, isTry, at),
            SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int or SqlKind.BigInt => ToInteger(value, target, isTry, at),
            SqlKind.Decimal => ToDecimal(value, target, isTry, at),
            SqlKind.Float or SqlKind.Real => ToFloat(value, target, isTry, at),
            SqlKind.Date or SqlKind.Time or SqlKind.DateTime or SqlKind.DateTime2 or SqlKind.DateTimeOffset
                => ToTemporal(value, target, isTry, at),
            SqlKind.VarBinary => ToBinary(value, target, at),
            SqlKind.UniqueIdentifier when source.IsText || source.Kind == SqlKind.UniqueIdentifier
                => Native(value.Sql, target, isTry),
            _ => throw NotAllowed(source, target, at),
        };
        var utc = target.Kind == SqlKind.DateTimeOffset && (value.IsUtc || source.Kind is SqlKind.DateTime2
            or SqlKind.Date or SqlKind.DateTime);
        return new BoundExpression(sql, target, value.IsNullable || isTry)
        {
            IsUtc = utc,

            // What is cut may be cut behind a blank.
            MayEndInBlank = value.MayEndInBlank || target.IsText && source.IsText && target.Length != SqlType.Max
                && (source.Length > target.Length || source.Length == SqlType.Max),
        };
    }

    /// <summary>An implicit conversion to the type of the other side, a column or a parameter; text never turns number.</summary>
    internal static BoundExpression Implicit(BoundExpression value, SqlType target, TSqlFragment at)
    {
        var source = value.Type;
        if (source == target || source.IsText && target.IsText)
        {
            return value with { Type = target.IsText && source.IsText ? source : target };
        }

        if (source.Kind == SqlKind.Null)
        {
            return Cast(value, target, isTry: false, at);
        }

        var clash = source.IsText != target.IsText
            && !(source.IsText && (target.IsTemporal || target.Kind == SqlKind.UniqueIdentifier));
        if (clash)
        {
            throw Refuse.At(at, 257,
                $"Implicit conversion from data type {source} to {target} is not allowed here. Use CAST to say what is meant.");
        }

        if (TypeRules.Native(source) == TypeRules.Native(target)
            && source.Kind is not (SqlKind.DateTime or SqlKind.DateTime2))
        {
            return value with { Type = target };
        }

        return value.NumericLiteral is { } digits && target.Kind is SqlKind.Float
            ? new BoundExpression($"CAST({digits} AS DOUBLE)", target, false)
            {
                NumericLiteral = digits, IsNeverZero = value.IsNeverZero,
            }
            : Cast(value, target, isTry: false, at) with
            {
                NumericLiteral = value.NumericLiteral, IsNeverZero = value.IsNeverZero,
            };
    }

    /// <summary>A value as the text CONCAT and CAST AS varchar make of it.</summary>
    internal static string TextOf(BoundExpression value, TSqlFragment at) => value.Type.Kind switch
    {
        SqlKind.VarChar or SqlKind.NVarChar => value.Sql,
        SqlKind.Null => "CAST(NULL AS VARCHAR)",
        SqlKind.Bit => $"CAST(CAST({value.Sql} AS INTEGER) AS VARCHAR)",
        // DuckDB writes no zero before the point of a decimal that is all decimals.
        SqlKind.Decimal when value.Type.Precision == value.Type.Scale && value.Type.Precision < 38
            => $"CAST(CAST({value.Sql} AS {TypeRules.Native(value.Type with { Precision = value.Type.Precision + 1 })}) AS VARCHAR)",
        SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int or SqlKind.BigInt or SqlKind.Decimal
            => $"CAST({value.Sql} AS VARCHAR)",
        // float to text, style 0: six significant digits, an exponent of three digits.
        SqlKind.Float or SqlKind.Real
            => $"regexp_replace(printf('%.6g', CAST({value.Sql} AS DOUBLE)), 'e([+-])([0-9]{{2}})$', 'e\\10\\2')",
        SqlKind.Date => $"strftime({value.Sql}, '%Y-%m-%d')",
        SqlKind.DateTime2 => Formatted(value.Sql, "%Y-%m-%d %H:%M:%S", value.Type.Scale),
        SqlKind.Time => Formatted($"DATE '2000-01-01' + {value.Sql}", "%H:%M:%S", value.Type.Scale),
        SqlKind.UniqueIdentifier => $"upper(CAST({value.Sql} AS VARCHAR))",
        _ => throw Refuse.Construct(at, $"a {value.Type} as text without a style (its form is of one language): write CONVERT"),
    };

    /// <summary>CONVERT with a style: dates to text and back; binary to hexadecimal digits.</summary>
    internal static BoundExpression Convert(
        BoundExpression value, SqlType target, int style, bool isTry, TSqlFragment at)
    {
        if (target.IsText && value.Type.Kind == SqlKind.VarBinary)
        {
            return style switch
            {
                1 => new BoundExpression($"('0x' || hex({value.Sql}))", target, value.IsNullable),
                2 => new BoundExpression($"hex({value.Sql})", target, value.IsNullable),
                _ => throw Refuse.Construct(at, "CONVERT of binary with style " + Invariant(style)),
            };
        }

        if (target.Kind == SqlKind.VarBinary && value.Type.IsText && style is 1 or 2)
        {
            var digits = style == 1 ? $"substr({value.Sql}, 3)" : value.Sql;
            return Cast(
                new BoundExpression($"unhex({digits})", SqlType.VarBinary(SqlType.Max), value.IsNullable), target, isTry, at);
        }

        if (target.IsText && value.Type.IsTemporal && style != 0)
        {
            var (format, scale) = StyleFormat(style, value.Type.Scale, at);
            var text = value.Type.Kind switch
            {
                SqlKind.Time or SqlKind.DateTimeOffset => throw Refuse.Construct(at, $"CONVERT of {value.Type} with a style"),

                // A date has no time to show.
                SqlKind.Date => Formatted(value.Sql, format.Split('T', ' ')[0], 0),

                // The form of ISO 8601 shows no fraction that is zero.
                _ when style == 126 && scale > 0
                    => $"(CASE WHEN epoch_us({value.Sql}) % 1000000 = 0 THEN {Formatted(value.Sql, format, 0)} ELSE {Formatted(value.Sql, format, scale)} END)",
                _ => Formatted(value.Sql, format, scale),
            };
            return Cast(
                new BoundExpression(text, SqlType.VarChar(LongestMoment), value.IsNullable),
                target, isTry, at);
        }

        if (target.IsTemporal && value.Type.IsText)
        {
            if (style is 0 or 23 or 120 or 121 or 126)
            {
                return Cast(value, target, isTry, at);
            }

            var parse = isTry ? "try_strptime" : "strptime";
            return new BoundExpression(
                $"CAST({parse}({value.Sql}, '{StyleFormat(style, 0, at).Format}') AS {TypeRules.Native(target)})", target);
        }

        return style == 0
            ? Cast(value, target, isTry, at)
            : throw Refuse.Construct(at, "CONVERT with style " + Invariant(style));
    }

    private static (string Format, int Scale) StyleFormat(int style, int scale, TSqlFragment at) => style switch
    {
        23 => ("%Y-%m-%d", 0),
        101 => ("%m/%d/%Y", 0),
        103 => ("%d/%m/%Y", 0),
        112 => ("%Y%m%d", 0),
        120 => ("%Y-%m-%d %H:%M:%S", 0),
        121 => ("%Y-%m-%d %H:%M:%S", scale),
        126 => ("%Y-%m-%dT%H:%M:%S", scale),
        _ => throw Refuse.Construct(at, "CONVERT with style " + Invariant(style)),
    };

    /// <summary>A moment as text, with as many decimals of the second as its type has.</summary>
    private static string Formatted(string sql, string format, int scale) => scale switch
    {
        0 => $"strftime({sql}, '{format}')",
        3 => $"strftime({sql}, '{format}.%g')",
        6 => $"strftime({sql}, '{format}.%f')",
        _ => $"left(strftime({sql}, '{format}.%f'), -{Invariant(6 - scale)})",
    };

    /// <summary>The longest text that a number, a date or an identifier becomes; nothing to cut or refuse beyond.</summary>
    private static int LongestText(SqlType type) => type.Kind switch
    {
        SqlKind.Bit => 1,
        SqlKind.TinyInt => 3,
        SqlKind.SmallInt => 6,
        SqlKind.Int => 11,
        SqlKind.BigInt => 20,
        SqlKind.Decimal => type.Precision + 3,
        SqlKind.Real or SqlKind.Float => 13,
        SqlKind.Date => 10,
        SqlKind.UniqueIdentifier => 36,
        _ => LongestMoment,
    };

    private const int LongestMoment = 26;

    private static string ToText(BoundExpression value, SqlType target, TSqlFragment at)
    {
        if (value.Type.Kind == SqlKind.VarBinary)
        {
            value = new BoundExpression($"decode({value.Sql})", SqlType.VarChar(value.Type.Length), value.IsNullable);
        }

        var text = TextOf(value, at);
        if (target.Length == SqlType.Max
            || value.Type.IsText && value.Type.Length != SqlType.Max && value.Type.Length <= target.Length
            || !value.Type.IsText && target.Length >= LongestText(value.Type))
        {
            return text;
        }

        // A number that does not fit is a star where it is an int, an error where it is not; all else is cut.
        var n = Invariant(target.Length);
        switch (value.Type.Kind)
        {
            case SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int when target.Kind == SqlKind.VarChar:
                return $"(CASE WHEN strlen({text}) > {n} THEN '*' ELSE {text} END)";
            case SqlKind.UniqueIdentifier:
                return $"(CASE WHEN {value.Sql} IS NOT NULL THEN error('[8170] Insufficient result space to convert uniqueidentifier value to char.') END)";
            case not (SqlKind.VarChar or SqlKind.NVarChar) when value.Type.IsNumeric:
                return $"(CASE WHEN strlen({text}) > {n} THEN error('[8115] Arithmetic overflow error converting {value.Type} to data type {target}.') ELSE {text} END)";
        }

        if (target.Kind == SqlKind.NVarChar)
        {
            return $"left({text}, {n})";
        }

        // The macro has a lambda, in which DuckDB takes no subquery: its value is cut where it has a name.
        return text.Contains("(SELECT ", StringComparison.Ordinal)
            ? $"(SELECT tsql.left_bytes(_v.v, {n}) FROM (SELECT {text} AS v) AS _v)"
            : $"tsql.left_bytes({text}, {n})";
    }

    private static string ToBit(BoundExpression value, bool isTry, TSqlFragment at)
    {
        if (value.Type.Kind == SqlKind.Bit)
        {
            return value.Sql;
        }

        if (value.Type.IsNumeric)
        {
            return value.NumericLiteral switch
            {
                "0" => "false",
                "1" => "true",
                _ => $"({value.Sql} <> 0)",
            };
        }

        if (!value.Type.IsText)
        {
            throw NotAllowed(value.Type, SqlType.Bit, at);
        }

        return isTry ? $"tsql.try_bit({value.Sql})" : $"tsql.to_bit({value.Sql})";
    }

    private static string ToInteger(BoundExpression value, SqlType target, bool isTry, TSqlFragment at)
    {
        var native = TypeRules.Native(target);
        var source = value.Type;
        if (source.IsInteger || source.Kind == SqlKind.Bit)
        {
            return value.NumericLiteral is { } digits && target.Kind == SqlKind.Int && source.Kind == SqlKind.Int
                ? digits
                : Native(value.Sql, target, isTry);
        }

        if (source.Kind is SqlKind.Decimal or SqlKind.Float or SqlKind.Real)
        {
            return Native($"trunc({value.Sql})", target, isTry);
        }

        if (source.IsText)
        {
            return isTry
                ? $"TRY_CAST(tsql.try_integer_text({value.Sql}) AS {native})"
                : $"CAST(tsql.integer_text({value.Sql}, '{target}') AS {native})";
        }

        if (source.Kind == SqlKind.VarBinary)
        {
            return Native($"CAST('0x' || hex({value.Sql}) AS BIGINT)", target, isTry);
        }

        throw NotAllowed(source, target, at);
    }

    private static string ToDecimal(BoundExpression value, SqlType target, bool isTry, TSqlFragment at)
    {
        var source = value.Type;
        if (source.IsNumeric)
        {
            return Native(source.Kind == SqlKind.Bit ? $"CAST({value.Sql} AS INTEGER)" : value.Sql, target, isTry);
        }

        if (!source.IsText)
        {
            throw NotAllowed(source, target, at);
        }

        return isTry
            ? $"TRY_CAST(tsql.try_decimal_text({value.Sql}) AS {TypeRules.Native(target)})"
            : $"CAST(tsql.decimal_text({value.Sql}) AS {TypeRules.Native(target)})";
    }

    private static string ToFloat(BoundExpression value, SqlType target, bool isTry, TSqlFragment at)
    {
        var source = value.Type;
        if (source.IsNumeric)
        {
            return Native(source.Kind == SqlKind.Bit ? $"CAST({value.Sql} AS INTEGER)" : value.Sql, target, isTry);
        }

        if (!source.IsText)
        {
            throw NotAllowed(source, target, at);
        }

        return isTry
            ? $"CAST(tsql.try_float({value.Sql}) AS {TypeRules.Native(target)})"
            : $"CAST(tsql.to_float({value.Sql}) AS {TypeRules.Native(target)})";
    }

    private static string ToTemporal(BoundExpression value, SqlType target, bool isTry, TSqlFragment at)
    {
        var source = value.Type;
        if (!source.IsText && !source.IsTemporal)
        {
            throw NotAllowed(source, target, at);
        }

        if (target.Kind == SqlKind.DateTime && source.Kind is not (SqlKind.DateTime or SqlKind.Date))
        {
            // A datetime counts in three-hundredths of a second, and its text has three decimals at most.
            var exact = source.IsText
                ? Native($"tsql.datetime_text({value.Sql})", SqlType.DateTime2, isTry)
                : ToTemporal(value, SqlType.DateTime2, isTry, at);
            return isTry
                ? $"(CASE WHEN {exact} >= TIMESTAMP '1753-01-01' THEN tsql.to_datetime({exact}) END)"
                : $"tsql.to_datetime({exact})";
        }

        if (source.Kind == SqlKind.DateTime && target.Kind is SqlKind.DateTime2 or SqlKind.Time && target.Scale > source.Scale)
        {
            return ToTemporal(
                new BoundExpression($"tsql.of_datetime({value.Sql})", SqlType.DateTime2, value.IsNullable), target, isTry, at);
        }

        if (source.IsText)
        {
            if (target.Kind is SqlKind.DateTime2 or SqlKind.Time or SqlKind.DateTimeOffset && target.Scale < 6)
            {
                // Text is read to the microsecond, what is finer cut, and rounded from there: that rounds once.
                var whole = target with { Scale = 6 };
                var cut = target.Kind switch
                {
                    SqlKind.DateTime2 => Native($"tsql.short_date_text({value.Sql})", whole, isTry),
                    SqlKind.Time => Native($"tsql.short_time_text({value.Sql})", whole, isTry),
                    _ => Native($"tsql.short_offset_text({value.Sql})", whole, isTry),
                };
                return ToTemporal(new BoundExpression(cut, whole, value.IsNullable), target, isTry, at);
            }

            return Native(TextOfTemporal(value, target), target, isTry);
        }

        if (source.Kind == SqlKind.DateTimeOffset && target.Kind != SqlKind.DateTimeOffset)
        {
            return value.IsUtc
                ? $"CAST(({value.Sql} AT TIME ZONE 'UTC') AS {TypeRules.Native(target)})"
                : throw Refuse.Construct(at,
                    "a datetimeoffset cast to a type without offset: write SWITCHOFFSET(x, 0) around it first");
        }

        if (target.Kind == SqlKind.DateTimeOffset && source.Kind != SqlKind.DateTimeOffset)
        {
            return $"(CAST({value.Sql} AS TIMESTAMP) AT TIME ZONE 'UTC')";
        }

        if ((source.Kind == SqlKind.Time) != (target.Kind == SqlKind.Time))
        {
            return (source.Kind, target.Kind) switch
            {
                (SqlKind.Time, SqlKind.DateTime2 or SqlKind.DateTime) => ToTemporal(
                    new BoundExpression(
                        $"(DATE '1900-01-01' + {value.Sql})", SqlType.DateTime2 with { Scale = source.Scale }, value.IsNullable),
                    target, isTry, at),
                (SqlKind.DateTime2 or SqlKind.DateTime, SqlKind.Time) when source.Scale <= target.Scale
                    => Native(value.Sql, target, isTry),
                (SqlKind.DateTime2 or SqlKind.DateTime, SqlKind.Time)
                    => $"CAST(tsql.rounded({value.Sql}, {Step(target)}) AS TIME)",
                (_, SqlKind.Time) or (SqlKind.Time, SqlKind.Date) => throw NotAllowed(source, target, at),
                _ => throw Refuse.Construct(at, $"a {source} cast to {target}"),
            };
        }

        if (target.Kind == SqlKind.DateTimeOffset && source.Scale > target.Scale)
        {
            return $"(tsql.rounded({value.Sql} AT TIME ZONE 'UTC', {Step(target)}) AT TIME ZONE 'UTC')";
        }

        if (target.Kind is SqlKind.DateTime2 or SqlKind.Time && source.Scale > target.Scale && source.Kind != SqlKind.Date)
        {
            return target.Kind == SqlKind.Time
                ? $"CAST(tsql.rounded(DATE '2000-01-01' + {value.Sql}, {Step(target)}) AS TIME)"
                : $"tsql.rounded({value.Sql}, {Step(target)})";
        }

        return TypeRules.Native(source) == TypeRules.Native(target) ? value.Sql : Native(value.Sql, target, isTry);
    }

    /// <summary>The text of a date or time in the form that DuckDB reads.</summary>
    private static string TextOfTemporal(BoundExpression value, SqlType target) => target.Kind switch
    {
        SqlKind.Date or SqlKind.DateTime2 when value.TextLiteral is { } text && IsIsoDate(text) => Quote.Text(text),
        SqlKind.Time => $"tsql.time_text({value.Sql})",
        SqlKind.DateTimeOffset => $"tsql.offset_text({value.Sql})",
        _ => $"tsql.date_text({value.Sql})",
    };

    /// <summary>The finest step of a type in microseconds.</summary>
    private static string Step(SqlType type) => Invariant((long)Math.Pow(10, 6 - type.Scale));

    private static string ToBinary(BoundExpression value, SqlType target, TSqlFragment at)
    {
        if (value.Type.Kind == SqlKind.VarBinary)
        {
            return target.Length == SqlType.Max || value.Type.Length <= target.Length && value.Type.Length != SqlType.Max
                ? value.Sql
                : $"unhex(left(hex({value.Sql}), {Invariant(target.Length * 2)}))";
        }

        return value.Type.Kind switch
        {
            SqlKind.VarChar => ToBinary(
                new BoundExpression($"encode({value.Sql})", SqlType.VarBinary(value.Type.Length), value.IsNullable), target, at),
            SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int or SqlKind.BigInt or SqlKind.Decimal or SqlKind.Bit
                or SqlKind.Float or SqlKind.Real or SqlKind.UniqueIdentifier or SqlKind.NVarChar
                => throw Refuse.Construct(at, $"a {value.Type} cast to {target}"),
            _ => throw NotAllowed(value.Type, target, at),
        };
    }

    private static string Native(string sql, SqlType target, bool isTry) =>
        (isTry ? "TRY_CAST(" : "CAST(") + sql + " AS " + TypeRules.Native(target) + ")";

    /// <summary>A literal that DuckDB reads as the server does, with nothing to round.</summary>
    private static bool IsIsoDate(string text) =>
        text.Length is >= 10 and <= 26 && text[4] == '-' && text[7] == '-' && char.IsAsciiDigit(text[0])
            && !text.StartsWith("0000", StringComparison.Ordinal);

    private static string Invariant(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Error 529 for what the server's table of conversions leaves out; what it has and this engine has not is refused.
    /// </summary>
    private static LocalSqlException NotAllowed(SqlType source, SqlType target, TSqlFragment at) =>
        source.Kind == SqlKind.DateTime && target.IsNumeric || target.Kind == SqlKind.DateTime && source.IsNumeric
            || source.Kind == SqlKind.VarBinary && !target.IsApproximate
            ? Refuse.Construct(at, $"a {source} cast to {target}")
            : Refuse.At(at, 529, $"Explicit conversion from data type {source} to {target} is not allowed.");
}
