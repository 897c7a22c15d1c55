using System.Buffers;
using System.Globalization;
using System.Text;
using Paddock.Server.Ground.Http;

namespace Paddock.Server.Tests.Ground.Http;

/// <summary>Numbers are written as the framework writes them, whatever their number of digits.</summary>
public sealed class JsonBytesTests
{
    [Fact]
    public void Numbers_are_written_as_the_framework_writes_them()
    {
        var random = new Random(7);
        var numbers = new List<double>
        {
            0,
            -0.0,
            1,
            -1,
            0.1 + 0.2,
            0.001,
            0.0001,
            1e-5,
            123e-7,
            1e14,
            999_999_999_999.999,
            999_999_999_999_999,
            1e15,
            1e16,
            double.Epsilon,
            double.MaxValue,
            double.MinValue,
            (1L << 53) - 1,
        };
        for (var i = 0; i < 20_000; i++)
        {
            var digits = random.Next(0, 9);
            var size = Math.Pow(10, random.Next(-6, 17));
            numbers.Add(Math.Round((random.NextDouble() - 0.5) * size, digits));
            numbers.Add(BitConverter.Int64BitsToDouble(random.NextInt64()));
        }
        numbers.RemoveAll(number => !double.IsFinite(number));

        Assert.Equal(
            string.Join(',', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture))),
            Written(json => json.NumbersOrNulls(numbers.ToArray()))
        );
    }

    [Fact]
    public void NaN_is_written_as_null()
    {
        Assert.Equal("1.5,null,-2", Written(json => json.NumbersOrNulls(new[] { 1.5, double.NaN, -2 })));
    }

    private static string Written(Action<JsonBytes> write)
    {
        var output = new ArrayBufferWriter<byte>();
        var json = new JsonBytes(output);
        write(json);
        json.Flush();
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
