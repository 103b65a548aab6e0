namespace Experiments.Migrations;

/// <summary>A deployment that stops; the message is one sentence for people.</summary>
public sealed class DeploymentException : Exception
{
    /// <summary>A deployment that stops for a reason of the whole database or folder.</summary>
    public DeploymentException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>A deployment that stops at one script.</summary>
    public DeploymentException(string message, string scriptName, int? line = null, Exception? inner = null)
        : base(message, inner)
    {
        ScriptName = scriptName;
        Line = line;
    }

    /// <summary>The script that the message is about, if it is about one.</summary>
    public string? ScriptName { get; }

    /// <summary>The line of that script, counted from 1, where known.</summary>
    public int? Line { get; }

    /// <summary>The batch of that script, counted from 1, where known.</summary>
    public int? Batch { get; init; }

    /// <summary>The T-SQL of that batch, where known.</summary>
    public string? Fragment { get; init; }
}
