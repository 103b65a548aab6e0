using Spectre.Console;
using Spectre.Console.Rendering;

namespace Experiments.Runner.Output;

/// <summary>
/// Draws for people. On a terminal with colours; anywhere else as plain text without escape codes or trailing
/// blanks, the same at every run.
/// </summary>
internal sealed class Page(TextWriter output, bool isTerminal, int width)
{
    /// <summary>The columns of a line.</summary>
    public int Width { get; } = width;

    /// <summary>Draws one thing and ends its line.</summary>
    public void Draw(IRenderable renderable)
    {
        using StringWriter buffer = new() { NewLine = "\n" };
        Create(buffer).Write(renderable);
        foreach (string line in buffer.ToString().Trim('\r', '\n').Split('\n'))
        {
            output.Write(isTerminal ? line : line.TrimEnd(' ', '\r'));
            output.Write('\n');
        }
    }

    /// <summary>One line of marked-up text, wrapped where it is longer than the line.</summary>
    public void Line(string markup) => Draw(new Markup(markup + "\n"));

    /// <summary>An empty line.</summary>
    public void Line() => output.Write('\n');

    private IAnsiConsole Create(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = Width;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
