using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>The fields that estimates share.</summary>
internal static class EstimateFields
{
    internal static Answer Of(EffectEstimate e)
    {
        Answer answer = new()
        {
            ["effect"] = e.UpliftAbsolute,
            ["se"] = e.StandardError,
            ["df"] = e.DegreesOfFreedom,
            ["statistic"] = e.Statistic,
            ["p_value"] = e.PValue,
            ["log10_p"] = e.PValue is { } p ? Math.Log10(p) : null,
            ["ci_low"] = e.CiLower,
            ["ci_high"] = e.CiUpper,
            ["lift"] = e.UpliftRelative,
            ["rel_ci_low"] = e.CiRelativeLower,
            ["rel_ci_high"] = e.CiRelativeUpper,
        };
        return answer;
    }

    internal static Answer Of(RelativeEstimate e) => new()
    {
        ["lift"] = e.Lift,
        ["se"] = e.StandardError,
        ["df"] = e.DegreesOfFreedom,
        ["statistic"] = e.Statistic,
        ["p_value"] = e.PValue,
        ["ci_low"] = e.Lower,
        ["ci_high"] = e.Upper,
    };
}
