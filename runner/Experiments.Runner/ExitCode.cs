namespace Experiments.Runner;

/// <summary>What the process returns; the same for every command.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Done = 0,

    /// <summary>The work was understood, and failed.</summary>
    Failed = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>Refused: the data's quality or the definitions do not allow it.</summary>
    Refused = 3,

    /// <summary>The database cannot be reached or opened.</summary>
    Unreachable = 4,

    /// <summary>Nothing failed, but a part of what was asked for is not covered (selftest, validate).</summary>
    NotCovered = 5,
}
