namespace Experiments.Lint.Tests;

/// <summary>Whether an order of definitions is complete, and each comes after everything that it names.</summary>
internal static class DefinitionOrder
{
    /// <summary>One sentence for each thing wrong with an order.</summary>
    /// <param name="order">The files as order.txt lists them: schema/object.sql.</param>
    /// <param name="definitions">The definitions by file.</param>
    /// <param name="tables">The tables that the migrations create: schema.table.</param>
    internal static IReadOnlyList<string> Problems(
        IReadOnlyList<string> order, IReadOnlyDictionary<string, Script> definitions, IReadOnlySet<string> tables)
    {
        var problems = new List<string>();
        problems.AddRange(definitions.Keys.Except(order).Order(StringComparer.Ordinal).Select(static f => $"{f} is not in order.txt."));
        problems.AddRange(order.GroupBy(static f => f, StringComparer.Ordinal).Where(static g => g.Count() > 1)
            .Select(static g => $"order.txt lists {g.Key} more than once."));
        problems.AddRange(order.Except(definitions.Keys).Select(static f => $"order.txt lists {f}, which is not there."));
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < order.Count; i++)
        {
            places.TryAdd(References.Defined(order[i]), i);
        }

        foreach (var file in order.Where(definitions.ContainsKey))
        {
            var own = places[References.Defined(file)];
            foreach (var reference in References.Of(definitions[file]).DistinctBy(static r => r.Name))
            {
                if (places.TryGetValue(reference.Name, out var other))
                {
                    if (other > own)
                    {
                        problems.Add(FormattableString.Invariant(
                            $"{file}:{reference.Line}:{reference.Column} names {reference.Name}, which comes later in order.txt."));
                    }
                }
                else if (!tables.Contains(reference.Name))
                {
                    problems.Add(FormattableString.Invariant(
                        $"{file}:{reference.Line}:{reference.Column} names {reference.Name}, which no script creates."));
                }
            }
        }

        return problems;
    }
}
