import CKnowledgeBase

#if canImport(Glibc)
  import Glibc
#endif

/// Names of files as they are made here.
enum NoteName {
  /// A text in Unicode's form C: what an Apple file system takes apart is one name with what others type.
  static func composed(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
    var composed: UnsafeMutablePointer<CChar>?
    let count = Array(text.utf8).withUnsafeBytes { bytes in
      hg_compose_text(bytes.bindMemory(to: CChar.self).baseAddress, Int64(bytes.count), &composed)
    }
    defer { free(composed) }
    guard count >= 0, let composed else { return text }
    return String(decoding: UnsafeRawBufferPointer(start: composed, count: Int(count)), as: UTF8.self)
  }

  /// The letters and numbers of a text in small letters, with a dash between words. Soft hyphens and the like do not part
  /// them.
  static func words(of text: String) -> String {
    var words = ""
    let seen = text.unicodeScalars.filter { $0.properties.generalCategory != .format }
    for character in composed(String(String.UnicodeScalarView(seen))).lowercased() {
      if character.isLetter || character.isNumber {
        words.append(character)
      } else if words.last != "-" {
        words.append("-")
      }
    }
    return words
  }
}
