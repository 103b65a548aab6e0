namespace Experiments.Runner.Catalog;

/// <summary>What applying a row does.</summary>
internal enum CatalogAction
{
    /// <summary>The key is new.</summary>
    Insert,

    /// <summary>The key is there with other values.</summary>
    Update,

    /// <summary>The row is there as it is.</summary>
    Keep,
}

/// <summary>One field that changes.</summary>
internal sealed record CatalogChange(CatalogField Field, object? From, object? To);

/// <summary>What applying one row does.</summary>
internal sealed record CatalogStep(CatalogRow Row, CatalogAction Action, IReadOnlyList<CatalogChange> Changes);

/// <summary>What applying a file does, in order, and what the catalog has beside it.</summary>
/// <param name="Steps">One step a row.</param>
/// <param name="Left">Rows of the file's experiments that the file does not name; they stay.</param>
internal sealed record CatalogPlan(IReadOnlyList<CatalogStep> Steps, IReadOnlyList<string> Left);

/// <summary>A sentence of catalog.problems.</summary>
internal sealed record CatalogProblem(string? ExperimentId, string? MetricId, string Code, string Sentence);
