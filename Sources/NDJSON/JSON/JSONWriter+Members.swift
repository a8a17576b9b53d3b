extension JSONWriter {
  /// Writes a member, or nothing when the value is nil: what is absent is not written.
  ///
  /// - Parameters:
  ///   - name: A literal that needs no escapes.
  ///   - text: The value.
  public mutating func member(_ name: MemberName, _ text: String?) {
    guard let text else { return }
    self.name(name)
    string(text)
  }

  /// Writes a member, or nothing when the value is nil.
  ///
  /// - Parameters:
  ///   - name: A literal that needs no escapes.
  ///   - value: The value.
  public mutating func member(_ name: MemberName, _ value: Int?) {
    guard let value else { return }
    self.name(name)
    int(value)
  }

  /// Writes a member, or nothing when the value is nil.
  ///
  /// - Parameters:
  ///   - name: A literal that needs no escapes.
  ///   - value: The value.
  public mutating func member(_ name: MemberName, _ value: Double?) {
    guard let value else { return }
    self.name(name)
    double(value)
  }

  /// Writes a member, or nothing when the value is nil.
  ///
  /// - Parameters:
  ///   - name: A literal that needs no escapes.
  ///   - value: The value.
  public mutating func member(_ name: MemberName, _ value: Bool?) {
    guard let value else { return }
    self.name(name)
    bool(value)
  }

  /// Writes a member byte for byte, or nothing when the value is nil.
  ///
  /// - Parameters:
  ///   - name: A literal that needs no escapes.
  ///   - value: The value.
  public mutating func member(_ name: MemberName, _ value: JSONValue?) {
    guard let value else { return }
    self.name(name)
    self.value(value)
  }
}
