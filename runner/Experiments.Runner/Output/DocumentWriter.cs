namespace Experiments.Runner.Output;

/// <summary>One JSON object whose members are row sets, or single rows.</summary>
internal sealed class DocumentWriter(TextWriter output)
{
    /// <summary>Writes the members in order; one that is single is an object, else an array.</summary>
    public async Task WriteAsync(
        IReadOnlyList<(string Name, RowSet Rows, bool IsSingle)> members, CancellationToken cancellationToken)
    {
        JsonWriter writer = new(output, "  ");
        output.Write('{');
        for (int i = 0; i < members.Count; i++)
        {
            (string name, RowSet rows, bool isSingle) = members[i];
            output.Write(i == 0 ? "\n  \"" : ",\n  \"");
            output.Write(name);
            output.Write("\": ");
            if (isSingle)
            {
                await foreach (object?[] row in rows.Rows.WithCancellation(cancellationToken).ConfigureAwait(false))
                {
                    writer.WriteObject(rows.Columns, row);
                    break;
                }
            }
            else
            {
                await writer.WriteArrayAsync(rows, cancellationToken).ConfigureAwait(false);
            }
        }

        output.Write("\n}\n");
        await output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
