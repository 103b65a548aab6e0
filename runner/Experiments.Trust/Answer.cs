namespace Experiments.Trust;

/// <summary>
/// What a method answers, by the field names of the reference values: numbers, truth values, words, lists and nested
/// answers. An end that does not exist is null, or the infinity it stands for.
/// </summary>
internal sealed class Answer : Dictionary<string, object?>
{
    internal Answer()
        : base(StringComparer.Ordinal)
    {
    }

    /// <summary>A list of numbers.</summary>
    internal static object?[] List<T>(IEnumerable<T> values) => [.. values.Select(static value => (object?)value)];
}

/// <summary>A reason: the file tells it in words, the method by a code.</summary>
/// <param name="Code">The code, or null for none.</param>
internal readonly record struct ReasonGiven(string? Code);

/// <summary>A known method whose inputs ask for something that it does not have.</summary>
/// <param name="message">What it does not have.</param>
internal sealed class NotCoveredException(string message) : Exception(message);
