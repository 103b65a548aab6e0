namespace Experiments.LocalSql.Tsqlt;

/// <summary>Assertions about values, Fail, and what a test expects to be raised.</summary>
internal static class Assertions
{
    internal static void Fail(TsqltCall call) =>
        throw call.Failure(Enumerable.Range(0, 10).Select(i =>
            call.Text(FormattableString.Invariant($"@Message{i}"))));

    internal static void Equal(TsqltCall call)
    {
        var (expected, actual) = (call.Variant("@Expected"), call.Variant("@Actual"));
        if (expected.SameAs(actual))
        {
            return;
        }

        var message = call.Text("@Message");
        if (!string.IsNullOrWhiteSpace(message) && !message.EndsWith(' '))
        {
            message += " ";
        }

        throw call.Failure(message, $"Expected: <{expected.Text ?? "NULL"}> but was: <{actual.Text ?? "NULL"}>");
    }

    internal static void NotEqual(TsqltCall call)
    {
        var expected = call.Variant("@Expected");
        if (expected.SameAs(call.Variant("@Actual")))
        {
            throw call.Failure(
                call.Text("@Message"),
                $"Expected actual value to not {(expected.Text is { } text ? $"equal <{text}>" : "be NULL")}.");
        }
    }

    internal static void EqualStrings(TsqltCall call)
    {
        var (expected, actual) = (call.Text("@Expected"), call.Text("@Actual"));
        if (expected is null ? actual is null : actual is not null && Variant.SameText(expected, actual))
        {
            return;
        }

        throw call.Failure(
            call.Text("@Message"),
            $"{TableText.NewLine}Expected: {Marked(expected)}{TableText.NewLine}but was : {Marked(actual)}");

        static string Marked(string? text) => text is null ? "NULL" : $"<{text}>";
    }

    internal static void Like(TsqltCall call)
    {
        var (pattern, actual) = (call.Text("@ExpectedPattern"), call.Text("@Actual"));
        if (pattern is { Length: > 4000 })
        {
            throw call.Error("@ExpectedPattern may not exceed 4000 characters.");
        }

        if (pattern is null ? actual is null : actual is not null && LikePattern.Matches(actual, pattern))
        {
            return;
        }

        throw call.Failure(
            call.Text("@Message"),
            $"{TableText.NewLine}Expected: <{pattern ?? "NULL"}>{TableText.NewLine} but was: <{actual ?? "NULL"}>");
    }

    internal static void ObjectExists(TsqltCall call) => Require(call, call.Text("@ObjectName"), call.Text("@Message"));

    /// <summary>Fails the test where nothing has the name.</summary>
    internal static Binding.CatalogObject Require(TsqltCall call, string? name, string? message) =>
        call.Find(name) ?? throw call.Failure(message, $"'{name ?? "NULL"}' does not exist");

    internal static void ExpectException(TsqltCall call)
    {
        var test = Running(call);
        if (test.Expectation is { IsException: true })
        {
            test.Expectation = null;
            throw call.Error("Each test can only contain one call to tSQLt.ExpectException.");
        }

        test.Expectation = new Expectation(
            true, call.Text("@ExpectedMessage"), call.Int("@ExpectedSeverity"), call.Int("@ExpectedState"),
            call.Text("@ExpectedMessagePattern"), call.Int("@ExpectedErrorNumber"), call.Text("@Message"));
    }

    internal static void ExpectNoException(TsqltCall call)
    {
        var test = Running(call);
        if (test.Expectation is { } known)
        {
            test.Expectation = null;
            throw call.Error(known.IsException
                ? "tSQLt.ExpectNoException cannot follow tSQLt.ExpectException inside a single test."
                : "Each test can only contain one call to tSQLt.ExpectNoException.");
        }

        test.Expectation = new Expectation(false, null, null, null, null, null, call.Text("@Message"));
    }

    private static TestInProgress Running(TsqltCall call) =>
        call.State.Test ?? throw call.Error("An expected exception is set inside a test only.");
}
