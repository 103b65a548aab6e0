using System.Collections.Frozen;
using System.Data.Common;

namespace Experiments.Sources;

/// <summary>What a source takes, as catalog.sources and its sisters describe it.</summary>
/// <param name="Name">The name on the command line, such as events.</param>
/// <param name="Table">The table of raw.</param>
/// <param name="Columns">The columns a file can fill, in their order.</param>
/// <param name="Required">The columns that a file or --set must give.</param>
public sealed record SourceFormat(
    string Name, string Table, IReadOnlyList<string> Columns, IReadOnlyList<string> Required)
{
    /// <summary>The column that is load identity and line where a file has none; null for none.</summary>
    public string? GeneratedColumn { get; init; }

    /// <summary>The column that takes, as JSON, the fields that the source does not know; null for none.</summary>
    public string? RestColumn { get; init; }

    /// <summary>The column that keeps the whole line; null for none.</summary>
    public string? LineColumn { get; init; }

    /// <summary>A file whose first line begins so is of this source, whatever the command said; null for none.</summary>
    public string? HeaderStart { get; init; }

    /// <summary>The files of a folder that are read; none where a folder is no input.</summary>
    public IReadOnlyList<string> FolderPatterns { get; init; } = [];

    /// <summary>What files may call a column besides.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> OtherNames { get; init; } =
        FrozenDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>Layouts of files without a header.</summary>
    public IReadOnlyList<SourceLayout> Layouts { get; init; } = [];

    /// <summary>The names that a column may have in a file: its own, then the others.</summary>
    internal IEnumerable<string> NamesOf(string column) =>
        OtherNames.TryGetValue(column, out var others) ? others.Prepend(column) : [column];

    /// <summary>Reads the description of every source.</summary>
    public static async Task<IReadOnlyDictionary<string, SourceFormat>> ReadAllAsync(
        DbConnection connection, CancellationToken cancellationToken)
    {
        var layouts = new Dictionary<string, List<SourceLayout>>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(
            connection,
            "SELECT l.source, l.layout_name, l.column_list, l.file_name_column, l.file_name_prefix FROM catalog.source_layouts AS l ORDER BY l.source, l.layout_name;",
            cancellationToken).ConfigureAwait(false))
        {
            Of(layouts, row[0]!).Add(new SourceLayout(row[1]!, Parts(row[2]), row[3], row[4]));
        }

        var columns = new Dictionary<string, List<(string Name, string? Others, bool IsRequired)>>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(
            connection,
            "SELECT c.source, c.column_name, c.other_names, CASE WHEN c.is_required = 1 THEN 'yes' ELSE 'no' END AS is_required FROM catalog.source_columns AS c ORDER BY c.source, c.column_place;",
            cancellationToken).ConfigureAwait(false))
        {
            Of(columns, row[0]!).Add((row[1]!, row[2], row[3] == "yes"));
        }

        var formats = new Dictionary<string, SourceFormat>(StringComparer.Ordinal);
        await foreach (var row in RowsAsync(
            connection,
            "SELECT s.source, s.raw_table, s.generated_column, s.rest_column, s.line_column, s.folder_patterns, s.header_start FROM catalog.sources AS s ORDER BY s.source;",
            cancellationToken).ConfigureAwait(false))
        {
            var own = Of(columns, row[0]!);
            formats.Add(row[0]!, new SourceFormat(
                row[0]!, row[1]!, [.. own.Select(static c => c.Name)],
                [.. own.Where(static c => c.IsRequired).Select(static c => c.Name)])
            {
                GeneratedColumn = row[2],
                RestColumn = row[3],
                LineColumn = row[4],
                FolderPatterns = Parts(row[5]),
                HeaderStart = row[6],
                OtherNames = own.Where(static c => c.Others is not null).ToFrozenDictionary(
                    static c => c.Name, static c => (IReadOnlyList<string>)Parts(c.Others), StringComparer.Ordinal),
                Layouts = Of(layouts, row[0]!),
            });
        }

        return formats;
    }

    /// <summary>Finds a source; an unknown name is refused with the list of those there are.</summary>
    public static SourceFormat Find(IReadOnlyDictionary<string, SourceFormat> formats, string name) =>
        formats.TryGetValue(name, out var format) ? format : throw new UnknownSourceException(name, formats.Keys);

    private static string[] Parts(string? list) =>
        list is null ? [] : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static List<T> Of<T>(Dictionary<string, List<T>> lists, string key)
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        return list;
    }

    private static async IAsyncEnumerable<string?[]> RowsAsync(
        DbConnection connection, string sql,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var row = new string?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
            }

            yield return row;
        }
    }
}

/// <summary>A layout of files without a header.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Columns">The columns in the order of the fields.</param>
/// <param name="FileNameColumn">The column that the file's name gives; null for none.</param>
/// <param name="FileNamePrefix">How the name of such a file begins; the rest, without endings, is the value.</param>
public sealed record SourceLayout(
    string Name, IReadOnlyList<string> Columns, string? FileNameColumn, string? FileNamePrefix);

/// <summary>A load that cannot be done; the message is one sentence that names the file and the reason.</summary>
public class LoadException : Exception
{
    /// <summary>Creates the error.</summary>
    public LoadException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>A source that the catalog does not describe.</summary>
public sealed class UnknownSourceException(string name, IEnumerable<string> known)
    : LoadException($"The source '{name}' is unknown; allowed are {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
