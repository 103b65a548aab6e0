using System.Globalization;

namespace Experiments.Mutations;

/// <summary>The table of results, a row as soon as it is known.</summary>
internal sealed class ResultTable
{
    private readonly TextWriter _output;
    private readonly int _area;
    private readonly int _name;

    internal ResultTable(IReadOnlyList<Mutation> mutations, TextWriter output)
    {
        _output = output;
        _area = mutations.Max(static m => m.Area.Length);
        _name = mutations.Max(static m => m.Name.Length);
        _output.WriteLine();
        Row("area", "mutation", "result", "killed by");
    }

    internal static void List(IReadOnlyList<Mutation> mutations, TextWriter output)
    {
        var table = new ResultTable(mutations, TextWriter.Null);
        foreach (var mutation in mutations)
        {
            output.WriteLine(table.Cells(mutation.Area, mutation.Name) + mutation.Breaks);
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{mutations.Count} mutations in {mutations.Select(static m => m.Area).Distinct().Count()} areas."));
    }

    internal void Add(MutationResult result) => Row(
        result.Mutation.Area, result.Mutation.Name, Word(result.Verdict),
        result.Verdict == Verdict.Killed ? result.Evidence : "— " + result.Evidence);

    internal void Total(IReadOnlyList<MutationResult> results, TimeSpan elapsed)
    {
        _output.WriteLine();
        var (killed, survived, invalid) = (Of(Verdict.Killed), Of(Verdict.Survived), Of(Verdict.Invalid));
        _output.WriteLine(FormattableString.Invariant(
            $"{results.Count} mutations: {killed} killed, {survived} survived, {invalid} invalid")
            + FormattableString.Invariant($"; {elapsed.TotalMinutes:F0} min."));

        int Of(Verdict verdict) => results.Count(r => r.Verdict == verdict);
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Killed => "killed",
        Verdict.Survived => "SURVIVED",
        Verdict.Invalid => "INVALID",
        _ => throw new InvalidOperationException("Unknown verdict " + verdict),
    };

    private string Cells(string area, string name) => area.PadRight(_area) + "  " + name.PadRight(_name) + "  ";

    private void Row(string area, string name, string result, string evidence) =>
        _output.WriteLine(Cells(area, name) + result.PadRight(nameof(Verdict.Survived).Length) + "  " + evidence);
}
