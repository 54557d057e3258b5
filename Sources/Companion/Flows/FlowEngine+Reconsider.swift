internal import Vault

/// App keys are used by more accounts than the one for which they were entered.
extension FlowEngine {
    /// The app keys of an account were changed: what a provider said of them may be untrue now, also for the connections
    /// and sign-ins that borrow them. Those are of the other accounts of the same owner, and with shared keys of everybody.
    func reconsiderBorrowers(of changed: Key) async {
        for key in outcomes.keys where borrows(key, from: changed) { await forgetOutcome(key) }
        let borrowers = upkeep.keys.filter { borrows($0, from: changed) }
        await withDiscardingTaskGroup { group in
            for key in [changed] + borrowers { group.addTask { await self.reconsider(key) } }
        }
        // Whose server is another one now has to connect again.
        for key in borrowers { await publish(key) }
    }

    private func borrows(_ key: Key, from changed: Key) -> Bool {
        guard key.provider == changed.provider, key != changed, changed.id.account == VaultName.default else {
            return false
        }
        return key.id.owner == changed.id.owner || parts.sharesKeys && changed.id == .everyone
    }
}
