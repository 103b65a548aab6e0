namespace Experiments.Statistics;

/// <summary>One block of a switchback experiment, its burn-in dropped.</summary>
/// <param name="Stratum">The stratum it was randomised in, such as its day.</param>
/// <param name="IsTreatment">Its arm.</param>
/// <param name="Units">Observations n, at least 0.</param>
/// <param name="Sum">Σy.</param>
public readonly record struct SwitchbackBlock(int Stratum, bool IsTreatment, double Units, double Sum);

/// <summary>A switchback effect.</summary>
/// <param name="Effect">The difference of block ratios, strata weighted by their observations.</param>
/// <param name="PValue">The two-sided p-value over the assignments that the design could have drawn.</param>
/// <param name="Assignments">The assignments it was taken over: all of them, or the draws.</param>
/// <param name="IsExact">Whether they were all of them.</param>
/// <param name="Strata">Strata used.</param>
/// <param name="StrataLeftOut">Strata without blocks in each arm.</param>
/// <param name="Blocks">Blocks used.</param>
/// <param name="ReasonCode">Why there is no answer, or null.</param>
public sealed record SwitchbackResult(
    double? Effect,
    double? PValue,
    long? Assignments,
    bool? IsExact,
    int Strata,
    int StrataLeftOut,
    int Blocks,
    string? ReasonCode)
{
    /// <summary>The control's ratio, strata weighted as in the effect; null without an effect.</summary>
    public double? ControlRatio { get; init; }

    /// <summary>Lower end of the effect's interval; null where no assignment bounds it.</summary>
    public double? CiLower { get; init; }

    /// <summary>Upper end of the effect's interval; null where no assignment bounds it.</summary>
    public double? CiUpper { get; init; }

    /// <summary>
    /// Lower end of the interval of the lift, effect/|control|; null where it is not bounded, or the ratios of both arms
    /// differ in sign or are zero.
    /// </summary>
    public double? CiRelativeLower { get; init; }

    /// <summary>Upper end of the interval of the lift.</summary>
    public double? CiRelativeUpper { get; init; }
}

/// <summary>
/// Switchback experiments: the unit is the block (region x time). Effect = Σ w_s (R_ts - R_cs), R the ratio Σy/Σn of an
/// arm's blocks in stratum s, w_s its share of the observations. Null hypothesis: no block is affected. The p-value is
/// the share of the assignments with as many treated blocks in each stratum whose |effect| is at least the observed one.
/// The interval has every d that the test does not reject once d n is taken off the treated blocks (a constant effect an
/// observation); that of the lift every l that it does not reject once they are divided by 1 + l (a constant factor). Both
/// exclude no effect exactly when the test rejects.
/// </summary>
/// <remarks>
/// The effect of an assignment is linear in what is taken off: A - d B against effect - d for the one that was drawn, so
/// that each assignment changes sides at (effect - A)/(1 - B) and (effect + A)/(1 + B), and a count over those ends gives
/// the interval without a search (Rosenbaum, Observational Studies, 2002, section 2.6.2: inverting the test).
/// Bojinov, Simchi-Levi, Zhao 2022. Exact up to 200,000 assignments, else (1 + hits)/(1 + draws) of seeded draws. The
/// sample ratio check of such an experiment counts blocks.
/// </remarks>
public static class Switchback
{
    private const long MostAssignments = 200_000;
    private const double Tolerance = 1e-12;

    /// <summary>Computes the effect and re-randomises.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="draws">Draws where there are too many assignments to take all, positive.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <param name="alpha">The alpha of the intervals, inside (0, 1).</param>
    /// <returns>The effect; <c>no_data</c> where no stratum has observations in both arms.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A block has negative units, there are no draws, or alpha is none.</exception>
    public static SwitchbackResult Compute(IReadOnlyList<SwitchbackBlock> blocks, int draws = 20_000, int seed = 1, double alpha = .05)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
        Tails.ThrowIfNotProbability(alpha);
        if (blocks.Any(static block => !(block.Units >= 0) || !double.IsFinite(block.Sum)))
        {
            throw new ArgumentOutOfRangeException(nameof(blocks), "A block has units of at least 0 and a finite sum.");
        }

