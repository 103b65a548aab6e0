using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Experiments.Migrations;

/// <summary>When a script runs.</summary>
public enum ScriptKind
{
    /// <summary>A transition in migrations/: runs once, is never edited.</summary>
    Numbered,

    /// <summary>A definition in database/: runs again whenever its text changed.</summary>
    Definition,
}

/// <summary>The engines that a script's <c>-- engines:</c> header can name.</summary>
public enum ScriptEngine
{
    /// <summary>SQL Server and Azure SQL.</summary>
    SqlServer,

    /// <summary>The local engine.</summary>
    Local,

    /// <summary>Microsoft Fabric Warehouse.</summary>
    Fabric,
}

/// <summary>One script file: its text with LF endings and no BOM, its checksum and its header.</summary>
public sealed class Script
{
    private const int MaxNameLength = 255;
    private const string EnginesHeader = "engines";
    private const string TransactionHeader = "transaction";

    private static readonly FrozenDictionary<string, ScriptEngine> EngineNames = new Dictionary<string, ScriptEngine>
    {
        ["sqlserver"] = ScriptEngine.SqlServer,
        ["local"] = ScriptEngine.Local,
        ["fabric"] = ScriptEngine.Fabric,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Lazy<ScriptText> _text;

    /// <summary>A script of the given kind, name and text.</summary>
    /// <param name="kind">When it runs.</param>
    /// <param name="name">The bare file name; for a definition the path below database/ with '/'.</param>
    /// <param name="text">The file's text; a BOM and CR before LF are taken off.</param>
    /// <exception cref="DeploymentException">The name is too long or the header is wrong.</exception>
    public Script(ScriptKind kind, string name, string text)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(text);
        if (Encoding.UTF8.GetByteCount(name) > MaxNameLength)
        {
            throw new DeploymentException($"The name of {name} is longer than {MaxNameLength} bytes.", name);
        }

        if (name.Any(c => c == '\'' || char.IsControl(c)))
        {
            throw new DeploymentException($"The name {name} has a quote or a control character in it.", name);
        }

        Kind = kind;
        Name = name;
        Text = Normalized(text);
        Checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
        (Engines, IsTransactional) = ReadHeader(name, Text);
        _text = new Lazy<ScriptText>(() => ScriptText.Parse(Name, Text));
    }

    /// <summary>When it runs.</summary>
    public ScriptKind Kind { get; }

    /// <summary>0001_create_schemas.sql, or marts/refresh_experiment.sql.</summary>
    public string Name { get; }

    /// <summary>The text with LF endings and no BOM.</summary>
    public string Text { get; }

    /// <summary>SHA-256 over <see cref="Text"/> in UTF-8: 64 lower-case hexadecimal digits.</summary>
    public string Checksum { get; }

    /// <summary>The engines that it is for; all of them where the header names none.</summary>
    public IReadOnlySet<ScriptEngine> Engines { get; }

    /// <summary>False with the header <c>-- transaction: none</c>.</summary>
    public bool IsTransactional { get; }

    /// <summary>The batches between its GOs.</summary>
    /// <exception cref="DeploymentException">The text is no T-SQL, or does what a script may not.</exception>
    public IReadOnlyList<ScriptBatch> Batches => Content.Batches;

    internal ScriptText Content
    {
        get
        {
            var content = _text.Value;
            if (!IsTransactional && content.StatementCount != 1)
            {
                throw new DeploymentException(
                    $"{Name} says '-- transaction: none' and has {content.StatementCount} statements; it may have one.",
                    Name);
            }

            return content;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static string Normalized(string text) =>
        (text.StartsWith('\uFEFF') ? text[1..] : text)
            .Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace('\r', '\n');

    private static (FrozenSet<ScriptEngine> Engines, bool IsTransactional) ReadHeader(string name, string text)
    {
        var engines = Enum.GetValues<ScriptEngine>().ToFrozenSet();
        var isTransactional = true;
        foreach (var (key, value, line) in ScriptText.HeaderLines(text))
        {
            switch (key)
            {
                case EnginesHeader:
                    engines = value.Split(',', StringSplitOptions.TrimEntries)
                        .Select(engine => EngineNames.TryGetValue(engine, out var known)
                            ? known
                            : throw new DeploymentException(
                                $"{name} names the engine '{engine}'; allowed are sqlserver, local and fabric.",
                                name,
                                line))
                        .ToFrozenSet();
                    break;
                case TransactionHeader:
                    isTransactional = value == "none"
                        ? false
                        : throw new DeploymentException(
                            $"{name} says '-- transaction: {value}'; the only value is none.", name, line);
                    break;
                default:
                    break;
            }
        }

        return (engines, isTransactional);
    }
}
