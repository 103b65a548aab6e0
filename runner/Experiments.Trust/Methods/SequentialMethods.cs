using System.Globalization;
using Experiments.Statistics;

namespace Experiments.Trust.Methods;

/// <summary>Looks at running experiments.</summary>
internal static class SequentialMethods
{
    internal static IEnumerable<KeyValuePair<string, Func<Case, Answer>>> Table { get; } =
    [
        new("asymptotic_confidence_sequence", Sequence),
        new("asymptotic_confidence_sequence_one_sided", Sequence),
        new("asymptotic_confidence_sequence_width", Widths),
        new("msprt_normal_mixture", static c => Look(NormalMixture.Compute(
            c.Number("effect"), c.Number("var"), c.Number("tau2"), c.Alpha))),
        new("msprt_optimal_mixture_ratio", static c => new Answer
        {
            ["u"] = Answer.List(c.Numbers("alpha").Select(NormalMixture.OptimalRatio)),
        }),
        new("msprt_statsig_published_form", Statsig),
        new("group_sequential_alpha_spending_bounds", Bounds),
        new("group_sequential_classical_bounds", Classical),
        new("group_sequential_sample_size_inflation", Inflation),
        new("repeated_looks_type1_error", Repeated),
        new("alpha_spending_misuse_type1", Misuse),
    ];

    private static Answer Look(SequentialLook look) => new()
    {
        ["effect"] = look.Effect,
        ["se"] = look.StandardError,
        ["rho"] = look.Rho,
        ["half_width"] = look.HalfWidth,
        ["ci_low"] = look.Lower,
        ["ci_high"] = look.Upper,
        ["log_e_value"] = look.LogEValue,
        ["log_lambda"] = look.LogEValue,
        ["p_value"] = look.PValue,
        ["bound"] = look.Lower is null ? look.Upper : look.Lower,
    };

    private static Answer Sequence(Case c) => Look(AsymptoticConfidenceSequence.Compute(
        c.Number("effect"), c.Number("se"), c.Whole("n_total"), c.Number("n_star"), c.Alpha, c.Alternative));

    /// <summary>The looks are those that the file asks about: their sizes are part of what it expects.</summary>
    private static Answer Widths(Case c) => new()
    {
        ["looks"] = Answer.List(c.Expected("looks").EnumerateArray().Select(look =>
        {
            long n = Case.Whole(look, "n");
            return new Answer
            {
                ["n"] = n,
                ["ratio_to_fixed"] = AsymptoticConfidenceSequence.WidthRatio(n, c.Number("n_star"), c.Alpha),
            };
        })),
    };

    /// <summary>
    /// τ² = z²(s_t² + s_c²)/(n_t + n_c), and ln(2/α) where the mixture needs ln(1/α): this mixture at half of alpha. It is
    /// wider than needed; the exact form is beside it.
    /// </summary>
    private static Answer Statsig(Case c)
    {
        double variance = (c.Number("var_t") / c.Number("n_t")) + (c.Number("var_c") / c.Number("n_c"));
        double z = Tails.NormalUpperQuantile(c.Alpha / 2);
        double tau = z * z * (c.Number("var_t") + c.Number("var_c")) / (c.Number("n_t") + c.Number("n_c"));
        double published = NormalMixture.HalfWidth(variance, tau, c.Alpha / 2);
        double exact = NormalMixture.HalfWidth(variance, tau, c.Alpha);
        return new Answer
        {
            ["var"] = variance,
            ["tau"] = tau,
            ["z_star"] = published / Math.Sqrt(variance),
            ["half_width"] = published,
            ["exact_msprt_half_width"] = exact,
            ["conservatism"] = published / exact,
        };
    }

    private static Answer Bounds(Case c)
    {
        double[] fractions = c.Numbers("information_fractions");
        IReadOnlyList<GroupSequentialLook> looks =
            GroupSequential.Bounds(fractions, 1, c.AlphaOneSided, ToSpending(c.Text("spending")));
        return new Answer
        {
            ["critical_z"] = Answer.List(looks.Select(static look => look.Critical)),
            ["cumulative_alpha"] = Answer.List(looks.Select(static look => look.CumulativeAlpha)),
            ["nominal_p_two_sided"] = Answer.List(looks.Select(static look => look.NominalPValue)),
        };
    }

