// zlib and brotli for Swift. No logic.
#ifndef LATCHKEY_CCOMPRESSION_H
#define LATCHKEY_CCOMPRESSION_H

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <zlib.h>

#endif
