import Testing

@testable import ModelInfo

@Suite("A file of models")
struct ModelTableTests {
  private static let forms = [
    #"{"id":"a/m","input_cost_per_token":1e-6,"max_input_tokens":8000}"# + "\n" + #"{"id":"n"}"# + "\r\n\n",
    "\u{FEFF}" + #"{"data":[{"id":"a/m","input_cost_per_token":"0.000001","context_length":8000},{"id":"n"}]}"#,
    #"{"models":["n",{"name":"a/m","input_cost_per_token":1e-6,"max_model_len":8000}],"reachable":true}"#,
    """
    {
      "data": [
        {"model_name": "a/m", "model_info": {"input_cost_per_token": 1e-6, "max_input_tokens": 9000, "max_tokens": null}},
        {"model_name": "a/m", "model_info": {"input_cost_per_token": 1e-7, "max_input_tokens": 8000}},
        {"model_name": "n"}
      ]
    }
    """,
  ]

  @Test("is read in each of its forms", arguments: forms)
  func isRead(_ text: String) throws {
    let table = try ModelTable(Array(text.utf8))
    #expect(table.listed == ["a/m", "n"])
    #expect(table["a/m"]?.prices?.input == 1e-6)
    #expect(table["a/m"]?.maxInputTokens == 8000)
    #expect(table["n"]?.prices == nil)
    #expect(table["m"] == nil)
  }

  @Test("names alone are a list without prices")
  func names() throws {
    let table = try ModelTable(Array("one\n two \r\n\"three\"\n".utf8))
    #expect(table.listed == ["one", "two", "three"] && !table.hasPrices)
  }

  @Test("LiteLLM's map lists nothing; its sample is no model, and a provider in front is none of the name")
  func map() throws {
    let table = try ModelTable(
      Array(
        """
        {
          "sample_spec": {"max_input_tokens": "max input tokens, if the provider specifies it", "input_cost_per_token": 0},
          "gpt-4o": {"input_cost_per_token": 2.5e-06, "output_cost_per_token": 1e-05, "max_input_tokens": 128000},
          "gemini/g": {"input_cost_per_token": 1e-06, "search_context_cost_per_query": {"low": 1}}
        }
        """.utf8))
    #expect(table.listed == nil && table["sample_spec"] == nil)
    #expect(table["openai/gpt-4o"]?.prices?.input == 2.5e-06)
    #expect(table["router/openai/gpt-4o"]?.maxInputTokens == 128_000)
    #expect(table["gemini/g"]?.prices?.input == 1e-06)
    #expect(table["g"] == nil && table["gpt-4o-mini"] == nil && table["gpt-4o/x"] == nil)
  }

  /// What is wrong, the line, and a word of the message.
  private static let wrong = [
    ("", 1, "no model"),
    ("{\n\"a\": {\n\"input_cost_per_token\": -1}}", 3, "a: input_cost_per_token: -1 is not allowed"),
    ("{\n\"a\": {\"input_cost_per_token\": \"cheap\"}}", 2, "\"cheap\" is not allowed"),
    (#"{"a": {"output_cost_per_token": "NaN"}}"#, 1, "output_cost_per_token"),
    (#"{"a": {"output_cost_per_token": "inf"}}"#, 1, "output_cost_per_token"),
    (#"{"a": {"cache_read_input_token_cost": true}}"#, 1, "true is not allowed"),
    (#"{"a": {"input_cost_per_token": 1e400}}"#, 1, "1e400 is not allowed"),
    (#"{"a": {"input_cost_per_token": NaN}}"#, 1, "a token is out of place"),
    (#"{"a": {"max_input_tokens": -5}}"#, 1, "max_input_tokens: -5"),
    (#"{"a": {"tiered_pricing": [{"input_cost_per_token": 1}]}}"#, 1, "range"),
    (#"{"id":"a"}"# + "\n\n" + #"{"id":"b","input_cost_per_token":-2}"#, 3, "b: input_cost_per_token: -2"),
    (#"{"id":"a"}"# + "\n" + #"{"id":"b""#, 2, "ends too early"),
    (#"{"id":"a"}"# + "\n" + #"{"id":7}"#, 2, "without a name"),
    ("{\n\"a\": {},\n\"b\": }", 3, "out of place"),
    (#"{"reachable":false,"models":null}"#, 1, "not reached"),
    ("<html>", 1, "neither a model's name nor JSON"),
  ]

  @Test("is refused with the model, the member, its value and the line", arguments: wrong)
  func isRefused(_ text: String, _ line: Int, _ words: String) {
    do {
      _ = try ModelTable(Array(text.utf8))
      Issue.record("it was taken")
    } catch {
      #expect(error.line == line && error.message.contains(words), "\(error)")
    }
  }
}
