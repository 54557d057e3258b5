/// "Did you mean": the nearest of the words that would have been right.
public enum Suggestion {
    /// The candidate nearest to `word`, when it is near enough to be meant: by case alone, by a prefix of at least
    /// three characters, or by at most a third of its characters changed (and at most three).
    public static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let lowered = Array(word.lowercased())
        var best: (distance: Int, candidate: String)?
        for candidate in candidates.sorted() {
            let other = Array(candidate.lowercased())
            let allowed = min(3, max(1, max(lowered.count, other.count) / 3))
            var distance = editDistance(lowered, other, limit: allowed)
            if distance > allowed, lowered.count >= 3, other.starts(with: lowered) { distance = allowed }
            guard distance <= allowed else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (distance, candidate) }
        }
        return best?.candidate
    }

    /// The help line for an unknown word: `did you mean 'fields'?`, or else all that would have been right.
    public static func help(for word: String, among candidates: some Sequence<String>) -> String? {
        if let nearest = nearest(to: word, among: candidates) { return "did you mean '\(nearest)'?" }
        let all = candidates.sorted()
        return all.isEmpty ? nil : "available: " + all.joined(separator: ", ")
    }

    /// Changed, added, missing and swapped characters between two words (Damerau's distance between adjacent
    /// characters); `limit + 1` when it is more than `limit`.
    static func editDistance(_ left: [Character], _ right: [Character], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit else { return limit + 1 }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let change = last[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return min(last[right.count], limit + 1)
    }
}
