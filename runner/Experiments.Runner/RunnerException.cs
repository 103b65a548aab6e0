namespace Experiments.Runner;

/// <summary>A failure that its message alone explains: one sentence, what it is about, what is allowed.</summary>
internal sealed class RunnerException : Exception
{
    public RunnerException(ExitCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>What the process returns.</summary>
    public ExitCode Code { get; }
}
