/// Deadlines of connections: one list for each class of constant length, so that setting and removing one takes
/// a constant time and the first of a list is always the next to expire.
struct TimerLists {
    /// What a connection waits for; each class has its own length.
    enum Class: Int, CaseIterable { case header, body, answer, idle, write, linger, heartbeat }

    private struct Node {
        var previous: Int32 = -1
        var next: Int32 = -1
        var deadline: Int64 = 0
        var list: Int8 = -1
    }

    private struct Ends {
        var first: Int32 = -1
        var last: Int32 = -1
    }

    private var nodes: [Node] = []
    private var ends = [Ends](repeating: Ends(), count: Class.allCases.count)
    private var lengths: [Int64]

    init(_ limits: Limits) {
        lengths = Class.allCases.map { Self.length($0, limits) }
    }

    private static func length(_ timer: Class, _ limits: Limits) -> Int64 {
        switch timer {
        case .header: limits.headerTime.milliseconds
        case .body: limits.bodyTime.milliseconds
        case .answer: limits.answerTime.milliseconds
        case .idle: limits.idleTime.milliseconds
        case .write: limits.writeTime.milliseconds
        case .linger: 2000
        case .heartbeat: limits.heartbeatTime.milliseconds
        }
    }

    /// Other lengths from now on. All deadlines of a class move alike, so each list stays in its order.
    mutating func adopt(_ limits: Limits) {
        let new = Class.allCases.map { Self.length($0, limits) }
        for slot in nodes.indices where nodes[slot].list >= 0 {
            let list = Int(nodes[slot].list)
            nodes[slot].deadline = nodes[slot].deadline &- lengths[list] &+ new[list]
        }
        lengths = new
    }

    /// The class of the deadline that a slot has now.
    func current(_ slot: Int) -> Class? {
        slot < nodes.count ? Class(rawValue: Int(nodes[slot].list)) : nil
    }

    /// Gives a slot a deadline in place of the one it has.
    mutating func set(_ slot: Int, _ timer: Class, now: Int64) {
        while nodes.count <= slot { nodes.append(Node()) }
        clear(slot)
        let list = timer.rawValue
        let last = ends[list].last
        nodes[slot] = Node(previous: last, next: -1, deadline: now &+ lengths[list], list: Int8(list))
        if last >= 0 { nodes[Int(last)].next = Int32(slot) } else { ends[list].first = Int32(slot) }
        ends[list].last = Int32(slot)
    }

    /// Takes a slot's deadline away.
    mutating func clear(_ slot: Int) {
        guard slot < nodes.count, nodes[slot].list >= 0 else { return }
        let node = nodes[slot]
        let list = Int(node.list)
        if node.previous >= 0 { nodes[Int(node.previous)].next = node.next } else { ends[list].first = node.next }
        if node.next >= 0 { nodes[Int(node.next)].previous = node.previous } else { ends[list].last = node.previous }
        nodes[slot] = Node()
    }

    /// The slot of a class that has been waiting longest.
    func first(_ timer: Class) -> Int? {
        let first = ends[timer.rawValue].first
        return first >= 0 ? Int(first) : nil
    }

    /// The earliest deadline of all.
    var next: Int64? {
        ends.lazy.filter { $0.first >= 0 }.map { nodes[Int($0.first)].deadline }.min()
    }

    /// Takes out one slot whose deadline has come.
    mutating func expired(now: Int64) -> (slot: Int, timer: Class)? {
        for timer in Class.allCases {
            let first = Int(ends[timer.rawValue].first)
            guard first >= 0, nodes[first].deadline <= now else { continue }
            clear(first)
            return (first, timer)
        }
        return nil
    }
}
