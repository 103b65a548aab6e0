namespace Experiments.Statistics;

/// <summary>Which intervals go with the test of two proportions.</summary>
public enum ProportionInterval
{
    /// <summary>
    /// Score: Mee's for the difference, Koopman's for the ratio. They exclude "no effect" exactly when the pooled z
    /// test rejects.
    /// </summary>
    Score,

    /// <summary>Wald's for the difference (unpooled error), Katz's logarithm for the ratio.</summary>
    Wald,

    /// <summary>
    /// Newcombe's hybrid of two Wilson intervals for the difference (method 10 of Newcombe 1998), its counterpart for
    /// the ratio (Donner and Zou 2012).
    /// </summary>
    Newcombe,

    /// <summary>Miettinen and Nurminen's score intervals, with their factor N/(N - 1).</summary>
    MiettinenNurminen,

    /// <summary>Wald's for the difference, Fieller's with variances p(1 - p)/n for the ratio.</summary>
    Fieller,
}
