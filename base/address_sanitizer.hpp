// ANKKOR_ADDRESS_SANITIZER is defined where AddressSanitizer watches: GCC and clang say so
// differently.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define ANKKOR_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANKKOR_ADDRESS_SANITIZER
#endif
#endif
