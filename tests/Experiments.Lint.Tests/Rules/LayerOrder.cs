using System.Collections.Frozen;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>DESIGN 3: data flows raw, staging, marts, results; a layer reads none that comes after it.</summary>
internal sealed class LayerOrder() : Rule("layer-order", "a layer reads one that is made from it", "read the layer before")
{
    private static readonly FrozenDictionary<string, int> Layers = new Dictionary<string, int>
    {
        ["raw"] = 0, ["staging"] = 1, ["marts"] = 2, ["results"] = 3,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    protected override IEnumerable<Hit> Find(Script script) =>
        script.Place is { } place && Layers.TryGetValue(place.Folder, out var own)
            ? script.All<NamedTableReference>()
                .Where(t => t.SchemaObject.SchemaIdentifier is { } schema && Layers.TryGetValue(schema.Value, out var other) && other > own)
                .Select(static t => Hit.At(t))
            : [];
}
