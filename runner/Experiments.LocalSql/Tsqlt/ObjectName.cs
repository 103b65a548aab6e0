using System.Text;
using Experiments.LocalSql.Binding;

namespace Experiments.LocalSql.Tsqlt;

/// <summary>A name of one or two parts, as tSQLt's procedures take it in a string: <c>a.b</c> or <c>[a].[b c]</c>.</summary>
internal sealed record ObjectName(string? Schema, string Name)
{
    /// <summary>Both parts in brackets, as QUOTENAME writes them.</summary>
    internal string Quoted => (Schema is null ? "" : Quote(Schema) + ".") + Quote(Name);

    internal bool IsTemporary => Schema is null && Name.StartsWith('#');

    internal static string Quote(string name) => "[" + name.Replace("]", "]]", StringComparison.Ordinal) + "]";

    internal static string Quote(CatalogObject item) => Quote(item.Schema) + "." + Quote(item.Name);

    /// <summary>Splits a name; null where it is none (empty, three parts, a bracket that does not close).</summary>
    internal static ObjectName? Parse(string? text)
    {
        var parts = Parts(text ?? "");
        return parts switch
        {
            [var name] when name.Length > 0 => new ObjectName(null, name),
            [var schema, var name] when schema.Length > 0 && name.Length > 0 => new ObjectName(schema, name),
            _ => null,
        };
    }

    private static List<string> Parts(string text)
    {
        var parts = new List<string>();
        var part = new StringBuilder();
        var position = 0;
        while (true)
        {
            part.Clear();
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position < text.Length && text[position] is '[' or '"')
            {
                var close = text[position] == '[' ? ']' : '"';
                for (position++; ; position++)
                {
                    if (position >= text.Length)
                    {
                        return [];
                    }

                    if (text[position] != close)
                    {
                        part.Append(text[position]);
                    }
                    else if (position + 1 < text.Length && text[position + 1] == close)
                    {
                        part.Append(close);
                        position++;
                    }
                    else
                    {
                        position++;
                        break;
                    }
                }
            }
            else
            {
                for (; position < text.Length && text[position] != '.'; position++)
                {
                    part.Append(text[position]);
                }
            }

            parts.Add(part.ToString());
            if (position >= text.Length)
            {
                return parts;
            }

            if (text[position] != '.')
            {
                return [];
            }

            position++;
        }
    }
}
