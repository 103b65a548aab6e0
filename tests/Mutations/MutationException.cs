namespace Experiments.Mutations;

/// <summary>The check cannot be made; the message says why.</summary>
internal sealed class MutationException(string message) : Exception(message);
