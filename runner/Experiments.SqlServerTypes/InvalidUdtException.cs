using System.Diagnostics.CodeAnalysis;

namespace Microsoft.SqlServer.Server;

/// <summary>A CLR type is used as a SQL Server type and is none.</summary>
[SuppressMessage("Design", "CA1032", Justification = "The type that this one stands in for has no public constructor.")]
public sealed class InvalidUdtException : SystemException
{
    private const int InvalidUdt = unchecked((int)0x80131937);

    private InvalidUdtException(string message)
        : base(message) => HResult = InvalidUdt;

    /// <summary>Says that <paramref name="udtType"/> is no SQL Server type.</summary>
    /// <param name="udtType">The CLR type.</param>
    /// <param name="resourceReason">The reason's key.</param>
    public static InvalidUdtException Create(Type udtType, string resourceReason = "SqlUdtReason_NoUdtAttribute")
    {
        ArgumentNullException.ThrowIfNull(udtType);
        return new InvalidUdtException($"'{udtType.FullName}' is not a valid user-defined type ({resourceReason}).");
    }
}
