#if canImport(Glibc)
  import Glibc
#endif

/// One walk over a text that finds what looks like a secret, in time that grows with the text and no faster: what is
/// looked at behind a trigger is either skipped then, or short, or ends where no further trigger can reach over it.
struct SecretScan {
  let text: UnsafeRawBufferPointer
  private(set) var findings: [SecretFinding] = []
  /// How many bytes were looked at, apart from the walk itself: for the test that this grows with the text.
  private(set) var steps = 0
  /// Where the last finding ends.
  private var end = 0

  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// What is done at a byte; 0 is nothing, the others are below.
  private static let actions: [UInt8] = (0...255).map { (byte: UInt8) in
    switch byte {
    case _ where SecretMark.triggers.contains(byte): 1
    case UInt8(ascii: ":"), UInt8(ascii: "="): 2
    case UInt8(ascii: "b"), UInt8(ascii: "B"): 3
    default: 0
    }
  }

  mutating func count(_ bytes: Int) { steps += bytes }

  /// The marks of each trigger.
  private static let marks: [[SecretMark]] = (0...255).map { byte in SecretMark.all.filter { $0.trigger == byte } }

  /// Walks over the text.
  mutating func run() {
    Self.actions.withUnsafeBufferPointer { actions in
      var position = 0
      while position < text.count {
        let action = actions[Int(text[position])]
        if action == 0 {
          position += 1
          continue
        }
        if let finding = finding(action, at: position) {
          add(finding)
          if finding.name == SecretMark.accessKey, let secret = secretKey(behind: end) { add(secret) }
          position = max(end, position + 1)
        } else {
          position += 1
        }
      }
    }
  }

  private mutating func add(_ finding: SecretFinding) {
    findings.append(finding)
    end = finding.range.upperBound
  }

  private mutating func finding(_ action: UInt8, at position: Int) -> SecretFinding? {
    switch action {
    case 1:
      if text[position] == UInt8(ascii: "-"), let key = privateKey(at: position) { return key }
      if text[position] == UInt8(ascii: "J"), let token = webToken(at: position - 2) { return token }
      for mark in Self.marks[Int(text[position])] {
        if let finding = marked(mark, at: position - mark.triggerOffset) { return finding }
      }
      return nil
    case 2:
      if text[position] == UInt8(ascii: ":"), starts(with: "//", at: position + 1) { return password(at: position + 3) }
      return assigned(at: position)
    default: return credentials(at: position)
    }
  }

  // MARK: marks

  private mutating func marked(_ mark: SecretMark, at start: Int) -> SecretFinding? {
    guard start >= end, starts(with: mark.prefix, at: start), isBoundary(start) else { return nil }
    let body = start + mark.prefix.utf8CodeUnitCount
    let bodyEnd = trimmed(endOfRun(of: mark.bytes, from: body), from: body)
    let length = bodyEnd - body
    guard length >= mark.lengthWithDigit, length <= mark.length.upperBound else { return nil }
    guard length >= mark.length.lowerBound || holds(.digit, body..<bodyEnd) else { return nil }
    // A longer word only begins like one.
    if mark.length.upperBound != .max, bodyEnd < text.count, isWord(text[bodyEnd]) { return nil }
    return SecretFinding(mark.name, start..<bodyEnd, body: body..<bodyEnd)
  }

  /// A JSON Web Token (RFC 7519): the base 64 of `{"`, and two more parts.
  private mutating func webToken(at start: Int) -> SecretFinding? {
    guard start >= end, starts(with: "eyJ", at: start), isBoundary(start) else { return nil }
    let header = endOfRun(of: .token, from: start)
    guard header - start >= 10, isByte(".", at: header) else { return nil }
    let payload = endOfRun(of: .token, from: header + 1)
    guard payload - header > 8, isByte(".", at: payload) else { return nil }
    var last = endOfRun(of: .token, from: payload + 1)
    // Five parts, when it is encrypted.
    for _ in 0..<2 where isByte(".", at: last) && last + 1 < text.count && isWord(text[last + 1]) {
      last = endOfRun(of: .token, from: last + 1)
    }
    return SecretFinding("a JSON Web Token", start..<last)
  }