    /// <summary>2-2*Phi(z_{a/2}/sqrt t), a*ln(1+(e-1)t), a*t, a*t^g, a*(1-exp(-g*t))/(1-exp(-g)), g a number.</summary>
    private static Spending ToSpending(string formula)
    {
        string f = formula.Replace(" ", "", StringComparison.Ordinal);
        return f switch
        {
            "2-2*Phi(z_{a/2}/sqrtt)" or "2-2*Phi(z_{a/2}/sqrt(t))" => new Spending(SpendingFamily.OBrienFleming),
            "a*ln(1+(e-1)t)" or "a*ln(1+(e-1)*t)" or "aln(1+(e-1)t)" => new Spending(SpendingFamily.Pocock),
            "a*t" => new Spending(SpendingFamily.KimDeMets, 1),
            _ when f.StartsWith("a*t^", StringComparison.Ordinal) && Parses(f[4..], out double power) =>
                new Spending(SpendingFamily.KimDeMets, power),
            _ when HwangShihDeCani(f) is { } gamma => new Spending(SpendingFamily.HwangShihDeCani, gamma),
            _ => throw new NotCoveredException($"the spending function '{formula}'"),
        };
    }

    private static double? HwangShihDeCani(string f)
    {
        const string head = "a*(1-exp(-";
        int end = f.IndexOf("*t)", StringComparison.Ordinal);
        return f.StartsWith(head, StringComparison.Ordinal) && end > head.Length
            && Parses(f[head.Length..end], out double gamma)
            && f[end..] == $"*t))/(1-exp(-{f[head.Length..end]}))"
                ? gamma
                : null;
    }

    private static bool Parses(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static Answer Classical(Case c)
    {
        double shape = c.Text("type") switch
        {
            "Pocock" => .5,
            "O'Brien-Fleming" => 0,
            string other => throw new NotCoveredException($"the bounds of '{other}'"),
        };
        (double constant, IReadOnlyList<double> critical) =
            GroupSequential.Classical((int)c.Whole("looks"), c.Alpha, shape);
        return new Answer { ["constant"] = constant, ["critical_z"] = Answer.List(critical) };
    }

    /// <summary>The fields say the family and the number of looks: asOF_5 is O'Brien and Fleming's at 5.</summary>
    private static Answer Inflation(Case c)
    {
        Answer answer = [];
        foreach (string field in c.Asked)
        {
            string[] parts = field.Split('_');
            SpendingFamily? family = parts[0] switch
            {
                "asOF" => SpendingFamily.OBrienFleming,
                "asP" => SpendingFamily.Pocock,
                _ => null,
            };
            if (family is { } known && parts.Length == 2
                && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int looks))
            {
                answer[field] = GroupSequential.Inflation(
                    GroupSequential.Bounds(
                        [.. Enumerable.Range(1, looks).Select(static k => (double)k)],
                        looks,
                        c.AlphaOneSided,
                        new Spending(known)),
                    c.Number("power"));
            }
        }

        return answer;
    }

    private static Answer Repeated(Case c)
    {
        double z = Tails.NormalUpperQuantile(c.Number("alpha_each_look") / 2);
        return new Answer { ["type1"] = ByLooks(c, _ => z) };
    }

    /// <summary>What comes of taking the alpha spent so far as the level of each look: a warning, not a method.</summary>
    private static Answer Misuse(Case c)
    {
        Spending spending = new(SpendingFamily.OBrienFleming);
        return new Answer
        {
            ["type1"] = ByLooks(c, t => Tails.NormalUpperQuantile(spending.Spent(c.Alpha, t) / 2)),
        };
    }

    private static Answer ByLooks(Case c, Func<double, double> critical)
    {
        Answer answer = [];
        foreach (long looks in c.Wholes("looks"))
        {
            double[] times = [.. Enumerable.Range(1, (int)looks).Select(k => (double)k / looks)];
            answer[looks.ToString(CultureInfo.InvariantCulture)] =
                GroupSequential.TypeOneError(times, [.. times.Select(critical)]);
        }

        return answer;
    }
}
