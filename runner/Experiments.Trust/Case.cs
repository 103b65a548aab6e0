using System.Globalization;
using System.Text.Json;
using Experiments.Statistics;
using Experiments.Statistics.Decisions;

namespace Experiments.Trust;

/// <summary>The inputs of one reference value, in every shape the file format has.</summary>
internal sealed class Case(ReferenceValue value)
{
    /// <summary>The fields that are expected.</summary>
    internal IEnumerable<string> Asked => value.Expected.EnumerateObject().Select(static property => property.Name);

    /// <summary>What is expected of a field: only for what is asked about, never for an answer.</summary>
    internal JsonElement Expected(string name) => value.Expected.GetProperty(name);

    /// <summary>Alpha, two-sided, .05 where the file gives none.</summary>
    internal double Alpha =>
        Has("alpha") ? Number("alpha") : Has("alpha_two_sided") ? Number("alpha_two_sided") : .05;

    /// <summary>The level of one tail, half of a two-sided alpha.</summary>
    internal double AlphaOneSided => Has("alpha_one_sided") ? Number("alpha_one_sided") : Alpha / 2;

    internal Alternative Alternative => Has("alternative") ? ToAlternative(Text("alternative")) : Alternative.TwoSided;

    internal DesiredDirection Direction => Has("preferred") ? Text("preferred") switch
    {
        "increase" => DesiredDirection.Increase,
        "decrease" => DesiredDirection.Decrease,
        string other => throw new NotCoveredException($"preferred '{other}'"),
    }
    : DesiredDirection.Increase;

    internal ThetaSource Theta => !Has("theta") ? ThetaSource.Merged : Text("theta") switch
    {
        "merged" => ThetaSource.Merged,
        "within" => ThetaSource.Within,
        string other => throw new NotCoveredException($"theta '{other}'"),
    };

    internal static Alternative ToAlternative(string name) => name switch
    {
        "two-sided" or "two_sided" => Alternative.TwoSided,
        "greater" => Alternative.Greater,
        "less" => Alternative.Less,
        _ => throw new NotCoveredException($"alternative '{name}'"),
    };

    internal bool Has(string name) =>
        value.Inputs.TryGetProperty(name, out JsonElement node) && node.ValueKind != JsonValueKind.Null;

    internal JsonElement Node(string name) => Node(value.Inputs, name);

    internal double Number(string name) => Node(name).GetDouble();

    internal long Whole(string name) => Whole(Node(name));

    internal string Text(string name) => Node(name).GetString() ?? throw new FormatException($"'{name}' is no text.");

    internal double[] Numbers(string name) => Numbers(Node(name));

    internal long[] Wholes(string name) => [.. Node(name).EnumerateArray().Select(Whole)];

    internal JsonElement[] Items(string name) => [.. Node(name).EnumerateArray()];

    internal MeanArm Mean(string name) => ToMean(Node(name));

    internal BinomialArm Binomial(string name) => ToBinomial(Node(name));

    internal static JsonElement Node(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out JsonElement node)
            ? node
            : throw new FormatException($"The inputs lack '{name}'.");

    internal static double Number(JsonElement parent, string name) => Node(parent, name).GetDouble();

    internal static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(static n => n.GetDouble())];

    internal static long Whole(JsonElement number)
    {
        double whole = number.GetDouble();
        return Math.Floor(whole) == whole && Math.Abs(whole) <= 1L << 60
            ? (long)whole
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{whole:R} is no count."));
    }

    internal static long Whole(JsonElement parent, string name) => Whole(Node(parent, name));

    /// <summary>{n, mean, var}, {n, sum, sum_squares}, {n, x} (variance p(1-p)), or the rows themselves.</summary>
    internal static MeanArm ToMean(JsonElement arm)
    {
        if (arm.ValueKind == JsonValueKind.Array)
        {
            double[] rows = Numbers(arm);
            double center = rows.Length > 0 ? rows[0] : 0;
            return MeanArm.FromCentred(
                rows.Length,
                center,
                rows.Sum(row => row - center),
                rows.Sum(row => (row - center) * (row - center)));
        }

        long n = Whole(arm, "n");
        if (arm.TryGetProperty("mean", out JsonElement mean))
        {
            return new MeanArm(n, mean.GetDouble(), Number(arm, "var"));
        }

        if (arm.TryGetProperty("x", out JsonElement x))
        {
            BinomialArm counts = new(n, Whole(x));
            return new MeanArm(n, counts.Rate, counts.VarianceOfRate * n);
        }

        return MeanArm.FromCentred(n, 0, Number(arm, "sum"), Number(arm, "sum_squares"));
    }

    /// <summary>{n, x}, or rows of 0 and 1.</summary>
    internal static BinomialArm ToBinomial(JsonElement arm) => arm.ValueKind == JsonValueKind.Array
        ? new BinomialArm(arm.GetArrayLength(), arm.EnumerateArray().Count(static row => row.GetDouble() != 0))
        : new BinomialArm(Whole(arm, "n"), Whole(arm, "x"));
}