  /// A private key in PEM (RFC 7468), from the first dash to the last; what is left of one that is cut off.
  private mutating func privateKey(at start: Int) -> SecretFinding? {
    guard start == 0 || !isByte("-", at: start - 1), starts(with: "-----BEGIN ", at: start) else { return nil }
    let label = start + 11
    let labelEnd = endOfLabel(from: label)
    guard starts(with: "-----", at: labelEnd), holdsText("PRIVATE KEY", label..<labelEnd) else { return nil }
    let content = labelEnd + 5
    if let dashes = firstOffset(of: "-----", from: content), starts(with: "-----END ", at: dashes) {
      let last = endOfLabel(from: dashes + 9)
      return SecretFinding("a private key", start..<(starts(with: "-----", at: last) ? last + 5 : last))
    }
    return SecretFinding("a private key", start..<endOfBase64(from: content))
  }

  private func endOfLabel(from start: Int) -> Int {
    var position = start
    while position < text.count, position - start < 64, isLabel(text[position]) { position += 1 }
    return position
  }

  private func isLabel(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || !ByteClass.capitals.isDisjoint(with: ByteClass.ofByte[Int(byte)])
  }

  /// Behind lines of base 64: words that are longer than those of a sentence, or reach the end of the text.
  private mutating func endOfBase64(from start: Int) -> Int {
    var (position, last) = (start, start)
    while true {
      while position < text.count, text[position] <= 0x20 || text[position] == UInt8(ascii: "\\") {
        // A line end may be written as \n.
        position += text[position] == UInt8(ascii: "\\") ? 2 : 1
      }
      guard position < text.count else { return last }
      let wordEnd = endOfRun(of: .base64, from: position)
      guard wordEnd > position, wordEnd - position >= 16 || wordEnd == text.count else { return last }
      (position, last) = (wordEnd, wordEnd)
    }
  }

  // MARK: URLs, headers and assignments

  /// The password of `scheme://user:password@host`, unless it is a placeholder.
  private mutating func password(at start: Int) -> SecretFinding? {
    var (position, colon, at) = (start, -1, -1)
    while position < text.count, text[position] > 0x20, !"/?#\"<>\\`".utf8.contains(text[position]) {
      if text[position] == UInt8(ascii: ":"), colon < 0 { colon = position }
      if text[position] == UInt8(ascii: "@") { at = position }
      position += 1
    }
    steps += position - start
    guard colon >= 0, at > colon + 1 else { return nil }
    if "$<{*[".utf8.contains(text[colon + 1]) { return nil }
    return SecretFinding("a password in a URL", colon + 1..<at)
  }

  /// What stands behind `Authorization:`, `aws_secret_access_key =` and the like.
  private mutating func assigned(at sign: Int) -> SecretFinding? {
    var nameEnd = sign
    while nameEnd > 0, sign - nameEnd < 4, isSeparator(text[nameEnd - 1]) { nameEnd -= 1 }
    guard nameEnd > 0 else { return nil }
    switch text[nameEnd - 1] | 0x20 {
    case UInt8(ascii: "n") where endsName("authorization", at: nameEnd):
      return authorization(at: skipSeparators(from: sign + 1))
    case UInt8(ascii: "n") where endsName("sessiontoken", at: nameEnd):
      return value(at: skipSeparators(from: sign + 1), "an AWS session token", least: 64)
    case UInt8(ascii: "y") where endsName("secretaccesskey", at: nameEnd) || endsName("secretkey", at: nameEnd):
      return value(at: skipSeparators(from: sign + 1), "an AWS secret key", least: 40, most: 40)
    default: return nil
    }
  }

