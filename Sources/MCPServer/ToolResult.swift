/// What came of a tool.
struct ToolResult {
  /// What it printed.
  let output: [UInt8]
  /// The end of what it said on stderr.
  let errors: [UInt8]
  /// As the shell counts: 128 + the signal's number; nil when the system does not say how it ended.
  let status: Int32?
  /// Whether it printed more than is allowed; `output` is empty then.
  let isTooLong: Bool
}
