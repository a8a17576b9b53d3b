public import NDJSON

/// What an answer took, as a server's `usage` says it.
///
/// Read are the members of OpenAI's chat completions and responses, of Anthropic's messages (`cache_read_input_tokens`,
/// `cache_creation_input_tokens`) and what LiteLLM makes of either. Each part counts once, whichever way the server counts:
/// `prompt` includes what was cached and written to the cache, `completion` includes reasoning. Numbers saturate.
public struct TokenUsage: Sendable, Equatable {
  /// All tokens of the prompt.
  public var prompt = 0
  /// All tokens of the answer.
  public var completion = 0
  /// Those of the prompt that came from a cache.
  public var cached = 0
  /// Those of the prompt that were written to a cache.
  public var cacheWriting = 0
  /// Those of `cacheWriting` that were written for an hour, not for minutes.
  public var longCacheWriting = 0
  /// Those of the prompt that are sound and were not cached.
  public var promptAudio = 0
  /// Those of `cached` that are sound.
  public var cachedAudio = 0
  /// Those of the prompt that are images and were not cached.
  public var promptImage = 0
  /// Those of the answer that are reasoning.
  public var reasoning = 0
  /// Those of the answer that are sound.
  public var completionAudio = 0
  /// Those of the answer that are images.
  public var completionImage = 0

  /// Makes a usage of nothing but text.
  ///
  /// - Parameters:
  ///   - prompt: The tokens of the prompt.
  ///   - completion: The tokens of the answer.
  public init(prompt: Int = 0, completion: Int = 0) {
    self.prompt = prompt
    self.completion = completion
  }

  /// Reads a `usage`.
  ///
  /// - Parameter usage: The member; nil is returned for anything that counts no tokens.
  public init?(_ usage: JSONValue) {
    guard usage.kind == .object else { return nil }
    var sums: (prompt: Int?, completion: Int?, total: Int?)
    var ownCache: (read: Int?, written: Int?, hit: Int?)
    var inputDetails: JSONValue?
    var outputDetails: JSONValue?
    var lifetimes: JSONValue?
    var input: Int?
    for (name, value) in usage.members {
      if name.isNamed("prompt_tokens") {
        sums.prompt = value.count
      } else if name.isNamed("completion_tokens") || name.isNamed("output_tokens") {
        sums.completion = value.count ?? sums.completion
      } else if name.isNamed("total_tokens") {
        sums.total = value.count
      } else if name.isNamed("input_tokens") {
        input = value.count
      } else if name.isNamed("prompt_tokens_details") || name.isNamed("input_tokens_details") {
        inputDetails = value.unlessNull ?? inputDetails
      } else if name.isNamed("completion_tokens_details") || name.isNamed("output_tokens_details") {
        outputDetails = value.unlessNull ?? outputDetails
      } else if name.isNamed("cache_read_input_tokens") {
        ownCache.read = value.count
      } else if name.isNamed("cache_creation_input_tokens") {
        ownCache.written = value.count
      } else if name.isNamed("cache_creation") {
        lifetimes = value
      } else if name.isNamed("prompt_cache_hit_tokens") {
        ownCache.hit = value.count
      }
    }
    guard sums.prompt ?? sums.completion ?? sums.total ?? input != nil else { return nil }
    // Anthropic counts what was cached beside the prompt; all others as a part of it.
    let isAnthropic = sums.prompt == nil && inputDetails == nil
    let besides = isAnthropic ? (ownCache.read ?? 0).addingSaturated(ownCache.written ?? 0) : 0
    prompt = sums.prompt ?? (input ?? 0).addingSaturated(besides)
    completion = sums.completion ?? 0
    take(inputDetails, lifetimes)
    take(outputDetails)
    cached = max(cached, ownCache.read ?? ownCache.hit ?? 0)
    cacheWriting = max(cacheWriting, ownCache.written ?? 0)
    longCacheWriting = min(longCacheWriting, cacheWriting)
    balance(total: sums.total, hasPrompt: sums.prompt != nil || input != nil)
  }

  /// All tokens.
  public var total: Int { prompt.addingSaturated(completion) }

  private mutating func take(_ details: JSONValue?, _ lifetimes: JSONValue?) {
    var lifetimes = lifetimes
    var cachedParts: JSONValue?
    var audio = 0
    var image = 0
    if let details {
      for (name, value) in details.members {
        if name.isNamed("cached_tokens") {
          cached = value.count ?? 0
        } else if name.isNamed("cache_write_tokens") || name.isNamed("cache_creation_tokens") {
          cacheWriting = max(cacheWriting, value.count ?? 0)
        } else if name.isNamed("cache_creation_token_details") {
          lifetimes = value.unlessNull ?? lifetimes
        } else if name.isNamed("cached_tokens_details") {
          cachedParts = value
        } else if name.isNamed("audio_tokens") {
          audio = value.count ?? 0
        } else if name.isNamed("image_tokens") {
          image = value.count ?? 0
        }
      }
    }
    longCacheWriting = lifetimes?["ephemeral_1h_input_tokens"]?.count ?? 0
    cachedAudio = min(cachedParts?["audio_tokens"]?.count ?? 0, cached)
    promptAudio = max(0, audio - cachedAudio)
    promptImage = max(0, image - min(cachedParts?["image_tokens"]?.count ?? 0, cached - cachedAudio))
  }

  private mutating func take(_ details: JSONValue?) {
    guard let details else { return }
    for (name, value) in details.members {
      if name.isNamed("reasoning_tokens") {
        reasoning = value.count ?? 0
      } else if name.isNamed("audio_tokens") {
        completionAudio = value.count ?? 0
      } else if name.isNamed("image_tokens") {
        completionImage = value.count ?? 0
      }
    }
  }

  /// Settles what does not add up: xAI and Gemini count reasoning in the total and not in the answer, and some servers
  /// count what was cached in the total and not in the prompt.
  private mutating func balance(total: Int?, hasPrompt: Bool) {
    if let total, total > self.total {
      let rest = total - self.total
      let besides = cached.addingSaturated(cacheWriting)
      if !hasPrompt || besides > prompt && rest == besides { prompt += rest } else { completion += rest }
    }
    completion = max(completion, reasoning)
    prompt = max(prompt, cached, cacheWriting)
    // Cached parts and kinds of content may overlap; nothing is paid twice.
    cacheWriting = min(cacheWriting, prompt - cached)
    longCacheWriting = min(longCacheWriting, cacheWriting)
    let fresh = prompt - cached - cacheWriting
    promptAudio = min(promptAudio, fresh)
    promptImage = min(promptImage, fresh - promptAudio)
    completionAudio = min(completionAudio, completion - reasoning)
    completionImage = min(completionImage, completion - reasoning - completionAudio)
  }
}
