import Foundation
import TestSupport
import Testing

/// Every kind of secret is known wherever texts are kept: in the log and in the knowledge base. No key here is one:
/// they are put together from pieces, so that scanners of repositories see none.
@Suite struct SecretKindsTests {
  /// A secret in a text.
  struct Sample: Sendable {
    /// What it is, as `hg-brain check` says.
    let name: String
    /// What stands in front of it.
    let before: String
    let secret: String
    /// What stands behind it.
    let after: String

    init(_ name: String, _ secret: String, behind before: String = "It was ", before after: String = " and it worked.")
    {
      (self.name, self.secret, self.before, self.after) = (name, secret, before, after)
    }

    var text: String { before + secret + after }
  }

  private static let letters = "AbCdEfGhIj0123456789KlMnOpQrStUvWxYz"
  private static let capitals = "IOSFODNN7EXAMPLE"
  private static let amazon = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "EXAMPLEKEY"

  /// Those that a prefix tells.
  private static let marked: [(name: String, prefixes: [String], rest: String)] = [
    (
      "an API key", ["sk-", "sk-proj-", "sk-ant-api03-", "sk-or-v1-", "gsk_", "xai-", "pplx-", "nvapi-", "r8_"],
      letters
    ),
    ("a Stripe key", ["sk_live_", "rk_live_", "sk_test_"], letters),
    ("a GitHub token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], letters),
    (
      "a GitLab token",
      [
        "glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-",
        "glffct-", "glwt-",
      ], letters
    ),
    ("an AWS access key", ["AKIA", "ASIA", "ABIA"], capitals),
    (
      "a Slack token",
      ["xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxe.xoxp-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xapp-"],
      "123456789012-abcDEF"
    ),
    (
      "a Slack webhook",
      ["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"], "T000/B000/abcDEF123"
    ),
    ("a Discord webhook", ["discord.com/api/webhooks/"], "123456789012345678/\(letters)"),
    ("a Google API key", ["AIza"], letters), ("a Google client secret", ["GOCSPX-"], letters),
    ("a Google token", ["ya29."], letters), ("a Hugging Face token", ["hf_", "api_org_"], letters),
    ("an npm token", ["npm_"], letters), ("a PyPI token", ["pypi-AgE"], letters),
    ("a SendGrid key", ["SG."], "\(letters).\(letters)"), ("a Docker token", ["dckr_pat_"], letters),
    ("a DigitalOcean token", ["dop_v1_"], "0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("a Linear key", ["lin_api_"], letters), ("an age key", ["AGE-SECRET-KEY-1"], String(repeating: "Q7", count: 29)),
  ]

  static let samples: [Sample] =
    marked.flatMap { kind in kind.prefixes.map { Sample(kind.name, $0 + kind.rest) } } + [
      Sample("a JSON Web Token", "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "s5Fq_x-Y"),
      Sample(
        "a private key", "-----BEGIN RSA PRIVATE " + "KEY-----\nMIIEowIBAAKCAQEA0Z\n-----END RSA PRIVATE KEY-----"),
      Sample("a private key", "-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA"),
      Sample("a password in a URL", "s3cr-t", behind: "Try postgres://app:", before: "@db.example.com/x"),
      Sample("an AWS secret key", amazon, behind: "aws_secret_access_key = "),
      Sample("an AWS session token", letters + letters + "/+", behind: "aws_session_token="),
      Sample("an authorization header", "abcdefgh", behind: "Authorization: Bearer "),
      Sample("an authorization header", "dXNlcjpwYXNz", behind: "Proxy-Authorization: Basic "),
      Sample("an authorization header", "abcdef0123", behind: "authorization: token "),
      Sample("a bearer token", "0a1b2c3d4e", behind: "Use Bearer "),
      Sample("a basic authorization", "dXNlcjpwYXNz", behind: "Use Basic "),
    ]

  @Test func theLogKeepsNone() throws {
    let folder = try TestFolder()
    let result = try folder.run("hg-log", ["--full"], stdin: Self.records(Self.samples.map(\.text)))
    #expect(result.status == 0 && result.lines.count == Self.samples.count, "\(result)")
    let entries = String(decoding: try folder.read("data/hyperguild/brain/sessions/default.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    try #require(entries.count == Self.samples.count)
    for (sample, line) in zip(Self.samples, entries) {
      let entry = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let wanted = sample.text.replacingOccurrences(of: sample.secret, with: "[redacted]")
      #expect(entry["message"] as? String == wanted && entry["text"] as? String == wanted, "\(sample.name): \(line)")
    }
  }

  @Test func theKnowledgeBaseFindsAll() throws {
    let folder = try TestFolder()
    for (number, sample) in Self.samples.enumerated() {
      try folder.write("brain/knowledge/n\(number).md", text: "# Note \(number)\n\n" + sample.text + "\n")
    }
    try folder.write("brain/knowledge/clean.md", text: "# A note without\n\nUse a Bearer token, or sk-learn.\n")
    let result = try folder.run("hg-brain", ["check"])
    #expect(result.status == 1)
    var found: [String: String] = [:]
    for line in result.lines {
      let problem = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      if problem["kind"] as? String == "secret", let path = problem["path"] as? String {
        found[path] = problem["message"] as? String
      }
    }
    let wanted = Self.samples.enumerated().map { ("knowledge/n\($0.offset).md", "looks like " + $0.element.name) }
    #expect(found == Dictionary(uniqueKeysWithValues: wanted))
  }

  private static func records(_ texts: [String]) throws -> [UInt8] {
    try texts.flatMap { text in
      try [UInt8](JSONSerialization.data(withJSONObject: ["user": "q", "text": text])) + [0x0A]
    }
  }
}
