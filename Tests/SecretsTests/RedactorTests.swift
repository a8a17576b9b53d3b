import Testing

@testable import Secrets

/// What looks like a secret goes, and nothing else does. No key here is one: they are put together from pieces, so that
/// scanners of repositories see none.
@Suite struct RedactorTests {
  static let redactor = Redactor(values: ["geheim-123", "a\"b\\c-long", "ollama", "1234567"])
  private static let letters = "AbCdEfGhIj0123456789KlMnOpQrStUvWxYz"
  private static let web = "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "s5Fq_x-Y"
  private static let pem =
    "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA0Z\nabc/+==\n-----END RSA PRIVATE KEY-----"
  private static let amazon = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"

  /// Texts with their secrets between `⟦` and `⟧`.
  static let secrets: [String] = [
    "key ⟦sk-" + "abcd1234⟧, next", "⟦sk-" + "1234⟧", "(⟦sk-" + "proj-A_b-9⟧)", "⟦sk-" + "ant-api03-\(letters)⟧.",
    "⟦sk-" + "or-v1-\(letters)⟧", "⟦sk-" + "abcdefg⟧ ⟦sk-" + "hijklmn⟧", "OPENAI_API_KEY=⟦sk-" + "\(letters)⟧",
    #"inner\n⟦sk-"# + "abcd1234⟧", #"caf\u00e9⟦sk-"# + "abcd1234⟧", "?key%3D⟦sk-" + "abcd1234⟧&x",
    "⟦ghp_" + "\(letters)⟧", "⟦gho_" + "\(letters)⟧", "⟦ghu_" + "\(letters)⟧", "⟦ghs_" + "\(letters)⟧",
    "⟦ghr_" + "\(letters)⟧", "⟦github_pat_" + "11ABCDEFG0_\(letters)⟧", "https://⟦ghp_" + "\(letters)⟧@github.com/a/b",
    "⟦glpat-" + "aB3_x-YzKlMn12345678⟧", "⟦gldt-" + "aB3_x-YzKlMn12345678⟧", "⟦glrt-" + "aB3_x-YzKlMn12345678⟧",
    "⟦glcbt-" + "64_aB3_x-YzKlMn123⟧", "⟦glptt-" + "\(letters)⟧",
    "id ⟦AKIA" + "IOSFODNN7EXAMPLE⟧ here", "⟦ASIA" + "IOSFODNN7EXAMPLE⟧",
    "aws_secret_access_key = ⟦\(amazon)⟧", "\"SecretAccessKey\": \"⟦\(amazon)⟧\"",
    "export AWS_SECRET_ACCESS_KEY='⟦\(amazon)⟧'", "⟦AKIA" + "IOSFODNN7EXAMPLE⟧,⟦\(amazon)⟧",
    "⟦xoxb-" + "123456789012-abcDEF⟧", "⟦xoxp-" + "123456789012-abcDEF⟧", "⟦xapp-" + "1-A012-345-abc⟧",
    "https://⟦hooks.slack.com/services/" + "T000/B000/abcDEF123⟧",
    "⟦AIza" + "SyA0123456789abcdefghijklmnopqrstuv⟧", "⟦hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh⟧",
    "⟦npm_" + "\(letters)⟧", "⟦pypi-" + "AgEIcHlwaS5vcmcCJDU3⟧", "⟦gsk_" + "\(letters)⟧",
    "token ⟦\(web)⟧ ends", "(⟦\(web)⟧)", "a\n⟦\(pem)⟧\nb",
    "⟦-----BEGIN PRIVATE " + #"KEY-----\nMIIEvQIBADANBgkqhkiG\nabc\n-----END PRIVATE KEY-----⟧\n"#,
    "⟦-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nQyNTUx⟧",
    "⟦-----BEGIN PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA⟧\nThat was the key.",
    "postgres://app:⟦s3cr-t⟧@db.example.com/x", "https://user:⟦pass⟧@host:8080/path", "redis://:⟦p4ss:w0rd⟧@cache:6379",
    "Authorization: Bearer ⟦eyJhbGci.x_y-z=⟧", "authorization: bearer ⟦abcdef⟧", "AUTHORIZATION: BASIC ⟦dXNlcjpwYXNz⟧",
    #"{"Authorization":"Bearer ⟦abcdef99⟧"}"#, "-H 'Proxy-Authorization: Basic ⟦dXNlcjpwYXNz⟧'",
    "bearer ⟦abcdef⟧", "use Bearer ⟦0a1b2c3d4e⟧ for it", "Bearer ⟦AbCdEfGhIjKlMnOpQr⟧.",
    "Basic ⟦dXNlcjpwYXNz⟧ was sent",
    "Bearer ⟦sk-" + "abcdefg⟧", "is ⟦geheim-123⟧ secret", "⟦a\"b\\c-long⟧", "x⟦geheim-123⟧y",
  ]

