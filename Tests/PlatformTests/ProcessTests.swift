import Glibc
import SystemPackage
import TestSupport
import Testing

@testable import Platform

@Suite struct ProcessTests {
  /// A program that writes to a file without a name, and what it wrote.
  private func run(_ command: [String], variables: [String: String] = [:]) throws -> (ChildProcess.Ending, String) {
    let null = try openFile("/dev/null", .readWrite)
    let output = try TemporaryFile.open()
    defer { [null, output].forEach(closeQuietly) }
    let child = try ChildProcess(command, input: null, output: output, errors: null, variables: variables)
    let ending = try child.waitForEnding()
    #expect(try child.pollEnding() == ending)
    lseek(output.rawValue, 0, SEEK_SET)
    return (ending, String(decoding: try WholeFile.read(output), as: UTF8.self))
  }

  @Test func endingsAreToldApart() throws {
    #expect(try run(["true"]).0 == .exited(0))
    #expect(try run(["sh", "-c", "exit 3"]).0.status == 3)
    #expect(try run(["sh", "-c", "kill -9 $$"]).0 == .killed(signal: SIGKILL))
    #expect(try run(["sh", "-c", "kill -9 $$"]).0.status == 137)
    #expect(throws: Errno.noSuchFileOrDirectory) { try run(["/nonexistent/program"]) }
  }

  @Test func variablesTakeThePlaceOfThoseThatAreThere() throws {
    let (ending, text) = try run(
      ["sh", "-c", "printf '%s,%s,%s' \"$HOME\" \"$EXTRA\" \"${PATH:+set}\""],
      variables: ["HOME": "here", "EXTRA": "a=b"])
    #expect(ending == .exited(0))
    #expect(text == "here,a=b,set")
  }

  @Test func aChildHasTheSignalsOfAFreshProcess() throws {
    signal(SIGPIPE, SIG_IGN)
    // A shell cannot take over again what it was started to ignore.
    let (_, text) = try run(["sh", "-c", "trap 'printf heard' PIPE; kill -PIPE $$"])
    #expect(text == "heard")
  }

  @Test(arguments: [
    (0, false), (1_000_000, false), (999_999_999, false), (1_000_000_000, true), (60_000_000_000, true),
  ])
  func timeoutsTwoSignalsAreOneRequest(nanoseconds: Int64, isSecond: Bool) {
    #expect(TerminationSignal.isSecondRequest(first: 5, now: 5 + nanoseconds) == isSecond)
  }

  @Test func theDescriptorLimitIsRaisedAsFarAsItMay() throws {
    let before = raiseDescriptorLimit(to: 0)
    #expect(raiseDescriptorLimit(to: before) == before)
    #expect(raiseDescriptorLimit(to: before + 1) >= before)
    #expect(raiseDescriptorLimit(to: -1) >= before)
  }

  @Test func aVariableIsThereOrNot() {
    #expect(Environment.variable("PATH")?.isEmpty == false)
    #expect(Environment.variable("HG_TEST_NOT_SET") == nil)
    #expect(Environment.first(of: ["HG_TEST_NOT_SET", "PATH"]) == Environment.variable("PATH"))
  }

  @Test func clocksAgree() {
    #expect(WallClock.milliseconds > 1_700_000_000_000)
    #expect(abs(WallClock.seconds - Double(WallClock.nanoseconds) / 1e9) < 60)
  }
}
