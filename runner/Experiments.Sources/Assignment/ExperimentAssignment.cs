namespace Experiments.Sources;

/// <summary>An experiment's part of a layer.</summary>
/// <param name="Salt">The layer's.</param>
/// <param name="From">The first bucket that belongs to the experiment.</param>
/// <param name="To">The first bucket after it.</param>
public sealed record LayerRange(string Salt, int From, int To);

/// <summary>A holdout: units whose bucket under its salt is below the count are in no experiment.</summary>
/// <param name="Salt">The holdout's.</param>
/// <param name="BucketCount">How many of the 10,000.</param>
public sealed record HoldoutBuckets(string Salt, int BucketCount);

/// <summary>What a unit gets: a variation, or the reason for none.</summary>
/// <param name="Bucket">Under the experiment's salt, 0 to 9,999.</param>
/// <param name="VariationId">Null where the unit takes no part.</param>
/// <param name="ReasonCode"><c>holdout</c> or <c>other_layer_range</c> where it takes none; else null.</param>
public sealed record UnitAssignment(int Bucket, string? VariationId, string? ReasonCode);

/// <summary>
/// Assigns units of one experiment at one time: none to those in a holdout, none to those whose bucket of the layer
/// belongs to others, to all others a variation by the experiment's own salt. The same answer as the T-SQL function
/// <c>catalog.assigned_variation</c>.
/// </summary>
/// <param name="variations">By the experiment's salt and the weights of the time.</param>
/// <param name="layer">The experiment's part of its layer; null where it is in none.</param>
/// <param name="holdouts">Those that hold at the time.</param>
public sealed class ExperimentAssignment(
    HashAssignment variations, LayerRange? layer, IReadOnlyList<HoldoutBuckets> holdouts)
{
    private readonly HashAssignment? _layer = layer is null ? null : new HashAssignment(layer.Salt, []);
    private readonly HashAssignment[] _holdouts = [.. holdouts.Select(static h => new HashAssignment(h.Salt, []))];

    /// <summary>The variation of a unit, or none.</summary>
    /// <exception cref="ArgumentException">The unit's id has more than 128 bytes in UTF-8.</exception>
    public UnitAssignment Assign(string unitId)
    {
        var (bucket, variation) = variations.Assign(unitId);
        for (var i = 0; i < _holdouts.Length; i++)
        {
            if (_holdouts[i].Bucket(unitId) < holdouts[i].BucketCount)
            {
                return new UnitAssignment(bucket, null, "holdout");
            }
        }

        return _layer is not null && _layer.Bucket(unitId) is var place && (place < layer!.From || place >= layer.To)
            ? new UnitAssignment(bucket, null, "other_layer_range")
            : new UnitAssignment(bucket, variation, null);
    }
}
