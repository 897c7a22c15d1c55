using System.Security.Cryptography;
using System.Text;
using Paddock.Server.Ground.Database;

namespace Paddock.Server.Tests.Ground.Database;

/// <summary>
/// Migrations are history: databases have applied them, so a released one never changes. A schema change is a new file,
/// and a new entry here.
/// </summary>
public sealed class MigrationTests
{
    // The SHA-256 of each file's SQL for SQLite and for PostgreSQL.
    private static readonly (string Name, string Sqlite, string Postgres)[] Released =
    [
        (
            "0001_initial.sql",
            "a3692467a7dd6889afdb3497857494cf5e15ea85e371cdc8c984fb4206eba986",
            "449e7998f4bf658633664830ead5f6ecf545ce3319037638565b9aa04a1608d7"
        ),
        (
            "0010_notices.sql",
            "8a79468f046c6ba3042851f181158f5c0114a599899faf25b2abe12b1b2a9794",
            "33b5b417d8aa195f1f2e9add17c48e2470c11f99cf73701d26a9e6ab0d49f813"
        ),
        (
            "0011_identities.sql",
            "748843ef4f896a3d40b8bf0efd1abd9dee23406f3de9b36305063d17c373139c",
            "0d7578d8f0bc0e4e310bc0e954e030b5aa04d0dcc75247accc03e7cc481d9825"
        ),
        (
            "0030_specs_counters_jobs_secrets.sql",
            "732bdc87bfaf12c373e3b76a9beed25ca409cb76a05d84bb4260a0ffbda93b2e",
            "f8f64894a78d4b4f03e0eaf010e2c73baf39ab1d99380aa8046158de981d8beb"
        ),
        (
            "0040_access.sql",
            "c4676810902fe48ba67bfe49ee4a5cc4392dc550510001cff80731915dd18fc5",
            "4bcaac8aadd059285a0de37e47d1c1db889c7bcab9a6802fa34dfa80c0ce0217"
        ),
        (
            "0050_names_ahead.sql",
            "156c77184183a478b3daac92d5d52b7408b8ae6b7a87a78e61aa66d4073d64cc",
            "01fd915d9687e2b41b8aff61a1b1557d3be8212a19f79c9b38178200db52cfd6"
        ),
        (
            "0051_output_sizes.sql",
            "31079395463b2239042a9326b0d1723da6a71229c086bc1d7ca58c0f4b9a1f63",
            "f9f4f1b3cceae61250d719cdda45b11ac21bcc229df03b2adf16a19d39938652"
        ),
        (
            "0052_verdicts.sql",
            "dca45519471353a5509a03adbc8d0ac2f049fadf60028c5d2b32cba75ce4d220",
            "83f3a821fdfded7a96f876a00f0665c8e326afd4ac73ba8aaa0b3f3203c37087"
        ),
        (
            "0053_reruns.sql",
            "96d606e10adaad9febf814d4da0d8f2a2291d247913492ccb7b332f9c406e4d4",
            "32bc30873a4d642fbacf91c23f9fe1593689dc565113ccc0586f1a2f7e49fe19"
        ),
        (
            "0054_browser_sessions.sql",
            "7e445e1d96bf9d8e072b40a5c943e1a99133bfa33f0c467e7f89e31a93513a7e",
            "d9e26848de8eba1a0333d1bdc02a9c2d45ffba8cac31e692d173c79254b7b74e"
        ),
        (
            "0055_key_uses.sql",
            "8909b41d55372dc55870d4cb2e119f489ed9e733263959044ed741d4298bc46b",
            "16c6274655092c5d3e258568492ce5d1e374cbd17f1a4b6ad6cbc7957df87545"
        ),
        (
            "0056_mail.sql",
            "531c000fed131614679823153d5467c71ada69bb3280eebbafa05469236dd429",
            "5af032d8e0ba515c93a0768941e297ffbefd982b63e50262b96848cfb602691c"
        ),
        (
            "0057_webhooks.sql",
            "a986f203a4809d22818c278c2b477b61a7ab5dbe7b1d00518c7ac83db3853641",
            "761c85a5cabd7aa27c97ab745cf956822089b634eb379b9d17864da5090415e0"
        ),
        (
            "0058_verdict_settings.sql",
            "ae205baddf14aed22f6b374371423145f53f5babf52b0ec76ce3924f04527eb7",
            "60c1327a568ee3e735a32475fbbf776b618adb09af2d803d84751df6988bd09e"
        ),
        (
            "0059_environments.sql",
            "9f2bdc6eac5ff037bb6084dcaabbc4ae787b10119946d23816d25b2c57803123",
            "b950c21cf2892f0d1a223fcd8c676ec740f9d2e884ad2657bd0900f284f28bbc"
        ),
        (
            "0060_confirmations.sql",
            "3c74bbba2a8bc7c73abc366d6c82850ead93aef518b5209c017783e0e2dff7d9",
            "e638ba87e690d98fde2a1d571be9e407e746764807f77ab3e1731c4804c514cb"
        ),
        (
            "0061_packed_points.sql",
            "e2609017aeba4d6fe37be38f9b7e385c7338939ebc277521a8ddf28dfb9775bb",
            "a279b3ba39007dba512af6efc26158403a05b48dc0debf965c197c85989adc24"
        ),
        (
            "0062_job_tails.sql",
            "00cadcaed08807b5b3fc547a6b34162c7df8ec23e198cceaa1b16caea35dfba4",
            "78eabb17f03d402de5d8f7e0aed2017d997ddb62b0b61f4618ac4e3e96b6dc61"
        ),
        (
            "0063_commits.sql",
            "cb48b8722f81b1b290d17c5e35bc2a85b7e9280898a505b7c031b646a6c3c95d",
            "cb74724424f3b04c2b798b8552b2856a40884119cafea67c9e902b3fff2cda5d"
        ),
        (
            "0064_ci_trusts.sql",
            "184d1c1c638ca5fb3779713cc1d7615ea8b418edc2f655ea8e5193a84b9d317b",
            "6f8e055c0d6a2484bf2ffa098c8a5598f43eb87df1eca890b718ca195cf59553"
        ),
        (
            "0065_sso_domains.sql",
            "033278d32ee52f3d74680861c293988ef987446529020ab46a880c101398344c",
            "f88cb5e374a14354dbabc817b1f42a283903c34ffb441da8de2bee0cca9aab69"
        ),
        (
            "0066_slot_servers.sql",
            "e9a9c99c19eb67ac2a17066c80d9934d4c5a2a612d570e27f3bf6e0846a0c585",
            "8125da13801462da8ed9af5ca98b0f2203c1c69da4b60d67d0265a4945146895"
        ),
        (
            "0067_api_tokens.sql",
            "92328f49769013985265caa1a299d1c8096983c63e8a3fcf04ad9e75b34a86a3",
            "723eadb5dc7a2b2f18543df6f43bc191012e8b0643bc575b4166930182a27089"
        ),
        (
            "0068_report_changes.sql",
            "c0818b95c866fedd254c8bd38df1335531b1c967759f09b8adda77a5d2690392",
            "327927c1a652f7752a71246fcb8eafac53d793160f2eb6ff2853539d6883e4c5"
        ),
        (
            "0069_audit.sql",
            "c28fac03137c7276f52fa3812226259753a3b087d6f2612fb451ddb0bba99e38",
            "a6ffe4e3fa57905b85d50d07ffa161f20f210ea3ef867543e05be105b2e5084e"
        ),
        (
            "0070_long_runs.sql",
            "93c46622af4bea6cd90e53fbad9c0866f2ebf39f972570ecadc1a3725d8b0c2c",
            "9f216d050904ddc50d277451b5a414134bef61f6246ed56fad1734143f3beb9a"
        ),
        (
            "0071_kinds.sql",
            "49bd525bf17a4f55e9a2e07875d2851aa990e81522b51c291f2631ac994f9224",
            "4e6426043d37cd08b2347b6cbeff771a7cd81888e90764006690951b5007c5de"
        ),
        (
            "0072_job_traces.sql",
            "8e5d07f5b74b20ed3a86b5f7964ca3afa59a7c3a6e30aaf189a8e2faed1062a6",
            "8e5d07f5b74b20ed3a86b5f7964ca3afa59a7c3a6e30aaf189a8e2faed1062a6"
        ),
        (
            "0073_retention.sql",
            "417ab6a4e3d2beec16795c4e7e6f46e9fa6420a1fab5f02f7a30ec3aad73efab",
            "8c3d9f531e4feabc32455dd84f5f3c1c20e350feb12a79f8ab87766da72b6567"
        ),
        (
            "0074_metric_rows.sql",
            "5c71c83c191429dc6f99880724bf09a1b323767aa4c4011bcd5c39fd3bede984",
            "9421baa9df6a185aa5288af8c4218432fa2d6b18d92e3cc1cca059ece2c9456c"
        ),
        (
            "0075_changes_move.sql",
            "4b543e61d34139275ce9c88b6381ce678976bb3012e488d0ded987ee5a9d3cf7",
            "38428bebfc91784758bc291e6934afb3b9fb118c1c9ef9d5c852eb178f8835ac"
        ),
        (
            "0076_audit_by_project.sql",
            "f57d67306f74a9805f020b7039127610080390958fe549615857187a32403d4f",
            "f57d67306f74a9805f020b7039127610080390958fe549615857187a32403d4f"
        ),
        (
            "0077_imported.sql",
            "44171c251efb8347deffc74d6e65c9cb3c955372a2dec281a70f9833ca558666",
            "a6d5c0ac2ef91769a2c62e3f8204fe5d47ceacde9170589e654e5c33e598cb3b"
        ),
        (
            "0078_refuted_suspicions.sql",
            "6c4ab55e33c4e56de37595a3b37008454d29a4afa324f58b6908d79cacb92df0",
            "4eb48740c8b206d3d9e0a30c10637560c67bc79f5be16d531b695264b00235eb"
        ),
    ];

    [Theory, EveryDatabase]
    public void A_released_migration_never_changes(Engine engine) =>
        Assert.Equal(
            Released.Select(file => (file.Name, engine == Engine.Sqlite ? file.Sqlite : file.Postgres)),
            Migrations
                .Of(engine)
                .Select(file =>
                    (file.Name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file.Text))))
                )
        );
}
