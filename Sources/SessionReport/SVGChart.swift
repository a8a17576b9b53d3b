/// Line and bar charts as SVG, coloured by the style sheet of the page they stand in.
struct SVGChart {
  /// One line, or one part of all bars.
  struct Series {
    let name: String
    /// One value a position; nil is a gap.
    let values: [Double?]

    /// Takes the values as they came; an infinite one would leave an axis without numbers.
    init(name: String, values: [Double?]) {
      self.name = name
      self.values = values.map { $0.map { min($0, 1e300) } }
    }
  }

  private static let width = 720.0
  private static let height = 220.0
  private static let left = 56.0
  private static let bottom = 28.0
  private static let top = 10.0

  /// What stands below the axis.
  let labels: [String]
  let series: [Series]
  /// What the chart shows, for those who do not see it.
  let title: String
  /// How a value is written at the axis and in tool tips.
  let format: (Double) -> String

  /// Lines through the values; the axis starts at 0.
  ///
  /// - Parameter maximum: The top of the axis; nil for the largest value.
  /// - Returns: A figure.
  func lines(maximum: Double? = nil) -> String {
    let top = maximum ?? niceCeiling(series.flatMap { $0.values.compactMap { $0 } }.max() ?? 1)
    var body = axes(top)
    for (number, line) in series.enumerated() {
      var path = ""
      var isOpen = false
      var dots = ""
      for (index, value) in line.values.enumerated() {
        guard let value else {
          isOpen = false
          continue
        }
        let (x, y) = (self.x(index), self.y(value, top))
        path += "\(isOpen ? "L" : "M")\(short(x)) \(short(y))"
        isOpen = true
        dots += "<circle class=\"s\(number % 8)\" cx=\"\(short(x))\" cy=\"\(short(y))\" r=\"3\"><title>"
        dots += "\(escaped(line.name)), \(escaped(labels[index])): \(format(value))</title></circle>"
      }
      body += "<path class=\"line s\(number % 8)\" d=\"\(path)\"/>" + dots
    }
    return figure(body)
  }

  /// Bars, the series on top of one another.
  func bars() -> String {
    let sums = labels.indices.map { index in series.reduce(0) { $0 + ($1.values[index] ?? 0) } }
    let top = niceCeiling(sums.max() ?? 1)
    let barWidth = max(2, (Self.width - Self.left) / Double(max(labels.count, 1)) * 0.7)
    var body = axes(top)
    for index in labels.indices {
      var base = 0.0
      for (number, part) in series.enumerated() {
        guard let value = part.values[index], value > 0 else { continue }
        let (from, to) = (y(base, top), y(base + value, top))
        body += "<rect class=\"bar s\(number % 8)\" x=\"\(short(x(index) - barWidth / 2))\" y=\"\(short(to))\" "
        body += "width=\"\(short(barWidth))\" height=\"\(short(from - to))\"><title>"
        body += "\(escaped(part.name)), \(escaped(labels[index])): \(format(value))</title></rect>"
        base += value
      }
    }
    return figure(body)
  }

  private func figure(_ body: String) -> String {
    var legend = ""
    for (number, part) in series.enumerated() where series.count > 1 || !part.name.isEmpty {
      legend += "<span class=\"key\"><i class=\"s\(number % 8)\"></i>\(escaped(part.name))</span>"
    }
    return """
      <figure><svg viewBox="0 0 \(short(Self.width)) \(short(Self.height))" role="img" aria-label="\(escaped(title))">\
      \(body)</svg><figcaption>\(legend)</figcaption></figure>

      """
  }

  private func axes(_ top: Double) -> String {
    var body = ""
    for step in 0...4 {
      let value = top * Double(step) / 4
      let y = short(self.y(value, top))
      body += "<line class=\"grid\" x1=\"\(short(Self.left))\" x2=\"\(short(Self.width))\" y1=\"\(y)\" y2=\"\(y)\"/>"
      body += "<text class=\"end\" x=\"\(short(Self.left - 6))\" y=\"\(y)\" dy=\"4\">\(format(value))</text>"
    }
    let every = max(1, (labels.count + 7) / 8)
    for index in stride(from: 0, to: labels.count, by: every) {
      body += "<text x=\"\(short(x(index)))\" y=\"\(short(Self.height - 8))\">\(escaped(labels[index]))</text>"
    }
    return body
  }

  private func x(_ index: Int) -> Double {
    let step = (Self.width - Self.left) / Double(max(labels.count, 1))
    return Self.left + step * (Double(index) + 0.5)
  }

  private func y(_ value: Double, _ top: Double) -> Double {
    let room = Self.height - Self.bottom - Self.top
    return Self.height - Self.bottom - room * min(1, max(0, value / top))
  }

  /// The next 1, 2, 4 or 8 times a power of ten.
  private func niceCeiling(_ value: Double) -> Double {
    guard value > 0, value.isFinite else { return 1 }
    var power = 1e-9
    while power * 10 <= value { power *= 10 }
    return [1, 2, 4, 8, 10].map { $0 * power }.first { $0 >= value } ?? value
  }
}

/// With at most one decimal, for coordinates.
private func short(_ value: Double) -> String { fixed(value, 1) }

/// A number with a fixed number of decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  guard abs(value) * scale < 1e15 else { return "\(value)" }
  let scaled = Int((abs(value) * scale).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard decimals > 0 else { return sign + String(scaled) }
  let fraction = String(scaled % Int(scale))
  return sign + "\(scaled / Int(scale))." + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// Text as it stands in HTML and SVG, also in attributes.
func escaped(_ text: String) -> String {
  var output = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": output += "&amp;"
    case "<": output += "&lt;"
    case ">": output += "&gt;"
    case "\"": output += "&quot;"
    case "'": output += "&#39;"
    case _ where scalar.value < 0x20 || scalar.value == 0x7F: output += " "
    default: output.unicodeScalars.append(scalar)
    }
  }
  return output
}
