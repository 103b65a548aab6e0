namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 1: UTF-8 without byte order mark.</summary>
internal sealed class ByteOrderMark() : Rule(
    "byte-order-mark", "the file begins with a byte order mark", "save it as UTF-8 without one")
{
    protected override IEnumerable<Hit> Find(Script script)
    {
        if (script.Bytes.AsSpan().StartsWith<byte>([0xEF, 0xBB, 0xBF]))
        {
            yield return new Hit(1, 1);
        }
    }
}
