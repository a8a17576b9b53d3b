import NDJSON

/// A tool of the catalogue: how clients see it, and the command that does it.
public struct Tool: Sendable {
  /// Its name.
  public let name: String
  /// The program and its arguments; the call's arguments come on the program's stdin.
  public let command: [String]
  /// The tool as `tools/list` shows it: JSON, without the command.
  let listing: [UInt8]
  let arguments: ArgumentRules
}

/// Why a catalogue cannot be used.
public struct CatalogueError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and where.
  public let description: String
}

/// The tools that a server offers, as a JSON file describes them:
///
///     {"tools": [{"name", "description", "inputSchema", "command": ["program", "argument", ...]}, ...]}
///
/// A program with a slash in it is found from the file's folder.
public struct ToolCatalogue: Sendable {
  /// The tools, in the order of the file.
  public let tools: [Tool]

  /// Reads a catalogue.
  ///
  /// - Parameters:
  ///   - text: The JSON text.
  ///   - folder: Where the file is.
  /// - Throws: `CatalogueError` for anything but the form above.
  public init(_ text: [UInt8], folder: String) throws(CatalogueError) {
    let parser = JSONParser()
    var tools: [Tool] = []
    var problem: CatalogueError?
    text.withUnsafeBytes { bytes in
      do throws(CatalogueError) {
        let document: JSONDocument
        do throws(JSONSyntaxError) { document = try parser.parse(bytes) } catch {
          throw CatalogueError(description: "not JSON: \(error)")
        }
        guard let list = document.value["tools"], list.kind == .array else {
          throw CatalogueError(description: "no array 'tools'")
        }
        for element in list.elements { tools.append(try Self.tool(element, folder)) }
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
    for (index, tool) in tools.enumerated() where tools[..<index].contains(where: { $0.name == tool.name }) {
      throw CatalogueError(description: "two tools are called '\(tool.name)'")
    }
    self.tools = tools
  }

  private static func tool(_ value: JSONValue, _ folder: String) throws(CatalogueError) -> Tool {
    guard let name = value["name"]?.string, !name.isEmpty else {
      throw CatalogueError(description: "a tool has no 'name'")
    }
    let command = (value["command"]?.elements).map { elements in elements.compactMap(\.string) } ?? []
    guard var program = command.first, !program.isEmpty else {
      throw CatalogueError(description: "\(name): 'command' is not an array of strings")
    }
    if program.utf8.contains(UInt8(ascii: "/")), !program.hasPrefix("/") { program = folder + "/" + program }
    guard let schema = value["inputSchema"], schema.kind == .object else {
      throw CatalogueError(description: "\(name): no object 'inputSchema'")
    }
    var listing = JSONWriter()
    listing.object { object in
      for member in value.members where !member.name.isString("command") {
        object.name(any: member.name.string ?? "")
        object.compact(member.value)
      }
    }
    return Tool(
      name: name, command: [program] + command.dropFirst(), listing: listing.bytes, arguments: ArgumentRules(schema))
  }
}
