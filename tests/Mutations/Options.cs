namespace Experiments.Mutations;

/// <summary>What the command line asks for.</summary>
internal sealed record Options(IReadOnlyList<string> Only, bool IsList, bool IsCount)
{
    private const string Usage =
        "dotnet run --project tests/Mutations -- [--only name]… [--list] [--count]\n"
        + "  --only name  this mutation alone; may be repeated\n"
        + "  --list       prints the table after checking that every text still occurs once; runs nothing\n"
        + "  --count      runs a suite to its end, to count the cases that notice; else it stops at the first";

    internal static Options Parse(string[] args)
    {
        var only = new List<string>();
        var (list, count) = (false, false);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--only" when i + 1 < args.Length:
                    only.Add(args[++i]);
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

        return new Options(only, list, count);
    }

    internal IReadOnlyList<Mutation> Select(IReadOnlyList<Mutation> all)
    {
        foreach (var name in Only.Where(n => all.All(m => m.Name != n)))
        {
            throw new MutationException($"No mutation is called '{name}'; --list prints the names.");
        }

        return Only.Count == 0 ? all : [.. all.Where(m => Only.Contains(m.Name))];
    }
}
