using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Tails and quantiles of the reference distributions.</summary>
internal static class DistributionMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("dist_normal_cdf", static c => new Answer { ["cdf"] = Answer.List(c.Numbers("x").Select(Tails.NormalCdf)) }),
        new("dist_normal_inverse", static c => new Answer { ["z"] = Answer.List(c.Numbers("p").Select(Tails.NormalQuantile)) }),
        new("dist_student_t_cdf", static c => new Answer
        {
            ["cdf"] = Answer.List(Rows(c, "t_df").Select(static x => Tails.StudentTCdf(x[0], x[1]))),
        }),
        new("dist_student_t_inverse_upper_tail", static c => new Answer
        {
            ["t"] = Answer.List(Rows(c, "upper_tail_p_df").Select(static x => Tails.StudentTUpperQuantile(x[0], x[1]))),
        }),
        new("dist_chi_square_sf", static c => new Answer
        {
            ["sf"] = Answer.List(Rows(c, "x_df").Select(static x => Tails.ChiSquareSurvival(x[0], x[1]))),
        }),
        new("dist_noncentral_t_sf", static c => new Answer
        {
            ["sf"] = Answer.List(Rows(c, "c_df_ncp").Select(static x => Tails.NoncentralTSurvival(x[0], x[1], x[2]))),
        }),
    ];

    private static IEnumerable<double[]> Rows(Case c, string name) => c.Items(name).Select(Case.Numbers);
}
