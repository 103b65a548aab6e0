using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>A translation, with the variables that a SELECT @x = … assigns.</summary>
internal readonly record struct PlannedText(Translation Text, IReadOnlyList<SelectSetVariable> Targets)
{
    internal PlannedText(Translation text)
        : this(text, [])
    {
    }

    /// <summary>Translates a statement that reads or changes rows.</summary>
    internal static PlannedText Of(TSqlStatement statement, Translator translator)
    {
        switch (statement)
        {
            case SelectStatement { QueryExpression: QuerySpecification { SelectElements: [SelectSetVariable, ..] } } s:
                var (text, targets) = translator.Assignment(s);
                return new(text, targets);
            case SelectStatement s:
                return new(translator.Select(s));
            case InsertStatement s:
                return new(translator.Insert(s));
            case UpdateStatement s:
                return new(translator.Update(s));
            case DeleteStatement s:
                return new(translator.Delete(s));
            default:
                throw Binding.Refuse.Construct(statement, Translator.Describe(statement));
        }
    }
}
