using System.Globalization;
using System.Text.Json;

namespace Experiments.Trust;

/// <summary>What became of a reference value.</summary>
public enum ReferenceStatus
{
    /// <summary>Every number is within its tolerance.</summary>
    Passed,

    /// <summary>A number is outside of its tolerance, or the inputs could not be computed.</summary>
    Failed,

    /// <summary>The method, a field or an option is not known here.</summary>
    NotCovered,
}

/// <summary>One number that was compared.</summary>
/// <param name="Field">Its field; nested ones with dots.</param>
/// <param name="Expected">What the file says.</param>
/// <param name="Actual">What this program computes.</param>
/// <param name="Deviation">The relative deviation; the absolute one where 0 is expected. 0 for words that agree.</param>
/// <param name="Share">The share of the tolerance that is used; above 1 is a failure.</param>
public sealed record ReferenceNumber(string Field, string Expected, string Actual, double Deviation, double Share)
{
    /// <summary>Whether it is within the tolerance.</summary>
    public bool IsWithin => Share <= 1;
}

/// <summary>The outcome of one reference value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Numbers">All numbers compared.</param>
/// <param name="Missing">Fields that the method here does not answer.</param>
/// <param name="Problem">Why nothing could be compared; null where something was.</param>
public sealed record ReferenceOutcome(
    ReferenceValue Value,
    ReferenceStatus Status,
    IReadOnlyList<ReferenceNumber> Numbers,
    IReadOnlyList<string> Missing,
    string? Problem);

/// <summary>
/// Compares the program with reference values. A number holds if it is within the relative or within the absolute
/// tolerance; a field without any is held to 1e-8 relative. An infinite end is expected as a word ("Infinity"), no answer
/// as null.
/// </summary>
public static class ReferenceCheck
{
    /// <summary>The relative tolerance of a field for which the file has none.</summary>
    public const double DefaultTolerance = 1e-8;

    /// <summary>Checks one value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>Its outcome.</returns>
    public static ReferenceOutcome Run(ReferenceValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (ReferenceMethods.Find(value.Method) is not { } method)
        {
            return new ReferenceOutcome(
                value, ReferenceStatus.NotCovered, [], [], $"The method '{value.Method}' is not known.");
        }

        Answer answer;
        try
        {
            answer = method(new Case(value));
        }
        catch (NotCoveredException notCovered)
        {
            return new ReferenceOutcome(
                value, ReferenceStatus.NotCovered, [], [], $"'{value.Method}' does not have {notCovered.Message}.");
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException
            or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException or OverflowException)
        {
            return new ReferenceOutcome(
                value, ReferenceStatus.Failed, [], [], exception.Message.ReplaceLineEndings(" "));
        }

        Comparison comparison = new(value.Tolerance);
        comparison.Compare(value.Expected, answer);
        ReferenceStatus status = comparison.Numbers.Any(static number => !number.IsWithin)
            ? ReferenceStatus.Failed
            : comparison.Missing.Count > 0 ? ReferenceStatus.NotCovered : ReferenceStatus.Passed;
        return new ReferenceOutcome(value, status, comparison.Numbers, comparison.Missing, null);
    }

    /// <summary>Checks a list of values.</summary>
    /// <param name="values">The values.</param>
    /// <returns>One outcome a value, in their order.</returns>
    public static IReadOnlyList<ReferenceOutcome> Run(IEnumerable<ReferenceValue> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return [.. values.Select(Run)];
    }

    private sealed class Comparison(JsonElement tolerance)
    {
        internal List<ReferenceNumber> Numbers { get; } = [];

        internal List<string> Missing { get; } = [];

        internal void Compare(JsonElement expected, Answer answer, string path = "")
        {
            foreach (JsonProperty field in expected.EnumerateObject())
            {
                string name = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
                if (answer.TryGetValue(field.Name, out object? actual))
                {
                    Compare(field.Value, actual, name);
                }
                else
                {
                    Missing.Add(name);
                }
            }
        }

        private void Compare(JsonElement expected, object? actual, string path)
        {
            switch (expected.ValueKind)
            {
                case JsonValueKind.Object when actual is Answer nested:
                    Compare(expected, nested, path);
                    break;
                case JsonValueKind.Array when actual is object?[] list:
                    if (list.Length != expected.GetArrayLength())
                    {
                        Add(path, $"{expected.GetArrayLength()} items", $"{list.Length} items", false);
                        break;
                    }

                    for (int i = 0; i < list.Length; i++)
                    {
                        Compare(expected[i], list[i], string.Create(CultureInfo.InvariantCulture, $"{path}.{i}"));
                    }

                    break;
                case JsonValueKind.Number:
                    CompareNumber(expected.GetDouble(), actual, path);
                    break;
                case JsonValueKind.Null:
                    Add(path, "null", Text(actual), actual is null);
                    break;
                case JsonValueKind.True or JsonValueKind.False:
                    Add(path, Text(expected.GetBoolean()), Text(actual), actual is bool truth && truth == expected.GetBoolean());
                    break;
                case JsonValueKind.String:
                    CompareText(expected.GetString()!, actual, path);
                    break;
                default:
                    Add(path, expected.GetRawText(), Text(actual), false);
                    break;
            }
        }

        private void CompareText(string expected, object? actual, string path)
        {
            bool agrees = expected switch
            {
                "Infinity" => actual is null or double.PositiveInfinity,
                "-Infinity" => actual is null or double.NegativeInfinity,
                _ when actual is ReasonGiven reason => reason.Code is not null,
                _ => actual is string text && text == expected,
            };
            Add(path, expected, Text(actual), agrees);
        }

        private void CompareNumber(double expected, object? actual, string path)
        {
            double? number = actual switch
            {
                double d => d,
                int i => i,
                long l => l,
                _ => null,
            };
            if (number is not { } value || !double.IsFinite(value))
            {
                Add(path, Text(expected), Text(actual), false);
                return;
            }

            double error = Math.Abs(value - expected);
            double relative = expected == 0 ? error : error / Math.Abs(expected);
            (double rel, double abs) = Tolerance(path);
            double share = error == 0
                ? 0
                : Math.Min(
                    expected == 0 || rel == 0 ? double.PositiveInfinity : relative / rel,
                    abs == 0 ? double.PositiveInfinity : error / abs);
            Numbers.Add(new ReferenceNumber(path, Text(expected), Text(value), relative, share));
        }

        private (double Relative, double Absolute) Tolerance(string path)
        {
            double? own = null;
            foreach (string part in path.Split('.'))
            {
                own ??= Get($"rel_{part}");
            }

            double? abs = Get("abs");
            double? rel = own ?? Get("rel");
            return (rel ?? (abs is null ? DefaultTolerance : 0), abs ?? 0);
        }

        private double? Get(string name) =>
            tolerance.ValueKind == JsonValueKind.Object && tolerance.TryGetProperty(name, out JsonElement node)
                ? node.GetDouble()
                : null;

        private void Add(string path, string expected, string actual, bool agrees) => Numbers.Add(
            new ReferenceNumber(path, expected, actual, agrees ? 0 : 1, agrees ? 0 : double.PositiveInfinity));

        private static string Text(object? value) => value switch
        {
            null => "null",
            double d => d.ToString("R", CultureInfo.InvariantCulture),
            bool b => b ? "true" : "false",
            ReasonGiven reason => reason.Code ?? "null",
            object?[] list => $"{list.Length} items",
            Answer => "an object",
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "null",
        };
    }
}
