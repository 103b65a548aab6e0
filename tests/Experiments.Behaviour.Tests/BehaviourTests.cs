using System.Text;

namespace Experiments.Behaviour.Tests;

/// <summary>Every case of the folder, each on a session of its own; one sealed class for each engine.</summary>
public abstract class BehaviourTests
{
    /// <summary>The folder of the case files, beside the test assembly.</summary>
    internal static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases");

    private protected static BehaviourCase Find(string file, string name) =>
        CaseFile.Read(file, File.ReadAllText(Path.Combine(Folder, file + ".test"))).Single(c => c.Name == name);

    private protected static TheoryDataRow<string, string> Named(BehaviourCase item) =>
        new(item.File, item.Name) { TestDisplayName = item.ToString(), Traits = { ["file"] = [item.File] } };

    /// <summary>What differs from the expectation, one sentence a line; empty where nothing does.</summary>
    private protected static string Differences(BehaviourCase item, Outcome outcome)
    {
        var text = new StringBuilder();
        if (outcome.Error is { } error)
        {
            if (item.Error is null)
            {
                text.AppendLine(FormattableString.Invariant(
                    $"error {error.Number} line {error.Line}, where none was expected: {error.Message}"));
            }
            else if (item.Error.Number != error.Number || item.Error.Line is { } line && line != error.Line
                || !item.Error.HasMessage(error.Message))
            {
                text.AppendLine(FormattableString.Invariant(
                    $"expected {item.Error}, got error {error.Number} line {error.Line}: {error.Message}"));
            }
        }
        else if (item.Error is not null)
        {
            text.AppendLine(FormattableString.Invariant($"expected {item.Error}, got none"));
        }

        // A statement that fails after its columns are known may leave an unfinished result; the error says enough.
        if (item.Error is null ? outcome.Results.Count != item.Results.Count : outcome.Results.Count < item.Results.Count)
        {
            text.AppendLine(FormattableString.Invariant(
                $"expected {item.Results.Count} result sets, got {outcome.Results.Count}"));
        }

        foreach (var (expected, actual) in item.Results.Zip(outcome.Results))
        {
            Compare(expected, actual, text);
        }

        if (item.Affected is { } affected && affected != outcome.Affected)
        {
            text.AppendLine(FormattableString.Invariant($"expected {affected} rows affected, got {outcome.Affected}"));
        }

        if (item.Messages.Count > 0 && !item.Messages.SequenceEqual(outcome.Messages, StringComparer.Ordinal))
        {
            text.Append("expected the messages [").AppendJoin("] [", item.Messages)
                .Append("], got [").AppendJoin("] [", outcome.Messages).AppendLine("]");
        }

        return text.ToString();
    }

    private protected static string Failure(BehaviourCase item, string differences) =>
        FormattableString.Invariant($"{item.File}.test, line {item.Line}, case '{item.Name}' ({item.Page}):\n{differences}");

    private static void Compare(ExpectedResult expected, ActualResult actual, StringBuilder text)
    {
        if (expected.Columns.Count != actual.Columns.Count
            || !expected.Columns.Zip(actual.Columns, ResultText.SameColumn).All(static same => same))
        {
            text.AppendLine("expected the columns " + string.Join(" | ", expected.Columns));
            text.AppendLine("                 got " + string.Join(" | ", actual.Columns));
            if (expected.Columns.Count != actual.Columns.Count)
            {
                return;
            }
        }

        if (!SameRows(expected, actual))
        {
            text.AppendLine("expected the rows").Append(Rows(expected.Rows)).AppendLine("got").Append(Rows(actual.Rows));
        }
    }

    private static bool SameRows(ExpectedResult expected, ActualResult actual)
    {
        if (expected.Rows.Count != actual.Rows.Count)
        {
            return false;
        }

        var left = actual.Rows.ToList();
        foreach (var row in expected.Rows)
        {
            var at = expected.IsOrdered
                ? ResultText.SameRow(expected.Columns, row, left[0]) ? 0 : -1
                : left.FindIndex(r => ResultText.SameRow(expected.Columns, row, r));
            if (at < 0)
            {
                return false;
            }

            left.RemoveAt(at);
        }

        return true;
    }

    private static string Rows(IReadOnlyList<IReadOnlyList<string?>> rows) =>
        string.Concat(rows.Select(static r => "  " + string.Join(" | ", r.Select(static c => c is null ? "NULL" : "'" + c + "'")) + "\n"));
}
