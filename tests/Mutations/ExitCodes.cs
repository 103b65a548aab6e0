namespace Experiments.Mutations;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    /// <summary>Every mutation turned a suite red.</summary>
    internal const int Killed = 0;

    /// <summary>At least one mutation left all suites green.</summary>
    internal const int Survived = 1;

    /// <summary>
    /// The check could not be made: a bad table or mutation, a build that fails, a suite red without a mutation.
    /// </summary>
    internal const int Failed = 2;

    /// <summary>Ended by a signal, as a shell reports Ctrl-C.</summary>
    internal const int Stopped = 130;
}
