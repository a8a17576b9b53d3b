import Foundation
import TestSupport
import Testing

/// hg-strip itself: options, text in and out, the case files, huge lines.
@Suite struct StripTests {
  @Test func textInTextOut() throws {
    let answer = "All good.\n\n```json\n{\"status\": \"pass\", \"phase\": \"review\"}\n```\n"
    let result = try TestFolder().run("hg-strip", ["--in", "text", "--out", "text"], text: answer)
    #expect(result.text == "All good.\n" && result.status == 0, "\(result)")
  }

  @Test func stripsWholeFilesOfCasesAsOneByOne() throws {
    // What the library's tests expect of each, in a single run: no state goes from one record to the next.
    let folder = try TestFolder()
    let cases = sourceRoot + "/Tests/Fixtures/strip"
    let script = """
      jq -c 'select(.options == null)' \(cases)/blocks.ndjson \(cases)/fences.ndjson \(cases)/cut-off.ndjson > all
      jq -r .text all > /dev/null
      jq -c '{name, text}' all | hg-strip | jq -c '{name, text}' > got
      jq -c '{name, text: .kept}' all > expected
      diff expected got && wc -l < got
      """
    let result = try folder.shell(script)
    #expect(result.status == 0 && (Int(result.text.filter(\.isNumber)) ?? 0) > 80, "\(result)")
  }

  @Test(arguments: [
    (["--keys", ""], "hg-strip: --keys needs at least one name"),
    (["--extract", "--think"], "hg-strip: --extract goes with neither --think nor --unwrap"),
  ])
  func wrongUsage(arguments: [String], message: String) throws {
    let result = try TestFolder().run("hg-strip", arguments, text: "{}\n")
    #expect(result.status == 64 && result.output.isEmpty && result.errors.hasPrefix(message), "\(result)")
  }

  @Test func aLineFarTooLongIsAnErrorInBoundedMemory() throws {
    // 300 MB of one line, with a limit of 1 MiB and far less memory than the line.
    let script = """
      ulimit -v 400000
      (printf '{"a":"'; head -c 300000000 /dev/zero | tr '\\0' x; printf '"}\\n{"b":2}\\n') | hg-strip --max-line 1M || echo $?
      """
    let result = try TestFolder().shell(script)
    #expect(result.lines.count == 3 && result.lines[1] == #"{"b":2}"# && result.lines[2] == "1", "\(result)")
    #expect(result.lines[0].contains("the line has 300000008 bytes, more than --max-line 1MiB"), "\(result)")
  }

  @Test func aPrettyPrintedDocumentIsBadInputLineByLine() throws {
    let result = try TestFolder().run("hg-strip", text: "{\n  \"a\": 1\n}\n")
    #expect(result.lines.count == 3 && result.status == 1, "\(result)")
  }
}
