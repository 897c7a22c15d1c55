using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Paddock.Core.Names;

namespace Paddock.Cli;

/// <summary>
/// Standard output and standard error as UTF-8. A reader that went away (<c>paddock … | head</c>) is no error.
/// </summary>
internal static class Output
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private static readonly Lazy<Stream> OutLenient = new(() => new Lenient(Console.OpenStandardOutput()));
    private static readonly Lazy<Stream> ErrorLenient = new(() => new Lenient(Console.OpenStandardError()));
    private static readonly Lazy<TextWriter> OutWriter = new(() => Writer(OutStream));
    private static readonly Lazy<TextWriter> ErrorWriter = new(() => Writer(ErrorStream));

    /// <summary>For bytes that are passed on as they are.</summary>
    public static Stream OutStream => OutLenient.Value;

    /// <inheritdoc cref="OutStream"/>
    public static Stream ErrorStream => ErrorLenient.Value;

    /// <summary>Safe for several threads; each call's text stays together.</summary>
    public static TextWriter Out => OutWriter.Value;

    /// <inheritdoc cref="Out"/>
    public static TextWriter Error => ErrorWriter.Value;

    public static void Line(string text) => Out.WriteLine(text);

    /// <summary>
    /// A remark that is not a result, on standard error. It may quote what a server or a forge has answered, so no
    /// control character of it reaches the terminal.
    /// </summary>
    public static void Note(string text) => Error.WriteLine(ControlCharacters.Show(text));

    /// <summary>Prints a JSON document with two blanks per level; numbers keep the digits they came with.</summary>
    public static void Json(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Answer.Deep);
        Json(document.RootElement);
    }

    public static void Json(JsonElement json) => Line(Pretty(json.WriteTo));

    /// <summary>The text of a document, two blanks per level, non-ASCII characters as they are.</summary>
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

    // The console's own stream forgives a broken pipe but not a descriptor that was closed from the start.
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
