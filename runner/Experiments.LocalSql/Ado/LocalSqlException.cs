using System.Data.Common;

namespace Experiments.LocalSql;

/// <summary>An error of the local engine, with SQL Server's number and the place in the script.</summary>
public sealed class LocalSqlException : DbException
{
    /// <summary>Creates an error.</summary>
    /// <param name="number">SQL Server's error number; 40510 for what the engine does not support.</param>
    /// <param name="message">The message, as SQL Server words it where it has one.</param>
    /// <param name="lineNumber">Line of the batch or procedure, from 1; 0 where unknown.</param>
    /// <param name="column">Column in that line, from 1; 0 where unknown.</param>
    /// <param name="procedure">The procedure it happened in, null in a batch.</param>
    public LocalSqlException(int number, string message, int lineNumber, int column, string? procedure)
        : base(message)
    {
        Number = number;
        LineNumber = lineNumber;
        Column = column;
        Procedure = procedure;
    }

    /// <summary>SQL Server's error number.</summary>
    public int Number { get; }

    /// <summary>Line of the batch or procedure, from 1; 0 where unknown.</summary>
    public int LineNumber { get; }

    /// <summary>Column in the line, from 1; 0 where unknown.</summary>
    public int Column { get; }

    /// <summary>The procedure it happened in, null in a batch.</summary>
    public string? Procedure { get; }
}
