using System.Globalization;
using System.Text;

namespace Experiments.Behaviour.Tests;

/// <summary>A case file that cannot be read; the message names file, line and what is allowed there.</summary>
public sealed class CaseFileException(string file, int line, string message)
    : Exception(FormattableString.Invariant($"{file}, line {line}: {message}"));

/// <summary>
/// Reads the case files. A file is lines of text; outside a block a line is empty, a comment (<c>#</c>) or a word with
/// its argument:
/// <code>
/// page https://learn.microsoft.com/...    the documentation that the cases below follow, until the next page
/// setup                                   T-SQL that runs before each case of the file, up to a line "end"
/// case Integer division truncates         begins a case; everything below belongs to it, up to its "end"
///   row Integer division                  the row of the portable table it stands for; may be repeated
///   only local                            a refusal of the local engine, which a server would accept
///   pending recursive CTE                 not done in the local engine yet: skipped there, and a failure once it passes
///   sql                                   T-SQL, up to the first line that is an outcome; GO on a line parts batches
///   result [ordered]                      one result set: a header, then a row a line; several in their order
///   error 8134 [line 1] [like Divide%]    the error that ends the case; its line is that of its batch; % in its message
///                                         stands for any text, all else for itself
///   affected 3                            rows that the batches changed, together
///   message text                          a message of PRINT or RAISERROR, in order
/// end
/// check 7 / 2 => int 3                    a whole case in a line: the expression is selected, and gives type and value
/// check 1 / 0 => error 8134
/// </code>
/// Before a check, lines row, only local and pending belong to it. A header is columns parted by " | ", each a name (- for none), a type and optionally null or not null. A size that
/// is left out is not compared. A cell is NULL, or text as it is, or text in single quotes where blanks at its ends,
/// bars, an empty text or the word NULL are meant; a quote inside is doubled. Rows come in any order unless the
/// result says ordered.
/// </summary>
internal sealed class CaseFile
{
    private readonly string _file;
    private readonly string[] _lines;
    private readonly List<BehaviourCase> _cases = [];
    private IReadOnlyList<string> _setup = [];
    private readonly List<string> _rows = [];
    private Uri? _page;
    private bool _isLocal;
    private string? _pending;
    private int _next;

    private CaseFile(string file, string text)
    {
        _file = file;
        _lines = text.Split('\n');
    }

