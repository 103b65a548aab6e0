namespace Experiments.Runner.Catalog;

/// <summary>A catalog file that does not say what a catalog file says, or a change that is not allowed.</summary>
internal sealed class CatalogException(string message, Exception? inner = null) : Exception(message, inner);
