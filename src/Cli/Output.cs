using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>
/// Standard output and standard error as UTF-8. A reader that closed the pipe (<c>paddock … | head</c>) is no error.
/// </summary>
internal static class Output
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly Lazy<Stream> OutLenient = new(() => new Lenient(Console.OpenStandardOutput()));
    private static readonly Lazy<Stream> ErrorLenient = new(() => new Lenient(Console.OpenStandardError()));
    private static readonly Lazy<TextWriter> OutWriter = new(() => Writer(OutStream));
    private static readonly Lazy<TextWriter> ErrorWriter = new(() => Writer(ErrorStream));

    /// <summary>For bytes that are passed on unchanged.</summary>
    public static Stream OutStream => OutLenient.Value;

    /// <inheritdoc cref="OutStream"/>
    public static Stream ErrorStream => ErrorLenient.Value;

    /// <summary>Thread-safe; the text of one call stays together.</summary>
    public static TextWriter Out => OutWriter.Value;

    /// <inheritdoc cref="Out"/>
    public static TextWriter Error => ErrorWriter.Value;

    public static void Line(string text) => Out.WriteLine(text);

    /// <summary>
    /// Prints a remark that is not a result on standard error. It may quote a server or a forge, so control characters
    /// are made visible and never reach the terminal.
    /// </summary>
    public static void Note(string text) => Error.WriteLine(ControlCharacters.Show(text));

    /// <summary>Prints a JSON document indented by two spaces; numbers keep their original digits.</summary>
    public static void Json(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Answer.Deep);
        Json(document.RootElement);
    }

    public static void Json(JsonElement json) => Line(Pretty(json.WriteTo));

    /// <summary>The text of a document, indented by two spaces, with non-ASCII characters unescaped.</summary>
    public static string Pretty(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (
            var writer = new Utf8JsonWriter(
                buffer,
                new()
                {
                    Indented = true,
                    NewLine = "\n",
                    Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                }
            )
        )
            write(writer);
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static TextWriter Writer(Stream stream) =>
        TextWriter.Synchronized(new StreamWriter(stream, Utf8) { AutoFlush = true, NewLine = "\n" });

    // The console's own stream tolerates a broken pipe, but not a descriptor that was closed from the start.
    private sealed class Lenient(Stream inner) : Stream
    {
        private bool gone;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => Attempt(inner.Flush);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (gone)
                return;
            try
            {
                inner.Write(buffer);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                gone = true;
            }
        }

        private void Attempt(Action action)
        {
            if (gone)
                return;
            try
            {
                action();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                gone = true;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
