namespace Experiments.LocalSql.Tsqlt;

/// <summary>
/// T-SQL's LIKE with %, _, [set] and [^set] in a binary collation, for the two places where tSQLt compares a text with a
/// pattern: AssertLike and ExpectException's @ExpectedMessagePattern.
/// </summary>
internal static class LikePattern
{
    /// <summary>Whether a text is like a pattern.</summary>
    internal static bool Matches(string text, string pattern)
    {
        // A % that matched too little is the only choice to come back to, and only the last one.
        var (t, p) = (0, 0);
        var (retryText, retryPattern) = (0, -1);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '%')
            {
                retryPattern = ++p;
                retryText = t;
            }
            else if (p < pattern.Length && Takes(text[t], pattern, p, out var next))
            {
                p = next;
                t++;
            }
            else if (retryPattern >= 0)
            {
                p = retryPattern;
                t = ++retryText;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '%')
        {
            p++;
        }

        return p == pattern.Length;
    }

    private static bool Takes(char character, string pattern, int at, out int next)
    {
        next = at + 1;
        switch (pattern[at])
        {
            case '_':
                return true;
            case '[':
                return TakesOneOf(character, pattern, at, out next);
            default:
                return pattern[at] == character;
        }
    }

    private static bool TakesOneOf(char character, string pattern, int at, out int next)
    {
        var first = at + 1;
        var isNegated = first < pattern.Length && pattern[first] == '^';
        if (isNegated)
        {
            first++;
        }

        var close = pattern.IndexOf(']', Math.Min(first, pattern.Length));
        if (close < 0)
        {
            // A set that does not close matches nothing.
            next = pattern.Length;
            return false;
        }

        next = close + 1;
        var isIn = false;
        for (var i = first; i < close; i++)
        {
            if (i + 2 < close && pattern[i + 1] == '-')
            {
                isIn |= character >= pattern[i] && character <= pattern[i + 2];
                i += 2;
            }
            else
            {
                isIn |= character == pattern[i];
            }
        }

        return isIn != isNegated;
    }
}
