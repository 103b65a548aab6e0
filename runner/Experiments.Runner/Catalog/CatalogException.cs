namespace Experiments.Runner.Catalog;

/// <summary>Catalog files that do not say what catalog files say, or a change that is not allowed.</summary>
internal sealed class CatalogException : Exception
{
    /// <summary>One thing is wrong.</summary>
    public CatalogException(string sentence, Exception? inner = null)
        : base(sentence, inner) => Sentences = [sentence];

    /// <summary>Several things are wrong.</summary>
    /// <param name="sentences">Each of them.</param>
    /// <param name="summary">What is said of all of them where there are several.</param>
    public CatalogException(IReadOnlyList<string> sentences, string summary)
        : base(sentences.Count == 1 ? sentences[0] : summary) => Sentences = sentences;

    /// <summary>Everything that is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Sentences { get; }
}
