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
}

/// <summary>
/// Switchback experiments: the unit is the block (region x time). Effect = Σ w_s (R_ts - R_cs), R the ratio Σy/Σn of an
/// arm's blocks in stratum s, w_s its share of the observations. Null hypothesis: no block is affected. The p-value is
/// the share of the assignments with as many treated blocks in each stratum whose |effect| is at least the observed one.
/// </summary>
/// <remarks>
/// Bojinov, Simchi-Levi, Zhao 2022. Exact up to 200,000 assignments, else (1 + hits)/(1 + draws) of seeded draws. The
/// sample ratio check of such an experiment counts blocks.
/// </remarks>
public static class Switchback
{
    private const long MostAssignments = 200_000;

    /// <summary>Computes the effect and re-randomises.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="draws">Draws where there are too many assignments to take all, positive.</param>
    /// <param name="seed">The seed of the draws.</param>
    /// <returns>The effect; <c>no_data</c> where no stratum has observations in both arms.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A block has negative units, or there are no draws.</exception>
    public static SwitchbackResult Compute(IReadOnlyList<SwitchbackBlock> blocks, int draws = 20_000, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(draws);
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
        double effect = Enumerable.Range(0, used.Length).Sum(s => Contribution(used[s], assigned[s], total));
        double control = used.Sum(stratum => stratum.Sum(static block => block.Units) / total
            * stratum.Where(static block => !block.IsTreatment).Sum(static block => block.Sum)
            / stratum.Where(static block => !block.IsTreatment).Sum(static block => block.Units));
        double bound = Math.Abs(effect) * (1 - 1e-12);
        double assignments = used.Select(static stratum => Choose(
            stratum.Length, stratum.Count(static block => block.IsTreatment))).Aggregate(1.0, static (a, b) => a * b);
        if (assignments <= MostAssignments)
        {
            double[][] contributions = [.. used.Select(stratum => All(stratum, total))];
            (long hits, long all) = Count(contributions, 0, 0, bound);
            return new SwitchbackResult(effect, (double)hits / all, all, true, used.Length, leftOut, count, null)
            {
                ControlRatio = control,
            };
        }

        Random random = new(seed);
        long reached = 0;
        for (int draw = 0; draw < draws; draw++)
        {
            double sum = 0;
            for (int s = 0; s < used.Length; s++)
            {
                random.Shuffle(assigned[s]);
                sum += Contribution(used[s], assigned[s], total);
            }

            reached += Math.Abs(sum) >= bound ? 1 : 0;
        }

        return new SwitchbackResult(
            effect, (1.0 + reached) / (1.0 + draws), draws, false, used.Length, leftOut, count, null)
        {
            ControlRatio = control,
        };
    }

    private static double Contribution(SwitchbackBlock[] stratum, bool[] isTreatment, double total)
    {
        double nt = 0;
        double nc = 0;
        double yt = 0;
        double yc = 0;
        for (int i = 0; i < stratum.Length; i++)
        {
            if (isTreatment[i])
            {
                nt += stratum[i].Units;
                yt += stratum[i].Sum;
            }
            else
            {
                nc += stratum[i].Units;
                yc += stratum[i].Sum;
            }
        }

        return (nt + nc) / total * ((yt / nt) - (yc / nc));
    }

    /// <summary>The contributions of a stratum under each of its assignments.</summary>
    private static double[] All(SwitchbackBlock[] stratum, double total)
    {
        int treated = stratum.Count(static block => block.IsTreatment);
        bool[] assignment = new bool[stratum.Length];
        List<double> result = [];
        Place(0, treated);
        return [.. result];

        void Place(int from, int left)
        {
            if (left == 0)
            {
                result.Add(Contribution(stratum, assignment, total));
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

    private static (long Hits, long All) Count(double[][] contributions, int stratum, double sum, double bound)
    {
        if (stratum == contributions.Length)
        {
            return (Math.Abs(sum) >= bound ? 1 : 0, 1);
        }

        long hits = 0;
        long all = 0;
        foreach (double contribution in contributions[stratum])
        {
            (long more, long each) = Count(contributions, stratum + 1, sum + contribution, bound);
            hits += more;
            all += each;
        }

        return (hits, all);
    }

    private static double Choose(int n, int k)
    {
        double result = 1;
        for (int i = 1; i <= k; i++)
        {
            result *= (n - k + i) / (double)i;
        }

        return Math.Round(result);
    }
}
