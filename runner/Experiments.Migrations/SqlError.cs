using Experiments.LocalSql;
using Microsoft.Data.SqlClient;

namespace Experiments.Migrations;

/// <summary>What an engine says of a statement that failed.</summary>
/// <param name="Number">The error's number, where it has one.</param>
/// <param name="Line">The line within the batch, counted from 1, where it is known.</param>
/// <param name="Procedure">The procedure in which it happened, if in one.</param>
/// <param name="Message">The engine's sentence.</param>
internal sealed record SqlError(int? Number, int? Line, string? Procedure, string Message)
{
    internal static SqlError Of(Exception exception) => exception switch
    {
        SqlException error => Of(error.Number, error.LineNumber, error.Procedure, error.Message),
        LocalSqlException error => Of(error.Number, error.LineNumber, error.Procedure, error.Message),
        _ => new SqlError(null, null, null, exception.Message),
    };

    /// <summary>A line inside a procedure is none of the batch.</summary>
    private static SqlError Of(int number, int line, string? procedure, string message) =>
        string.IsNullOrEmpty(procedure)
            ? new SqlError(number, line > 0 ? line : null, null, message)
            : new SqlError(number, null, $"{procedure}, line {line}", message);
}
