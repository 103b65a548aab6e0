using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Migrations;

/// <summary>What the T-SQL parser sees in a script: batches, statements, the objects that it drops.</summary>
internal sealed class ScriptText
{
    private ScriptText(
        IReadOnlyList<ScriptBatch> batches,
        IReadOnlyList<BatchShape> shapes,
        int statementCount,
        IReadOnlyList<string> droppedObjects)
    {
        Batches = batches;
        Shapes = shapes;
        StatementCount = statementCount;
        DroppedObjects = droppedObjects;
    }

    internal IReadOnlyList<ScriptBatch> Batches { get; }

    /// <summary>One for each batch.</summary>
    internal IReadOnlyList<BatchShape> Shapes { get; }

    internal int StatementCount { get; }

    /// <summary>Views, procedures and functions that it drops, as schema.object.</summary>
    internal IReadOnlyList<string> DroppedObjects { get; }

    /// <summary>The batches of <paramref name="text"/>, each checked to be T-SQL.</summary>
    /// <exception cref="DeploymentException">It is not, or a batch begins or ends a transaction.</exception>
    internal static ScriptText Parse(string name, string text)
    {
        var parser = new TSql150Parser(initialQuotedIdentifiers: true);
        var batches = new List<ScriptBatch>();
        var shapes = new List<BatchShape>();
        var statements = 0;
        var visitor = new StatementVisitor();
        foreach (var batch in Split(name, text))
        {
            using var reader = new StringReader(batch.Text);
            var script = (TSqlScript)parser.Parse(reader, out var errors);
            if (errors.Count > 0)
            {
                var line = batch.StartLine + errors[0].Line - 1;
                throw new DeploymentException(
                    $"{name}, line {line}, column {errors[0].Column}: {errors[0].Message.TrimEnd('.')}.", name, line)
                {
                    Batch = batches.Count + 1,
                    Fragment = batch.Text,
                };
            }

            var inBatch = script.Batches.SelectMany(part => part.Statements).ToList();
            if (inBatch.Count == 0)
            {
                continue;
            }

            visitor.TransactionStatement = null;
            script.Accept(visitor);
            if (visitor.TransactionStatement is { } transaction)
            {
                var line = batch.StartLine + transaction.StartLine - 1;
                throw new DeploymentException(
                    $"{name}, line {line}: a script runs in one transaction, which it may neither begin nor end.",
                    name,
                    line);
            }

            statements += inBatch.Count;
            shapes.Add(MustBeAlone(inBatch[0]) ? BatchShape.Alone : BatchShape.Wrappable);
            batches.Add(batch);
        }

        if (batches.Count == 0)
        {
            throw new DeploymentException($"{name} has no statement.", name);
        }

        return new ScriptText(batches, shapes, statements, visitor.Dropped);
    }

    /// <summary>Splits at GO tokens: never inside a comment, a string or a quoted name.</summary>
    internal static IEnumerable<ScriptBatch> Split(string name, string text)
    {
        var parser = new TSql150Parser(initialQuotedIdentifiers: true);
        using var reader = new StringReader(text);
        var tokens = parser.GetTokenStream(reader, out _);
        var start = 0;
        var startLine = 1;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.TokenType is not (TSqlTokenType.Go or TSqlTokenType.EndOfFile))
            {
                continue;
            }

            var end = token.TokenType == TSqlTokenType.Go ? token.Offset : text.Length;
            var batch = text[start..end];
            if (!string.IsNullOrWhiteSpace(batch))
            {
                yield return new ScriptBatch(batch.TrimEnd(), startLine);
            }

            if (token.TokenType == TSqlTokenType.Go)
            {
                RefuseCompany(name, tokens, i);
                var lineEnd = text.IndexOf('\n', token.Offset);
                start = lineEnd < 0 ? text.Length : lineEnd + 1;
                startLine = token.Line + 1;
            }
        }
    }

    /// <summary>The lines of the form <c>-- key: value</c> in the comments before the first statement.</summary>
    internal static IEnumerable<(string Key, string Value, int Line)> HeaderLines(string text)
    {
        var parser = new TSql150Parser(initialQuotedIdentifiers: true);
        using var reader = new StringReader(text);
        foreach (var token in parser.GetTokenStream(reader, out _))
        {
            switch (token.TokenType)
            {
                case TSqlTokenType.WhiteSpace or TSqlTokenType.MultilineComment:
                    break;
                case TSqlTokenType.SingleLineComment:
                    var parts = token.Text[2..].Split(':', 2, StringSplitOptions.TrimEntries);
                    if (parts.Length == 2)
                    {
                        yield return (parts[0], parts[1], token.Line);
                    }

                    break;
                default:
                    yield break;
            }
        }
    }

    private static void RefuseCompany(string name, IList<TSqlParserToken> tokens, int go)
    {
        for (var i = go + 1; i < tokens.Count && tokens[i].Line == tokens[go].Line; i++)
        {
            if (tokens[i].TokenType is not
                (TSqlTokenType.WhiteSpace or TSqlTokenType.SingleLineComment or TSqlTokenType.EndOfFile))
            {
                throw new DeploymentException(
                    $"{name}, line {tokens[go].Line}: GO stands alone on its line, without '{tokens[i].Text}'.",
                    name,
                    tokens[go].Line);
            }
        }
    }

    private static bool MustBeAlone(TSqlStatement statement) => statement
        is ViewStatementBody
        or ProcedureStatementBodyBase
        or TriggerStatementBody
        or CreateSchemaStatement
        or CreateDefaultStatement
        or CreateRuleStatement;

    /// <summary>Finds what a script drops, and transaction statements outside procedure bodies.</summary>
    private sealed class StatementVisitor : TSqlFragmentVisitor
    {
        internal List<string> Dropped { get; } = [];

        internal TSqlFragment? TransactionStatement { get; set; }

        public override void ExplicitVisit(CreateProcedureStatement node)
        {
        }

        public override void ExplicitVisit(AlterProcedureStatement node)
        {
        }

        public override void ExplicitVisit(CreateOrAlterProcedureStatement node)
        {
        }

        public override void ExplicitVisit(CreateTriggerStatement node)
        {
        }

        public override void ExplicitVisit(AlterTriggerStatement node)
        {
        }

        public override void ExplicitVisit(CreateOrAlterTriggerStatement node)
        {
        }

        public override void Visit(TransactionStatement node) => TransactionStatement ??= node;

        public override void Visit(DropViewStatement node) => AddDropped(node);

        public override void Visit(DropProcedureStatement node) => AddDropped(node);

        public override void Visit(DropFunctionStatement node) => AddDropped(node);

        private void AddDropped(DropObjectsStatement node) =>
            Dropped.AddRange(node.Objects
                .Select(dropped => $"{dropped.SchemaIdentifier?.Value ?? "dbo"}.{dropped.BaseIdentifier.Value}"));
    }
}

/// <summary>Whether a batch can be put inside an IF.</summary>
internal enum BatchShape
{
    /// <summary>It can.</summary>
    Wrappable,

    /// <summary>Its statement must be the only one of its batch.</summary>
    Alone,
}
