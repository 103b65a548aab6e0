using System.Collections.Frozen;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Translate;

/// <summary>Values that the session knows and a statement binds by name when it runs.</summary>
internal static class SessionValues
{
    internal const string UtcNow = "SYSUTCDATETIME";
    internal const string RowCount = "@@ROWCOUNT";
    internal const string TransactionCount = "@@TRANCOUNT";
    internal const string Error = "@@ERROR";
    internal const string NestLevel = "@@NESTLEVEL";
    internal const string TransactionState = "XACT_STATE";
    internal const string ErrorNumber = "ERROR_NUMBER";
    internal const string ErrorMessage = "ERROR_MESSAGE";
    internal const string ErrorLine = "ERROR_LINE";
    internal const string ErrorProcedure = "ERROR_PROCEDURE";
    internal const string ErrorSeverity = "ERROR_SEVERITY";
    internal const string ErrorState = "ERROR_STATE";

    internal static readonly FrozenDictionary<string, SqlType> Globals = new Dictionary<string, SqlType>
    {
        [RowCount] = SqlType.Int,
        [TransactionCount] = SqlType.Int,
        [Error] = SqlType.Int,
        [NestLevel] = SqlType.Int,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    internal static readonly FrozenDictionary<string, SqlType> NamedFunctions = new Dictionary<string, SqlType>
    {
        [TransactionState] = SqlType.SmallInt,
        [ErrorNumber] = SqlType.Int,
        [ErrorMessage] = SqlType.NVarChar(4000),
        [ErrorLine] = SqlType.Int,
        [ErrorProcedure] = SqlType.NVarChar(128),
        [ErrorSeverity] = SqlType.Int,
        [ErrorState] = SqlType.Int,
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
