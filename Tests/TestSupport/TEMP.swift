import HTTP
struct ClientRequest { var method: String; var url: String; var headers: HeaderFields; var body: [UInt8]; var timeout: Duration; var maximumBytes: Int }
struct ClientResponse { var status: Int; var headers: HeaderFields; var body: [UInt8] }
struct Client: Sendable { init(userAgent: String) {}; func send(_ r: ClientRequest) async throws -> ClientResponse { ClientResponse(status: 500, headers: [:], body: []) } }
