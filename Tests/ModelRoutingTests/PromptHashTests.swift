import ModelRouting
import NDJSON
import Testing

/// Each digest can be checked with `printf 'sys\0user' | sha256sum | cut -c1-16`.
@Suite struct PromptHashTests {
  @Test(arguments: [
    ("", "", "6e340b9cffb37a98"),
    ("sys", "user", "d9a85eb23dd96f9c"),
    ("", "hi", "e6908025cd50ce38"),
    ("You are terse.", "Prüfe 日本 \u{1F600}\n\"x\"", "9fd12a7f8f3d5c25"),
    ("", "a", "022a6979e6dab7aa"),
    ("a", "", "ffe9aaeaa2a2d504"),
  ])
  func vectors(system: String, user: String, digits: String) {
    #expect(PromptHash(system: system, user: user).hexadecimal == digits)
  }

  /// The same prompt, however its record writes it.
  @Test(arguments: [
    #"{"system":"sys","user":"user"}"#,
    #"{"user":"user","x":1,"system":"sys"}"#,
    #"{"system":"\u0073ys","user":"us\u0065r"}"#,
    #"{"system":"other","system":"sys","user":"user"}"#,
    #"{"messages":[{"role":"system","content":"sys"},{"role":"user","content":"user"}]}"#,
    #"{"messages":[{"role":"developer","content":"sys"},{"role":"user","content":[{"type":"text","text":"user"}]}]}"#,
    #"{"custom_id":"1","body":{"messages":[{"role":"system","content":"sys"},{"role":"user","content":"user"}]}}"#,
    #"{"system":"sys","user":[{"type":"text","text":"user"}]}"#,
    #"{"system":[{"type":"text","text":"sys"}],"user":[{"type":"text","text":"us"},{"type":"text","text":"\u0065r"}]}"#,
    #"{"messages":null,"system":"sys","user":"user"}"#,
    #"{"custom_id":"1","body":"the user's own","system":"sys","user":"user"}"#,
    #"{"system":"sys","user":"user","params":{"top_p":1,"messages":null}}"#,
    // What is sent is what counts.
    #"{"user":"id-7","messages":[{"role":"system","content":"sys"},{"role":"user","content":"user"}]}"#,
    #"{"user":"x","params":{"messages":[{"role":"system","content":"sys"},{"role":"user","content":"user"}]}}"#,
  ])
  func onePromptOneHash(line: String) throws {
    #expect(try hash(line) == PromptHash(system: "sys", user: "user"))
  }

  /// What is another prompt has another hash.
  @Test(arguments: [
    #"{"messages":[{"role":"user","content":"else"}],"system":"sys","user":"user"}"#,
    #"{"system":"sys","user":[{"type":"image_url","url":"user"}]}"#,
    #"{"user":"user"}"#, #"{"system":"sysuser"}"#, #"{"system":"s","user":"ysuser"}"#, #"{"user":5}"#,
    #"{"messages":[{"role":"user","content":"sys"},{"role":"user","content":"user"}]}"#,
    #"{"messages":[{"role":"system","content":"sys"},{"role":"user","content":"us"},{"role":"user","content":"er"}]}"#,
    #"{"messages":[{"role":"system","content":"sys"},{"role":"user","content":[{"type":"image_url","url":"user"}]}]}"#,
  ])
  func anotherPromptAnotherHash(line: String) throws {
    #expect(try hash(line) != PromptHash(system: "sys", user: "user"))
  }

  @Test func sharesOfThePromptsAreShares() {
    let hashes = (0..<20_000).map { PromptHash(system: "", user: "\($0)") }
    for share in [0.05, 0.3, 0.5, 0.9] {
      let below = hashes.filter { $0.fraction < share }.count
      // Four standard deviations of a binomial; the prompts are always the same, so this cannot change by chance.
      #expect(abs(Double(below) / 20_000 - share) < 4 * (share * (1 - share) / 20_000).squareRoot())
    }
    #expect(PromptHash(value: .max).fraction < 1)
    #expect(PromptHash(value: 0).hexadecimal == "0000000000000000")
  }

  private func hash(_ line: String) throws -> PromptHash {
    let parser = JSONParser()
    // The record points into the parser.
    return try withExtendedLifetime(parser) {
      try Array(line.utf8).withUnsafeBytes { PromptHash(try parser.record($0)) }
    }
  }
}
