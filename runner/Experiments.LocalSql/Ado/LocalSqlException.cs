using System.Collections.Frozen;
using System.Data.Common;

namespace Experiments.LocalSql;

/// <summary>An error of the local engine, with SQL Server's number and the place in the script.</summary>
public sealed class LocalSqlException : DbException
{
    private const byte UsualSeverity = 16;

    /// <summary>Severities other than 16, as sys.messages has them.</summary>
    private static readonly FrozenDictionary<int, byte> Severities = new Dictionary<int, byte>
    {
        [102] = 15, [128] = 15, [134] = 15, [135] = 15, [137] = 15, [141] = 15, [156] = 15, [178] = 15, [195] = 15,
        [10704] = 15, [2601] = 14, [2627] = 14, [4060] = 11,
    }.ToFrozenDictionary();

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
        Class = Severities.GetValueOrDefault(number, UsualSeverity);
        State = 1;
    }

    /// <summary>SQL Server's error number.</summary>
    public int Number { get; }

    /// <summary>Line of the batch or procedure, from 1; 0 where unknown.</summary>
    public int LineNumber { get; }

    /// <summary>Column in the line, from 1; 0 where unknown.</summary>
    public int Column { get; }

    /// <summary>The procedure it happened in, null in a batch.</summary>
    public string? Procedure { get; }

    /// <summary>The severity, 11 to 19: what ERROR_SEVERITY() gives.</summary>
    public byte Class { get; internal init; }

    /// <summary>The state, 0 to 255: what ERROR_STATE() gives.</summary>
    public byte State { get; internal init; }

    /// <summary>Whether RAISERROR raised it, which XACT_ABORT does not see.</summary>
    internal bool IsRaised { get; init; }
}
