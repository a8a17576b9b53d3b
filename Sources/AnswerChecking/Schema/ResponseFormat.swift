import NDJSON

/// How a schema is sent: the value of `response_format`.
enum ResponseFormat {
  /// Writes it.
  ///
  /// Source: OpenAI's and LiteLLM's reference of the chat completions API, structured outputs.
  static func bytes(of schema: JSONValue, isStrict: Bool) -> [UInt8] {
    JSONWriter.bytes { writer in
      writer.object { format in
        format.name("type")
        format.string("json_schema")
        format.name("json_schema")
        format.object { object in
          object.member("name", "answer")
          object.name("schema")
          object.compact(schema)
          if isStrict { object.member("strict", true) }
        }
      }
    }
  }
}
