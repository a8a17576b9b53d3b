/// A kind of secret that says what it is: it begins with a mark by which those who hand it out find it again.
///
/// The marks are from the documentation of the services, and from the pages on secret scanning of GitHub and GitLab.
/// What a mark alone does not say (headers, passwords in URLs, private keys) is in `SecretScan`.
struct SecretMark: Sendable {
  /// What it begins with.
  let prefix: StaticString
  /// What it is, for a message: "a GitHub token".
  let name: String
  /// Which bytes may follow.
  let bytes: ByteClass
  /// How many of them follow at least, and at most.
  let length: ClosedRange<Int>
  /// Fewer of them do when one is a digit.
  let lengthWithDigit: Int

  /// What is looked for in the text: the first byte of the prefix that is rare in prose, and its place in the prefix.
  let trigger: UInt8, triggerOffset: Int

  init(
    _ prefix: StaticString, _ name: String, _ bytes: ByteClass, _ least: Int, most: Int = .max, withDigit: Int? = nil
  ) {
    self.prefix = prefix
    self.name = name
    self.bytes = bytes
    length = least...most
    lengthWithDigit = withDigit ?? least
    let text = UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
    triggerOffset = text.firstIndex { Self.triggers.contains($0) } ?? 0
    trigger = text[triggerOffset]
  }

  /// Bytes that are rare in prose, and of which every prefix has one.
  static let triggers = Array("_-.IzJ".utf8)

  static let accessKey = "an AWS access key"

  static let all: [SecretMark] = [
    SecretMark("sk-", "an API key", .masked, 7, withDigit: 4),
    SecretMark("sk_live_", "a Stripe key", .word, 16), SecretMark("rk_live_", "a Stripe key", .word, 16),
    SecretMark("sk_test_", "a Stripe key", .word, 16),
    SecretMark("gsk_", "an API key", .word, 20), SecretMark("xai-", "an API key", .token, 20),
    SecretMark("pplx-", "an API key", .token, 20), SecretMark("nvapi-", "an API key", .token, 20),
    SecretMark("r8_", "an API key", .word, 20),
    SecretMark("ghp_", "a GitHub token", .word, 20), SecretMark("gho_", "a GitHub token", .word, 20),
    SecretMark("ghu_", "a GitHub token", .word, 20), SecretMark("ghs_", "a GitHub token", .word, 20),
    SecretMark("ghr_", "a GitHub token", .word, 20), SecretMark("github_pat_", "a GitHub token", .word, 20),
    SecretMark("glpat-", "a GitLab token", .token, 16), SecretMark("gldt-", "a GitLab token", .token, 16),
    SecretMark("glrt-", "a GitLab token", .token, 16), SecretMark("glrtr-", "a GitLab token", .token, 16),
    SecretMark("glcbt-", "a GitLab token", .token, 16), SecretMark("glptt-", "a GitLab token", .token, 16),
    SecretMark("glft-", "a GitLab token", .token, 16), SecretMark("glimt-", "a GitLab token", .token, 16),
    SecretMark("glagent-", "a GitLab token", .token, 16), SecretMark("gloas-", "a GitLab token", .token, 16),
    SecretMark("glsoat-", "a GitLab token", .token, 16), SecretMark("glffct-", "a GitLab token", .token, 16),
    SecretMark("glwt-", "a GitLab token", .token, 16),
    SecretMark("AKIA", accessKey, .capitals, 16, most: 16),
    SecretMark("ASIA", accessKey, .capitals, 16, most: 16),
    SecretMark("ABIA", accessKey, .capitals, 16, most: 16),
    SecretMark("xoxa-", "a Slack token", .token, 10), SecretMark("xoxb-", "a Slack token", .token, 10),
    SecretMark("xoxc-", "a Slack token", .token, 10), SecretMark("xoxd-", "a Slack token", .url, 10),
    SecretMark("xoxe-", "a Slack token", .token, 10), SecretMark("xoxe.xox", "a Slack token", .token, 10),
    SecretMark("xoxo-", "a Slack token", .token, 10), SecretMark("xoxp-", "a Slack token", .token, 10),
    SecretMark("xoxr-", "a Slack token", .token, 10), SecretMark("xoxs-", "a Slack token", .token, 10),
    SecretMark("xapp-", "a Slack token", .token, 10),
    SecretMark("hooks.slack.com/services/", "a Slack webhook", .path, 8),
    SecretMark("hooks.slack.com/workflows/", "a Slack webhook", .path, 8),
    SecretMark("hooks.slack.com/triggers/", "a Slack webhook", .path, 8),
    SecretMark("discord.com/api/webhooks/", "a Discord webhook", .path, 16),
    SecretMark("AIza", "a Google API key", .token, 30), SecretMark("GOCSPX-", "a Google client secret", .token, 20),
    SecretMark("ya29.", "a Google token", .token, 20),
    SecretMark("hf_", "a Hugging Face token", .letters, 20),
    SecretMark("api_org_", "a Hugging Face token", .letters, 20),
    SecretMark("npm_", "an npm token", .letters, 20),
    SecretMark("pypi-AgE", "a PyPI token", .token, 13), SecretMark("pypi-", "a PyPI token", .token, 50),
    SecretMark("SG.", "a SendGrid key", .masked, 40), SecretMark("dckr_pat_", "a Docker token", .token, 16),
    SecretMark("dop_v1_", "a DigitalOcean token", .letters, 40), SecretMark("lin_api_", "a Linear key", .letters, 20),
    SecretMark("AGE-SECRET-KEY-1", "an age key", .capitals, 40),
  ]
}

/// Which bytes may stand in a secret.
struct ByteClass: OptionSet, Sendable {
  let rawValue: UInt8

  static let digit = ByteClass(rawValue: 1)
  static let capital = ByteClass(rawValue: 2)
  static let small = ByteClass(rawValue: 4)
  static let underscore = ByteClass(rawValue: 8)
  static let dash = ByteClass(rawValue: 16)
  static let dot = ByteClass(rawValue: 32)
  /// The rest of base 64: plus and slash.
  static let base = ByteClass(rawValue: 64)
  /// Star, tilde and per cent.
  static let other = ByteClass(rawValue: 128)

  static let capitals: ByteClass = [.digit, .capital]
  static let letters: ByteClass = [.digit, .capital, .small]
  static let word: ByteClass = [.letters, .underscore]
  static let token: ByteClass = [.word, .dash]
  static let base64: ByteClass = [.letters, .base]
  /// Servers print `sk-...abcd` and `sk-****abcd`.
  static let masked: ByteClass = [.token, .dot, .other]
  static let path: ByteClass = [.token, .base]
  static let url: ByteClass = [.token, .base, .other]
  /// What may follow `Bearer`, apart from the `=` at its end (RFC 6750, `b64token`).
  static let bearer: ByteClass = [.token, .dot, .base, .other]

  /// The class of each byte.
  static let ofByte: [ByteClass] = (0...255).map { (byte: UInt8) in
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): .capital
    case UInt8(ascii: "a")...UInt8(ascii: "z"): .small
    case UInt8(ascii: "_"): .underscore
    case UInt8(ascii: "-"): .dash
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "+"), UInt8(ascii: "/"): .base
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: "%"): .other
    default: []
    }
  }
}
