import ModelRouting
import Testing

@Suite struct AvailableModelsTests {
  @Test(
    arguments: [
      ("\u{FEFF}a \r\n\t b/c:d\r\n \r\n", ["a", "b/c:d"]), ("\u{FEFF}[\" a\", {\"id\":\"b\\r\"}]\r\n", ["a", "b"]),
      ("\u{FEFF}", nil), ("\u{FEFF}\r\n", nil),
      ("a\nb/c:d\n", ["a", "b/c:d"]), ("a\r\nb", ["a", "b"]), (#""a""#, ["a"]), (#"["a","b"]"#, ["a", "b"]),
      (#"{"id":"a"}"# + "\n" + #"{"id":"b","object":"model"}"#, ["a", "b"]),
      (#"{"reachable":true,"authenticated":true,"models":["a"],"loaded":null,"latency_ms":3}"#, ["a"]),
      (#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#, ["a", "b"]),
      (#"{"model":"a"}"#, nil), ("", nil), ("\n", nil), (#"{"reachable":false,"models":null}"#, nil),
      (#"{"models":[]}"#, nil), ("<html>\n<body>502</body>", nil), ("{", nil), (#"[1]"#, nil), ("null", ["null"]),
    ] as [(String, Set<String>?)])
  func lists(text: String, models: Set<String>?) {
    #expect(AvailableModels.parse(Array(text.utf8)) == models)
  }

  @Test func notUTF8() {
    #expect(AvailableModels.parse([0x61, 0xFF]) == nil)
  }
}
