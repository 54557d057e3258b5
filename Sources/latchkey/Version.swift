/// The version of this program, as CHANGELOG.md lists them.
let programVersion = "0.4.0"
