using Experiments.LocalSql;
using Experiments.LocalSql.Batch;
using Experiments.LocalSql.Binding;
using Experiments.LocalSql.Translate;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Experiments.Lint.Tests;

/// <summary>
/// Translates every statement of a procedure, branches that no run would take included, and has DuckDB prepare each
/// text. The engine itself leaves statements over #t until #t exists; here each #t is made, empty, as its SELECT … INTO
/// is met, so that none is left out. What the engine refuses is thrown with its number, line and column.
/// </summary>
internal sealed class BodyTranslation(Session session) : ITranslationScope
{
    private readonly Dictionary<string, SqlType> _variables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CatalogObject> _temporaries = new(StringComparer.Ordinal);
    private readonly List<TSqlFragment> _translated = [];

    public Catalog Catalog => session.Catalog;

    public bool EnforceConstraints => session.EnforceConstraints;

    /// <summary>The statements and expressions that the translator took, whole.</summary>
    internal IReadOnlyList<TSqlFragment> Translated => _translated;

    public SqlType? VariableType(string name) => _variables.GetValueOrDefault(name);

    public CatalogObject? Temporary(string name) => _temporaries.GetValueOrDefault(name);

    internal void Run(ProcedureStatementBody procedure)
    {
        foreach (var parameter in procedure.Parameters)
        {
            Declare(parameter);
        }

        foreach (var step in InstructionList.Compile(procedure.StatementList.Statements).Steps)
        {
            if (step.Condition is { } condition)
            {
                Prepare(condition, t => t.Condition(condition));
            }
            else if (step is { Kind: InstructionKind.Statement, Statement: { } statement })
            {
                try
                {
                    Check(statement);
                }
                catch (LocalSqlException e) when (e.LineNumber <= 0)
                {
                    // ScriptDom gives some nodes no place; the engine then names the statement's.
                    throw Refuse.At(statement, e.Number, e.Message);
                }
            }
        }
    }

    private void Check(TSqlStatement statement)
    {
        BatchRun.Accepted(statement);
        switch (statement)
        {
            case SelectStatement { Into: { } into } s:
                MakeTemporary(into, s);
                break;
            case SelectStatement or InsertStatement or UpdateStatement or DeleteStatement:
                Prepare(statement, t => PlannedText.Of(statement, t).Text);
                break;
            case CreateTableStatement { SchemaObjectName.BaseIdentifier.Value: ['#', ..] name } s:
                MakeTemporary(name, s.Definition);
                _translated.Add(s);
                break;
            case DeclareTableVariableStatement s:
                MakeTemporary(s.Body.VariableName.Value, s.Body.Definition);
                _translated.Add(s);
                break;
            case DropTableStatement { Objects: [{ BaseIdentifier.Value: ['#', ..] name }] } s:
                Assert.True(_temporaries.Remove(name), $"{name} is dropped before it is made.");
                _translated.Add(s);
                break;
            case TruncateTableStatement s:
                new Translator(this).Relation(s.TableName, s);
                _translated.Add(s);
                break;
            case DeclareVariableStatement s:
                foreach (var declaration in s.Declarations)
                {
                    Declare(declaration);
                }

                _translated.Add(s);
                break;
            case SetVariableStatement { AssignmentKind: AssignmentKind.Equals } s:
                Prepare(s, t => t.Scalar(s.Expression, _variables[s.Variable.Name]));
                break;
            case SetVariableStatement s:
                Prepare(s, t => t.Compound(s, _variables[s.Variable.Name]));
                break;
            case PrintStatement s:
                Prepare(s, t => t.Scalar(s.Expression, null));
                break;
            case RaiseErrorStatement s:
                Prepare(s, t => t.Scalar(s.FirstParameter, null));
                break;
            case ReturnStatement s:
                Value(s, s.Expression);
                break;
            case ThrowStatement s:
                Value(s, s.ErrorNumber);
                Value(s, s.Message);
                Value(s, s.State);
                break;
            case ExecuteStatement { Options.Count: 0, ExecuteSpecification.ExecutableEntity: ExecutableProcedureReference call } s:
                Call(s, call);
                break;
            case ExecuteStatement { Options.Count: 0, ExecuteSpecification.ExecutableEntity: ExecutableStringList texts } s:
                // The text itself exists when it runs; the product's scripts may have none but CREATE SCHEMA (dynamic-sql).
                foreach (var text in texts.Strings)
                {
                    Prepare(text, t => t.Scalar(text, null));
                }

                _translated.Add(s);
                break;
            case BeginTransactionStatement { Name: null, Distributed: false, MarkDefined: false } or CommitTransactionStatement { Name: null }
                or RollbackTransactionStatement { Name: null }:
                _translated.Add(statement);
                break;
            case PredicateSetStatement s:
                session.Start(Refuse.FullTextOf(s), [], isStoredProcedure: false).Next();
                _translated.Add(s);
                break;
            default:
                throw Refuse.Construct(statement, Translator.Describe(statement));
        }
    }

