using System.Runtime.CompilerServices;

namespace Experiments.Migrations.Tests;

/// <summary>Compares a text to the file of the test's name in Approved/.</summary>
internal static class Approval
{
    internal static void Verify(string text, [CallerMemberName] string test = "")
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Approved");
        var approved = Path.Combine(folder, test + ".approved.txt");
        var received = Path.Combine(folder, test + ".received.txt");
        var expected = File.Exists(approved)
            ? File.ReadAllText(approved).Replace("\r\n", "\n", StringComparison.Ordinal)
            : string.Empty;
        if (expected != text)
        {
            File.WriteAllText(received, text);
        }

        Assert.Equal(expected, text);
    }
}
