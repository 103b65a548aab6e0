using System.Globalization;
using System.Text;
using System.Xml;

namespace Experiments.Runner.Testing;

/// <summary>Test outcomes as the JUnit XML that CI servers read: a suite a class, a case a test.</summary>
internal static class JUnitReport
{
    /// <summary>Writes the report.</summary>
    public static void Write(Stream stream, IReadOnlyList<TestOutcome> outcomes)
    {
        XmlWriterSettings settings = new()
        {
            Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            Indent = true,
            NewLineChars = "\n",
        };
        using XmlWriter writer = XmlWriter.Create(stream, settings);
        writer.WriteStartElement("testsuites");
        WriteCounts(writer, outcomes);
        foreach (IGrouping<string, TestOutcome> suite in outcomes.GroupBy(outcome => outcome.ClassName, StringComparer.Ordinal))
        {
            writer.WriteStartElement("testsuite");
            writer.WriteAttributeString("name", Valid(suite.Key));
            WriteCounts(writer, [.. suite]);
            writer.WriteAttributeString(
                "timestamp",
                suite.Min(outcome => outcome.StartedAt).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
            foreach (TestOutcome outcome in suite)
            {
                WriteCase(writer, outcome);
            }

            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    private static void WriteCounts(XmlWriter writer, IReadOnlyList<TestOutcome> outcomes)
    {
        WriteCount("tests", outcomes.Count);
        WriteCount("failures", outcomes.Count(outcome => outcome.Result == TestOutcome.Failure));
        WriteCount("errors", outcomes.Count(outcome => outcome.IsBad && outcome.Result != TestOutcome.Failure));
        WriteCount("skipped", outcomes.Count(outcome => outcome.Result == TestOutcome.Skipped));
        writer.WriteAttributeString("time", Seconds(outcomes.Sum(outcome => outcome.Duration.TotalSeconds)));

        void WriteCount(string name, int count) =>
            writer.WriteAttributeString(name, count.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteCase(XmlWriter writer, TestOutcome outcome)
    {
        writer.WriteStartElement("testcase");
        writer.WriteAttributeString("classname", Valid(outcome.ClassName));
        writer.WriteAttributeString("name", Valid(outcome.TestName));
        writer.WriteAttributeString("time", Seconds(outcome.Duration.TotalSeconds));
        if (outcome.Result != TestOutcome.Success)
        {
            string message = Valid(outcome.Message);
            writer.WriteStartElement(outcome.Result switch
            {
                TestOutcome.Failure => "failure",
                TestOutcome.Skipped => "skipped",
                _ => "error",
            });
            writer.WriteAttributeString(
                "message", message.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? string.Empty);
            writer.WriteAttributeString("type", Valid(outcome.Result));
            writer.WriteString(message);
            writer.WriteEndElement();
        }

        writer.WriteEndElement();
    }

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>The text with \n for line ends, and a replacement character for what XML cannot hold.</summary>
    private static string Valid(string text)
    {
        StringBuilder valid = new(text.Length);
        foreach (Rune rune in text.ReplaceLineEndings("\n").EnumerateRunes())
        {
            bool isAllowed = rune.Value > char.MaxValue || XmlConvert.IsXmlChar((char)rune.Value);
            valid.Append(isAllowed ? rune : Rune.ReplacementChar);
        }

        return valid.ToString();
    }
}
