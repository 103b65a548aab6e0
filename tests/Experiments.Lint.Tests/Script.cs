using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>
/// A script with its syntax tree, by SQL Server 2019's grammar: nodes by type, parents, tokens, and the types of columns
/// that the migrations declare. <c>dbo.SchemaVersions</c>, DbUp's journal, is left out of the nodes.
/// </summary>
internal sealed class Script
{
    private readonly List<TSqlFragment> _nodes = [];
    private readonly Dictionary<TSqlFragment, TSqlFragment> _parents = new(ByReference.Instance);

    private Script(string path, byte[] bytes, string text, TSqlScript tree, TableTypes tables)
    {
        Path = path;
        Bytes = bytes;
        Text = text;
        Tree = tree;
        Types = new ExpressionTypes(this, tables.With(tree));
        Add(tree);
    }

    /// <summary>The path from the repository's root, with slashes.</summary>
    internal string Path { get; }

    internal byte[] Bytes { get; }

    internal string Text { get; }

    internal TSqlScript Tree { get; }

    internal ExpressionTypes Types { get; }

    internal bool IsMigration => Path.StartsWith("migrations/", StringComparison.Ordinal);

    internal bool IsDefinition => Path.StartsWith("database/", StringComparison.Ordinal);

    /// <summary>Whether the header says that only a server runs it.</summary>
    internal bool IsServerOnly => Tree.ScriptTokenStream
        .TakeWhile(static t => IsBlank(t))
        .Any(static t => t.TokenType == TSqlTokenType.SingleLineComment
            && string.Equals(t.Text.Trim(), "-- engines: sqlserver", StringComparison.Ordinal));

    internal IReadOnlyList<string> Lines => Text.Split('\n');

    /// <summary>The definition's folder and file name, where a definition has them: database/folder/name.sql.</summary>
    internal (string Folder, string Name)? Place =>
        IsDefinition && Path.Split('/') is [_, var folder, var file] ? (folder, System.IO.Path.GetFileNameWithoutExtension(file)) : null;

    /// <exception cref="FormatException">The script is no T-SQL of SQL Server 2019.</exception>
    internal static Script Parse(string path, byte[] bytes, TableTypes tables, Func<string, string>? edit = null)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        text = edit is null ? text : edit(text);
        using var reader = new StringReader(text);
        var tree = (TSqlScript)new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        return errors.Count > 0
            ? throw new FormatException(FormattableString.Invariant(
                $"{path}:{errors[0].Line}:{errors[0].Column}: syntax: {errors[0].Message}"))
            : new Script(path, bytes, text, tree, tables);
    }

    internal static Script Load(string path, TableTypes tables) => Parse(path, Repository.Read(path), tables);

    internal IEnumerable<T> All<T>()
        where T : TSqlFragment => _nodes.OfType<T>();

    internal IEnumerable<T> Below<T>(TSqlFragment node)
        where T : TSqlFragment
    {
        var found = new List<TSqlFragment>();
        node.Accept(new Collector(found));
        return found.Where(_parents.ContainsKey).OfType<T>();
    }

    internal TSqlFragment? Parent(TSqlFragment node) => _parents.GetValueOrDefault(node);

    internal IEnumerable<TSqlFragment> Ancestors(TSqlFragment node)
    {
        for (var parent = Parent(node); parent is not null; parent = Parent(parent))
        {
            yield return parent;
        }
    }

    internal bool IsInside<T>(TSqlFragment node)
        where T : TSqlFragment => Ancestors(node).OfType<T>().Any();

    /// <summary>The token before a node's first one, comments and blanks left out.</summary>
    internal TSqlParserToken? Before(TSqlFragment node) => Token(node.FirstTokenIndex - 1, -1);

    /// <summary>The token after a node's last one, comments and blanks left out.</summary>
    internal TSqlParserToken? After(TSqlFragment node) => Token(node.LastTokenIndex + 1, 1);

    internal TSqlParserToken? Token(int index, int step)
    {
        var tokens = Tree.ScriptTokenStream;
        while (index >= 0 && index < tokens.Count && IsBlank(tokens[index]))
        {
            index += step;
        }

        return index >= 0 && index < tokens.Count ? tokens[index] : null;
    }

    internal static bool IsBlank(TSqlParserToken token) => token.TokenType is
        TSqlTokenType.WhiteSpace or TSqlTokenType.SingleLineComment or TSqlTokenType.MultilineComment;

    internal static bool Is(TSqlParserToken? token, string word) =>
        token is not null && string.Equals(token.Text, word, StringComparison.OrdinalIgnoreCase);

    internal static string TextOf(TSqlFragment node) => string.Concat(
        node.ScriptTokenStream.Skip(node.FirstTokenIndex).Take(node.LastTokenIndex - node.FirstTokenIndex + 1)
            .Select(static t => t.Text));

    private static bool IsJournal(TSqlFragment node) => node is CreateTableStatement { SchemaObjectName: var name }
        && name.SchemaIdentifier?.Value == "dbo" && name.BaseIdentifier.Value == "SchemaVersions";

    private void Add(TSqlFragment node)
    {
        if (IsJournal(node))
        {
            return;
        }

        _nodes.Add(node);
        var below = new List<TSqlFragment>();
        node.AcceptChildren(new Collector(below));

        // Each node below has this parent until a nearer one claims it.
        var seen = new HashSet<TSqlFragment>(ByReference.Instance);
        foreach (var child in below)
        {
            if (!seen.Add(child))
            {
                continue;
            }

            var grandchildren = new List<TSqlFragment>();
            child.AcceptChildren(new Collector(grandchildren));
            seen.UnionWith(grandchildren);
            _parents[child] = node;
            Add(child);
        }
    }

    private sealed class Collector(List<TSqlFragment> found) : TSqlFragmentVisitor
    {
        public override void Visit(TSqlFragment node) => found.Add(node);
    }

    private sealed class ByReference : IEqualityComparer<TSqlFragment>
    {
        internal static ByReference Instance { get; } = new();

        public bool Equals(TSqlFragment? x, TSqlFragment? y) => ReferenceEquals(x, y);

        public int GetHashCode(TSqlFragment obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
