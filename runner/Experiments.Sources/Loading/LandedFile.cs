using System.IO.Compression;
using System.Security.Cryptography;

namespace Experiments.Sources;

/// <summary>A file to load: its name, size and hash, and its content unpacked.</summary>
internal sealed class LandedFile
{
    private static readonly string[] Delimited = [".csv", ".tsv"];
    private static readonly string[] Lines = [".ndjson", ".jsonl", ".json"];

    private LandedFile(string path, string extension, bool isPacked)
    {
        FilePath = path;
        Extension = extension;
        IsPacked = isPacked;
    }

    internal string FilePath { get; }

    internal string Name => Path.GetFileName(FilePath);

    internal long Bytes { get; private init; }

    internal string Sha256 { get; private init; } = "";

    internal bool IsJson => Lines.Contains(Extension);

    internal char Separator => Extension == ".tsv" ? '\t' : ',';

    private string Extension { get; }

    private bool IsPacked { get; }

    /// <summary>The files that paths and globs (*, ?, **) name, in ordinal order; each once.</summary>
    /// <param name="patterns">Paths, globs, and folders where the source reads folders.</param>
    /// <param name="ofFolder">The files of a folder that are read.</param>
    internal static IReadOnlyList<string> Expand(IReadOnlyList<string> patterns, IReadOnlyList<string> ofFolder)
    {
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var pattern in patterns)
        {
            if (!pattern.Contains('*', StringComparison.Ordinal) && !pattern.Contains('?', StringComparison.Ordinal))
            {
                if (Directory.Exists(pattern) && ofFolder.Count > 0)
                {
                    var before = files.Count;
                    files.UnionWith(ofFolder.SelectMany(p => Directory.EnumerateFiles(pattern, p)));
                    if (files.Count == before)
                    {
                        throw new LoadException($"The folder '{pattern}' has no file {string.Join(" or ", ofFolder)}.");
                    }

                    continue;
                }

                if (Directory.Exists(pattern))
                {
                    throw new LoadException($"'{pattern}' is a folder; name its files, such as '{Path.Combine(pattern, "*.csv")}'.");
                }

                files.Add(File.Exists(pattern) ? pattern : throw new LoadException($"The file '{pattern}' does not exist."));
                continue;
            }

            var found = Glob(pattern).ToList();
            if (found.Count == 0)
            {
                throw new LoadException($"No file matches '{pattern}'.");
            }

            files.UnionWith(found);
        }

        return files.Count > 0 ? [.. files] : throw new LoadException("No file was named.");
    }

    /// <summary>Hashes a file and looks at its beginning; what cannot be loaded is refused in one sentence.</summary>
    internal static async Task<LandedFile> InspectAsync(string path, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(path);
        var packed = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        var extension = Path.GetExtension(packed ? name[..^3] : name).ToLowerInvariant();
        if (!Delimited.Contains(extension) && !Lines.Contains(extension))
        {
            throw new LoadException(
                $"The file '{path}' ends in '{extension}'; allowed are {string.Join(", ", Delimited.Concat(Lines))}, each also with .gz.");
        }

        try
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            var file = new LandedFile(path, extension, packed)
            {
                Bytes = stream.Length,
                Sha256 = await HashAsync(stream, cancellationToken).ConfigureAwait(false),
            };
            file.RequireText();
            return file;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new LoadException($"The file '{path}' cannot be read: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new LoadException($"The file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>In blocks of a megabyte: SHA256.HashDataAsync reads 4 KB at a time, which takes longer than hashing them.</summary>
    private static async Task<string> HashAsync(FileStream stream, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 20];
        int count;
        while ((count = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            hash.AppendData(block, 0, count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The content, unpacked; the second stream tells how far the file is read.</summary>
    internal (Stream Content, FileStream File) Open()
    {
        var file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return (IsPacked ? new GZipStream(file, CompressionMode.Decompress) : file, file);
    }

    /// <summary>The first lines, at most so many, without a byte order mark; the last may be cut off.</summary>
    internal IReadOnlyList<string> Head(int lines)
    {
        using var content = Open().Content;
        var head = new byte[1 << 16];
        var count = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return [.. System.Text.Encoding.UTF8.GetString(head, 0, count).TrimStart('\uFEFF').Split('\n')
            .Select(static l => l.TrimEnd('\r')).Where(static l => l.Length > 0).Take(lines)];
    }

    /// <summary>The file's name without its endings.</summary>
    internal string BareName
    {
        get
        {
            var name = IsPacked ? Name[..^3] : Name;
            return Path.GetFileNameWithoutExtension(name);
        }
    }

    private void RequireText()
    {
        var head = new byte[4096];
        int count;
        try
        {
            using var content = Open().Content;
            count = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw new LoadException($"The file '{FilePath}' is no gzip file.", e);
        }

        if (count == 0)
        {
            throw new LoadException($"The file '{FilePath}' is empty.");
        }

        if (head.AsSpan(0, count).Contains((byte)0))
        {
            throw new LoadException($"The file '{FilePath}' is a binary file, not text in UTF-8.");
        }
    }

    private static IEnumerable<string> Glob(string pattern)
    {
        var parts = pattern.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var fixedParts = parts.TakeWhile(static p => !p.Contains('*', StringComparison.Ordinal) && !p.Contains('?', StringComparison.Ordinal)).ToArray();
        var root = fixedParts.Length == 0 ? "." : string.Join(Path.DirectorySeparatorChar, fixedParts);
        root = root.Length == 0 ? Path.DirectorySeparatorChar.ToString() : root;
        return Directory.Exists(root) ? Match(root, parts.AsMemory(fixedParts.Length), fixedParts.Length == 0) : [];
    }

    private static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> parts, bool isBare)
    {
        var part = parts.Span[0];
        var rest = parts[1..];
        if (part == "**")
        {
            if (rest.IsEmpty)
            {
                return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories);
            }

            return Match(folder, rest, isBare).Concat(
                Directory.EnumerateDirectories(folder).SelectMany(d => Match(d, parts, false))).Distinct(StringComparer.Ordinal);
        }

        if (rest.IsEmpty)
        {
            return Directory.EnumerateFiles(folder, part).Select(f => isBare ? Path.GetFileName(f) : f);
        }

        return Directory.EnumerateDirectories(folder, part).SelectMany(d => Match(d, rest, false));
    }
}