    private void Declare(DeclareVariableElement declaration)
    {
        var type = TypeRules.FromName(declaration.DataType);
        if (declaration.Value is { } value)
        {
            Prepare(value, t => t.Scalar(value, type));
        }

        _variables.Add(declaration.VariableName.Value, type);
    }

    private void MakeTemporary(SchemaObjectName name, SelectStatement select)
    {
        var query = new Translator(this).SelectInto(select);
        var translator = new Translator(this);
        Prepare(select, new Translation(translator.SelectInto(select).Sql, translator.Parameters, null));
        Make(name.BaseIdentifier.Value, n => new CatalogObject(
            -1, "tempdb", name.BaseIdentifier.Value, ObjectKind.Table, "", TableDefinitions.ColumnsOf(query), [], n));
    }

    private void MakeTemporary(string name, TableDefinition definition) => Make(name, n => TableDefinitions.Create(
        definition, new CatalogObject(-1, "tempdb", name, ObjectKind.Table, "", [], [], n), this, isTemporary: true).Table);

    private void Make(string name, Func<string, CatalogObject> table)
    {
        var native = session.TemporaryName(name);
        var made = table(native);
        session.Native.Execute(TableDefinitions.CreateSql(
            made with { NativeName = native["temp.main.".Length..] }, isTemporary: true, enforce: true));
        _temporaries[name] = made with { NativeName = native };
    }

    private void Call(ExecuteStatement statement, ExecutableProcedureReference call)
    {
        var name = call.ProcedureReference.ProcedureReference?.Name
            ?? throw Refuse.Construct(statement, "a procedure named by a variable");
        if (BatchRun.SystemProcedures.ContainsKey(name.BaseIdentifier.Value) || name.SchemaIdentifier?.Value == "tSQLt")
        {
            foreach (var parameter in call.Parameters)
            {
                Prepare(parameter, t => t.Scalar(parameter.ParameterValue, null));
            }

            if (name.BaseIdentifier.Value == "SpyProcedure" && call.Parameters is [{ ParameterValue: StringLiteral spied }, ..])
            {
                MakeSpyLog(spied.Value);
            }

            _translated.Add(statement);
            return;
        }

        var called = Catalog.Find(name.SchemaIdentifier?.Value ?? "dbo", name.BaseIdentifier.Value);
        if (called is not { Kind: ObjectKind.Procedure })
        {
            throw Refuse.At(name, 2812, $"Could not find stored procedure '{Refuse.TextOf(name)}'.");
        }

        var declared = Parsed.Procedure(called.Definition).Parameters;
        for (var i = 0; i < call.Parameters.Count; i++)
        {
            var given = call.Parameters[i];
            var parameter = given.Variable is null
                ? declared[i]
                : declared.Single(d => string.Equals(d.VariableName.Value, given.Variable.Name, StringComparison.Ordinal));
            Prepare(given, t => t.Scalar(given.ParameterValue, TypeRules.FromName(parameter.DataType)));
        }

        _translated.Add(statement);
    }

    /// <summary>The table that tSQLt.SpyProcedure makes when it runs: an identity and the procedure's parameters.</summary>
    private void MakeSpyLog(string procedure)
    {
        var parts = procedure.Split('.');
        if (Catalog.Find(parts[0], parts[1] + "_SpyProcedureLog") is not null)
        {
            return;
        }

        var columns = Parsed.Procedure(Catalog.Find(parts[0], parts[1])!.Definition).Parameters
            .Select(static p => $"{p.VariableName.Value[1..]} {Refuse.FullTextOf(p.DataType)} NULL")
            .Prepend("_id_ int NOT NULL");
        session.Start($"CREATE TABLE {procedure}_SpyProcedureLog ({string.Join(", ", columns)})", [], isStoredProcedure: false).Next();
    }

    private void Value(TSqlStatement statement, ScalarExpression? value)
    {
        if (value is not null)
        {
            Prepare(value, t => t.Scalar(value, null));
        }

        _translated.Add(statement);
    }

    private void Prepare(TSqlFragment fragment, Func<Translator, Translation> translate) =>
        Prepare(fragment, translate(new Translator(this)));

    private void Prepare(TSqlFragment fragment, Translation translation)
    {
        using var prepared = session.Native.Prepare(translation.Sql);
        Assert.Equal(translation.Parameters.Count, prepared.ParameterCount);
        _translated.Add(fragment);
    }
}
