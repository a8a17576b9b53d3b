import CPCRE2
import NDJSON

/// A regular expression as JSON Schema has it (ECMA-262), by PCRE2: it backtracks on the heap, and not for ever.
final class RegularExpression: @unchecked Sendable {
  /// How many steps one match may take, besides some for each byte of the text: some ten milliseconds.
  private static let maximumSteps = 500_000
  private static let stepsPerByte = 8
  /// How much memory one match may take, in KiB.
  private static let maximumMemory: UInt32 = 16 << 10

  /// As it was written.
  let source: String

  // `@unchecked Sendable`: compiled once, and never changed afterwards; each match has its own memory.
  private let code: OpaquePointer

  /// Compiles an expression; nil when it is not one.
  ///
  /// - Parameter source: In the syntax of ECMA-262 with Unicode.
  init?(_ source: String) {
    self.source = source
    let options =
      PCRE2_UTF | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS
      | PCRE2_NEVER_BACKSLASH_C
    var (error, offset) = (Int32(0), 0)
    guard let context = pcre2_compile_context_create_8(nil) else { return nil }
    defer { pcre2_compile_context_free_8(context) }
    pcre2_set_compile_extra_options_8(context, UInt32(PCRE2_EXTRA_ALT_BSUX))
    let compile = { (text: String, options: UInt32) in
      let pattern = Array(text.utf8)
      return pcre2_compile_8(pattern, pattern.count, options, &error, &offset, context)
    }
    guard let alone = compile(source, options) else { return nil }
    pcre2_code_free_8(alone)
    // The library counts its steps anew for each place at which a match could start. So the way there is part of the
    // expression, and one limit is for all of it.
    guard let code = compile("(?s:.*?)(?:\(source))", options | PCRE2_ANCHORED) else { return nil }
    self.code = code
  }

  deinit { pcre2_code_free_8(code) }

  /// Whether it is found anywhere in a text; false also when that takes too long.
  ///
  /// - Parameter text: Valid UTF-8.
  /// - Returns: True when some part of it fits.
  func matches(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let context = pcre2_match_context_create_8(nil), let data = pcre2_match_data_create_8(1, nil) else {
      return false
    }
    defer {
      pcre2_match_data_free_8(data)
      pcre2_match_context_free_8(context)
    }
    let steps = Self.maximumSteps + Self.stepsPerByte * text.count
    pcre2_set_match_limit_8(context, UInt32(clamping: steps))
    pcre2_set_heap_limit_8(context, Self.maximumMemory)
    let start = text.bindMemory(to: UInt8.self).baseAddress
    var empty: UInt8 = 0
    return withUnsafePointer(to: &empty) { nothing in
      pcre2_match_8(code, start ?? nothing, text.count, 0, UInt32(PCRE2_NO_UTF_CHECK), data, context) >= 0
    }
  }
}
