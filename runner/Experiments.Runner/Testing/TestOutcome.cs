namespace Experiments.Runner.Testing;

/// <summary>One row of tSQLt.TestResult.</summary>
/// <param name="ClassName">The test class.</param>
/// <param name="TestName">The test's name.</param>
/// <param name="Result">Success, Failure, Error or Skipped, as tSQLt says it.</param>
/// <param name="Message">What failed; empty for a success.</param>
/// <param name="StartedAt">When it began, by the database's clock.</param>
/// <param name="Duration">How long it ran.</param>
internal sealed record TestOutcome(
    string ClassName, string TestName, string Result, string Message, DateTime StartedAt, TimeSpan Duration)
{
    public const string Success = "Success";
    public const string Failure = "Failure";
    public const string Skipped = "Skipped";

    public bool IsBad => Result is not (Success or Skipped);
}
