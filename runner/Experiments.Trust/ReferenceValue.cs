using System.Text.Json;

namespace Experiments.Trust;

/// <summary>
/// One reference value: what a method gives for some inputs according to an independent source. A file of them is a JSON
/// list of objects <c>{id, method, source, inputs, expected, tolerance, verified_by}</c>.
/// </summary>
/// <param name="Id">Its name, once a file.</param>
/// <param name="Method">The method's name, as in <see cref="ReferenceMethods"/>.</param>
/// <param name="Source">Where the numbers are from.</param>
/// <param name="VerifiedBy">What else gave them.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Expected">The numbers expected, by field, nested objects and lists included.</param>
/// <param name="Tolerance">
/// <c>rel</c>, <c>abs</c> (either may hold), and <c>rel_FIELD</c> for one field and what is nested in it.
/// </param>
public sealed record ReferenceValue(
    string Id,
    string Method,
    string? Source,
    string? VerifiedBy,
    JsonElement Inputs,
    JsonElement Expected,
    JsonElement Tolerance)
{
    private const string Resource = "reference_values";

    /// <summary>The reference values that come with the program.</summary>
    /// <returns>All of them, in the order of the file.</returns>
    public static IReadOnlyList<ReferenceValue> Shipped()
    {
        using Stream stream = typeof(ReferenceValue).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
        return Read(stream);
    }

    /// <summary>Reads a file of reference values.</summary>
    /// <param name="stream">The file.</param>
    /// <returns>Its values, in its order.</returns>
    /// <exception cref="FormatException">The file is not a list of such objects; the message says what is wrong.</exception>
    public static IReadOnlyList<ReferenceValue> Read(Stream stream)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream);
            root = document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new FormatException($"This is not JSON: {exception.Message}", exception);
        }

        if (root.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("Reference values are a JSON list of objects.");
        }

        List<ReferenceValue> values = [];
        HashSet<string> ids = new(StringComparer.Ordinal);
        foreach (JsonElement item in root.EnumerateArray())
        {
            ReferenceValue value = ReadOne(item, values.Count + 1);
            if (!ids.Add(value.Id))
            {
                throw new FormatException($"The id '{value.Id}' is there twice.");
            }

            values.Add(value);
        }

        return values;
    }

    private static ReferenceValue ReadOne(JsonElement item, int place)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"Value {place} is no JSON object.");
        }

        string id = Text(item, "id") ?? throw new FormatException($"Value {place} has no id.");
        string method = Text(item, "method") ?? throw new FormatException($"Value '{id}' names no method.");
        return new ReferenceValue(
            id,
            method,
            Text(item, "source"),
            Text(item, "verified_by"),
            Part("inputs", required: true),
            Part("expected", required: true),
            Part("tolerance", required: false));

        JsonElement Part(string name, bool required)
        {
            if (!item.TryGetProperty(name, out JsonElement part))
            {
                return required ? throw new FormatException($"Value '{id}' has no {name}.") : default;
            }

            return part.ValueKind == JsonValueKind.Object
                ? part
                : throw new FormatException($"The {name} of value '{id}' are no JSON object.");
        }
    }

    private static string? Text(JsonElement item, string name) =>
        !item.TryGetProperty(name, out JsonElement value)
            ? null
            : value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText();
}
