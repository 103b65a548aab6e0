namespace Experiments.Lint.Tests;

/// <summary>The types of all columns that the product's scripts declare.</summary>
public sealed class KnownColumns
{
    internal TableTypes Types { get; } = TableTypes.OfRepository();
}
