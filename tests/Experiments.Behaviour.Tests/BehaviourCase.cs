namespace Experiments.Behaviour.Tests;

/// <summary>A column that a case expects; where the file says nothing of size or nullability, any will do.</summary>
/// <param name="Name">The column's name; empty for a column without one.</param>
/// <param name="Type">The type, such as <c>decimal(10,2)</c>; <c>varchar</c> alone leaves the size open.</param>
/// <param name="IsNullable">Null where the file does not say.</param>
internal sealed record ExpectedColumn(string Name, string Type, bool? IsNullable)
{
    public override string ToString() => $"{(Name.Length > 0 ? Name : "-")} {Type}" + IsNullable switch
    {
        true => " null",
        false => " not null",
        null => "",
    };
}

/// <summary>One result set that a case expects; a cell is null for NULL.</summary>
internal sealed record ExpectedResult(
    IReadOnlyList<ExpectedColumn> Columns, IReadOnlyList<IReadOnlyList<string?>> Rows, bool IsOrdered);

/// <summary>The error that ends a case; line and message are null where the file does not say.</summary>
internal sealed record ExpectedError(int Number, int? Line, string? Message = null)
{
    /// <summary>Whether a message is the expected one, where % stands for any text.</summary>
    internal bool HasMessage(string message)
    {
        if (Message is null)
        {
            return true;
        }

        var parts = Message.Split('%');
        if (!message.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        var position = parts[0].Length;
        for (var i = 1; i < parts.Length - 1; i++)
        {
            var at = message.IndexOf(parts[i], position, StringComparison.Ordinal);
            if (at < 0)
            {
                return false;
            }

            position = at + parts[i].Length;
        }

        return parts.Length == 1
            ? message.Length == position
            : message.Length - position >= parts[^1].Length && message.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    public override string ToString() =>
        FormattableString.Invariant($"error {Number}")
        + (Line is { } line ? FormattableString.Invariant($" line {line}") : "")
        + (Message is null ? "" : " like " + Message);
}

/// <summary>One behaviour: batches of T-SQL, and what a server makes of them.</summary>
internal sealed record BehaviourCase
{
    /// <summary>The file without its extension.</summary>
    internal required string File { get; init; }

    internal required string Name { get; init; }

    /// <summary>Line of the file where the case begins.</summary>
    internal required int Line { get; init; }

    /// <summary>Where the behaviour is documented.</summary>
    internal required Uri Page { get; init; }

    /// <summary>The rows of the portable table that the case stands for.</summary>
    internal required IReadOnlyList<string> TableRows { get; init; }

    /// <summary>Whether it is a refusal of the local engine, which a server would accept.</summary>
    internal required bool IsLocalOnly { get; init; }

    /// <summary>Why the local engine cannot pass it yet; null where it has to.</summary>
    internal required string? Pending { get; init; }

    internal required IReadOnlyList<string> Setup { get; init; }

    internal required IReadOnlyList<string> Batches { get; init; }

    internal required IReadOnlyList<ExpectedResult> Results { get; init; }

    internal required ExpectedError? Error { get; init; }

    internal required int? Affected { get; init; }

    internal required IReadOnlyList<string> Messages { get; init; }

    public override string ToString() => $"{File}: {Name}";
}
