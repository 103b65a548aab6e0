namespace Experiments.Statistics;

/// <summary>What a test sets against "no effect"; the effect is treatment - control.</summary>
public enum Alternative
{
    /// <summary>An effect of either sign; alpha is split over both tails.</summary>
    TwoSided,

    /// <summary>A positive effect; the interval has a lower end only, at alpha in one tail.</summary>
    Greater,

    /// <summary>A negative effect; the interval has an upper end only, at alpha in one tail.</summary>
    Less,
}
