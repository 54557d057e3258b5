import Files
import Glibc

#if FUZZING
    /// What libFuzzer calls with each input (`make fuzz`). The environment says for which target.
    @_cdecl("LLVMFuzzerTestOneInput")
    public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        target.run(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
    }

    private let target: FuzzTarget = {
        guard let name = getenv("FUZZ_TARGET"), let target = FuzzTarget(rawValue: String(cString: name)) else {
            give(up: "set FUZZ_TARGET to one of \(FuzzTarget.allCases.map(\.rawValue))")
        }
        return target
    }()
#else
    /// Without the fuzzer the program runs single inputs, to look at what was found: `fuzz TARGET FILE …`.
    @main enum Fuzz {
        static func main() throws {
            #if DEBUG
                let arguments = Array(CommandLine.arguments.dropFirst())
                guard let target = arguments.first.flatMap(FuzzTarget.init), arguments.count > 1 else {
                    give(up: "say fuzz TARGET FILE …, with one of \(FuzzTarget.allCases.map(\.rawValue))")
                }
                for file in arguments.dropFirst() {
                    target.run(try Files.read(file))
                    print("\(file): nothing found")
                }
            #else
                give(up: "this needs a debug build")
            #endif
        }
    }
#endif

private func give(up reason: String) -> Never {
    let text = Array("fuzz: \(reason)\n".utf8)
    _ = write(2, text, text.count)
    exit(2)
}
