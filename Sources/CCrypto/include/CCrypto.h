// libcrypto (OpenSSL 3) for Swift. No logic.
#ifndef LATCHKEY_CCRYPTO_H
#define LATCHKEY_CCRYPTO_H

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#endif