        SwitchbackBlock[][] strata = [.. blocks
            .Where(static block => block.Units > 0)
            .GroupBy(static block => block.Stratum)
            .OrderBy(static group => group.Key)
            .Select(static group => group.ToArray())];
        SwitchbackBlock[][] used = [.. strata.Where(static stratum =>
            stratum.Any(static block => block.IsTreatment) && stratum.Any(static block => !block.IsTreatment))];
        int leftOut = strata.Length - used.Length;
        int count = used.Sum(static stratum => stratum.Length);
        if (used.Length == 0)
        {
            return new SwitchbackResult(null, null, null, null, 0, leftOut, 0, Reasons.NoData);
        }

        double total = used.Sum(static stratum => stratum.Sum(static block => block.Units));
        bool[][] assigned = [.. used.Select(static stratum => stratum.Select(static block => block.IsTreatment).ToArray())];
        Shares observed = Sum(used.Select((stratum, s) => Share(stratum, assigned[s], total)));
        double effect = observed.Effect;
        double control = observed.Lifted - effect;
        double assignments = used.Select(static stratum => Choose(
            stratum.Length, stratum.Count(static block => block.IsTreatment))).Aggregate(1.0, static (a, b) => a * b);
        bool isExact = assignments <= MostAssignments;
        List<Shares> all = [];
        if (isExact)
        {
            Combine([.. used.Select(stratum => All(stratum, total))], 0, default, all);
        }
        else
        {
            Random random = new(seed);
            for (int draw = 0; draw < draws; draw++)
            {
                foreach (bool[] assignment in assigned)
                {
                    random.Shuffle(assignment);
                }

                all.Add(Sum(used.Select((stratum, s) => Share(stratum, assigned[s], total))));
            }
        }

        double bound = Math.Abs(effect) * (1 - Tolerance);
        double drawn = isExact ? 0 : 1;
        double hits = drawn + all.Count(share => Math.Abs(share.Effect) >= bound);
        double of = drawn + all.Count;

        // Few enough assignments left for the test to reject: their number and the one of the draws.
        double needed = (alpha * of * (1 - Tolerance)) - drawn;
        (double? lower, double? upper) = Invert(
            all.Select(static share => (share.Effect, share.Added)), effect, 1, needed);
        (double? least, double? most) = (null, null);
        if (control * observed.Lifted > 0)
        {
            // 1 + l = 1/(1 - k), k the share of the treated blocks' sums that is taken off.
            (double? from, double? to) = Invert(
                all.Select(static share => (share.Effect, share.Lifted)), effect, observed.Lifted, needed);
            least = from is < 1 ? from / (1 - from) : null;
            most = to is < 1 ? to / (1 - to) : null;
            (least, most) = control < 0 ? (-most, -least) : (least, most);
        }

