using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Experiments.Sources;

/// <summary>A variation's buckets: from <paramref name="From"/>, below <paramref name="To"/>.</summary>
public sealed record BucketRange(string VariationId, int From, int To);

/// <summary>
/// Assigns units to variations by hash: deterministic, uniform, independent between salts. The same as the T-SQL
/// function <c>catalog.assigned_variation</c>: the first 7 bytes of SHA-256 over the UTF-8 text <c>salt:unit</c>, as a
/// big-endian integer, modulo 10,000.
/// </summary>
/// <param name="salt">The experiment's salt.</param>
/// <param name="ranges">The buckets of each variation (<c>catalog.variation_buckets</c>).</param>
public sealed class HashAssignment(string salt, IReadOnlyList<BucketRange> ranges)
{
    /// <summary>Buckets in all.</summary>
    public const int BucketCount = 10_000;

    private const int LongestText = 1024;

    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(salt + ":");

    /// <summary>The bucket of a unit, 0 to 9,999.</summary>
    /// <exception cref="ArgumentException">The unit's id has more than 128 bytes in UTF-8.</exception>
    public int Bucket(string unitId)
    {
        Span<byte> text = stackalloc byte[LongestText];
        _prefix.CopyTo(text);
        if (Encoding.UTF8.GetByteCount(unitId) > 128)
        {
            throw new ArgumentException($"The unit id '{unitId}' has more than 128 bytes in UTF-8.", nameof(unitId));
        }

        var length = _prefix.Length + Encoding.UTF8.GetBytes(unitId, text[_prefix.Length..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return (int)((BinaryPrimitives.ReadUInt64BigEndian(hash) >> 8) % BucketCount);
    }

    /// <summary>The bucket of a unit and the variation that owns it.</summary>
    public (int Bucket, string VariationId) Assign(string unitId)
    {
        var bucket = Bucket(unitId);
        foreach (var range in ranges)
        {
            if (bucket >= range.From && bucket < range.To)
            {
                return (bucket, range.VariationId);
            }
        }

        throw new InvalidOperationException($"No variation owns bucket {bucket}: the ranges have a gap.");
    }
}
