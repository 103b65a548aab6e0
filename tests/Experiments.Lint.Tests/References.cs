using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>A place where a script names an object.</summary>
/// <param name="Name">schema.object.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column, from 1.</param>
internal sealed record ObjectReference(string Name, int Line, int Column);

/// <summary>The objects that a script names: what it reads, changes, calls and executes.</summary>
internal static class References
{
    /// <summary>Every two-part name that is used as a source, a target, a function or a procedure, the server's own left out.</summary>
    internal static IReadOnlyList<ObjectReference> Of(Script script) =>
        [.. script.All<NamedTableReference>().Select(static t => t.SchemaObject)
            .Concat(script.All<SchemaObjectFunctionTableReference>().Select(static t => t.SchemaObject))
            .Concat(script.All<ExecutableProcedureReference>().Select(static e => e.ProcedureReference.ProcedureReference?.Name))
            .OfType<SchemaObjectName>()
            .Where(static n => n.SchemaIdentifier is not null)
            .Select(static n => new ObjectReference(TableTypes.Name(n), n.StartLine, n.StartColumn))
            .Concat(script.All<FunctionCall>()
                .Where(static c => c.CallTarget is MultiPartIdentifierCallTarget)
                .Select(static c => new ObjectReference(
                    ((MultiPartIdentifierCallTarget)c.CallTarget).MultiPartIdentifier.Identifiers[^1].Value + "." + c.FunctionName.Value,
                    c.StartLine, c.StartColumn)))
            .Where(static r => !r.Name.StartsWith("sys.", StringComparison.Ordinal)
                && !r.Name.StartsWith("INFORMATION_SCHEMA.", StringComparison.Ordinal))
            .OrderBy(static r => r.Line).ThenBy(static r => r.Column)];

    /// <summary>The view, function or procedure that a definition's file is named for: schema.object.</summary>
    internal static string Defined(string file) => Path.ChangeExtension(file, null).Replace('/', '.');
}
