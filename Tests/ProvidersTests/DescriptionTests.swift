import Diagnostics
import Testing

@testable import Providers

/// What is said about descriptions that are wrong, word for word.
@Suite struct DescriptionTests {
    @Test func `An address begins with a host, and the host ends there`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "redirect", pkce: "S265", poll: {},
                  authorize: { url: "{{hosts.api}}/a", standard: false },
                  exchange: { url: "https://demo.example/token" } },
                { kind: "key", check: { url: "{{hosts.api}}.evil.example/" } }, { kind: "redirct" },
                { kind: "key", check: { url: "{{client_id}}/" } }
                """) == """
                    demo.json5:4:27: error: 'S265' is not a value of 'pkce'
                    4 | { kind: "redirect", pkce: "S265", poll: {},
                      |                           ^^^^^^
                    help: did you mean 'S256'?

                    demo.json5:4:35: error: 'poll' is not a key of a method of kind 'redirect'
                    4 | { kind: "redirect", pkce: "S265", poll: {},
                      |                                   ^^^^
                    help: available: authorize, button, callback, exchange, id, identity, kind, label, needs, pkce, \
                    refresh, revoke, scope, then, token

                    demo.json5:5:14: error: the address must carry '{{state}}', or '{{return_url}}', which has it in \
                    its query
                    5 |   authorize: { url: "{{hosts.api}}/a", standard: false },
                      |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:6:20: error: an address must begin with a host of the description
                    6 |   exchange: { url: "https://demo.example/token" } },
                      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                    help: begin with one of: '{{hosts.api}}'

                    demo.json5:7:30: error: '/' must follow the host
                    7 | { kind: "key", check: { url: "{{hosts.api}}.evil.example/" } }, { kind: "redirct" },
                      |                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:7:73: error: 'redirct' is not a value of 'kind'
                    7 | { kind: "key", check: { url: "{{hosts.api}}.evil.example/" } }, { kind: "redirct" },
                      |                                                                         ^^^^^^^^^
                    help: did you mean 'redirect'?

                    demo.json5:8:9: error: there is another method 'key'
                    8 | { kind: "key", check: { url: "{{client_id}}/" } }
                      |         ^^^^^
                    help: give each of them an 'id' of its own

                    demo.json5:8:30: error: an address must begin with a host of the description
                    8 | { kind: "key", check: { url: "{{client_id}}/" } }
                      |                              ^^^^^^^^^^^^^^^^
                    help: begin with one of: '{{hosts.api}}'
                    """)
    }

    @Test func `Values that are not known where they stand are reported`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "device", start: { url: "{{hosts.apy}}/code" },
                  poll: { url: "{{hosts.api}}/{{devicecode}}", json: { a: ["{{code}}"], "b?": "{{user_code}}" } },
                  refresh: { url: "{{hosts.api}}/t", form: { t: "{{device_code}}" } },
                  verification: "{{ hosts.api }}/{{", identity: { url: "{{hosts.api}}/{{}}" } }
                """) == """
                    demo.json5:4:36: error: '{{hosts.apy}}' is not known here
                    4 | { kind: "device", start: { url: "{{hosts.apy}}/code" },
                      |                                    ^^^^^^^^^
                    help: did you mean 'hosts.api'?

                    demo.json5:5:33: error: '{{devicecode}}' is not known here
                    5 |   poll: { url: "{{hosts.api}}/{{devicecode}}", json: { a: ["{{code}}"], "b?": "{{user_code}}" \
                    } },
                      |                                 ^^^^^^^^^^
                    help: did you mean 'device_code'?

                    demo.json5:5:63: error: '{{code}}' is not known here
                    5 |   poll: { url: "{{hosts.api}}/{{devicecode}}", json: { a: ["{{code}}"], "b?": "{{user_code}}" \
                    } },
                      |                                                               ^^^^
                    help: available: app.device, app.name, app.version, client_id, device_code, expires_at, \
                    expires_in, hosts.api, interval, redirect_uri, return_url, state, user_code, verification_uri, \
                    verification_uri_complete

                    demo.json5:6:52: error: '{{device_code}}' is not known here
                    6 |   refresh: { url: "{{hosts.api}}/t", form: { t: "{{device_code}}" } },
                      |                                                    ^^^^^^^^^^^
                    help: available: access_token, app.device, app.name, app.version, client_id, hosts.api, \
                    redirect_uri, refresh_token

                    demo.json5:7:34: error: '{{' without '}}'
                    7 |   verification: "{{ hosts.api }}/{{", identity: { url: "{{hosts.api}}/{{}}" } }
                      |                                  ^^

                    demo.json5:7:57: error: '{{}}' names no value
                    7 |   verification: "{{ hosts.api }}/{{", identity: { url: "{{hosts.api}}/{{}}" } }
                      |                                                         ^^
                    help: available: access_token, app.device, app.name, app.version, client_id, hosts.api, \
                    redirect_uri, refresh_token
                    """)
    }

    @Test func `Rules are checked`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "device", start: { url: "{{hosts.api}}/code" }, poll: { url: "{{hosts.api}}/t", rules: [
                  { status: 400, then: "pending" },
                  { status: [400, 401], then: "access_deneid" },
                  { status: [400, 401], then: "ok" },
                  { status: 400, at: "error", equals: "x", then: "access_denied" },
                  { at: "error", equals: {}, then: "access_denied" },
                  { at: "$.error", equals: "a", present: true, then: "cancelled" },
                  { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                ] } }
                """) == """
                    demo.json5:5:24: error: 'pending' is not a value of 'then'
                    5 |   { status: 400, then: "pending" },
                      |                        ^^^^^^^^^
                    help: available: access_denied, already_used, app_rejected, authorization_pending, expired_token, \
                    feature_disabled, invalid_code, ok, slow_down, tls_untrusted, too_old, unauthorized, unreachable, \
                    wrong_product

                    demo.json5:6:31: error: 'access_deneid' is not a value of 'then'
                    6 |   { status: [400, 401], then: "access_deneid" },
                      |                               ^^^^^^^^^^^^^^^
                    help: did you mean 'access_denied'?

                    demo.json5:8:3: error: this rule is never asked: rule 3 fits every answer that it fits
                    8 |   { status: 400, at: "error", equals: "x", then: "access_denied" },
                      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:9:26: error: 'equals' must be a string, a number, true, false or null
                    9 |   { at: "error", equals: {}, then: "access_denied" },
                      |                          ^^

                    demo.json5:10:9: error: '$.error' is not a path
                    10 |   { at: "$.error", equals: "a", present: true, then: "cancelled" },
                       |         ^^^^^^^^^
                    help: join member names by dots, such as 'user.ids.slug'

                    demo.json5:10:33: error: a rule has one of 'equals', 'contains' and 'present'
                    10 |   { at: "$.error", equals: "a", present: true, then: "cancelled" },
                       |                                 ^^^^^^^

                    demo.json5:10:54: error: 'cancelled' is not a value of 'then'
                    10 |   { at: "$.error", equals: "a", present: true, then: "cancelled" },
                       |                                                      ^^^^^^^^^^^
                    help: available: access_denied, already_used, app_rejected, authorization_pending, expired_token, \
                    feature_disabled, invalid_code, ok, slow_down, tls_untrusted, too_old, unauthorized, unreachable, \
                    wrong_product

                    demo.json5:11:3: error: a rule needs 'status' or 'at'
                    11 |   { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                       |   ^

                    demo.json5:11:5: error: 'equals' needs 'at'
                    11 |   { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                       |     ^^^^^^

                    demo.json5:11:32: error: a rule needs 'status' or 'at'
                    11 |   { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                       |                                ^

                    demo.json5:11:48: error: a rule needs 'then'
                    11 |   { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                       |                                                ^

                    demo.json5:11:58: error: 'status' must be an HTTP status from 100 to 599, or a list of them
                    11 |   { equals: "a", then: "ok" }, { then: "ok" }, { status: 9000 },
                       |                                                          ^^^^
                    """)
    }

    @Test func `Requests are checked`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "device", interval: -1, expires_in: "600",
                  scope: { request: "read write", require: ["wrte"] }, needs: ["client"],
                  start: { url: "{{hosts.api}}/code", map: { "user code": "x", user_code: 5 }, json: {}, form: {} },
                  poll: { headers: { "Bad Name": "x", Host: "x", "X-Two": "a\\nb" },
                    basic: ["a"], method: "FETCH" } },
                { kind: "device" },
                """) == """
                    demo.json5:4:29: error: 'interval' must be a number of seconds above 0 and at most a year
                    4 | { kind: "device", interval: -1, expires_in: "600",
                      |                             ^^

                    demo.json5:4:45: error: 'expires_in' must be a number of seconds above 0 and at most a year
                    4 | { kind: "device", interval: -1, expires_in: "600",
                      |                                             ^^^^^

                    demo.json5:5:44: error: 'wrte' is required but not requested
                    5 |   scope: { request: "read write", require: ["wrte"] }, needs: ["client"],
                      |                                            ^^^^^^^^
                    help: did you mean 'write'?

                    demo.json5:5:64: error: there is no field 'client'
                    5 |   scope: { request: "read write", require: ["wrte"] }, needs: ["client"],
                      |                                                                ^^^^^^^^
                    help: did you mean 'client_id'?

                    demo.json5:6:46: error: 'user code' cannot be the name of a value
                    6 |   start: { url: "{{hosts.api}}/code", map: { "user code": "x", user_code: 5 }, json: {}, \
                    form: {} },
                      |                                              ^^^^^^^^^^^

                    demo.json5:6:75: error: 'user_code' must be a string, not a number
                    6 |   start: { url: "{{hosts.api}}/code", map: { "user code": "x", user_code: 5 }, json: {}, \
                    form: {} },
                      |                                                                           ^

                    demo.json5:6:90: error: a request has one body: either 'json' or 'form'
                    6 |   start: { url: "{{hosts.api}}/code", map: { "user code": "x", user_code: 5 }, json: {}, \
                    form: {} },
                      |                                                                                          ^^^^

                    demo.json5:7:9: error: 'poll' needs 'url'
                    7 |   poll: { headers: { "Bad Name": "x", Host: "x", "X-Two": "a\\nb" },
                      |         ^

                    demo.json5:7:22: error: 'Bad Name' cannot be the name of a header
                    7 |   poll: { headers: { "Bad Name": "x", Host: "x", "X-Two": "a\\nb" },
                      |                      ^^^^^^^^^^

                    demo.json5:7:39: error: the header 'Host' belongs to the connection, not to a description
                    7 |   poll: { headers: { "Bad Name": "x", Host: "x", "X-Two": "a\\nb" },
                      |                                       ^^^^

                    demo.json5:7:59: error: a header cannot hold a line break or a control character
                    7 |   poll: { headers: { "Bad Name": "x", Host: "x", "X-Two": "a\\nb" },
                      |                                                           ^^^^^^

                    demo.json5:8:12: error: 'basic' must be a list of two: the user name and the password
                    8 |     basic: ["a"], method: "FETCH" } },
                      |            ^^^^^

                    demo.json5:8:27: error: 'FETCH' is not a method of a request
                    8 |     basic: ["a"], method: "FETCH" } },
                      |                           ^^^^^^^
                    help: available: DELETE, GET, PATCH, POST, PUT

                    demo.json5:9:1: error: a method of kind 'device' needs 'poll'
                    9 | { kind: "device" },
                      | ^

                    demo.json5:9:1: error: a method of kind 'device' needs 'start'
                    9 | { kind: "device" },
                      | ^

                    demo.json5:9:9: error: there is another method 'device'
                    9 | { kind: "device" },
                      |         ^^^^^^^^
                    help: give each of them an 'id' of its own
                    """)
    }

    @Test func `Pieces of a sign-in that are missing or wrong are named`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "approval", verification: {}, start: { url: 5 } },
                { kind: "redirect", callback: { cod: "x", denied: { a: 1 } } },
                { kind: "key", id: "a-b", credential: "clientid", check: { url: "{{hosts.api}}" },
                  token: { header: {} }, revoke: "no" },
                { id: "x" }, "text"
                """) == """
                    demo.json5:4:1: error: a method of kind 'approval' needs 'poll'
                    4 | { kind: "approval", verification: {}, start: { url: 5 } },
                      | ^

                    demo.json5:4:35: error: 'verification' needs 'url'
                    4 | { kind: "approval", verification: {}, start: { url: 5 } },
                      |                                   ^

                    demo.json5:4:53: error: an address must begin with a host of the description
                    4 | { kind: "approval", verification: {}, start: { url: 5 } },
                      |                                                     ^
                    help: begin with one of: '{{hosts.api}}'

                    demo.json5:5:1: error: a method of kind 'redirect' needs 'authorize'
                    5 | { kind: "redirect", callback: { cod: "x", denied: { a: 1 } } },
                      | ^

                    demo.json5:5:1: error: a method of kind 'redirect' needs 'exchange'
                    5 | { kind: "redirect", callback: { cod: "x", denied: { a: 1 } } },
                      | ^

                    demo.json5:5:33: error: 'cod' is not a key of 'callback'
                    5 | { kind: "redirect", callback: { cod: "x", denied: { a: 1 } } },
                      |                                 ^^^
                    help: did you mean 'code'?

                    demo.json5:5:56: error: 'a' must be a string, not a number
                    5 | { kind: "redirect", callback: { cod: "x", denied: { a: 1 } } },
                      |                                                        ^

                    demo.json5:6:20: error: 'a-b' cannot be the id of a method
                    6 | { kind: "key", id: "a-b", credential: "clientid", check: { url: "{{hosts.api}}" },
                      |                    ^^^^^

                    demo.json5:6:39: error: there is no field 'clientid'
                    6 | { kind: "key", id: "a-b", credential: "clientid", check: { url: "{{hosts.api}}" },
                      |                                       ^^^^^^^^^^
                    help: did you mean 'client_id'?

                    demo.json5:7:12: error: 'header' is not a key of 'token'
                    7 |   token: { header: {} }, revoke: "no" },
                      |            ^^^^^^
                    help: did you mean 'headers'?

                    demo.json5:7:34: error: 'revoke' must be an object, not a string
                    7 |   token: { header: {} }, revoke: "no" },
                      |                                  ^^^^

                    demo.json5:8:1: error: a method needs 'kind'
                    8 | { id: "x" }, "text"
                      | ^

                    demo.json5:8:14: error: a method must be an object, not a string
                    8 | { id: "x" }, "text"
                      |              ^^^^^^
                    """)
    }
}
