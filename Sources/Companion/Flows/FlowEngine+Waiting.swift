internal import Providers

/// Whatever is to be looked at later: one alarm for all sign-ins, saves, refreshes and looks.
extension FlowEngine {
    /// Has a flow looked at again when it is due.
    func schedule(_ key: Key, notBefore: Double = 0) {
        guard let entry = live[key], let next = entry.flow.nextEventAt else { return }
        let time = max(next, notBefore)
        if entry.dueAt == time { return }
        live.setDue(time, key)
        wake(.poll, key, at: time)
    }

    /// Has something looked at again at this time.
    func wake(_ matter: Deadline.Matter, _ key: Key, at time: Double) {
        if deadlines.count > 4096, deadlines.count > 8 * (upkeep.count + live.count + redirects.count + unsaved.count) {
            deadlines.keep { isCurrent($0) }
        }
        deadlines.insert(Deadline(key: key, matter: matter, time: time), at: time)
        setAlarm()
    }

    /// Whether a deadline is still that of what it is for.
    private func isCurrent(_ deadline: Deadline) -> Bool {
        switch deadline.matter {
        case .poll: live[deadline.key]?.dueAt == deadline.time
        case .redirect: redirects.pending(deadline.key) != nil
        case .saving: unsaved[deadline.key]?.dueAt == deadline.time
        case .renewal: upkeep[deadline.key]?.renewal.dueAt == deadline.time
        case .probe: upkeep[deadline.key]?.probe.dueAt == deadline.time
        }
    }

    /// One task sleeps until the earliest deadline, whatever the number of sign-ins.
    private func setAlarm() {
        guard let earliest = deadlines.earliest, earliest < alarmTime else { return }
        alarm?.cancel()
        alarmTime = earliest
        // Not longer than a minute: then it looks again, and whether the clock has jumped.
        let wait = min(max(0, earliest - parts.clock.now), 60)
        alarm = Task { [weak self] in
            do { try await Task.sleep(for: .seconds(wait)) } catch { return }
            await self?.ring()
        }
    }

    private func ring() {
        alarmTime = .infinity
        let now = parts.clock.now
        while let due = deadlines.popDue(at: now) {
            switch due.matter {
            case .poll:
                guard let entry = live[due.key], entry.dueAt == due.time else { continue }
                live.setDue(nil, due.key)
                Task { await toTheEnd { await self.handle(.due, due.key, serial: entry.serial) } }
            case .redirect: Task { await expireRedirect(due.key) }
            case .saving where unsaved[due.key]?.dueAt == due.time: Task { try? await save(due.key) }
            case .renewal where upkeep[due.key]?.renewal.dueAt == due.time: Task { await renew(due.key) }
            case .probe where upkeep[due.key]?.probe.dueAt == due.time: Task { await probe(due.key) }
            case .saving, .renewal, .probe: continue
            }
        }
        let shift = parts.clock.wall - now
        if abs(shift - clockShift) > 5 {
            clockShift = shift
            Task { await replanAll() }
        }
        setAlarm()
    }
}
