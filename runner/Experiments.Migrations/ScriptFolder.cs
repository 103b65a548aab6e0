using System.Globalization;
using System.Text;

namespace Experiments.Migrations;

/// <summary>All scripts of a deployment, validated and in the order in which they run.</summary>
public sealed class ScriptFolder
{
    private const int NumberLength = 4;
    private const string Extension = ".sql";
    private const string DbUpHost = "deploy.cs";
    private const string OrderFile = "order.txt";

    /// <summary>Scripts that are at hand already; <see cref="Load"/> reads them from folders.</summary>
    /// <param name="numbered">Transitions in the order of their numbers.</param>
    /// <param name="definitions">Definitions in the order in which they run.</param>
    /// <exception cref="DeploymentException">A numbered name is wrong.</exception>
    public ScriptFolder(IReadOnlyList<Script> numbered, IReadOnlyList<Script> definitions)
    {
        ArgumentNullException.ThrowIfNull(numbered);
        ArgumentNullException.ThrowIfNull(definitions);
        Validate(numbered.Select(script => script.Name));
        Numbered = numbered;
        Definitions = definitions;
    }

    /// <summary>Transitions, 0001 first.</summary>
    public IReadOnlyList<Script> Numbered { get; }

    /// <summary>Definitions in the order of order.txt.</summary>
    public IReadOnlyList<Script> Definitions { get; }

    /// <summary>Reads and validates the scripts of two folders.</summary>
    /// <param name="migrationsDir">The folder of <c>NNNN_verb_object.sql</c>; beside them only deploy.cs.</param>
    /// <param name="databaseDir">The folder of definitions, which order.txt lists once each.</param>
    /// <exception cref="DeploymentException">A folder is missing, or a file in it is not as it must be.</exception>
    public static ScriptFolder Load(string migrationsDir, string databaseDir)
    {
        RequireFolder(migrationsDir);
        RequireFolder(databaseDir);
        return new ScriptFolder(LoadNumbered(migrationsDir), LoadDefinitions(databaseDir));
    }

    private static List<Script> LoadNumbered(string folder)
    {
        var names = Directory.EnumerateFileSystemEntries(folder)
            .Select(path => Path.GetFileName(path))
            .Where(name => name != DbUpHost)
            .Order(StringComparer.Ordinal)
            .ToList();
        Validate(names);
        return names
            .Select(name => new Script(ScriptKind.Numbered, name, ReadText(Path.Combine(folder, name), name)))
            .ToList();
    }

    private static List<Script> LoadDefinitions(string folder)
    {
        var orderPath = Path.Combine(folder, OrderFile);
        if (!File.Exists(orderPath))
        {
            throw new DeploymentException($"There is no {OrderFile} in {folder}.");
        }

        var present = Directory.EnumerateFiles(folder, "*" + Extension, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'))
            .ToHashSet(StringComparer.Ordinal);
        var ordered = ReadText(orderPath, OrderFile)
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#'))
            .ToList();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in ordered)
        {
            if (!seen.Add(name))
            {
                throw new DeploymentException($"{OrderFile} lists {name} twice.", name);
            }

            if (!present.Contains(name))
            {
                throw new DeploymentException($"{OrderFile} lists {name}, which is not there.", name);
            }
        }

        if (present.Except(seen, StringComparer.Ordinal).Order(StringComparer.Ordinal).FirstOrDefault() is { } unlisted)
        {
            throw new DeploymentException($"{unlisted} is not listed in {OrderFile}.", unlisted);
        }

        return ordered
            .Select(name => new Script(ScriptKind.Definition, name, ReadText(Path.Combine(folder, name), name)))
            .ToList();
    }

    private static void Validate(IEnumerable<string> names)
    {
        var expected = 0;
        string? previous = null;
        foreach (var name in names)
        {
            expected++;
            if (!IsNumberedName(name))
            {
                throw new DeploymentException(
                    $"{name} is not named NNNN_verb_object.sql (four digits, then lower-case words).", name);
            }

            var number = int.Parse(name.AsSpan(0, NumberLength), NumberStyles.None, CultureInfo.InvariantCulture);
            if (previous is not null && name.AsSpan(0, NumberLength).SequenceEqual(previous.AsSpan(0, NumberLength)))
            {
                throw new DeploymentException($"{previous} and {name} have the same number.", name);
            }

            if (number != expected)
            {
                throw new DeploymentException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{name} follows a gap: number {expected:D4} is missing."),
                    name);
            }

            previous = name;
        }
    }

    /// <summary>Four digits and at least two words of lower-case letters and digits.</summary>
    private static bool IsNumberedName(string name)
    {
        if (!name.EndsWith(Extension, StringComparison.Ordinal) || name.Length <= NumberLength + Extension.Length)
        {
            return false;
        }

        var words = name[..^Extension.Length].Split('_');
        return words.Length >= 3
            && words[0].Length == NumberLength
            && words[0].All(char.IsAsciiDigit)
            && words.Skip(1).All(IsLowerCaseWord);
    }

    private static bool IsLowerCaseWord(string word) =>
        word.Length > 0 && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c));

    private static void RequireFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DeploymentException($"There is no folder {folder}.");
        }
    }

    private static string ReadText(string path, string name)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)
                .GetString(File.ReadAllBytes(path))
                .TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new DeploymentException($"{name} is not UTF-8 text.", name, inner: exception);
        }
    }
}
