import Files
import Glibc
import TestSupport

/// A reverse proxy of Debian, run by the tests without privileges and in a folder of its own.
enum ProxyProgram: String, CaseIterable, CustomStringConvertible {
    case nginx
    case caddy = "Caddy"
    case haproxy = "HAProxy"
    case apache = "Apache"

    var description: String { rawValue }

    /// The program. `make test` unpacks those that would start a service when they are installed.
    var path: String {
        let unpacked = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/.build/proxies"
        return switch self {
        case .nginx: unpacked + "/usr/sbin/nginx"
        case .caddy: unpacked + "/usr/bin/caddy"
        case .haproxy: unpacked + "/usr/sbin/haproxy"
        case .apache: "/usr/sbin/apache2"
        }
    }

    /// Whether all of them are there.
    static let areThere = allCases.allSatisfy { Files.kind(of: $0.path) != nil }

    func arguments(_ file: String, _ folder: TemporaryFolder) -> [String] {
        switch self {
        case .nginx: ["-e", folder("error.log"), "-c", file]
        case .caddy: ["run", "--config", file, "--adapter", "caddyfile"]
        case .haproxy: ["-db", "-f", file]
        case .apache: ["-D", "FOREGROUND", "-f", file]
        }
    }

    /// What stands in the configuration of the page for the port of TLS, and what takes its place.
    func port(_ number: Int, _ place: ProxyGuide.Place) -> (String, String) {
        switch self {
        case .nginx: ("listen 443 ", "listen 127.0.0.1:\(number) ")
        case .caddy: ("\(place.host) {", "\(place.host):\(number) {")
        case .haproxy: ("bind :443 ", "bind 127.0.0.1:\(number) ")
        case .apache: ("<VirtualHost *:443>", "<VirtualHost 127.0.0.1:\(number)>")
        }
    }

    /// The configuration of the page amid what a package's own configuration has besides: where logs and temporary files
    /// go, and which modules there are.
    func configuration(_ block: String, _ folder: TemporaryFolder, port: Int) -> String {
        let path = folder.path
        return switch self {
        case .nginx:
            """
            \(Self.isRoot ? "user www-data;" : "")
            daemon off; worker_processes 1; pid \(path)/nginx.pid; error_log \(path)/error.log;
            events { worker_connections 256; }
            http {
                access_log off; client_body_temp_path \(path)/body; proxy_temp_path \(path)/proxy;
                fastcgi_temp_path \(path)/fastcgi; uwsgi_temp_path \(path)/uwsgi; scgi_temp_path \(path)/scgi;
                \(block)
            }
            """
        case .caddy:
            """
            {
                admin off
                auto_https disable_redirects
                default_bind 127.0.0.1
                storage file_system \(path)/caddy
                servers {
                    protocols h1 h2
                }
            }
            \(block)
            """
        case .haproxy:
            """
            global
                maxconn 256
                \(Self.isRoot ? "group www-data" : "")

            \(block)
            """
        case .apache: apache(block, path, port)
        }
    }

    private func apache(_ block: String, _ path: String, _ port: Int) -> String {
        let modules = ["mpm_event", "authz_core", "ssl", "proxy", "proxy_http", "headers", "alias"].map {
            "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so"
        }
        return """
            ServerRoot \(path)
            DefaultRuntimeDir \(path)
            PidFile \(path)/apache.pid
            ErrorLog \(path)/error.log
            ServerName localhost
            \(modules.joined(separator: "\n"))
            \(Self.isRoot ? "User www-data\nGroup www-data" : "")
            Listen 127.0.0.1:\(port)
            \(block)
            """
    }

    static let isRoot = getuid() == 0
}
