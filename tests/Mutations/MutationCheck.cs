using System.Diagnostics;

namespace Experiments.Mutations;

/// <summary>What became of a mutation.</summary>
internal enum Verdict
{
    /// <summary>A suite turned red.</summary>
    Killed,

    /// <summary>Every suite stayed green: a hole in them.</summary>
    Survived,

    /// <summary>It does not compile, or compiles to the same program: a fault of the mutation.</summary>
    Invalid,
}

/// <summary>A mutation's verdict and what it rests on.</summary>
internal sealed record MutationResult(Mutation Mutation, Verdict Verdict, string Evidence);

/// <summary>Copies, builds, sees the suites green, and plants one bug after the other.</summary>
internal static class MutationCheck
{
    private static readonly TimeSpan LongestSoundRun = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromMinutes(2);

    /// <summary>A mutated suite may take so many times as long as a sound one before it counts as hung.</summary>
    private const int Patience = 5;

    internal static async Task<int> RunAsync(
        string root, IReadOnlyList<Mutation> mutations, bool isCount, TextWriter output, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var suites = Suite.All.Where(s => mutations.Any(m => m.Suites.Contains(s))).ToList();
        using var copy = WorkingCopy.Of(root, suites);
        await copy.BuildAsync(suites, stop);
        var limits = new Dictionary<Suite, TimeSpan>();
        foreach (var suite in suites)
        {
            var sound = await SuiteRun.RunAsync(copy, suite, "", isToTheEnd: true, LongestSoundRun, stop);
            if (sound.IsRed)
            {
                throw new MutationException(
                    $"{suite.Project} is red without a mutation: {sound.Abnormal ?? string.Join("; ", sound.Failed)}");
            }

            await output.WriteLineAsync(FormattableString.Invariant(
                $"{suite.Name}: {sound.Total} cases, green, {sound.Elapsed.TotalSeconds:F0} s"));
            limits.Add(suite, TimeSpan.FromSeconds(
                Math.Max(ShortestLimit.TotalSeconds, Patience * sound.Elapsed.TotalSeconds)));
        }

        var table = new ResultTable(mutations, output);
        var results = new List<MutationResult>();
        foreach (var mutation in mutations)
        {
            var result = await JudgeAsync(copy, mutation, suites, limits, isCount, stop);
            table.Add(result);
            results.Add(result);
        }

        table.Total(results, clock.Elapsed);
        return results.Exists(static r => r.Verdict == Verdict.Survived) ? ExitCodes.Survived
            : results.Exists(static r => r.Verdict == Verdict.Invalid) ? ExitCodes.Failed
            : ExitCodes.Killed;
    }

    private static async Task<MutationResult> JudgeAsync(
        WorkingCopy copy, Mutation mutation, List<Suite> suites, Dictionary<Suite, TimeSpan> limits, bool isCount,
        CancellationToken stop)
    {
        if (await copy.PlantAsync(mutation, suites, stop) is { } error)
        {
            return new MutationResult(mutation, Verdict.Invalid, error);
        }

        // A count is one of the whole suite; of the studies it is one of those that are named.
        foreach (var (suite, cases) in mutation.Runs.Where(r => !isCount || r.Cases.Length == 0 || r.Suite.IsProgram))
        {
            var outcome = await SuiteRun.RunAsync(copy, suite, cases, isCount, limits[suite], stop);
            if (outcome.Abnormal is { } abnormal)
            {
                return new MutationResult(mutation, Verdict.Killed, $"{suite.Name}: {abnormal}");
            }

            if (outcome.Failed.Count > 0)
            {
                var count = isCount
                    ? FormattableString.Invariant($" ({outcome.Failed.Count} of {outcome.Total} cases)")
                    : "";
                return new MutationResult(mutation, Verdict.Killed, $"{suite.Name}{count}: {outcome.Failed[0]}");
            }
        }

        return new MutationResult(mutation, Verdict.Survived, mutation.Breaks);
    }
}
