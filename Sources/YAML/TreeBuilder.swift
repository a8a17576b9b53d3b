/// Builds the tree of one document from the events of a text.
struct TreeBuilder {
  /// What an anchor stands for, and how many nodes that is with its own aliases expanded.
  private struct Anchored {
    let content: YAMLNode.Content
    let nodes: Int
  }

  private let reader: EventReader
  private let limits: YAMLLimits
  private var anchors: [String: Anchored] = [:]
  private var nodes = 0
  private var depth = 0

  private init(_ reader: EventReader, limits: YAMLLimits) {
    self.reader = reader
    self.limits = limits
  }

  /// Reads a text that holds one document, or none.
  ///
  /// - Parameters:
  ///   - bytes: The text, UTF-8.
  ///   - firstLine: The number of its first line.
  ///   - limits: How much it may ask for.
  /// - Returns: The root; `null` when the text holds no document.
  /// - Throws: ``YAMLError`` with line and column.
  static func document(_ bytes: [UInt8], firstLine: Int, limits: YAMLLimits) throws(YAMLError) -> YAMLNode {
    let start = YAMLLocation(line: firstLine, column: 1)
    guard bytes.count <= limits.bytes else {
      throw YAMLError(kind: .limit, message: "longer than \(limits.bytes) bytes", location: start)
    }
    let reader = try EventReader(bytes, firstLine: firstLine)
    var builder = TreeBuilder(reader, limits: limits)
    var root: YAMLNode?
    while true {
      let (event, location) = try reader.next()
      switch event {
      case .streamEnd:
        return root ?? YAMLNode(.scalar(YAMLScalar(text: "")), at: start)
      case .documentStart where root != nil:
        throw YAMLError(kind: .multipleDocuments, message: "a second document begins here", location: location)
      case .streamStart, .documentStart, .documentEnd:
        continue
      default:
        root = try builder.node(event, at: location)
      }
    }
  }

  private mutating func node(_ event: EventReader.Event, at location: YAMLLocation) throws(YAMLError) -> YAMLNode {
    let before = nodes
    try count(1, at: location)
    switch event {
    case .scalar(let scalar, let anchor):
      return keep(.scalar(scalar), as: anchor, since: before, at: location)
    case .sequenceStart(let anchor):
      return keep(.sequence(try sequence(at: location)), as: anchor, since: before, at: location)
    case .mappingStart(let anchor):
      return keep(.mapping(try mapping(at: location)), as: anchor, since: before, at: location)
    case .alias(let name):
      // An anchor is kept when its node is complete, so a node never contains itself.
      guard let anchored = anchors[name] else {
        throw YAMLError(kind: .unknownAnchor, message: "no anchor '\(name)' before this alias", location: location)
      }
      try count(anchored.nodes - 1, at: location)
      return YAMLNode(anchored.content, at: location)
    default:
      throw YAMLError(kind: .syntax, message: "expected a value", location: location)
    }
  }

  private mutating func sequence(at location: YAMLLocation) throws(YAMLError) -> [YAMLNode] {
    try descend(at: location)
    var elements: [YAMLNode] = []
    while true {
      let (event, location) = try reader.next()
      if case .sequenceEnd = event { break }
      elements.append(try node(event, at: location))
    }
    depth -= 1
    return elements
  }

  private mutating func mapping(at location: YAMLLocation) throws(YAMLError) -> [YAMLEntry] {
    try descend(at: location)
    var entries: [YAMLEntry] = []
    var seen: Set<String> = []
    while true {
      let (event, keyLocation) = try reader.next()
      if case .mappingEnd = event { break }
      guard let key = try node(event, at: keyLocation).scalar else {
        throw YAMLError(kind: .compoundKey, message: "a key must be a scalar", location: keyLocation)
      }
      guard seen.insert(key.text).inserted else {
        throw YAMLError(kind: .duplicateKey, message: "the key '\(key.text)' is there twice", location: keyLocation)
      }
      let (valueEvent, valueLocation) = try reader.next()
      let value = try node(valueEvent, at: valueLocation)
      entries.append(YAMLEntry(key: key.text, at: keyLocation, value: value))
    }
    depth -= 1
    return entries
  }

  private mutating func descend(at location: YAMLLocation) throws(YAMLError) {
    depth += 1
    guard depth <= limits.depth else {
      throw YAMLError(kind: .limit, message: "nested deeper than \(limits.depth)", location: location)
    }
  }

  private mutating func count(_ more: Int, at location: YAMLLocation) throws(YAMLError) {
    nodes += more
    guard nodes <= limits.nodes else {
      throw YAMLError(kind: .limit, message: "more than \(limits.nodes) nodes, aliases expanded", location: location)
    }
  }

  private mutating func keep(
    _ content: YAMLNode.Content, as anchor: String?, since before: Int, at location: YAMLLocation
  ) -> YAMLNode {
    if let anchor { anchors[anchor] = Anchored(content: content, nodes: nodes - before) }
    return YAMLNode(content, at: location)
  }
}
