namespace Experiments.Mutations;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(IReadOnlyList<string> Only, string? Suite, bool IsList, bool IsCount)
{
    private const string Usage =
        "dotnet run --project tests/Mutations -- [--only name]… [--suite name] [--list] [--count]\n"
        + "  --only name  this mutation alone; may be repeated\n"
        + "  --suite name those whose first suite it is, such as Vectors: the statistics'\n"
        + "  --list       prints the table after checking that every text still occurs once; runs nothing\n"
        + "  --count      runs a suite to its end, to count the cases that notice; else it stops at the first";

    internal static Options Parse(string[] args)
    {
        var only = new List<string>();
        string? suite = null;
        var (list, count) = (false, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--only" when i + 1 < args.Length:
                    only.Add(args[++i]);
                    break;
                case "--suite" when i + 1 < args.Length:
                    suite = args[++i];
                    break;
                case "--list":
                    list = true;
                    break;
                case "--count":
                    count = true;
                    break;
                default:
                    throw new MutationException($"'{args[i]}' is no option, or lacks its value.\n{Usage}");
            }
        }

        return new Options(only, suite, list, count);
    }

    internal IReadOnlyList<Mutation> Select(IReadOnlyList<Mutation> all)
    {
        foreach (var name in Only.Where(n => all.All(m => m.Name != n)))
        {
            throw new MutationException($"No mutation is called '{name}'; --list prints the names.");
        }

        if (Suite is not null && all.All(m => m.First.Name != Suite))
        {
            throw new MutationException($"No mutation has the suite '{Suite}'.");
        }

        return
        [
            .. all.Where(m => (Only.Count == 0 || Only.Contains(m.Name)) && (Suite is null || m.First.Name == Suite)),
        ];
    }
}
