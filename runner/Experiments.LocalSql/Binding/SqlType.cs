using System.Globalization;

namespace Experiments.LocalSql.Binding;

/// <summary>The T-SQL types of the portable subset; <see cref="Null"/> is the type of a bare NULL.</summary>
internal enum SqlKind
{
    Null,
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Decimal,
    Real,
    Float,
    Date,
    Time,
    DateTime,
    DateTime2,
    DateTimeOffset,
    VarChar,
    NVarChar,
    VarBinary,
    UniqueIdentifier,
}

/// <summary>
/// A T-SQL type. <paramref name="Length"/> is in bytes for varchar and varbinary (-1 is max) and in characters for
/// nvarchar; precision and scale belong to decimal, scale alone to time, datetime2 and datetimeoffset.
/// </summary>
internal sealed record SqlType(SqlKind Kind, int Length = 0, int Precision = 0, int Scale = 0)
{
    internal const int Max = -1;

    internal static readonly SqlType Null = new(SqlKind.Null);
    internal static readonly SqlType Bit = new(SqlKind.Bit);
    internal static readonly SqlType TinyInt = new(SqlKind.TinyInt);
    internal static readonly SqlType SmallInt = new(SqlKind.SmallInt);
    internal static readonly SqlType Int = new(SqlKind.Int);
    internal static readonly SqlType BigInt = new(SqlKind.BigInt);
    internal static readonly SqlType Real = new(SqlKind.Real);
    internal static readonly SqlType Float = new(SqlKind.Float);
    internal static readonly SqlType Date = new(SqlKind.Date);
    internal static readonly SqlType Time = new(SqlKind.Time, Scale: 6);
    internal static readonly SqlType DateTime = new(SqlKind.DateTime, Scale: 3);
    internal static readonly SqlType DateTime2 = new(SqlKind.DateTime2, Scale: 6);
    internal static readonly SqlType DateTimeOffset = new(SqlKind.DateTimeOffset, Scale: 6);
    internal static readonly SqlType UniqueIdentifier = new(SqlKind.UniqueIdentifier);

    internal static SqlType VarChar(int length) => new(SqlKind.VarChar, length);

    internal static SqlType NVarChar(int length) => new(SqlKind.NVarChar, length);

    internal static SqlType VarBinary(int length) => new(SqlKind.VarBinary, length);

    internal static SqlType Decimal(int precision, int scale) => new(SqlKind.Decimal, 0, precision, scale);

    internal bool IsInteger => Kind is SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int or SqlKind.BigInt;

    internal bool IsApproximate => Kind is SqlKind.Float or SqlKind.Real;

    internal bool IsNumeric => IsInteger || IsApproximate || Kind is SqlKind.Decimal or SqlKind.Bit;

    internal bool IsText => Kind is SqlKind.VarChar or SqlKind.NVarChar;

    internal bool IsTemporal => Kind is SqlKind.Date or SqlKind.Time or SqlKind.DateTime or SqlKind.DateTime2
        or SqlKind.DateTimeOffset;

    /// <summary>The type as T-SQL writes it, such as <c>decimal(19,4)</c> or <c>varchar(max)</c>.</summary>
    public override string ToString() => Kind switch
    {
        SqlKind.VarChar => "varchar(" + LengthText + ")",
        SqlKind.NVarChar => "nvarchar(" + LengthText + ")",
        SqlKind.VarBinary => "varbinary(" + LengthText + ")",
        SqlKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"decimal({Precision},{Scale})"),
        SqlKind.DateTime2 => string.Create(CultureInfo.InvariantCulture, $"datetime2({Scale})"),
        SqlKind.DateTimeOffset => string.Create(CultureInfo.InvariantCulture, $"datetimeoffset({Scale})"),
        SqlKind.Time => string.Create(CultureInfo.InvariantCulture, $"time({Scale})"),
        SqlKind.Null or SqlKind.Bit or SqlKind.TinyInt or SqlKind.SmallInt or SqlKind.Int or SqlKind.BigInt
            or SqlKind.Real or SqlKind.Float or SqlKind.Date or SqlKind.DateTime or SqlKind.UniqueIdentifier
            => Kind.ToString().ToLowerInvariant(),
        _ => throw new InvalidOperationException("No T-SQL name for " + Kind),
    };

    private string LengthText => Length == Max ? "max" : Length.ToString(CultureInfo.InvariantCulture);
}
