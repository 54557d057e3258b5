/// Writes header fields as bytes.
enum FieldWriter {
    static let lineEnd: [UInt8] = [Bytes.carriageReturn, Bytes.lineFeed]

    /// Appends the field lines that are well-formed.
    ///
    /// SECURITY: a value with CR or LF would become a line of its own (response splitting): such a field is left out.
    static func write(_ headers: HeaderFields, to bytes: inout [UInt8]) {
        for field in headers.fields { write(field, to: &bytes) }
    }

    /// Appends the field line if it is well-formed.
    static func write(_ field: HeaderFields.Field, to bytes: inout [UInt8]) {
        guard isWellFormed(field) else { return }
        bytes += field.name.utf8
        bytes.append(Bytes.colon)
        bytes.append(Bytes.space)
        bytes += field.value.utf8
        bytes += lineEnd
    }

    /// Whether a field's name is a token, and its value has no control character.
    static func isWellFormed(_ field: HeaderFields.Field) -> Bool {
        !field.name.isEmpty && field.name.utf8.allSatisfy(Bytes.isToken)
            && field.value.utf8.allSatisfy(Bytes.isFieldValue)
    }
}

extension HeaderFields {
    /// Adds all field lines of `other`.
    public mutating func append(contentsOf other: HeaderFields) {
        for field in other.fields { append(field.name, field.value) }
    }

    /// Adds the field lines of `other` whose names are not here yet.
    mutating func append(missingFrom other: HeaderFields) {
        let present = self
        for field in other.fields where present[field.name] == nil { append(field.name, field.value) }
    }
}
