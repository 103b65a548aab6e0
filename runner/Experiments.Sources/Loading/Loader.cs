using System.Data;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Experiments.Connections;

namespace Experiments.Sources;

/// <summary>What to load: a source, files or globs, and how their fields become its columns.</summary>
public sealed record LoadRequest(string Source, IReadOnlyList<string> Paths, LoadMapping Mapping);

/// <summary>How far a load is: the file, its place among the files, bytes of the file, rows so far.</summary>
public sealed record LoadProgress(string File, int FileNumber, int FileCount, long BytesRead, long BytesTotal, long Rows);

/// <summary>What became of one file.</summary>
/// <param name="LoadId">The load's number in ops.load_log.</param>
/// <param name="File">The file's name.</param>
/// <param name="IsRepeat">The same file with the same mapping was loaded before; nothing was done.</param>
/// <param name="Lines">Records read, header and blank lines not counted.</param>
/// <param name="Landed">Rows in raw.</param>
/// <param name="Rejected">Lines in raw.rejected_lines, by rule.</param>
/// <param name="Elapsed">Time of hashing and loading.</param>
public sealed record LoadSummary(
    long LoadId, string File, bool IsRepeat, long Lines, long Landed, IReadOnlyDictionary<string, long> Rejected,
    TimeSpan Elapsed)
{
    /// <summary>The source that the file is of; a profile file among others is of its own.</summary>
    public string Source { get; init; } = "";

    /// <summary>Names in the file that the source does not know; kept where the source has a column for them.</summary>
    public IReadOnlyCollection<string> NewColumns { get; init; } = [];

    /// <summary>Columns of the source that the file does not have.</summary>
    public IReadOnlyCollection<string> MissingColumns { get; init; } = [];
}

/// <summary>
/// Lands files in raw, as they are: one load a file, in one transaction. A load is known by source, content and mapping,
/// and happens once. One that dies leaves at most a row of ops.load_log with the status 'loading', which the next
/// command removes.
/// </summary>
/// <param name="connection">An open connection of either engine.</param>
public sealed class Loader(DbConnection connection)
{
    private const int LongestField = 4000;
    private const int ReportEvery = 50_000;

