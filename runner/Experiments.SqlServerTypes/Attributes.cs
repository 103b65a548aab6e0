using System.Diagnostics.CodeAnalysis;

namespace Microsoft.SqlServer.Server;

/// <summary>How a CLR type or aggregate is stored by SQL Server.</summary>
public enum Format
{
    /// <summary>Not stated; never accepted by an attribute.</summary>
    Unknown = 0,

    /// <summary>SQL Server lays out the fields itself.</summary>
    Native = 1,

    /// <summary>The type writes itself through <see cref="IBinarySerialize"/>.</summary>
    UserDefined = 2,
}

/// <summary>Whether a CLR function reads user data.</summary>
public enum DataAccessKind
{
    /// <summary>It reads none.</summary>
    None = 0,

    /// <summary>It reads some.</summary>
    Read = 1,
}

/// <summary>Whether a CLR function reads system catalogs.</summary>
public enum SystemDataAccessKind
{
    /// <summary>It reads none.</summary>
    None = 0,

    /// <summary>It reads some.</summary>
    Read = 1,
}

/// <summary>A CLR type that writes and reads itself.</summary>
public interface IBinarySerialize
{
    /// <summary>Restores the value from <paramref name="r"/>.</summary>
    void Read(BinaryReader r);

    /// <summary>Writes the value to <paramref name="w"/>.</summary>
    void Write(BinaryWriter w);
}

/// <summary>Marks a CLR type as a SQL Server type.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class SqlUserDefinedTypeAttribute : Attribute
{
    private int _maxByteSize;

    /// <summary>States the storage <paramref name="format"/>, Native or UserDefined.</summary>
    public SqlUserDefinedTypeAttribute(Format format) => Format = StorageFormat.Checked(format);

    /// <summary>The storage format.</summary>
    public Format Format { get; }

    /// <summary>The largest size in bytes; -1 is two gigabytes.</summary>
    public int MaxByteSize
    {
        get => _maxByteSize;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            _maxByteSize = value;
        }
    }

    /// <summary>Whether every value has the same size.</summary>
    public bool IsFixedLength { get; set; }

    /// <summary>Whether the bytes sort as the values do.</summary>
    public bool IsByteOrdered { get; set; }

    /// <summary>The method that validates a value, if any.</summary>
    public string? ValidationMethodName { get; set; }

    /// <summary>The name of the type in SQL Server.</summary>
    public string? Name { get; set; }
}

/// <summary>Marks a CLR type as a SQL Server aggregate.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class SqlUserDefinedAggregateAttribute : Attribute
{
    /// <summary>The largest size in bytes that can be stated.</summary>
    public const int MaxByteSizeValue = 8000;

    private int _maxByteSize;

    /// <summary>States the storage <paramref name="format"/>, Native or UserDefined.</summary>
    public SqlUserDefinedAggregateAttribute(Format format) => Format = StorageFormat.Checked(format);

    /// <summary>The storage format.</summary>
    public Format Format { get; }

    /// <summary>The largest size in bytes; -1 is two gigabytes.</summary>
    public int MaxByteSize
    {
        get => _maxByteSize;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, -1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxByteSizeValue);
            _maxByteSize = value;
        }
    }

    /// <summary>Whether duplicates leave the result as it is.</summary>
    public bool IsInvariantToDuplicates { get; set; }

    /// <summary>Whether NULLs leave the result as it is.</summary>
    public bool IsInvariantToNulls { get; set; }

    /// <summary>Whether the order leaves the result as it is.</summary>
    public bool IsInvariantToOrder { get; set; } = true;

    /// <summary>Whether no rows give NULL.</summary>
    public bool IsNullIfEmpty { get; set; }

    /// <summary>The name of the aggregate in SQL Server.</summary>
    public string? Name { get; set; }
}

/// <summary>The length, precision and scale of a CLR value.</summary>
[SuppressMessage("Performance", "CA1813", Justification = "The type that this one stands in for is not sealed.")]
[AttributeUsage(
    AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.ReturnValue | AttributeTargets.Parameter,
    Inherited = false)]
public class SqlFacetAttribute : Attribute
{
    /// <summary>Whether every value has the same length.</summary>
    public bool IsFixedLength { get; set; }

    /// <summary>The largest length, in bytes or characters.</summary>
    public int MaxSize { get; set; }

    /// <summary>Digits in all.</summary>
    public int Precision { get; set; }

    /// <summary>Digits behind the point.</summary>
    public int Scale { get; set; }

    /// <summary>Whether NULL is allowed.</summary>
    public bool IsNullable { get; set; }
}

/// <summary>Marks a CLR method as a SQL Server function.</summary>
[SuppressMessage("Performance", "CA1813", Justification = "SqlMethodAttribute derives from it.")]
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public class SqlFunctionAttribute : Attribute
{
    /// <summary>Whether equal arguments give equal results.</summary>
    public bool IsDeterministic { get; set; }

    /// <summary>Whether it reads user data.</summary>
    public DataAccessKind DataAccess { get; set; }

    /// <summary>Whether it reads system catalogs.</summary>
    public SystemDataAccessKind SystemDataAccess { get; set; }

    /// <summary>Whether no floating point is involved.</summary>
    public bool IsPrecise { get; set; }

    /// <summary>The name of the function in SQL Server.</summary>
    public string? Name { get; set; }

    /// <summary>The columns of a table-valued function.</summary>
    public string? TableDefinition { get; set; }

    /// <summary>The method that fills one row of a table-valued function.</summary>
    public string? FillRowMethodName { get; set; }
}

/// <summary>Marks a method of a CLR type as callable from SQL.</summary>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class SqlMethodAttribute : SqlFunctionAttribute
{
    /// <summary>Whether it is called when an argument is NULL.</summary>
    public bool OnNullCall { get; set; } = true;

    /// <summary>Whether it changes the value it is called on.</summary>
    public bool IsMutator { get; set; }

    /// <summary>Whether it is called on NULL.</summary>
    public bool InvokeIfReceiverIsNull { get; set; }
}

internal static class StorageFormat
{
    internal static Format Checked(Format format) => format is Format.Native or Format.UserDefined
        ? format
        : throw new ArgumentOutOfRangeException(nameof(format), format, "The format is Native or UserDefined.");
}
