public import AnswerChecking

/// What an answer must be, and what happens when it is not.
public struct JudgingOptions: Sendable {
  /// What does not count as an answer.
  public var noAnswer = NoAnswer.standard
  /// What the answers of records must fit that bring no `schema` of their own.
  public var schema: AnswerSchema?
  /// A command for the shell that judges each answer.
  public var check: String?
  /// How many checks run at once.
  public var checkJobs = 1
  /// The longest time for a check, in seconds.
  public var checkTimeout = 60.0
  /// How often one model is asked again because its answer was rejected.
  public var repairs = 1
  /// Variables of the environment that a check does not get.
  public var hiddenVariables: [String] = []

  /// Makes the standard options: nothing is checked.
  public init() {}
}
