using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Experiments.Statistics.Tests;

/// <summary>One reference value with its inputs, its tolerance and its provenance.</summary>
public sealed class Vector
{
    private readonly JsonObject _node;

    private Vector(JsonObject node) => _node = node;

    public string Id => (string)_node["id"]!;

    public string Method => (string)_node["method"]!;

    public JsonObject Inputs => _node["inputs"]!.AsObject();

    public JsonObject Expected => _node["expected"]!.AsObject();

    public static IEnumerable<Vector> Load(string file)
    {
        using Stream stream = typeof(Vector).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"There is no vector file {file}.");
        return [.. JsonNode.Parse(stream)!.AsArray().Select(node => new Vector(node!.AsObject()))];
    }

    public static Vector Find(string file, string id) => Load(file).Single(vector => vector.Id == id);

    /// <summary>
    /// Compares one field, or a nested one by its path with dots; rel_field, then rel or abs, whichever holds. An
    /// infinite end is "no end" here: null.
    /// </summary>
    public void Check(string field, double? actual)
    {
        JsonNode node = Expected;
        foreach (string part in Expected.ContainsKey(field) ? [field] : field.Split('.'))
        {
            node = (node is JsonArray list ? list[int.Parse(part, CultureInfo.InvariantCulture)] : node[part])
                ?? throw new InvalidOperationException($"{Id} expects no {field}.");
        }

        Check(field, node, actual);
    }

    public void CheckAll(string field, IEnumerable<double?> actual)
    {
        JsonArray expected = Expected[field]!.AsArray();
        double?[] values = [.. actual];
        Assert.Equal(expected.Count, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            Check(field, expected[i], values[i]);
        }
    }

    public MeanArm Mean(string arm)
    {
        JsonObject node = Inputs[arm]!.AsObject();
        long n = (long)node["n"]!;
        if (node["mean"] is { } mean)
        {
            return new MeanArm(n, (double)mean, (double)node["var"]!);
        }

        if (node["x"] is { } x)
        {
            // A rate's variance is p(1-p).
            double rate = (double)x / n;
            return new MeanArm(n, rate, rate * (1 - rate));
        }

        return MeanArm.FromCentred(n, 0, (double)node["sum"]!, (double)node["sum_squares"]!);
    }

    public BinomialArm Binomial(string arm)
    {
        JsonObject node = Inputs[arm]!.AsObject();
        return new BinomialArm((long)node["n"]!, (long)node["x"]!);
    }

    /// <summary>The alternative, two-sided where the vector names none.</summary>
    public Alternative Alternative => (string?)Inputs["alternative"] switch
    {
        null or "two-sided" => Alternative.TwoSided,
        "greater" => Alternative.Greater,
        "less" => Alternative.Less,
        { } other => throw new InvalidOperationException($"{Id} has an alternative {other}."),
    };

    public double Number(string field) => (double)Inputs[field]!;

    public override string ToString() => Id;

    private void Check(string field, JsonNode? expected, double? actual)
    {
        if (expected is null)
        {
            Assert.Null(actual);
            return;
        }

        if (expected.GetValueKind() == JsonValueKind.String)
        {
            Assert.Contains("Infinity", (string)expected!, StringComparison.Ordinal);
            Assert.Null(actual);
            return;
        }

        Assert.NotNull(actual);
        JsonObject tolerance = _node["tolerance"]!.AsObject();
        double value = (double)expected;
        double rel = (double)(
            field.Split('.').Select(part => tolerance[$"rel_{part}"]).FirstOrDefault(own => own is not null)
            ?? tolerance["rel"]
            ?? 0.0)!;
        double abs = (double)(tolerance["abs"] ?? 0.0)!;
        double error = Math.Abs(actual.Value - value);
        Assert.True(
            error <= rel * Math.Abs(value) || error <= abs,
            FormattableString.Invariant($"{Id} {field}: expected {value:R}, got {actual:R}, relative {error / Math.Abs(value):E2}"));
    }
}