  private mutating func value(at start: Int, _ name: String, least: Int, most: Int = .max) -> SecretFinding? {
    let last = endOfPadding(from: endOfRun(of: .base64, from: start))
    guard (least...most).contains(last - start) else { return nil }
    return SecretFinding(name, start..<last)
  }

  /// The secret key beside an access key: in the next column of a table, say.
  private mutating func secretKey(behind start: Int) -> SecretFinding? {
    var position = start
    while position < text.count, position - start < 4,
      isSeparator(text[position]) || ",;:\n".utf8.contains(text[position])
    {
      position += 1
    }
    return position > start ? value(at: position, "an AWS secret key", least: 40, most: 40) : nil
  }

  /// The value of the header: a scheme and what follows it; or, without a scheme, something with a digit.
  private mutating func authorization(at start: Int) -> SecretFinding? {
    let wordEnd = endOfPadding(from: endOfRun(of: .bearer, from: start))
    var token = wordEnd
    while token < text.count, token - wordEnd < 4, text[token] == 0x20 || text[token] == 0x09 { token += 1 }
    let isScheme = Self.schemes.contains { $0.utf8CodeUnitCount == wordEnd - start && isText($0, at: start) }
    if isScheme, token > wordEnd {
      let last = trimmed(endOfPadding(from: endOfRun(of: .bearer, from: token)), from: token)
      guard last - token >= 4, holds(.letters, token..<last) else { return nil }
      return SecretFinding("an authorization header", token..<last)
    }
    guard wordEnd - start >= 8, holds(.digit, start..<wordEnd) else { return nil }
    return SecretFinding("an authorization header", start..<wordEnd)
  }

  private static let schemes: [StaticString] = ["bearer", "basic", "token", "digest", "negotiate", "apikey", "ntlm"]

  /// `Bearer ...` and `Basic ...` without the name of the header. In prose something must show that it is not prose:
  /// digits or capitals in the middle; or, for `Basic`, a user and a password. A text that is nothing else is a header.
  private mutating func credentials(at start: Int) -> SecretFinding? {
    let isBearer = isText("bearer", at: start)
    guard isBearer || isText("basic", at: start) else { return nil }
    let wordEnd = start + (isBearer ? 6 : 5)
    guard isBoundary(start) else { return nil }
    var token = wordEnd
    while token < text.count, token - wordEnd < 4, text[token] == 0x20 || text[token] == 0x09 { token += 1 }
    guard token > wordEnd else { return nil }
    let last = trimmed(endOfPadding(from: endOfRun(of: .bearer, from: token)), from: token)
    let isAlone = start == 0 && last == text.count && last - token >= 6
    if isBearer {
      guard isAlone && holds(.letters, token..<last) || looksRandom(token..<last) else { return nil }
      return SecretFinding("a bearer token", token..<last)
    }
    guard isUserAndPassword(token..<last) else { return nil }
    return SecretFinding("a basic authorization", token..<last)
  }

  private func looksRandom(_ range: Range<Int>) -> Bool {
    guard range.count >= 8 else { return false }
    if holds(.digit, range) { return true }
    guard range.count >= 16, holds(.small, range) else { return false }
    // "Authentication" has a capital, too.
    return holds(.capital, range.dropFirst()) && !holds(.dash, range)
  }

  /// Whether base 64 holds a user's name, a colon and a password (RFC 7617).
  private mutating func isUserAndPassword(_ range: Range<Int>) -> Bool {
    steps += range.count
    var (group, bits, hasColon, count) = (UInt32(0), 0, false, 0)
    for byte in text[range] where byte != UInt8(ascii: "=") {
      guard let digit = Self.base64Digit(byte) else { return false }
      group = group << 6 | digit
      bits += 6
      guard bits >= 8 else { continue }
      bits -= 8
      let decoded = UInt8(truncatingIfNeeded: group >> UInt32(bits))
      guard decoded >= 0x20, decoded != 0x7F else { return false }
      if decoded == UInt8(ascii: ":") { hasColon = true }
      count += 1
    }
    return hasColon && count >= 3
  }

  private static func base64Digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
