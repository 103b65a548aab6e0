using System.Text.Json;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Posteriors.</summary>
internal static class BayesianMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("bayes_normal_effect", Normal),
        new("bayes_risk_normal", static c =>
        {
            (double treatment, double control) = BayesianNormal.ExpectedLosses(c.Number("mu"), c.Number("sigma"));
            return new Answer { ["risk_choose_control"] = control, ["risk_choose_treatment"] = treatment };
        }),
        new("bayes_beta_binomial", BetaBinomialRates),
    ];

    private static Answer Fields(PosteriorEstimate e) => new()
    {
        ["posterior_mean"] = e.Mean,
        ["posterior_mean_diff"] = e.Mean,
        ["posterior_sd"] = e.StandardDeviation,
        ["ci_low"] = e.Lower,
        ["ci_high"] = e.Upper,
        ["chance_to_beat_control"] = e.ChanceToBeatControl,
        ["prob_treatment_better"] = e.ChanceToBeatControl,
        ["risk_choose_control"] = e.ExpectedLossControl,
        ["risk_choose_treatment"] = e.ExpectedLossTreatment,
        ["expected_loss_choose_control"] = e.ExpectedLossControl,
        ["expected_loss_choose_treatment"] = e.ExpectedLossTreatment,
    };

    private static Answer Normal(Case c)
    {
        RelativePrior? prior = Prior(c, "prior_relative") ?? Prior(c, "prior");
        bool isRelative = c.Text("difference") switch
        {
            "relative" => true,
            "absolute" => false,
            string other => throw new NotCoveredException($"the difference '{other}'"),
        };
        if (c.Has("effect"))
        {
            (double effect, double error) = (c.Number("effect"), c.Number("se"));
            return Fields(isRelative
                ? BayesianNormal.Relative(
                    new RelativeEstimate(effect, error, null, null, null, null, null, null), prior, c.Alpha, c.Direction)
                : BayesianNormal.Absolute(effect, error, c.Number("control_value"), prior, c.Alpha, c.Direction));
        }

        (MeanArm control, MeanArm treatment) = (c.Mean("control"), c.Mean("treatment"));
        if (isRelative)
        {
            return Fields(BayesianNormal.Relative(
                RelativeLift.Delta(control, treatment, c.Alpha), prior, c.Alpha, c.Direction));
        }

        EffectMoments moments = EffectMoments.Of(control, treatment);
        return Fields(BayesianNormal.Absolute(
            moments.Difference, moments.StandardError, moments.ControlMean, prior, c.Alpha, c.Direction));
    }

    private static RelativePrior? Prior(Case c, string name)
    {
        if (!c.Has(name))
        {
            return null;
        }

        JsonElement node = c.Node(name);
        return new RelativePrior(Case.Number(node, "mean"), Case.Number(node, "var"));
    }

    private static Answer BetaBinomialRates(Case c)
    {
        JsonElement prior = c.Node("prior");
        return Fields(BetaBinomial.Compute(
            c.Binomial("control"),
            c.Binomial("treatment"),
            new BetaPrior(Case.Number(prior, "a"), Case.Number(prior, "b")),
            c.Alpha,
            c.Direction));
    }
}
