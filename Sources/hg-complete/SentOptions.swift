import ArgumentParser
import ChatCompletion
import CommandSupport
import NDJSON
import Platform

/// What goes out with each request besides what the record says.
struct SentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Members of the request for records that lack them, such as '{\"reasoning_effort\":\"low\"}'.", valueName: "json"),
    transform: ExtraMembers.init)
  var extra: ExtraMembers?

  @Option(
    help: ArgumentHelp(
      "Tell LiteLLM that requests belong to this tag, besides the record's 'tags'.", valueName: "name"),
    transform: Self.tag)
  var tag: [String] = []

  @Option(
    help: ArgumentHelp(
      "Send 'session_id' in this header; LiteLLM knows x-litellm-session-id.", valueName: "name"),
    transform: Self.header)
  var sessionHeader: String?

  /// Puts them into the options of a run.
  func apply(to options: inout CompletionOptions) throws(ProgramFailure) {
    for (name, json) in extra?.members ?? [] {
      guard options.sampling[name] == nil else {
        throw ProgramFailure(.usage, "--extra: '\(name)' has an option of its own, which is there too")
      }
      if CompletionOptions.isKnownMember(name) {
        options.sampling[name] = json
      } else {
        options.extra.append((name, json))
      }
    }
    options.headers.tags = tag
    options.headers.session = sessionHeader
    // The process that started this one may be traced; a malformed trace is left out.
    if let parent = Environment.variable("TRACEPARENT"), RequestHeaders.isTraceParent(parent) {
      options.headers.traceParent = parent
      options.headers.traceState = Environment.variable("TRACESTATE")
    }
  }

  private static func tag(_ argument: String) throws -> String {
    guard let tag = SettingText.trimmed(argument), !tag.contains(","), tag.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
    else { throw Refusal(description: "allowed is a name without commas") }
    return tag
  }

  private static func header(_ argument: String) throws -> String {
    // A token of RFC 9110, section 5.6.2.
    let isToken = argument.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && !"\"(),/:;<=>?@[\\]{}".utf8.contains(byte)
    }
    let own = ["authorization", "content-type", "content-length", "host", "accept-encoding", "user-agent"]
    guard !argument.isEmpty, isToken, !own.contains(argument.lowercased()) else {
      throw Refusal(description: "allowed is the name of a header that is not sent already")
    }
    return argument
  }

  /// Why a value is refused; the parser puts the option in front.
  struct Refusal: Error, CustomStringConvertible {
    let description: String
  }
}

/// The members of `--extra`.
struct ExtraMembers {
  /// Names and values, as JSON.
  let members: [(name: String, json: String)]

  init(_ argument: String) throws {
    let bytes = Array(argument.utf8)
    let parser = JSONParser()
    var names: Set<String> = []
    members = try bytes.withUnsafeBytes { bytes in
      guard let record = try? parser.record(bytes) else {
        throw SentOptions.Refusal(description: "allowed is a JSON object")
      }
      return try record.value.members.map { member in
        let name = member.name.string ?? ""
        guard !["model", "messages", "stream", "stream_options", "user"].contains(name) else {
          throw SentOptions.Refusal(description: "'\(name)' is the record's: it cannot be among them")
        }
        guard names.insert(name).inserted else {
          throw SentOptions.Refusal(description: "'\(name)' is there twice")
        }
        return (name, String(decoding: JSONWriter.bytes { $0.compact(member.value) }, as: UTF8.self))
      }
    }
    withExtendedLifetime(parser) {}
  }
}
