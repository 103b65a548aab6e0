namespace Experiments.Sources;

/// <summary>What kind of file a file is: its source, and its layout where it has no header.</summary>
/// <param name="Format">The source: the one asked for, or another one that the first line names.</param>
/// <param name="Layout">The layout of a file without a header; null where there is a header or the file is JSON.</param>
/// <param name="FileName">The column and value that the file's name gives.</param>
internal sealed record FileShape(SourceFormat Format, SourceLayout? Layout, (string Column, string Value)? FileName)
{
    /// <summary>Lines looked at: the first ones may be broken, which is no reason to refuse the others.</summary>
    private const int Lines = 50;

    internal static FileShape Of(LandedFile file, SourceFormat format, IEnumerable<SourceFormat> others)
    {
        if (file.IsJson)
        {
            return new FileShape(format, null, null);
        }

        var head = file.Head(Lines);
        if (head.Count > 0 && others.FirstOrDefault(
            f => f.HeaderStart is { } start && head[0].StartsWith(start, StringComparison.Ordinal)) is { } named)
        {
            return new FileShape(named, null, null);
        }

        if (head.Count == 0 || format.Layouts.Count == 0)
        {
            return new FileShape(format, null, null);
        }

        var first = head[0].Split(file.Separator).Select(static f => f.Trim()).ToList();
        if (IsHeader(first, format))
        {
            var byName = format.Layouts.FirstOrDefault(
                l => IsNamed(l, file) && l.FileNameColumn is { } c && !format.NamesOf(c).Any(first.Contains));
            return new FileShape(format, null, FileNameValue(byName, file));
        }

        var counts = head.Select(l => l.Split(file.Separator).Length).ToList();
        var fitting = format.Layouts
            .Where(l => IsNamed(l, file))
            .Select(l => (Layout: l, Lines: counts.Count(c => c == l.Columns.Count)))
            .Where(static l => l.Lines > 0)
            .OrderByDescending(static l => l.Lines)
            .Select(static l => l.Layout)
            .FirstOrDefault()
            ?? throw new LoadException(
                $"The file '{file.FilePath}' has no header of {format.Name}, and lines of {counts[0]} fields; without a header it takes "
                + string.Join(" or ", format.Layouts.Select(static l =>
                    $"{l.Columns.Count} fields ({string.Join(", ", l.Columns)}{(l.FileNamePrefix is { } p ? $"; the file's name is {p}… and gives {l.FileNameColumn}" : "")})"))
                + ".");
        return new FileShape(format, fitting, FileNameValue(fitting, file));
    }

    private static bool IsNamed(SourceLayout layout, LandedFile file) =>
        layout.FileNamePrefix is not { } prefix || file.Name.StartsWith(prefix, StringComparison.Ordinal);

    private static (string Column, string Value)? FileNameValue(SourceLayout? layout, LandedFile file) =>
        layout?.FileNameColumn is { } column ? (column, file.BareName[(layout.FileNamePrefix?.Length ?? 0)..]) : null;

    /// <summary>Every field is a name that a column of the source goes by.</summary>
    private static bool IsHeader(IReadOnlyList<string> fields, SourceFormat format) =>
        fields.All(field => format.Columns.Any(column => format.NamesOf(column).Contains(field)));
}
