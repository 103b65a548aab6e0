using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Experiments.LocalSql.Native;

/// <summary>What <c>duckdb_query</c> and its kind fill in; read through functions only.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DuckResultStruct
{
    internal ulong ColumnCount;
    internal ulong RowCount;
    internal ulong RowsChanged;
    internal nint Columns;
    internal nint ErrorMessage;
    internal nint Internal;
}

/// <summary>DuckDB's C API, as far as the engine uses it (duckdb.h of 1.5).</summary>
internal static partial class NativeMethods
{
    private const string Library = "duckdb";

    static NativeMethods() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        var file = OperatingSystem.IsWindows() ? "duckdb.dll"
            : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";
        foreach (var folder in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(assembly.Location) })
        {
            if (!string.IsNullOrEmpty(folder) && NativeLibrary.TryLoad(Path.Combine(folder, file), out var handle))
            {
                return handle;
            }
        }

        return 0;
    }

    internal static partial class Startup
    {
        [LibraryImport(Library, EntryPoint = "duckdb_create_config")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int CreateConfig(out nint config);

        [LibraryImport(Library, EntryPoint = "duckdb_set_config", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int SetConfig(nint config, string name, string option);

        [LibraryImport(Library, EntryPoint = "duckdb_destroy_config")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void DestroyConfig(ref nint config);

        [LibraryImport(Library, EntryPoint = "duckdb_open_ext", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Open(string path, out nint database, nint config, out nint error);

        [LibraryImport(Library, EntryPoint = "duckdb_close")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Close(ref nint database);

        [LibraryImport(Library, EntryPoint = "duckdb_connect")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Connect(nint database, out nint connection);

        [LibraryImport(Library, EntryPoint = "duckdb_interrupt")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Interrupt(nint connection);

        [LibraryImport(Library, EntryPoint = "duckdb_disconnect")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Disconnect(ref nint connection);

        [LibraryImport(Library, EntryPoint = "duckdb_free")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Free(nint pointer);
    }

    internal static partial class Query
    {
        [LibraryImport(Library, EntryPoint = "duckdb_query", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Execute(nint connection, string sql, ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_destroy_result")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void DestroyResult(ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_result_error")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint ResultError(ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_column_count")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong ColumnCount(ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_column_name")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint ColumnName(ref DuckResultStruct result, ulong column);

        [LibraryImport(Library, EntryPoint = "duckdb_column_logical_type")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint ColumnLogicalType(ref DuckResultStruct result, ulong column);

        [LibraryImport(Library, EntryPoint = "duckdb_rows_changed")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong RowsChanged(ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_row_count")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong RowCount(ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_result_return_type")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int ReturnType(DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_fetch_chunk")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint FetchChunk(DuckResultStruct result);
    }

    internal static partial class Prepared
    {
        [LibraryImport(Library, EntryPoint = "duckdb_prepare", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Prepare(nint connection, string sql, out nint statement);

        [LibraryImport(Library, EntryPoint = "duckdb_prepare_error")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint PrepareError(nint statement);

        [LibraryImport(Library, EntryPoint = "duckdb_destroy_prepare")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Destroy(ref nint statement);

        [LibraryImport(Library, EntryPoint = "duckdb_nparams")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong ParameterCount(nint statement);

        [LibraryImport(Library, EntryPoint = "duckdb_clear_bindings")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int ClearBindings(nint statement);

        [LibraryImport(Library, EntryPoint = "duckdb_execute_prepared")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Execute(nint statement, ref DuckResultStruct result);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_value")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindValue(nint statement, ulong index, nint value);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_null")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindNull(nint statement, ulong index);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_boolean")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindBoolean(nint statement, ulong index, [MarshalAs(UnmanagedType.U1)] bool value);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_int64")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindInt64(nint statement, ulong index, long value);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_int32")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindInt32(nint statement, ulong index, int value);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_double")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindDouble(nint statement, ulong index, double value);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_timestamp")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindTimestamp(nint statement, ulong index, long microseconds);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_timestamp_tz")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindTimestampTz(nint statement, ulong index, long microseconds);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_time")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int BindTime(nint statement, ulong index, long microseconds);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_varchar_length")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial int BindText(nint statement, ulong index, byte* text, ulong length);

        [LibraryImport(Library, EntryPoint = "duckdb_bind_blob")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial int BindBlob(nint statement, ulong index, byte* data, ulong length);
    }

    internal static partial class Chunks
    {
        [LibraryImport(Library, EntryPoint = "duckdb_create_data_chunk")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial nint Create(nint* types, ulong count);

        [LibraryImport(Library, EntryPoint = "duckdb_destroy_data_chunk")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Destroy(ref nint chunk);

        [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_reset")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Reset(nint chunk);

        [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_vector")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint Vector(nint chunk, ulong column);

        [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_get_size")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong Size(nint chunk);

        [LibraryImport(Library, EntryPoint = "duckdb_data_chunk_set_size")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void SetSize(nint chunk, ulong size);

        [LibraryImport(Library, EntryPoint = "duckdb_vector_get_data")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial byte* Data(nint vector);

        [LibraryImport(Library, EntryPoint = "duckdb_vector_get_validity")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial ulong* Validity(nint vector);

        [LibraryImport(Library, EntryPoint = "duckdb_vector_ensure_validity_writable")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void EnsureValidity(nint vector);

        [LibraryImport(Library, EntryPoint = "duckdb_vector_assign_string_element_len")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static unsafe partial void AssignText(nint vector, ulong index, byte* text, ulong length);
    }

    internal static partial class Types
    {
        [LibraryImport(Library, EntryPoint = "duckdb_create_logical_type")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint Create(int type);

        [LibraryImport(Library, EntryPoint = "duckdb_destroy_logical_type")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial void Destroy(ref nint type);

        [LibraryImport(Library, EntryPoint = "duckdb_get_type_id")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Id(nint type);

        [LibraryImport(Library, EntryPoint = "duckdb_decimal_width")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial byte DecimalWidth(nint type);

        [LibraryImport(Library, EntryPoint = "duckdb_decimal_scale")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial byte DecimalScale(nint type);
    }

    internal static partial class Appender
    {
        [LibraryImport(Library, EntryPoint = "duckdb_appender_create", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Create(nint connection, string schema, string table, out nint appender);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_add_column", StringMarshalling = StringMarshalling.Utf8)]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int AddColumn(nint appender, string name);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_column_count")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial ulong ColumnCount(nint appender);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_column_type")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint ColumnType(nint appender, ulong column);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_error")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial nint Error(nint appender);

        [LibraryImport(Library, EntryPoint = "duckdb_append_data_chunk")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int AppendChunk(nint appender, nint chunk);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_flush")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Flush(nint appender);

        [LibraryImport(Library, EntryPoint = "duckdb_appender_destroy")]
        [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
        internal static partial int Destroy(ref nint appender);
    }
}