  @Test(arguments: secrets)
  func secretsGo(marked: String) {
    let text = marked.filter { !"⟦⟧".contains($0) }
    let parts = marked.split(separator: "⟦", omittingEmptySubsequences: false)
    let expected = parts.dropFirst().reduce(String(parts[0])) { text, part in
      text + "[redacted]" + part.drop { $0 != "⟧" }.dropFirst()
    }
    #expect(Self.redactor.redact(text) == expected)
  }

  @Test(arguments: [
    "", "x", "risk-assessment of a task-1234", "disk-usage-2026-11", "sk-a", "sk-", "pip install sk-learn", "sk-SK",
    "the bearer of news", "Bearer ", "Overbearer abc", "a Bearer token in prose", "Bearer authentication is required",
    "bearer tokens are sent", "Basic authentication", "basic understanding of it", "Basic JavaScript and SQL",
    "Authorization: Bearer $TOKEN", "Authorization: Bearer <token>", "authorization: required", "Authorization:",
    "commit 174091c3f0d5a8b2c4e6f8091a2b3c4d5e6f7081",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "id 550e8400-e29b-41d4-a716-446655440000", "index 3ba58cd1..f0d5a8b2 100644",
    "+iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==", "sha512-AKIAabcdefghijklmnopqrstuvwxyz0123456789+/AbC==",
    "AKIA", "AKIAIOSFODNN7EXAMPLEXX", "xAKIAIOSFODNN7EXAMPLE", "hf_transfer", "npm_config_registry", "npm_package_name",
    "ghp_", "ghp_short", "my_ghp_variable", "pypi-publish", "xoxb-", "glpat-short", "AIza", "eyJ",
    "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.x", "http://localhost:4000/v1", "https://example.com/a:b@c",
    "https://user@example.com", "http://host:8080 mail me@example.com", "postgres://app:${PASSWORD}@db",
    "git@github.com:a/b.git", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYH", "-----", "----------", "ollama/llama3 and 1234567", "secretkey = none",
    "déjà vu 😀", "a_b-c.d:e=f", "std::basic_string x",
  ])
  func otherTextStays(text: String) {
    #expect(Self.redactor.redact(text) == text)
    #expect(Self.redactor.redact("before " + text + " after") == "before " + text + " after")
  }

  private static let key = "sk-" + "proj-abcdefghijklmnop1234"

  @Test(arguments: [
    ("nothing secret", "nothing secret"),
    ("Incorrect API key provided: \(key). Find it", "Incorrect API key provided: ***. Find it"),
    ("x\(key)y", "x***y"), ("Received API Key = sk-...1234", "Received API Key = sk-***"),
    ("half of it: abcdefghijkl", "half of it: ***"),
    ("Authorization: Bearer other-token-99", "Authorization: Bearer ***"),
    ("another key: sk-" + "ant-api03-XYZ", "another key: sk-***"), ("task-force", "task-force"),
    ("HTTP 401", "HTTP 401"),
  ])
  func serversEchoKeys(text: String, safe: String) {
    #expect(Redactor(key: Self.key).redact(text) == safe)
    #expect(Redactor(key: nil).redact("none") == "none")
    #expect(Redactor(key: "none").redact("none of them") == "none of them")
    #expect(Redactor(key: "t0psec").redact("key t0psec") == "key ***")
  }

  @Test func whatIsFoundSaysWhatItIs() {
    let text = "a " + Self.pem + " b ghp_" + Self.letters
    let found = Array(text.utf8).withUnsafeBytes { Self.redactor.findings(in: $0) }
    #expect(found.map(\.name) == ["a private key", "a GitHub token"])
    #expect(found.first?.range.lowerBound == 2)
  }

  /// Texts that repeat what makes the walk look behind a trigger.
  static let hostile = [
    "eyJ", "eyJ-", "eyJaaaaaaaaa.", "eyJaaaaaaaaa.aaaaaaaaaaa", "sk-", "-sk-", "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN ", "-----", "a://", "a://b:c", "a:b@", "://:@", "authorization:", "authorization=",
    "authorization: bearer ", "bearer ", "basic ", "basic YWFh", "basic YWFh/", "secretkey=", "secret_access_key: a",
    "secret-", "_", "pypi-", "pypi-AgE", "AKIA", "xoxb-", "hooks.slack.com/services/", "ghp_", "=", ":", "\\",
    "-----BEGIN PRIVATE KEY-----\nAAAAAAAAAAAAAAAA\n", "sessiontoken=A", "abcdefgh",
  ]

  @Test(arguments: hostile)
  func twiceTheTextIsTwiceTheWork(piece: String) {
    func steps(_ count: Int) -> Int {
      let text = Array(String(repeating: piece, count: count).utf8)
      return text.withUnsafeBytes { bytes in
        var scan = SecretScan(bytes)
        scan.run()
        return scan.steps
      }
    }
    let (once, twice) = (steps(1000), steps(2000))
    #expect(twice <= once * 2 + 1000 && once <= piece.utf8.count * 1000 * 8, "\(once), then \(twice)")
  }
}