    /// <summary>The cases of every file in a folder, by file name and in the order of each file.</summary>
    internal static IReadOnlyList<BehaviourCase> ReadFolder(string folder) =>
        [.. Directory.GetFiles(folder, "*.test").Order(StringComparer.Ordinal)
            .SelectMany(static path => Read(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path)))];

    /// <summary>The cases of one file.</summary>
    /// <param name="file">Its name without extension, for messages and names.</param>
    /// <param name="text">Its text, lines parted by LF.</param>
    internal static IReadOnlyList<BehaviourCase> Read(string file, string text) => new CaseFile(file, text).All();

    private List<BehaviourCase> All()
    {
        while (_next < _lines.Length)
        {
            var (word, argument) = Word(_lines[_next++]);
            switch (word)
            {
                case "":
                    break;
                case "page":
                    _page = Address(argument);
                    break;
                case "setup":
                    _setup = Batches(Block(static line => line == "end"));
                    _next++;
                    break;
                case "case" when _rows.Count == 0 && !_isLocal && _pending is null:
                    _cases.Add(Case(argument));
                    break;
                case "row" when argument.Length > 0:
                    _rows.Add(argument);
                    break;
                case "only" when argument == "local":
                    _isLocal = true;
                    break;
                case "pending" when argument.Length > 0:
                    _pending = argument;
                    break;
                case "check":
                    _cases.Add(Check(argument));
                    _rows.Clear();
                    _isLocal = false;
                    _pending = null;
                    break;
                default:
                    throw Problem(
                        $"'{word}' cannot stand here; outside a case stand page, setup, case and check, before a check also row, only local and pending <why>.");
            }
        }

        return _cases.Count > 0 ? _cases : throw Problem("the file has no case.");
    }

    private BehaviourCase Check(string text)
    {
        const string Arrow = " => ";
        var arrow = text.LastIndexOf(Arrow, StringComparison.Ordinal);
        if (arrow <= 0)
        {
            throw Problem("a check is an expression, =>, and a type with its value or error with its number.");
        }

        var expression = text[..arrow].Trim();
        if (_cases.Exists(c => c.Name == expression))
        {
            throw Problem($"the file has a check of '{expression}' already.");
        }

        var (type, value) = Word(text[(arrow + Arrow.Length)..]);
        var cells = type == "error" ? [] : Cells(value);
        return new BehaviourCase
        {
            File = _file,
            Name = expression,
            Line = _next,
            Page = _page ?? throw Problem("the check cites no page."),
            TableRows = [.. _rows],
            IsLocalOnly = _isLocal,
            Pending = _pending,
            Setup = _setup,
            Batches = ["SELECT " + expression + " AS v;"],
            Results = cells switch
            {
                [] => [],
                [var cell] => [new ExpectedResult(
                    [new ExpectedColumn("v", type, null)], [[!cell.IsQuoted && cell.Text == "NULL" ? null : cell.Text]], false)],
                _ => throw Problem("a check has one value; write a text with a bar in quotes."),
            },
            Error = type == "error" ? Error(value) : null,
            Affected = null,
            Messages = [],
        };
    }

    private BehaviourCase Case(string name)
    {
        var line = _next;
        if (name.Length == 0)
        {
            throw Problem("a case needs a name.");
        }

        if (_cases.Exists(c => c.Name == name))
        {
            throw Problem($"the file has a case '{name}' already.");
        }

        var page = _page;
        var rows = new List<string>();
        var isLocal = false;
        string? pending = null;
        IReadOnlyList<string>? sql = null;
        var results = new List<ExpectedResult>();
        ExpectedError? error = null;
        int? affected = null;
        var messages = new List<string>();
        while (true)
        {
            if (_next >= _lines.Length)
            {
                throw Problem($"the case '{name}' has no end.");
            }

            var (word, argument) = Word(_lines[_next++]);
            switch (word)
            {
                case "":
                    break;
                case "page":
                    page = Address(argument);
                    break;
                case "row":
                    rows.Add(argument);
                    break;
                case "only" when argument == "local":
                    isLocal = true;
                    break;
                case "pending" when argument.Length > 0:
                    pending = argument;
                    break;
                case "sql" when sql is null:
                    sql = Batches(Block(IsOutcome));
                    break;
                case "result" when argument is "" or "ordered":
                    results.Add(Result(argument == "ordered"));
                    break;
                case "error" when error is null:
                    error = Error(argument);
                    break;
                case "affected" when affected is null:
                    affected = Number(argument);
                    break;
                case "message":
                    messages.Add(argument);
                    break;
                case "end":
                    if (sql is null || (results.Count == 0 && error is null && affected is null && messages.Count == 0))
                    {
                        throw Problem($"the case '{name}' needs sql and an outcome (result, error, affected or message).");
                    }

                    return new BehaviourCase
                    {
                        File = _file,
                        Name = name,
                        Line = line,
                        Page = page ?? throw Problem($"the case '{name}' cites no page."),
                        TableRows = rows,
                        IsLocalOnly = isLocal,
                        Pending = pending,
                        Setup = _setup,
                        Batches = sql,
                        Results = results,
                        Error = error,
                        Affected = affected,
                        Messages = messages,
                    };
                default:
                    throw Problem(
                        $"'{word} {argument}' cannot stand here; a case has page, row, only local, pending <why>, one sql, result [ordered], one error, one affected, message, end.");
            }
        }
    }

    private static bool IsOutcome(string line) =>
        line is "result" or "result ordered" or "end"
        || line.StartsWith("error ", StringComparison.Ordinal)
        || line.StartsWith("affected ", StringComparison.Ordinal)
        || line.StartsWith("message ", StringComparison.Ordinal);

    /// <summary>The lines up to the one that ends the block, which stays to be read.</summary>
    private List<string> Block(Func<string, bool> isEnd)
    {
        var begin = _next;
        var block = new List<string>();
        while (_next < _lines.Length && !isEnd(_lines[_next]))
        {
            block.Add(_lines[_next++]);
        }

        if (_next < _lines.Length)
        {
            return block;
        }

        _next = begin;
        throw Problem("the block that begins here has no end.");
    }

    private List<string> Batches(List<string> lines)
    {
        var batches = new List<string>();
        var batch = new StringBuilder();
        foreach (var line in lines.Append("GO"))
        {
            if (line != "GO")
            {
                batch.Append(line).Append('\n');
            }
            else if (!string.IsNullOrWhiteSpace(batch.ToString()))
            {
                batches.Add(batch.ToString().TrimEnd('\n'));
                batch.Clear();
            }
        }

        return batches.Count > 0 ? batches : throw Problem("a block of T-SQL is empty.");
    }

    private ExpectedResult Result(bool isOrdered)
    {
        if (_next >= _lines.Length || IsOutcome(_lines[_next]))
        {
            throw Problem("a result begins with its header: name type, parted by bars.");
        }

        var columns = Cells(_lines[_next++]).Select(c => Column(c.Text)).ToList();
        var rows = new List<IReadOnlyList<string?>>();
        while (_next < _lines.Length && !IsOutcome(_lines[_next]))
        {
            if (_lines[_next].Length == 0 || _lines[_next][0] == '#')
            {
                _next++;
                continue;
            }

            var cells = Cells(_lines[_next++]);
            if (cells.Count != columns.Count)
            {
                throw Problem(FormattableString.Invariant(
                    $"the row has {cells.Count} cells and the header {columns.Count} columns."));
            }

            rows.Add([.. cells.Select(static c => !c.IsQuoted && c.Text == "NULL" ? null : c.Text)]);
        }

        return new ExpectedResult(columns, rows, isOrdered);
    }

    private ExpectedColumn Column(string text)
    {
        bool? isNullable = null;
        if (text.EndsWith(" not null", StringComparison.Ordinal))
        {
            (text, isNullable) = (text[..^" not null".Length], false);
        }
        else if (text.EndsWith(" null", StringComparison.Ordinal))
        {
            (text, isNullable) = (text[..^" null".Length], true);
        }

        var blank = text.LastIndexOf(' ');
        return blank > 0
            ? new ExpectedColumn(text[..blank] == "-" ? "" : text[..blank], text[(blank + 1)..], isNullable)
            : throw Problem($"'{text}' is no column; it takes a name (- for none), a type and optionally null or not null.");
    }

    private List<(string Text, bool IsQuoted)> Cells(string line)
    {
        var cells = new List<(string, bool)>();
        var position = 0;
        while (true)
        {
            while (position < line.Length && line[position] == ' ')
            {
                position++;
            }

            if (position < line.Length && line[position] == '\'')
            {
                cells.Add((Quoted(line, ref position), true));
                while (position < line.Length && line[position] == ' ')
                {
                    position++;
                }

                if (position < line.Length && line[position] != '|')
                {
                    throw Problem("after a text in quotes comes a bar or the end of the line.");
                }
            }
            else
            {
                var bar = line.IndexOf('|', position);
                var end = bar < 0 ? line.Length : bar;
                var cell = line[position..end].Trim();
                cells.Add(cell.Length > 0 ? (cell, false) : throw Problem("a cell is empty; an empty text is ''."));
                position = end;
            }

            if (position >= line.Length)
            {
                return cells;
            }

            position++;
        }
    }

    private string Quoted(string line, ref int position)
    {
        var text = new StringBuilder();
        for (position++; position < line.Length; position++)
        {
            if (line[position] != '\'')
            {
                text.Append(line[position]);
            }
            else if (position + 1 < line.Length && line[position + 1] == '\'')
            {
                text.Append('\'');
                position++;
            }
            else
            {
                position++;
                return text.ToString();
            }
        }

        throw Problem("a text in quotes has no closing quote.");
    }

    private ExpectedError Error(string argument)
    {
        const string Like = " like ";
        var like = argument.IndexOf(Like, StringComparison.Ordinal);
        var message = like < 0 ? null : argument[(like + Like.Length)..].Trim();
        return (like < 0 ? argument : argument[..like]).Split(' ') switch
        {
            [var number] when message != "" => new ExpectedError(Number(number), null, message),
            [var number, "line", var line] when message != "" => new ExpectedError(Number(number), Number(line), message),
            _ => throw Problem(
                $"'error {argument}' is not understood; it is error <number> [line <line>] [like <message, % for any text>]."),
        };
    }

    private int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Problem($"'{text}' is no number.");

    private Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? address
            : throw Problem($"'{text}' is no address of a page (https://…).");

    private static (string Word, string Argument) Word(string line)
    {
        var text = line.Trim();
        if (text.Length == 0 || text[0] == '#')
        {
            return ("", "");
        }

        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        return blank < 0 ? (text, "") : (text[..blank], text[(blank + 1)..].Trim());
    }

    private CaseFileException Problem(string message) => new(_file + ".test", _next, message);
}
