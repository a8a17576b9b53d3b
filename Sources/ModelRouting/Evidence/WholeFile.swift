import NDJSON
import Platform
public import SystemPackage

/// Reads a small file.
public enum WholeFile {
  /// Reads all bytes.
  ///
  /// - Parameters:
  ///   - path: Its path.
  ///   - limit: The most bytes that are read; a longer file is cut off there.
  /// - Returns: The bytes.
  /// - Throws: The error of opening or reading.
  public static func read(_ path: FilePath, limit: Int = 64 << 20) throws(Errno) -> [UInt8] {
    let descriptor: FileDescriptor
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
    } catch {
      throw error as? Errno ?? .ioError
    }
    defer { try? descriptor.close() }
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { chunk.deallocate() }
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let count = try readSome(from: descriptor, into: chunk)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
  }
}