    /// <summary>Loads all files of a request, one after the other.</summary>
    /// <exception cref="LoadException">A file is missing, empty, binary or of another shape; earlier ones stay loaded.</exception>
    public async Task<IReadOnlyList<LoadSummary>> LoadAsync(
        LoadRequest request, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        var formats = await SourceFormat.ReadAllAsync(connection, cancellationToken).ConfigureAwait(false);
        var format = SourceFormat.Find(formats, request.Source);
        request.Mapping.Check(format);
        var paths = LandedFile.Expand(request.Paths, format.FolderPatterns);
        await UnfinishedLoads.LockAsync(connection, cancellationToken).ConfigureAwait(false);
        try
        {
            await UnfinishedLoads.RemoveAsync(connection, cancellationToken).ConfigureAwait(false);
            var summaries = new List<LoadSummary>();
            for (var i = 0; i < paths.Count; i++)
            {
                summaries.Add(await LoadFileAsync(
                    formats, format, request.Mapping, paths[i], i + 1, paths.Count, progress, cancellationToken).ConfigureAwait(false));
            }

            return summaries;
        }
        finally
        {
            await UnfinishedLoads.UnlockAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<LoadSummary> LoadFileAsync(
        IReadOnlyDictionary<string, SourceFormat> formats, SourceFormat format, LoadMapping mapping, string path, int number, int count,
        IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var file = await LandedFile.InspectAsync(path, cancellationToken).ConfigureAwait(false);
        var shape = FileShape.Of(file, format, formats.Values);
        format = shape.Format;
        mapping = shape.FileName is { } named ? mapping.With(named.Column, named.Value) : mapping;
        if (await FindAsync(format, file, mapping, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return known with { Elapsed = clock.Elapsed };
        }

        var plan = new ColumnPlan(format, mapping);
        var (content, stream) = file.Open();
        using var reader = file.IsJson
            ? (RecordReader)new JsonLinesReader(content, plan.Wanted)
            : new DelimitedReader(content, file.Separator, plan.Wanted, path, shape.Layout?.Columns);
        if (reader is DelimitedReader { Header: { } header })
        {
            plan.Check(path, header);
        }

        var loadId = await BeginAsync(format, file, mapping, cancellationToken).ConfigureAwait(false);
        var rejected = new SortedDictionary<string, long>(StringComparer.Ordinal);
        long lines = 0;
        long landed;
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
            using (var rows = BulkWriters.Create(
                connection, transaction, "raw", format.Table, plan.RawColumns))
            using (var broken = BulkWriters.Create(
                connection, transaction, "raw", "rejected_lines", ["load_id", "line_number", "rule_name", "raw_line"]))
            {
                var identity = Encoding.UTF8.GetBytes(Identity(format, file, mapping));
                while (reader.Read())
                {
                    lines++;
                    if (reader.BrokenRule is null)
                    {
                        var tooLong = plan.Resolve(reader);
                        if (tooLong is null)
                        {
                            plan.Write(rows, loadId, reader, identity);
                        }
                        else
                        {
                            Reject(broken, rejected, loadId, reader, tooLong);
                        }
                    }
                    else
                    {
                        Reject(broken, rejected, loadId, reader, reader.BrokenRule);
                    }

                    if (lines % ReportEvery == 0)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        progress?.Report(new LoadProgress(file.Name, number, count, stream.Position, file.Bytes, lines));
                    }
                }

                rows.Complete();
                broken.Complete();
                landed = rows.RowsWritten;
            }

            if (lines == 0)
            {
                throw new LoadException($"The file '{path}' has a header and no rows.");
            }

            if (file.IsJson)
            {
                plan.CheckFound(path);
            }

            await FinishAsync(transaction, loadId, lines, landed, rejected.Values.Sum(), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await RemoveAfterAsync().ConfigureAwait(false);
            throw e is InvalidDataException or EndOfStreamException
                ? new LoadException($"The gzip file '{path}' is damaged or cut off.", e)
                : Rethrow(e);
        }

        progress?.Report(new LoadProgress(file.Name, number, count, file.Bytes, file.Bytes, lines));
        return new LoadSummary(loadId, file.Name, false, lines, landed, rejected, clock.Elapsed)
        {
            Source = format.Name,
            NewColumns = reader.UnknownNames,
            MissingColumns = plan.Missing(),
        };
    }

    /// <summary>Removes what a failed load left. A connection that broke keeps it for the next command to remove.</summary>
    private async Task RemoveAfterAsync()
    {
        try
        {
            await UnfinishedLoads.RemoveAsync(connection, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException)
        {
            // The error that stopped the load is the one to tell.
        }
    }

    private static Exception Rethrow(Exception error)
    {
        System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        return error;
    }

    private static void Reject(
        IBulkWriter writer, SortedDictionary<string, long> counts, long loadId, RecordReader reader, string rule)
    {
        counts[rule] = counts.GetValueOrDefault(rule) + 1;
        writer.Append(loadId);
        writer.Append(reader.LineNumber);
        writer.AppendUtf8(Encoding.UTF8.GetBytes(rule));

        // Bytes that are no UTF-8 are kept as U+FFFD; NUL ends a text in some tools and is shown as U+2400.
        var text = Encoding.UTF8.GetString(reader.RawLine).Replace('\0', '\u2400');
        writer.AppendUtf8(Encoding.UTF8.GetBytes(text));
        writer.EndRow();
    }

    private static string Identity(SourceFormat format, LandedFile file, LoadMapping mapping) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
            Encoding.UTF8.GetBytes($"{format.Name}/{file.Sha256}/{mapping.Sha256}")))[..16];

    private async Task<LoadSummary?> FindAsync(
        SourceFormat format, LandedFile file, LoadMapping mapping, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT l.load_id, l.line_count, l.landed_count
            FROM ops.load_log AS l
            WHERE l.source = @source AND l.file_sha256 = @file AND l.mapping_sha256 = @mapping AND l.status = 'finished';
            """;
        Parameters.AddVarChar(command, "@source", format.Name, 64);
        Parameters.AddVarChar(command, "@file", file.Sha256, 64);
        Parameters.AddVarChar(command, "@mapping", mapping.Sha256, 64);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false)
            ? new LoadSummary(
                reader.GetInt64(0), file.Name, true, reader.GetInt64(1), reader.GetInt64(2),
                new Dictionary<string, long>(), TimeSpan.Zero)
            {
                Source = format.Name,
            }
            : null;
    }

    /// <summary>Takes a number and writes the log row, in a short transaction of their own.</summary>
    private async Task<long> BeginAsync(
        SourceFormat format, LandedFile file, LoadMapping mapping, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            UPDATE ops.counters SET last_value = last_value + 1 WHERE counter_name = 'load_id';
            INSERT INTO ops.load_log
                (load_id, source, file_name, file_sha256, mapping_sha256, mapping, byte_count, started_at, status)
            SELECT c.last_value, @source, @name, @file, @mapping_hash, @mapping, @bytes, SYSUTCDATETIME(), 'loading'
            FROM ops.counters AS c WHERE c.counter_name = 'load_id';
            SELECT c.last_value FROM ops.counters AS c WHERE c.counter_name = 'load_id';
            """;
        Parameters.AddVarChar(command, "@source", format.Name, 64);
        Parameters.AddVarChar(command, "@name", file.Name, 1024);
        Parameters.AddVarChar(command, "@file", file.Sha256, 64);
        Parameters.AddVarChar(command, "@mapping_hash", mapping.Sha256, 64);
        Parameters.AddVarChar(command, "@mapping", mapping.Canonical, 4000);
        Parameters.AddBigInt(command, "@bytes", file.Bytes);
        var loadId = Convert.ToInt64(
            await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return loadId;
    }

    private async Task FinishAsync(
        DbTransaction transaction, long loadId, long lines, long landed, long rejected, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = """
            UPDATE ops.load_log
            SET line_count = @lines, landed_count = @landed, rejected_count = @rejected, ended_at = SYSUTCDATETIME(),
                status = 'finished'
            WHERE load_id = @load_id;
            """;
        Parameters.AddBigInt(command, "@lines", lines);
        Parameters.AddBigInt(command, "@landed", landed);
        Parameters.AddBigInt(command, "@rejected", rejected);
        Parameters.AddBigInt(command, "@load_id", loadId);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Where each column of raw comes from, decided once a file.</summary>
    private sealed class ColumnPlan
    {
        private readonly SourceFormat _format;
        private readonly LoadMapping _mapping;
        private readonly int[][] _slots;
        private readonly byte[]?[] _constants;
        private readonly (byte[] From, byte[] To)[]?[] _values;
        private readonly (byte[] Text, (int Slot, byte[] Value)[] Conditions)[] _rules;
        private readonly int _generated;
        private readonly bool[] _found;
        private long _objects;
        private byte[]? _matched;

        internal ColumnPlan(SourceFormat format, LoadMapping mapping)
        {
            _format = format;
            _mapping = mapping;
            var wanted = new List<string>();
            _slots = new int[format.Columns.Count][];
            _constants = new byte[format.Columns.Count][];
            _values = new (byte[], byte[])[format.Columns.Count][];
            for (var i = 0; i < format.Columns.Count; i++)
            {
                var target = format.Columns[i];
                _constants[i] = mapping.Constants.TryGetValue(target, out var constant) ? Encoding.UTF8.GetBytes(constant) : null;
                _slots[i] = _constants[i] is not null ? []
                    : mapping.Columns.TryGetValue(target, out var named) ? [Slot(named)]
                    : [.. format.NamesOf(target).Select(Slot)];
                _values[i] = mapping.Values.TryGetValue(target, out var table)
                    ? [.. table.Select(static p => (Encoding.UTF8.GetBytes(p.Key), Encoding.UTF8.GetBytes(p.Value)))]
                    : null;
            }

            _rules = [.. mapping.Rules.Select(r => (Encoding.UTF8.GetBytes(r.Text),
                r.Conditions.Select(c => (Slot(c.Column), Encoding.UTF8.GetBytes(c.Value))).ToArray()))];
            _generated = format.GeneratedColumn is { } generated ? format.Columns.ToList().IndexOf(generated) : -1;
            Wanted = wanted;
            _found = new bool[wanted.Count];

            int Slot(string name)
            {
                var at = wanted.IndexOf(name);
                if (at < 0)
                {
                    wanted.Add(name);
                    at = wanted.Count - 1;
                }

                return at;
            }
        }

        internal List<string> Wanted { get; }

        /// <summary>The columns of the table in raw, in the order in which rows are written.</summary>
        internal IReadOnlyList<string> RawColumns =>
        [
            "load_id", "line_number", .. _format.Columns,
            .. new[] { _format.RestColumn, _format.LineColumn }.OfType<string>(), "reject_rule",
        ];

        /// <summary>Columns of the source that no field was found for.</summary>
        internal IReadOnlyList<string> Missing() =>
        [
            .. _format.Columns.Where((_, i) =>
                i != _generated && _constants[i] is null && !_slots[i].Any(slot => _found[slot])),
        ];

        /// <summary>Refuses a header without what the mapping, the rules or the source need.</summary>
        internal void Check(string path, IReadOnlyList<string> header)
        {
            foreach (var target in _format.Columns)
            {
                var source = _mapping.Columns.GetValueOrDefault(target);
                if (source is not null && !header.Contains(source))
                {
                    throw new LoadException(
                        $"The file '{path}' has no column '{source}', which --columns names for {target}; it has {string.Join(", ", header)}.");
                }

                if (source is null && _format.Required.Contains(target) && !_mapping.Constants.ContainsKey(target)
                    && !_format.NamesOf(target).Any(header.Contains))
                {
                    throw new LoadException(
                        $"The file '{path}' has no column '{target}', which {_format.Name} need; it has {string.Join(", ", header)}. Name another by --columns {target}=… or give it by --set {target}=….");
                }
            }

            for (var i = 0; i < Wanted.Count; i++)
            {
                _found[i] = header.Contains(Wanted[i]);
            }

            RequireAny(path, string.Join(", ", header));
            foreach (var column in _mapping.Rules.SelectMany(static r => r.Conditions).Select(static c => c.Column))
            {
                if (!header.Contains(column))
                {
                    throw new LoadException(
                        $"The file '{path}' has no column '{column}', which --reject names; it has {string.Join(", ", header)}.");
                }
            }
        }

        /// <summary>Refuses NDJSON in which no object has a name that the mapping or the source needs.</summary>
        internal void CheckFound(string path)
        {
            if (_objects == 0)
            {
                throw new LoadException($"The file '{path}' has no line that is a JSON object.");
            }

            for (var i = 0; i < _format.Columns.Count; i++)
            {
                var target = _format.Columns[i];
                var source = _mapping.Columns.GetValueOrDefault(target);
                if ((source is not null || _format.Required.Contains(target)) && !_mapping.Constants.ContainsKey(target)
                    && !_slots[i].Any(slot => _found[slot]))
                {
                    throw new LoadException(source is not null
                        ? $"No object of the file '{path}' has the name '{source}', which --columns names for {target}."
                        : $"No object of the file '{path}' has the name '{target}', which {_format.Name} need. Name another by --columns {target}=… or give it by --set {target}=….");
                }
            }

            RequireAny(path, "other names");
        }

        /// <summary>Refuses a file that has nothing of the source: it is another kind of file.</summary>
        private void RequireAny(string path, string names)
        {
            if (!_slots.Any(slots => slots.Any(slot => _found[slot])))
            {
                throw new LoadException(
                    $"The file '{path}' has none of the columns of {_format.Name}, which are {string.Join(", ", _format.Columns)}; it has {names}.");
            }
        }

        /// <summary>Finds the rule that rejects the record, and gives the rule of a field that is too long.</summary>
        internal string? Resolve(RecordReader reader)
        {
            _objects++;
            foreach (var slots in _slots)
            {
                foreach (var slot in slots)
                {
                    if (reader.TryField(slot, out var value))
                    {
                        _found[slot] = true;
                        if (value.Length > LongestField)
                        {
                            return "field_too_long";
                        }
                    }
                }
            }

            if (_format.LineColumn is not null && reader.RawLine.Length > LongestField
                || _format.RestColumn is not null && reader.Rest().Length > LongestField)
            {
                return "field_too_long";
            }

            _matched = null;
            foreach (var (text, conditions) in _rules)
            {
                var holds = true;
                foreach (var (slot, wanted) in conditions)
                {
                    holds &= reader.TryField(slot, out var value) && value.SequenceEqual(wanted);
                }

                if (holds)
                {
                    _matched = text;
                    break;
                }
            }

            return null;
        }

        internal void Write(IBulkWriter rows, long loadId, RecordReader reader, byte[] identity)
        {
            rows.Append(loadId);
            rows.Append(reader.LineNumber);
            Span<byte> id = stackalloc byte[64];
            for (var i = 0; i < _slots.Length; i++)
            {
                if (_constants[i] is { } constant)
                {
                    rows.AppendUtf8(constant);
                }
                else if (Find(reader, _slots[i], out var value))
                {
                    rows.AppendUtf8(Translated(i, value));
                }
                else if (i == _generated)
                {
                    identity.CopyTo(id);
                    id[identity.Length] = (byte)'-';
                    reader.LineNumber.TryFormat(id[(identity.Length + 1)..], out var digits, provider: CultureInfo.InvariantCulture);
                    rows.AppendUtf8(id[..(identity.Length + 1 + digits)]);
                }
                else
                {
                    rows.AppendNull();
                }
            }

            if (_format.RestColumn is not null)
            {
                var rest = reader.Rest();
                if (rest.IsEmpty)
                {
                    rows.AppendNull();
                }
                else
                {
                    rows.AppendUtf8(rest);
                }
            }

            if (_format.LineColumn is not null)
            {
                rows.AppendUtf8(reader.RawLine);
            }

            if (_matched is null)
            {
                rows.AppendNull();
            }
            else
            {
                rows.AppendUtf8(_matched);
            }

            rows.EndRow();
        }

        /// <summary>The field of the first of a column's names that the record has.</summary>
        private static bool Find(RecordReader reader, int[] slots, out ReadOnlySpan<byte> value)
        {
            foreach (var slot in slots)
            {
                if (reader.TryField(slot, out value))
                {
                    return true;
                }
            }

            value = default;
            return false;
        }

        private ReadOnlySpan<byte> Translated(int column, ReadOnlySpan<byte> value)
        {
            if (_values[column] is { } table)
            {
                foreach (var (from, to) in table)
                {
                    if (value.SequenceEqual(from))
                    {
                        return to;
                    }
                }
            }

            return value;
        }
    }
}
