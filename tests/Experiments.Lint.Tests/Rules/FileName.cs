using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 1: file name = object name; folder = schema.</summary>
internal sealed class FileName() : Rule(
    "file-name", "the object is not the one of the file's folder and name", "name the file database/schema/object.sql")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from statement in script.Tree.Batches.SelectMany(static b => b.Statements)
        let name = NameOf(statement)
        where name is not null && script.Place is { } place
            && (name.BaseIdentifier.Value != place.Name || (name.SchemaIdentifier is { } schema && schema.Value != place.Folder))
        select Hit.At(name);

    private static SchemaObjectName? NameOf(TSqlStatement statement) => statement switch
    {
        ViewStatementBody s => s.SchemaObjectName,
        ProcedureStatementBody s => s.ProcedureReference.Name,
        FunctionStatementBody s => s.Name,
        _ => null,
    };
}
