using Paddock.Cli.Run;

namespace Paddock.Cli.Tests.Run;

public sealed class FingerprintTests
{
    [Theory]
    [InlineData("00000000000000000000000000000000", "p78ezm4408me2")]
    [InlineData("ffffffffffffffffffffffffffffffff", "sojl95mcwtr81")]
    [InlineData("12345678123456781234567812345678", "cws1tbnfkj8h3")]
    public void The_fingerprint_of_a_machine_is_the_same_as_in_existing_clients(string id, string fingerprint) =>
        Assert.Equal(
            fingerprint,
            Fingerprint.Of(UInt128.Parse(id, System.Globalization.NumberStyles.HexNumber, provider: null))
        );
}
