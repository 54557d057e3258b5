// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A module of the house. Each floor imports only floors below it (see Docs/architecture.md).
func floor(_ name: String, on below: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []) -> Target {
    .target(name: name, dependencies: below, swiftSettings: settings, plugins: plugins)
}

func tests(of name: String, also others: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name), "TestSupport"] + others, exclude: exclude,
        swiftSettings: settings)
}

let package = Package(
    name: "latchkey",
    products: [.executable(name: "latchkey", targets: ["latchkey"])],
    targets: [
        // C shims: one per system library, no logic.
        .target(name: "CLinux"),
        // libcurl is loaded when it is first needed.
        .target(name: "CCurl"),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto")]),
        .target(name: "CCompression", linkerSettings: [.linkedLibrary("z"), .linkedLibrary("brotlienc")]),

        // The house, from the ground up.
        floor("Diagnostics"),
        floor("Files", on: ["CLinux"]),
        floor("Crypto", on: ["CCrypto"]),
        floor("QRCode"),
        floor("Compression", on: ["CCompression"]),
        floor("JSON", on: ["Diagnostics"]),
        floor("HTTP", on: ["CLinux", "CCurl", "Files"]),
        floor("Mustache", on: ["Diagnostics"]),
        floor("Providers", on: ["Diagnostics", "JSON", "Crypto"]),
        floor("Vault", on: ["Diagnostics", "Files", "JSON", "Crypto"]),
        floor(
            "Site", on: ["Files", "Crypto", "Compression", "Diagnostics", "JSON", "Mustache", "Providers"],
            plugins: ["EmbedFiles"]),
        floor("Simulator", on: ["HTTP", "JSON", "Crypto"]),
        floor(
            "Companion",
            on: ["Files", "Crypto", "Diagnostics", "HTTP", "JSON", "Mustache", "Providers", "Vault", "Site"]),
        .executableTarget(
            name: "latchkey",
            dependencies: [
                "Companion", "Simulator", "Site", "Vault", "Providers", "Mustache", "HTTP", "JSON", "Files",
                "Diagnostics", "QRCode", "CLinux", "Crypto",
            ],
            swiftSettings: settings),

        // What `make bench` measures with. No part of the product.
        .executableTarget(
            name: "bench",
            dependencies: ["Site", "Simulator", "HTTP", "JSON", "Files", "Diagnostics"],
            swiftSettings: settings),

        // What `make fuzz` feeds with bytes. No part of the product.
        .executableTarget(
            name: "fuzz", dependencies: ["HTTP", "Providers", "Mustache", "JSON", "Files", "Diagnostics"],
            swiftSettings: settings),

        // What `make soak` runs for an hour. No part of the product.
        .executableTarget(
            name: "soak", dependencies: ["TestSupport", "Simulator", "HTTP", "JSON", "Files"],
            swiftSettings: settings),

        // Templates/ and Static/ become bytes inside the binary.
        .executableTarget(name: "embed", swiftSettings: settings),
        .plugin(name: "EmbedFiles", capability: .buildTool(), dependencies: ["embed"]),

        .target(
            name: "TestSupport", dependencies: ["HTTP", "Files", "JSON"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .testTarget(
            name: "TestSupportTests", dependencies: ["TestSupport", "HTTP", "Files", "JSON"], swiftSettings: settings),
        tests(of: "Diagnostics"),
        tests(of: "JSON"),
        tests(of: "Files"),
        tests(of: "Crypto"),
        tests(of: "QRCode"),
        .testTarget(
            name: "CompressionTests", dependencies: ["Compression", "CCompression"], swiftSettings: settings,
            linkerSettings: [.linkedLibrary("brotlidec")]),
        tests(of: "HTTP"),
        tests(of: "Mustache", also: ["JSON"]),
        tests(of: "Providers", exclude: ["Exchanges"]),
        tests(of: "Vault"),
        tests(of: "Site"),
        tests(of: "Simulator"),
        .testTarget(
            name: "FuzzTests", dependencies: ["fuzz", "Files", "TestSupport"], exclude: ["Seeds"],
            swiftSettings: settings),
        tests(of: "Companion", also: ["Simulator"]),
        tests(of: "latchkey", also: ["Simulator", "Vault"]),
    ]
)

// libFuzzer brings a `main` of its own, so no other program can be built together with it (`make fuzz`).
if Context.environment["LATCHKEY_FUZZ"] != nil {
    let floors = [
        "CLinux", "CCurl", "CCrypto", "Diagnostics", "Files", "Crypto", "JSON", "HTTP", "Mustache", "Providers",
    ]
    package.targets.removeAll { !(floors + ["fuzz"]).contains($0.name) }
    package.products = []
}
