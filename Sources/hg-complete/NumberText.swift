import ArgumentParser

/// A number that is sent as it was typed: `0.70` stays `0.70`.
struct NumberText: ExpressibleByArgument {
  /// A JSON number.
  let text: String

  init?(argument: String) {
    // What a Double takes and JSON does not: "inf", "0x1", "1.", ".5", "+1".
    let isPlain = argument.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
    guard isPlain, let first = argument.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "."),
      let value = Double(argument), value.isFinite, !argument.hasSuffix("."), !argument.hasPrefix("0") || value < 1
    else { return nil }
    text = argument
  }
}
