using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>What ExpectException or ExpectNoException asked for.</summary>
internal sealed record Expectation(
    bool IsException, string? Message, int? Severity, int? State, string? Pattern, int? Number, string? FailMessage);

/// <summary>A test that is running, and what became of it.</summary>
internal sealed class TestInProgress
{
    internal Expectation? Expectation { get; set; }

    /// <summary>What the last tSQLt.Fail said.</summary>
    internal string? FailMessage { get; set; }

    internal string Result { get; set; } = TestResults.Success;

    internal string Message { get; set; } = "";
}

/// <summary>The values of <c>tSQLt.TestResult.Result</c>.</summary>
internal static class TestResults
{
    internal const string Success = "Success";
    internal const string Failure = "Failure";
    internal const string Error = "Error";
    internal const string Unfinished = "A severe error happened during test execution. Test did not finish.";
}

/// <summary>What a session remembers between calls of tSQLt's procedures.</summary>
internal sealed class TsqltState
{
    /// <summary>The test that is running, null outside one.</summary>
    internal TestInProgress? Test { get; set; }

    /// <summary>What tSQLt.Run was called with last.</summary>
    internal string? LastRun { get; set; }

    /// <summary>The tables and views behind the fakes that stand in their place.</summary>
    internal Dictionary<CatalogObject, CatalogObject> Originals { get; } = new(ReferenceEqualityComparer.Instance);
}
