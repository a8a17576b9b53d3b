import Platform
import SystemPackage

/// A file that an option names, read whole when the program has begun.
public enum OptionFile {
  /// The largest file that is read, in bytes.
  private static let largest = 64 << 20

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - name: What the user typed.
  ///   - option: The option, for messages: `--schema`.
  ///   - make: Makes something of the bytes.
  /// - Returns: What it made.
  /// - Throws: `ProgramFailure` with `noInput` when the file cannot be read, with `configuration` when nothing can be
  ///   made of it.
  public static func read<Value, Failure: Error>(
    _ name: String, option: String, _ make: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(ProgramFailure) -> Value {
    guard !name.isEmpty else { throw ProgramFailure(.usage, "\(option) '': a file's name is wanted") }
    let bytes: [UInt8]
    do throws(Errno) { bytes = try WholeFile.read(FilePath(name), limit: largest) } catch {
      throw ProgramFailure(.noInput, "\(option) \(name): \(error)")
    }
    do throws(Failure) { return try bytes.withBytes(make) } catch {
      throw ProgramFailure(.configuration, "\(option) \(name): \(error)")
    }
  }
}
