using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests.Rules;

/// <summary>STYLE 3: types lower.</summary>
internal sealed class TypeCase() : Rule("type-case", "the type is not in small letters", "write it in small letters")
{
    protected override IEnumerable<Hit> Find(Script script) =>
        from type in script.All<DataTypeReference>()
        let name = type.Name?.BaseIdentifier.Value ?? ""
        where name.Any(char.IsAsciiLetterUpper)
        select Hit.At(type);
}
