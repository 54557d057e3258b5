internal import HTTP
internal import JSON

/// Plex's answers: JSON when `Accept` asks for it, XML otherwise.
enum PlexReply {
    static func object(_ status: Int, _ name: String, _ members: [(String, JSON)], _ call: Call) -> Response {
        if (call.header("Accept") ?? "").lowercased().contains("application/json") {
            return .json(status, .object(JSONObject(members)))
        }
        let attributes = members.map { member -> HTML in "\(member.0)=\"\(text(member.1))\"" }
        let xml: HTML = """
            <?xml version="1.0" encoding="UTF-8"?>
            <\(name) \(HTML.join(attributes))/>

            """
        return self.xml(status, xml)
    }

    static func error(_ status: Int, _ code: Int, _ message: String, _ call: Call) -> Response {
        if (call.header("Accept") ?? "").lowercased().contains("application/json") {
            return .json(
                status, ["errors": [["code": .int(code), "message": .string(message), "status": .int(status)]]])
        }
        return xml(
            status,
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <errors><error code="\(code)" message="\(message)" status="\(status)"/></errors>

            """)
    }

    static func pin(_ status: Int, _ grant: DeviceGrant, _ call: Call) -> Response {
        object(
            status, "pin",
            [
                ("id", .int(grant.id)), ("code", .string(grant.userCode)), ("product", .string(grant.clientName)),
                ("trusted", false), ("qr", .string(call.url("api", "/api/v2/pins/qr/\(grant.userCode)"))),
                ("clientIdentifier", .string(grant.clientID)), ("location", location),
                ("expiresIn", .int(max(0, grant.expiresAt - call.now))),
                ("createdAt", .string(Timestamp.iso8601(grant.issuedAt))),
                ("expiresAt", .string(Timestamp.iso8601(grant.expiresAt))),
                ("authToken", grant.session.map { .string($0.accessToken) } ?? .null), ("newRegistration", .null),
            ], call)
    }

    private static let location: JSON = ["code": "XX", "country": "Nowhere", "time_zone": "Etc/UTC"]

    private static func xml(_ status: Int, _ xml: HTML) -> Response {
        Response(
            status: status, headers: ["Content-Type": "application/xml; charset=utf-8"],
            body: .bytes(Array(xml.source.utf8)))
    }

    private static func text(_ value: JSON) -> String {
        if case .null = value { return "" }
        return value.stringValue ?? String(decoding: value.encoded(), as: UTF8.self)
    }
}
