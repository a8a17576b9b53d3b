/// English words that say how a sentence is built and not what it is about.
///
/// They are left out of queries, not of the index: a query of nothing else is searched as it is.
enum StopWords {
  static func contains(_ word: some StringProtocol) -> Bool { words.contains(String(word)) }

  private static let words: Set<String> = Set(list.split(separator: " ").map { String($0) })

  // Pronouns, articles, auxiliaries and what contractions leave behind, the commonest conjunctions, prepositions, adverbs.
  private static let list = """
    i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers \
    herself it its itself they them their theirs themselves what which who whom whose this that these those a an \
    the am is are was were be been being have has had having do does did doing can shall should will s t d ll m \
    re ve don isn aren wasn weren hasn haven hadn doesn didn won wouldn shan shouldn couldn mustn needn mightn \
    and but or nor if because as until while than so of at by for with about against between into through during \
    before after above below to from up down in out on off over under again further then once here there when \
    where why how all any both each few more most other others some such no not only own same too very just now \
    ain
    """
}