        return new SwitchbackResult(effect, hits / of, all.Count, isExact, used.Length, leftOut, count, null)
        {
            ControlRatio = control,
            CiLower = lower,
            CiUpper = upper,
            CiRelativeLower = least,
            CiRelativeUpper = most,
        };
    }

    private static Shares Sum(IEnumerable<Shares> strata) => strata.Aggregate(static (a, b) => a + b);

    private static Shares Share(SwitchbackBlock[] stratum, bool[] isTreatment, double total)
    {
        Shares treated = default;
        Shares control = default;
        double nt = 0;
        double nc = 0;
        for (int i = 0; i < stratum.Length; i++)
        {
            (_, bool wasTreated, double n, double y) = stratum[i];
            Shares share = new(y, wasTreated ? n : 0, wasTreated ? y : 0);
            if (isTreatment[i])
            {
                nt += n;
                treated += share;
            }
            else
            {
                nc += n;
                control += share;
            }
        }

        double weight = (nt + nc) / total;
        return (weight / nt * treated) + (-weight / nc * control);
    }

    /// <summary>The contributions of a stratum under each of its assignments.</summary>
    private static Shares[] All(SwitchbackBlock[] stratum, double total)
    {
        int treated = stratum.Count(static block => block.IsTreatment);
        bool[] assignment = new bool[stratum.Length];
        List<Shares> result = [];
        Place(0, treated);
        return [.. result];

        void Place(int from, int left)
        {
            if (left == 0)
            {
                result.Add(Share(stratum, assignment, total));
                return;
            }

            for (int i = from; i <= stratum.Length - left; i++)
            {
                assignment[i] = true;
                Place(i + 1, left - 1);
                assignment[i] = false;
            }
        }
    }

    private static void Combine(Shares[][] contributions, int stratum, Shares sum, List<Shares> all)
    {
        if (stratum == contributions.Length)
        {
            all.Add(sum);
            return;
        }

        foreach (Shares contribution in contributions[stratum])
        {
            Combine(contributions, stratum + 1, sum + contribution, all);
        }
    }

    /// <summary>
    /// The ends of the k around effect/slope where at least <paramref name="needed"/> assignments have
    /// |A - k B| >= |effect - k slope|; null where that never ends.
    /// </summary>
    private static (double? Lower, double? Upper) Invert(
        IEnumerable<(double A, double B)> assignments, double effect, double slope, double needed)
    {
        double center = effect / slope;
        List<(double At, int Change)> below = [];
        List<(double At, int Change)> above = [];
        int count = 0;
        foreach ((double a, double b) in assignments)
        {
            count++;
            (double numerator1, double divisor1) = (Difference(a, effect), Difference(b, slope));
            (double numerator2, double divisor2) = (Difference(a, -effect), Difference(b, -slope));
            if ((numerator1 == 0 && divisor1 == 0) || (numerator2 == 0 && divisor2 == 0))
            {
                // The assignment that was drawn, or its mirror image, is as far out at every k.
                continue;
            }

            double? root1 = divisor1 == 0 ? null : numerator1 / divisor1;
            double? root2 = divisor2 == 0 ? null : numerator2 / divisor2;
            switch (root1, root2)
            {
                case ({ } one, { } two) when Math.Abs(b) < Math.Abs(slope):
                    below.Add((Math.Min(one, two), -1));
                    above.Add((Math.Max(one, two), -1));
                    break;
                case ({ } one, { } two) when Math.Max(one, two) <= center:
                    below.Add((Math.Max(one, two), -1));
                    below.Add((Math.Min(one, two), 1));
                    break;
                case ({ } one, { } two):
                    above.Add((Math.Min(one, two), -1));
                    above.Add((Math.Max(one, two), 1));
                    break;
                default:
                    double root = (root1 ?? root2)!.Value;
                    (root <= center ? below : above).Add((root, -1));
                    break;
            }
        }

        return (
            End(below.OrderByDescending(static change => change.At), count, needed),
            End(above.OrderBy(static change => change.At), count, needed));
    }

    /// <summary>Where the count falls below what is needed; changes at one place come together.</summary>
    private static double? End(IEnumerable<(double At, int Change)> changes, int count, double needed)
    {
        double left = count;
        double? last = null;
        foreach ((double at, int change) in changes)
        {
            if (last is { } end && at != end && left < needed)
            {
                return end;
            }

            left += change;
            last = at;
        }

        return left < needed ? last : null;
    }

    private static double Difference(double a, double b) =>
        Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) ? 0 : a - b;

    private static double Choose(int n, int k)
    {
        double result = 1;
        for (int i = 1; i <= k; i++)
        {
            result *= (n - k + i) / (double)i;
        }

        return Math.Round(result);
    }

    /// <summary>
    /// What an assignment makes of three sums: those of the blocks, of one an observation in the blocks that were
    /// treated, and of the sums of the blocks that were treated.
    /// </summary>
    private readonly record struct Shares(double Effect, double Added, double Lifted)
    {
        public static Shares operator +(Shares a, Shares b) =>
            new(a.Effect + b.Effect, a.Added + b.Added, a.Lifted + b.Lifted);

        public static Shares operator *(double factor, Shares share) =>
            new(factor * share.Effect, factor * share.Added, factor * share.Lifted);
    }
}
