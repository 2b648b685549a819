#include "api/admin/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace ankkor::api {

std::optional<stock::moment> certificate_expiry(const std::string& pem_file) {
  const auto file =
    std::unique_ptr<BIO, decltype(&BIO_free)>{BIO_new_file(pem_file.c_str(), "r"), &BIO_free};
  const auto certificate =
    file ? std::unique_ptr<X509, decltype(&X509_free)>{PEM_read_bio_X509(file.get(), nullptr,
                                                                         nullptr, nullptr),
                                                       &X509_free}
         : std::unique_ptr<X509, decltype(&X509_free)>{nullptr, &X509_free};
  ERR_clear_error();
  auto parts = std::tm{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &parts) != 1)
    return std::nullopt;
  return stock::moment{std::chrono::seconds{timegm(&parts)}};
}

} // namespace ankkor::api
