/// How far a value goes in a text.
enum ValueExtent: Equatable {
  /// It is complete, and ends at this offset.
  case complete(Int)
  /// The text ended inside the value.
  case cutOff
  /// The token at this offset cannot stand there.
  case invalid(Int)
}
