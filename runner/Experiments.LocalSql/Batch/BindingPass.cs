using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.LocalSql.Batch;

/// <summary>
/// Resolves the names and types of a whole batch or procedure body before its first statement runs, as the server
/// compiles it. A statement over an object that does not exist yet is left for later (the server's deferred name
/// resolution); every other error ends the batch before it begins. What it translates is kept for the run.
/// </summary>
internal sealed class BindingPass(
    Program program, ITranslationScope context, IEnumerable<KeyValuePair<string, SqlType>> parameters, bool isProcedure)
    : ITranslationScope
{
    // What the server finds out when the statement runs: an object that is missing, an identity column that is given.
    private static readonly int[] Deferred = [208, 544];

    private readonly Dictionary<string, SqlType> _variables = new(parameters, StringComparer.Ordinal);
    private readonly Dictionary<string, CatalogObject> _tableVariables = new(StringComparer.Ordinal);

    public Catalog Catalog => context.Catalog;

    public bool EnforceConstraints => context.EnforceConstraints;

    public SqlType? VariableType(string name) => _variables.GetValueOrDefault(name);

    public CatalogObject? Temporary(string name) =>
        name.StartsWith('@') ? _tableVariables.GetValueOrDefault(name) : context.Temporary(name);

    internal void Run()
    {
        foreach (var step in program.Steps)
        {
            if (step.Condition is { } condition)
            {
                Try(condition, t => new(t.Condition(condition)));
            }
            else if (step is { Kind: InstructionKind.Statement, Statement: { } statement })
            {
                Check(statement);
            }
        }
    }

    private void Check(TSqlStatement statement)
    {
        BatchRun.Accepted(statement);
        switch (statement)
        {
            case SelectStatement { Into: not null } s:
                Try(null, t => new(new Translation(t.SelectInto(s).Sql, [], null)));
                break;
            case SelectStatement or InsertStatement or UpdateStatement or DeleteStatement:
                Try(statement, t => PlannedText.Of(statement, t));
                break;
            case DeclareVariableStatement s:
                foreach (var declaration in s.Declarations)
                {
                    Declare(declaration);
                }

                break;
            case DeclareTableVariableStatement s:
                DeclareTable(s);
                break;
            case SetVariableStatement { Expression: { } expression } s:
                var type = VariableType(s.Variable.Name)
                    ?? throw Refuse.At(s, 137, $"Must declare the scalar variable \"{s.Variable.Name}\".");
                if (s.AssignmentKind == AssignmentKind.Equals)
                {
                    Try(expression, t => new(t.Scalar(expression, type)));
                }
                else
                {
                    Try(s, t => new(t.Compound(s, type)));
                }

                break;
            case PrintStatement s:
                Try(s.Expression, t => new(t.Scalar(s.Expression, null)));
                break;
            case ReturnStatement { Expression: { } value } s:
                if (!isProcedure)
                {
                    throw Refuse.At(s, 178, "A RETURN statement with a return value cannot be used in this context.");
                }

                Try(value, t => new(t.Scalar(value, SqlType.Int)));
                break;
            default:
                break;
        }
    }

    private void Declare(DeclareVariableElement declaration)
    {
        var name = declaration.VariableName.Value;
        RequireNew(name, declaration);
        var type = TypeRules.FromName(declaration.DataType);
        if (declaration.Value is { } value)
        {
            Try(value, t => new(t.Scalar(value, type)));
        }

        _variables.Add(name, type);
    }

    private void DeclareTable(DeclareTableVariableStatement statement)
    {
        var name = statement.Body.VariableName.Value;
        RequireNew(name, statement);
        _tableVariables.Add(name, TableDefinitions.Create(
            statement.Body.Definition, new CatalogObject(-1, "tempdb", name, ObjectKind.Table, "", [], [], name), this,
            isTemporary: true).Table);
    }

    private void RequireNew(string name, TSqlFragment at)
    {
        if (_variables.ContainsKey(name) || _tableVariables.ContainsKey(name))
        {
            throw Refuse.At(at, 134, $"The variable name '{name}' has already been declared. Variable names must be unique within a query batch or stored procedure.");
        }
    }

    private void Try(TSqlFragment? key, Func<Translator, PlannedText> translate)
    {
        try
        {
            var scope = new RecordingScope(this);
            var (text, targets) = translate(new Translator(scope));
            if (key is not null && program.Find(key, this) is null)
            {
                program.Keep(key, new Plan(text, targets, Catalog, scope));
            }
        }
        catch (LocalSqlException e) when (Deferred.Contains(e.Number))
        {
            // Deferred name resolution: the object may exist when the statement runs.
        }
    }
}
