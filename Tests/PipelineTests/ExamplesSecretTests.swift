import Foundation
import TestSupport
import Testing

/// The gate of learn.sh knows the same secrets as the log: over one table, what hg-log redacts becomes no note.
@Suite struct ExamplesSecretTests {
  private static let letters = "AbCdEfGhIj0123456789KlMnOpQrStUvWxYz"

  // No key here is one: they are put together from pieces, so that scanners of repositories see none.
  static let secrets: [String] = [
    "sk-" + "abcd1234", "sk-" + "ant-api03-\(letters)", "sk-" + "or-v1-\(letters)", "OPENAI_API_KEY=sk-" + "proj-A_b-9",
    "sk_" + "live_\(letters)", "gsk_" + letters, "xai-" + letters, "pplx-" + letters, "nvapi-" + letters,
    "r8_" + letters,
    "ghp_" + letters, "gho_" + letters, "ghu_" + letters, "ghs_" + letters, "ghr_" + letters,
    "github_pat_" + "11ABCDEFG0_\(letters)", "https://ghp_" + "\(letters)@github.com/a/b",
    "glpat-" + "aB3_x-YzKlMn12345678",
    "gldt-" + "aB3_x-YzKlMn12345678", "glrt-" + "aB3_x-YzKlMn12345678", "glcbt-" + "64_aB3_x-YzKlMn123",
    "AKIA" + "IOSFODNN7EXAMPLE", "ASIA" + "IOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY",
    "xoxb-" + "123456789012-abcDEF", "xoxp-" + "123456789012-abcDEF", "xapp-" + "1-A012-345-abc",
    "https://hooks.slack.com/services/" + "T000/B000/abcDEF123", "AIza" + "SyA0123456789abcdefghijklmnopqrstuv",
    "GOCSPX-" + letters, "ya29." + letters, "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh", "npm_" + letters,
    "pypi-" + "AgEIcHlwaS5vcmcCJDU3", "SG." + letters + letters, "dckr_pat_" + letters, "lin_api_" + letters,
    "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "s5Fq_x-Y",
    "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA0Z\nabc/+==\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nQyNTUx",
    "postgres://app:s3cr-t" + "@db.example.com/x", "redis://:p4ss:w0rd" + "@cache:6379",
    "Authorization: Bearer eyJhbGci." + "x_y-z=", "authorization: bearer " + "abcdef",
    "AUTHORIZATION: BASIC " + "dXNlcjpwYXNz",
    "use Bearer 0a1b2c3d4e" + " for it", "Basic dXNlcjpwYXNzd29yZA" + "==",
  ]

  static let innocent = [
    "risk-assessment of a task-1234", "disk-usage-2026-11", "pip install sk-learn", "the bearer of news",
    "Bearer authentication is required", "Basic authentication", "basic understanding of it", "npm_config_registry",
    "hf_transfer", "ghp_short", "pypi-publish", "AKIA", "eyJhbGciOiJIUzI1NiJ9", "http://localhost:4000/v1",
    "https://user@example.com", "postgres://app:${PASSWORD}@db", "git@github.com:a/b.git",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIE", "commit 174091c3f0d5a8b2c4e6f8091a2b3c4d5e6f7081",
    "id 550e8400-e29b-41d4-a716-446655440000", "Authorization: Bearer $TOKEN",
  ]

  @Test func theGateAndTheLogKnowTheSameSecrets() throws {
    let folder = try TestFolder()
    let samples = Self.secrets + Self.innocent
    let records = try samples.enumerated().map { number, sample in
      let note = ExamplesCronTests.good + "\n\nSeen: \(sample) there."
      let record: [String: Any] = ["session_id": "s", "id": "\(number)", "text": note, "domain": "\(number)"]
      return String(decoding: try JSONSerialization.data(withJSONObject: record), as: UTF8.self)
    }
    let result = try folder.shell(
      """
      cat >records
      hg-log --full <records >/dev/null; hg-log show | jq -r 'select(.text | contains("[redacted]")) | .id' | sort >redacted
      jq -r -f "$EXAMPLES/learn.jq" records | jq -r .domain | sort >kept
      """, text: records.joined(separator: "\n") + "\n",
      environment: ["EXAMPLES": examples, "HYPERGUILD_BRAIN_DIR": folder.file("brain")])
    #expect(result.status == 0, "\(result)")
    func named(_ file: String) throws -> Set<String> {
      let lines = String(decoding: try folder.read(file), as: UTF8.self).split(separator: "\n")
      return Set(lines.compactMap { Int($0) }.map { samples[$0] })
    }
    #expect(try named("redacted").symmetricDifference(Self.secrets) == [])
    #expect(try named("kept").symmetricDifference(Self.innocent) == [])
  }
}
