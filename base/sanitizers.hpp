// ANKKOR_ADDRESS_SANITIZER is defined where AddressSanitizer watches, ANKKOR_SANITIZED where it or
// ThreadSanitizer does: code is slower then, and keeps what is freed. GCC and clang say so
// differently.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define ANKKOR_ADDRESS_SANITIZER
#elif defined(__SANITIZE_THREAD__)
#define ANKKOR_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANKKOR_ADDRESS_SANITIZER
#elif __has_feature(thread_sanitizer)
#define ANKKOR_SANITIZED
#endif
#endif

#ifdef ANKKOR_ADDRESS_SANITIZER
#define ANKKOR_SANITIZED
#endif
