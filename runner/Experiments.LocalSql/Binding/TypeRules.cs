using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Binding;

/// <summary>T-SQL's type rules: precedence, the type of an operation, and the DuckDB type that carries each.</summary>
internal static class TypeRules
{
    /// <summary>Data type precedence, lowest first (SQL Server documentation, "Data type precedence").</summary>
    private static readonly FrozenDictionary<SqlKind, int> Precedence = new Dictionary<SqlKind, int>
    {
        [SqlKind.Null] = 0,
        [SqlKind.VarBinary] = 1,
        [SqlKind.VarChar] = 2,
        [SqlKind.NVarChar] = 3,
        [SqlKind.UniqueIdentifier] = 4,
        [SqlKind.Bit] = 5,
        [SqlKind.TinyInt] = 6,
        [SqlKind.SmallInt] = 7,
        [SqlKind.Int] = 8,
        [SqlKind.BigInt] = 9,
        [SqlKind.Decimal] = 10,
        [SqlKind.Real] = 11,
        [SqlKind.Float] = 12,
        [SqlKind.Time] = 13,
        [SqlKind.Date] = 14,
        [SqlKind.DateTime] = 15,
        [SqlKind.DateTime2] = 16,
        [SqlKind.DateTimeOffset] = 17,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<SqlDataTypeOption, Func<IList<Literal>, SqlType>> TypeNames =
        new Dictionary<SqlDataTypeOption, Func<IList<Literal>, SqlType>>
        {
            [SqlDataTypeOption.Bit] = static _ => SqlType.Bit,
            [SqlDataTypeOption.TinyInt] = static _ => SqlType.TinyInt,
            [SqlDataTypeOption.SmallInt] = static _ => SqlType.SmallInt,
            [SqlDataTypeOption.Int] = static _ => SqlType.Int,
            [SqlDataTypeOption.BigInt] = static _ => SqlType.BigInt,
            [SqlDataTypeOption.Decimal] = static p => SqlType.Decimal(Number(p, 0, 18), Number(p, 1, 0)),
            [SqlDataTypeOption.Numeric] = static p => SqlType.Decimal(Number(p, 0, 18), Number(p, 1, 0)),
            [SqlDataTypeOption.Real] = static _ => SqlType.Real,
            [SqlDataTypeOption.Float] = static p => Number(p, 0, 53) <= 24 ? SqlType.Real : SqlType.Float,
            [SqlDataTypeOption.Date] = static _ => SqlType.Date,
            [SqlDataTypeOption.Time] = static p => SqlType.Time with { Scale = Number(p, 0, 7) },
            [SqlDataTypeOption.DateTime] = static _ => SqlType.DateTime,
            [SqlDataTypeOption.DateTime2] = static p => SqlType.DateTime2 with { Scale = Number(p, 0, 7) },
            [SqlDataTypeOption.DateTimeOffset] = static p => SqlType.DateTimeOffset with { Scale = Number(p, 0, 7) },
            [SqlDataTypeOption.VarChar] = static p => SqlType.VarChar(Number(p, 0, 1)),
            [SqlDataTypeOption.NVarChar] = static p => SqlType.NVarChar(Number(p, 0, 1)),
            [SqlDataTypeOption.VarBinary] = static p => SqlType.VarBinary(Number(p, 0, 1)),
            [SqlDataTypeOption.UniqueIdentifier] = static _ => SqlType.UniqueIdentifier,
        }.ToFrozenDictionary();

    /// <summary>The names of types that the engine takes.</summary>
    internal static IEnumerable<string> Names => TypeNames.Keys.Select(static k => k.ToString().ToLowerInvariant());

    /// <summary>Whether a type of this name is in the subset.</summary>
    internal static bool Accepts(SqlDataTypeReference reference) => TypeNames.ContainsKey(reference.SqlDataTypeOption);

    /// <summary>The type of CAST or CONVERT, where a text without a length has 30 bytes.</summary>
    internal static SqlType FromCast(DataTypeReference reference)
    {
        var type = FromName(reference);
        return reference is SqlDataTypeReference { Parameters.Count: 0 } && (type.IsText || type.Kind == SqlKind.VarBinary)
            ? type with { Length = 30 }
            : type;
    }

    /// <summary>The type a script names; a type outside the subset is refused.</summary>
    internal static SqlType FromName(DataTypeReference reference)
    {
        if (reference is not SqlDataTypeReference named
            || !TypeNames.TryGetValue(named.SqlDataTypeOption, out var build))
        {
            throw Refuse.Construct(reference, "type " + Refuse.TextOf(reference));
        }

        var type = build(named.Parameters);
        if (type.Kind is SqlKind.DateTime2 or SqlKind.DateTimeOffset or SqlKind.Time && type.Scale > 6)
        {
            throw Refuse.Construct(
                reference, $"type {type} (the finest unit here is the microsecond: write {type with { Scale = 6 }})");
        }

        return type;
    }

    /// <summary>The DuckDB type that carries a T-SQL type.</summary>
    internal static string Native(SqlType type) => type.Kind switch
    {
        SqlKind.Null => "INTEGER",
        SqlKind.Bit => "BOOLEAN",
        SqlKind.TinyInt => "UTINYINT",
        SqlKind.SmallInt => "SMALLINT",
        SqlKind.Int => "INTEGER",
        SqlKind.BigInt => "BIGINT",
        SqlKind.Decimal => FormattableString.Invariant($"DECIMAL({type.Precision},{type.Scale})"),
        SqlKind.Real => "REAL",
        SqlKind.Float => "DOUBLE",
        SqlKind.Date => "DATE",
        SqlKind.Time => "TIME",
        SqlKind.DateTime or SqlKind.DateTime2 => "TIMESTAMP",
        SqlKind.DateTimeOffset => "TIMESTAMPTZ",
        SqlKind.VarChar or SqlKind.NVarChar => "VARCHAR",
        SqlKind.VarBinary => "BLOB",
        SqlKind.UniqueIdentifier => "UUID",
        _ => throw new InvalidOperationException("No DuckDB type for " + type),
    };

    /// <summary>The common type of CASE branches, of a comparison's sides, of the branches of a UNION.</summary>
    internal static SqlType Combine(SqlType a, SqlType b)
    {
        if (a == b || b.Kind == SqlKind.Null)
        {
            return a;
        }

        if (a.Kind == SqlKind.Null)
        {
            return b;
        }

        if (a.Kind == SqlKind.Decimal && (b.Kind == SqlKind.Decimal || b.IsInteger || b.Kind == SqlKind.Bit))
        {
            return Widest(a, AsDecimal(b));
        }

        if (b.Kind == SqlKind.Decimal && (a.IsInteger || a.Kind == SqlKind.Bit))
        {
            return Widest(AsDecimal(a), b);
        }

        var winner = Precedence[a.Kind] >= Precedence[b.Kind] ? a : b;
        if (a.IsText && b.IsText || a.Kind == SqlKind.VarBinary && b.Kind == SqlKind.VarBinary)
        {
            var length = a.Length == SqlType.Max || b.Length == SqlType.Max
                ? SqlType.Max
                : Math.Max(a.Length, b.Length);
            return winner with { Length = length };
        }

        return a.Kind == b.Kind ? winner with { Scale = Math.Max(a.Scale, b.Scale) } : winner;
    }

    /// <summary>An integer type as the decimal that holds it.</summary>
    internal static SqlType AsDecimal(SqlType type) => type.Kind switch
    {
        SqlKind.Decimal => type,
        SqlKind.Bit => SqlType.Decimal(1, 0),
        SqlKind.TinyInt => SqlType.Decimal(3, 0),
        SqlKind.SmallInt => SqlType.Decimal(5, 0),
        SqlKind.Int => SqlType.Decimal(10, 0),
        SqlKind.BigInt => SqlType.Decimal(19, 0),
        _ => throw new InvalidOperationException(type + " is no exact number"),
    };

    /// <summary>Result of + and - on decimals ("Precision, scale, and length", SQL Server documentation).</summary>
    internal static SqlType DecimalSum(SqlType a, SqlType b)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        var whole = Math.Max(a.Precision - a.Scale, b.Precision - b.Scale);
        return whole + scale + 1 <= 38
            ? SqlType.Decimal(whole + scale + 1, scale)
            : SqlType.Decimal(38, Math.Min(scale, 38 - whole));
    }

    /// <summary>Result of * on decimals: (p1 + p2 + 1, s1 + s2), cut to 38 digits with at least 6 decimals.</summary>
    internal static SqlType DecimalProduct(SqlType a, SqlType b)
    {
        var scale = a.Scale + b.Scale;
        var precision = a.Precision + b.Precision + 1;
        return precision <= 38
            ? SqlType.Decimal(precision, scale)
            : SqlType.Decimal(38, Math.Min(scale, Math.Max(6, 38 - (precision - scale))));
    }

    private static SqlType Widest(SqlType a, SqlType b)
    {
        var scale = Math.Max(a.Scale, b.Scale);
        var whole = Math.Max(a.Precision - a.Scale, b.Precision - b.Scale);
        return SqlType.Decimal(Math.Min(38, whole + scale), scale);
    }

    private static int Number(IList<Literal> parameters, int index, int missing)
    {
        if (index >= parameters.Count)
        {
            return missing;
        }

        return parameters[index] is MaxLiteral
            ? SqlType.Max
            : int.Parse(parameters[index].Value, System.Globalization.CultureInfo.InvariantCulture);
    }
}
