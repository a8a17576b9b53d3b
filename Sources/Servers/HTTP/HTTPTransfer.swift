import CCurl
public import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// One request on its way and its response: the context of libcurl's callbacks.
///
/// A client hands it out, fills it, and takes it back with `recycle`; between those it belongs to the caller.
public final class HTTPTransfer {
  /// More bytes of headers than an honest server sends.
  static let maximumHead = 256 << 10

  /// Whose request it is: the caller's own number.
  public internal(set) var token = 0

  /// When it was started.
  public internal(set) var started = MonotonicTime.never

  /// What came of the body so far and was not dropped, decompressed.
  public var body: UnsafeRawBufferPointer { received.bytes }

  let handle: UnsafeMutableRawPointer
  let reason: UnsafeMutablePointer<CChar>
  var upload: HTTPBody?
  var received = ByteBuffer()
  var head = ByteBuffer()
  var receivedTotal = 0
  var maximum = 0
  var isTooLarge = false
  /// Where the body of a success goes instead of into memory.
  var sink: FileDescriptor?
  /// Why it could not be written there.
  var sinkError: Errno?
  /// How much of a body in a file libcurl has.
  var sentCount = 0
  /// For how long nothing may move, in seconds; nil limits the whole attempt.
  var silence: Double?
  /// Why there was no socket for it, as `errno` has it.
  var socketError: Int32 = 0
  /// Whether the client told of the bytes that came since the last time.
  var isAnnounced = false
  var endpoint: HTTPEndpoint?
  var attemptDeadline = MonotonicTime.never
  var deadline = MonotonicTime.never
  var idle: Double?
  var idleDeadline = MonotonicTime.never
  /// Its place among the client's running transfers.
  var index = -1
  unowned let client: HTTPClient

  init?(client: HTTPClient) {
    guard let handle = hg_curl_easy_init() else { return nil }
    self.client = client
    self.handle = handle
    reason = .allocate(capacity: Int(CURL_ERROR_SIZE))
    reason[0] = 0
  }

  deinit {
    hg_curl_easy_cleanup(handle)
    reason.deallocate()
  }

  /// Whether it is still on its way.
  public var isRunning: Bool { index >= 0 }

  /// The status of the response; 0 when none came.
  public var status: Int { hg_curl_get_long(handle, CURLINFO_RESPONSE_CODE) }

  /// Forgets the body so far, so that a stream needs no more memory than what comes at once.
  public func dropBody() { received.removeAll() }

  /// The value of a response header.
  ///
  /// - Parameter name: In lower case.
  /// - Returns: The first header's value without white space around it, or nil when there is none.
  public func header(_ name: StaticString) -> String? {
    guard let base = head.bytes.baseAddress else { return nil }
    let length = name.utf8CodeUnitCount
    var offset = 0
    // Several headers are looked up in every response, and the C library is several times faster here.
    while offset < head.count, let end = memchr(base + offset, 0x0A, head.count - offset) {
      let start = base + offset
      let line = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(end) - start)
      offset += line.count + 1
      guard line.count > length, line[length] == UInt8(ascii: ":"),
        strncasecmp(characters(start), characters(name.utf8Start), length) == 0
      else { continue }
      return String(decoding: trimmed(line[(length + 1)...]), as: UTF8.self)
    }
    return nil
  }

  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    renew()
    if let sink, (200...299).contains(status) { return write(bytes, to: sink) }
    receivedTotal += bytes.count
    guard receivedTotal <= maximum else {
      isTooLarge = true
      return false
    }
    received.append(bytes)
    return true
  }

  /// Fetches the next piece of a body in a file.
  ///
  /// - Parameter room: Where to put it.
  /// - Returns: How many bytes, 0 at its end; nil when it cannot be read.
  func send(into room: UnsafeMutableRawBufferPointer) -> Int? {
    guard let file = upload?.file else { return nil }
    renew()
    let wanted = min(room.count, file.count - sentCount)
    guard wanted > 0 else { return 0 }
    let piece = UnsafeMutableRawBufferPointer(rebasing: room[..<wanted])
    guard let count = try? readSome(from: file.descriptor, at: sentCount, into: piece), count > 0 else { return nil }
    sentCount += count
    return count
  }

  /// Something moved: the time begins again, where that is what is limited.
  func renew() {
    if let silence { attemptDeadline = .now.adding(seconds: silence) }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to sink: FileDescriptor) -> Bool {
    do throws(Errno) {
      try writeAll(bytes, to: sink)
      return true
    } catch {
      sinkError = error
      return false
    }
  }

  func receiveHead(_ line: UnsafeRawBufferPointer) -> Bool {
    // A new status line: what came before was an interim response, or a proxy's.
    if line.starts(with: "HTTP/".utf8) { head.removeAll() }
    guard head.count + line.count <= Self.maximumHead else {
      isTooLarge = true
      return false
    }
    head.append(line)
    return true
  }
}

private func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> Slice<UnsafeRawBufferPointer> {
  let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
  var bytes = bytes.drop(while: isSpace)
  while let last = bytes.last, isSpace(last) { bytes = bytes.dropLast() }
  return bytes
}

private func characters(_ pointer: UnsafeRawPointer) -> UnsafePointer<CChar> {
  pointer.assumingMemoryBound(to: CChar.self)
}
