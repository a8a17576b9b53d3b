// libFuzzer harness of hg-strip's library and of the record edits: the input is an answer, in the last byte the options.

import AnswerStripping
import NDJSON

private func strip(_ line: [UInt8], _ options: AnswerStripper.Options, with parser: JSONParser) -> [UInt8] {
  line.withUnsafeBytes { bytes in
    guard let record = try? parser.record(bytes) else { fatalError("a record that was written is none") }
    var edits = RecordEdits()
    AnswerStripper(options).strip(record, &edits)
    var output: [UInt8] = []
    edits.append(record, to: &output)
    return output
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: data, count: size)
  guard let last = input.last, let text = String(validating: input.dropLast(), as: UTF8.self) else { return 0 }
  var options = AnswerStripper.Options()
  options.removesThinking = last & 1 != 0
  options.unwraps = last & 2 != 0
  options.extracts = last & 4 != 0
  var writer = JSONWriter()
  writer.object { object in
    object.member("id", 1)
    object.member("text", text)
  }
  let parser = JSONParser()
  let once = strip(writer.bytes, options, with: parser)
  if !options.unwraps || options.extracts {
    precondition(strip(once, options, with: parser) == once, "a second time changes something")
  }
  guard last & 7 == 0 else { return 0 }
  // Without options the kept text is the start of the text, and reading all of it gives the same as the short cut.
  var decoding = options
  decoding.removesThinking = !text.utf8.contains(UInt8(ascii: "<"))
  precondition(strip(writer.bytes, decoding, with: parser) == once, "the short cut takes something else")
  once.withUnsafeBytes { bytes in
    let kept = (try? parser.record(bytes))?["text"]?.stringBytes
    precondition(kept.map { text.utf8.starts(with: $0) } == true, "the kept text is not the start of the text")
  }
  return 0
}
