using Spectre.Console;

namespace Experiments.Runner.Output;

/// <summary>The one look of every table: a header, a line under it, two blanks between columns.</summary>
internal static class Tables
{
    public static Table Plain() => new Table { UseSafeBorder = false }.Border(new UnderlinedHeader());

    public static void AddColumn(Table table, string name, bool right)
    {
        TableColumn column = new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)))
        {
            NoWrap = true,
            Alignment = right ? Justify.Right : Justify.Left,
        };
        column.Padding = new Padding(0, 0, 2, 0);
        table.AddColumn(column);
    }

    /// <summary>A column whose text may take several lines where the others leave too little room.</summary>
    public static void AddWrappedColumn(Table table, string name, int gap = 0) =>
        table.AddColumn(new TableColumn(new Text(name, new Style(decoration: Decoration.Bold)))
        {
            Padding = new Padding(0, 0, gap, 0),
        });

    private sealed class UnderlinedHeader : TableBorder
    {
        public override string GetPart(Spectre.Console.Rendering.TableBorderPart part) => part switch
        {
            Spectre.Console.Rendering.TableBorderPart.HeaderBottom => "─",
            Spectre.Console.Rendering.TableBorderPart.HeaderBottomSeparator => "─",
            Spectre.Console.Rendering.TableBorderPart.HeaderBottomLeft => string.Empty,
            Spectre.Console.Rendering.TableBorderPart.HeaderBottomRight => string.Empty,
            _ => string.Empty,
        };
    }
}
